"""让 JupyterLab 双击 .md 就以 notebook 打开，不去问新闻与更新；只写进 .venv，不碰用户的设置。"""

from __future__ import annotations

import json
import sys
from pathlib import Path

SETTINGS = {
    "@jupyterlab/docmanager-extension:plugin": {
        "defaultViewers": {"markdown": "Jupytext Notebook", "myst": "Jupytext Notebook"}
    },
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
}


def main() -> None:
    """写 ``.venv/share/jupyter/lab/settings/overrides.json``。"""
    path = Path(sys.prefix) / "share" / "jupyter" / "lab" / "settings" / "overrides.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    settings = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    path.write_text(json.dumps(settings | SETTINGS, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
