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
from jupyterlab_server import translations_handler
from jupyterlab_server.translation_utils import get_language_pack
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
EXTENSION = "d2l-words"
# 语言包落后于 JupyterLab 的那几句；英文分单复数的（COUNTED），译文要有两份
COUNTED = {
    "%1 cell hidden": "点开看收起的 %1 格",
    "Elapsed time: %1 second": "用时 %1 秒",
}
WORDS = {
    "Executed %1/%2 cells": "执行了 %1/%2 格",
    "Cell %1/%2": "第 %1 格，共 %2 格",
    "Go to cell…": "跳到某一格……",
    "Go to cell number between 1 and %1": "跳到第几格（1 到 %1）",
    "%1:%2/%3": "第 %1–%2 格，共 %3 格",
    "Delete the cell": "删除这一格",
    "Collapse Output": "收起输出",
    "Expand Output": "展开输出",
    "Cells": "各格",
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


def whole_language_pack(locale: str) -> tuple[dict[str, Any], str]:
    """语言包，中文的补上它缺的几句。"""
    pack, message = get_language_pack(locale)
    if locale == "zh_CN" and "jupyterlab" in pack:
        added = {english: [chinese] for english, chinese in WORDS.items()}
        added |= {english: [chinese, chinese] for english, chinese in COUNTED.items()}
        pack = pack | {"jupyterlab": pack["jupyterlab"] | added}
    return pack, message


def write_extension() -> None:
    """写那个让每一处都去查语言包的小扩展（``lab_words.js`` 说明为什么）。"""
    folder = FOLDER / "extensions" / EXTENSION
    build = {"load": "static/words.js", "extension": "./extension"}
    package = {"name": EXTENSION, "version": "1.0.0", "jupyterlab": {"_build": build}}
    write_atomic(folder / "package.json", json.dumps(package) + "\n")
    script = (ROOT / "tools" / "lab_words.js").read_text(encoding="utf-8")
    write_atomic(folder / "static" / "words.js", script)


def prepare() -> None:
    """写缺省设置、目录页与起始的布局：每次都从目录开始。"""
    write_atomic(FOLDER / "settings" / "overrides.json", json.dumps(SETTINGS, indent=2) + "\n")
    write_extension()
    write_atomic(CONTENTS, contents())
    (FOLDER / "workspaces").mkdir(parents=True, exist_ok=True)
    WorkspacesManager(str(FOLDER / "workspaces")).save("default", json.dumps(layout()))


def options() -> list[str]:
    """给 JupyterLab 的命令行选项。"""
    found = [
        f"--LabApp.app_settings_dir={FOLDER / 'settings'}",
        f"--LabApp.workspaces_dir={FOLDER / 'workspaces'}",
        f"--LabApp.extra_labextensions_path={FOLDER / 'extensions'}",
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
    translations_handler.get_language_pack = whole_language_pack
    LabApp.launch_instance([*options(), *arguments])


if __name__ == "__main__":
    main(sys.argv[1:])
