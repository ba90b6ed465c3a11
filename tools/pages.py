"""由 build.py 在另一个进程里执行：让 Jupyter Book 把正文与执行的结果变成网页，几个进程并行。"""

from __future__ import annotations

import argparse
import gc
import os
import sys
from pathlib import Path

if __package__ is None or __package__ == "":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from jupyter_book.sphinx import build_sphinx

from tools.book import HTML, ROOT

# 整本书的节点都活到最后，垃圾回收反复扫描它们，什么也收不到；少扫些，改一句话时 10 秒 CPU 变 6 秒
COLLECT = (200_000, 20, 100)


def main(arguments: list[str] | None = None) -> int:
    """命令行入口；返回 0，或有警告与错误时的 1。"""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lenient", action="store_true", help="警告不算错误")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="并行的进程数")
    options = parser.parse_args(arguments)
    gc.set_threshold(*COLLECT)
    settings = {
        "external_toc_path": str(ROOT / "_toc.yml"),
        "latex_individualpages": False,
        "nitpicky": True,
    }
    result = build_sphinx(
        ROOT,
        HTML,
        path_config=ROOT / "_config.yml",
        noconfig=True,
        confoverrides=settings,
        warningiserror=not options.lenient,
        keep_going=True,
        quiet=True,
        jobs=options.jobs,
    )
    return int(result != 0)  # 出了异常时返回的是异常，消息已经打印


if __name__ == "__main__":
    sys.exit(main())
