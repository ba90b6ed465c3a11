"""打开 JupyterLab：从目录进入任何一节；界面是中文，不问新闻与更新；设置不碰使用者自己的。"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

if __package__ is None or __package__ == "":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from jupyterlab.labapp import LabApp
from jupyterlab_server.workspaces_handler import WorkspacesManager

from tools.book import BUILD, ROOT, write_atomic
from tools.links import link_to
from tools.numbering import page_numbers

FOLDER = BUILD / ".lab"  # 我们的缺省设置与起始布局；使用者自己的设置在别处
CONTENTS = ROOT / "目录.md"  # 生成的，不进版本库
NOTEBOOK, PREVIEW = "Jupytext Notebook", "Markdown Preview"
SETTINGS = {
    "@jupyterlab/docmanager-extension:plugin": {
        "defaultViewers": {"markdown": NOTEBOOK, "myst": NOTEBOOK}
    },
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyterlab/translation-extension:plugin": {"locale": "zh_CN"},
}
INTRODUCTION = """# 动手学深度学习

点开任何一节，按 Shift+Enter 逐格运行，随意改动；没有改过的文件，保存也不会动它。
练习的答案收在“参考答案”的标题下，点标题下的按钮展开；收起的代码点左边的蓝条展开。

"""


def contents() -> str:
    """目录页：每一章与每一节的链接。"""
    lines = []
    for page, number in page_numbers().items():
        link, chapter = link_to(page, ROOT), page.parent.name
        if page == ROOT / "index.md":
            continue
        if page.stem == "index":
            lines.append(f"\n## {number and f'{number}　'}{link}\n")
        elif chapter == "reference" and "\n## 附录\n" not in lines:
            lines += ["\n## 附录\n", f"- {link}"]
        else:
            lines.append(f"- {number and f'{number}　'}{link}")
    return INTRODUCTION + "\n".join(lines).lstrip("\n") + "\n"


def layout() -> dict[str, Any]:
    """起始的布局：左边是各章的文件夹，右边是渲染好的目录。"""
    widget = f"markdownviewer-widget:{CONTENTS.name}"
    dock = {"type": "tab-area", "currentIndex": 0, "widgets": [widget]}
    left = {"collapsed": False, "visible": True, "current": "filebrowser"}
    data = {
        "layout-restorer:data": {
            "main": {"dock": dock, "current": widget},
            "left": left,
            "relativeSizes": [0.2, 0.8, 0],
        },
        widget: {"data": {"path": CONTENTS.name, "factory": PREVIEW}},
        "file-browser-filebrowser:cwd": {"path": "chapters"},
    }
    return {"data": data, "metadata": {"id": "default"}}


def prepare() -> None:
    """写缺省设置、目录页与起始的布局：每次都从目录开始。"""
    write_atomic(FOLDER / "settings" / "overrides.json", json.dumps(SETTINGS, indent=2) + "\n")
    disabled = {"disabledExtensions": {"jupyterlab-myst": True}}  # 它会再编一遍公式的号
    write_atomic(FOLDER / "settings" / "page_config.json", json.dumps(disabled) + "\n")
    write_atomic(CONTENTS, contents())
    (FOLDER / "workspaces").mkdir(parents=True, exist_ok=True)
    WorkspacesManager(str(FOLDER / "workspaces")).save("default", json.dumps(layout()))


def options() -> list[str]:
    """给 JupyterLab 的命令行选项。"""
    found = [
        f"--LabApp.app_settings_dir={FOLDER / 'settings'}",
        f"--LabApp.workspaces_dir={FOLDER / 'workspaces'}",
        f"--ServerApp.root_dir={ROOT}",
        "--ServerApp.contents_manager_class=tools.lab_contents.BookContents",
    ]
    if hasattr(os, "geteuid") and os.geteuid() == 0:  # 容器里常常就是 root
        found.append("--allow-root")
    return found


def main(arguments: list[str]) -> None:
    """命令行入口；参数原样交给 JupyterLab。"""
    os.chdir(ROOT)
    prepare()
    LabApp.launch_instance([*options(), *arguments])


if __name__ == "__main__":
    main(sys.argv[1:])
