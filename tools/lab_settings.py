"""让 JupyterLab 双击 .md 就以 notebook 打开；只写进 .venv，不碰用户自己的设置。"""

from __future__ import annotations

import json
import sys
from pathlib import Path

VIEWERS = {"markdown": "Jupytext Notebook", "myst": "Jupytext Notebook"}


def main() -> None:
    """写 ``.venv/share/jupyter/lab/settings/overrides.json``。"""
    path = Path(sys.prefix) / "share" / "jupyter" / "lab" / "settings" / "overrides.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    settings = json.loads(path.read_text()) if path.exists() else {}
    settings.setdefault("@jupyterlab/docmanager-extension:plugin", {})["defaultViewers"] = VIEWERS
    path.write_text(json.dumps(settings, indent=2) + "\n")


if __name__ == "__main__":
    main()
