"""打开 JupyterLab：双击 .md 就是 notebook，不问新闻与更新；设置只写进虚拟环境，不碰用户的。"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SETTINGS = {
    "@jupyterlab/docmanager-extension:plugin": {
        "defaultViewers": {"markdown": "Jupytext Notebook", "myst": "Jupytext Notebook"}
    },
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
}


def write_settings() -> None:
    """写 ``<虚拟环境>/share/jupyter/lab/settings/overrides.json``，已有的别的设置保留。"""
    path = Path(sys.prefix) / "share" / "jupyter" / "lab" / "settings" / "overrides.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    settings = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    path.write_text(json.dumps(settings | SETTINGS, indent=2) + "\n", encoding="utf-8")


def main(arguments: list[str]) -> int:
    """命令行入口；参数原样交给 JupyterLab。"""
    write_settings()
    command = [sys.executable, "-m", "jupyterlab", "--LabApp.default_url=/lab/tree/chapters"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:  # 容器里常常就是 root
        command.append("--allow-root")
    try:
        return subprocess.run([*command, *arguments], cwd=ROOT, check=False).returncode
    except KeyboardInterrupt:
        return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
