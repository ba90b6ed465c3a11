"""执行一节并打印各格的输出：写作时最常用的命令。"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

if __package__ is None or __package__ == "":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from nbformat import NotebookNode

from tools.book import add_mode_options, find_section, is_reference_mode, set_environment
from tools.execute import cached, execute, open_cache


def show(notebook: NotebookNode) -> None:
    """逐格打印文字输出；图只说有图。"""
    for index, cell in enumerate(notebook.cells):
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            text = output.get("text") or data.get("text/plain", "")
            if "image/png" in data:
                text = f"（图）{text}"
            if text.strip():
                print(f"[{index}] {text.rstrip()}")


def main(arguments: list[str] | None = None) -> int:
    """命令行入口：``run.py 小节``。"""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("section", help="例如 chapters/02-linear-networks/06-softmax-scratch")
    add_mode_options(parser)
    options = parser.parse_args(arguments)
    set_environment(options.data, options.profile)
    try:
        section = find_section(options.section)
    except ValueError as error:
        print(f"错误：{error}", file=sys.stderr)
        return 2
    cache = open_cache()  # 先打开：执行到一半时辅助包可能被改动，那时算出的是另一个缓存
    if failures := execute([section], force=True, cache=cache):
        print(*failures, sep="\n", file=sys.stderr)
        return 1
    show(cached(cache, section)[0])
    if is_reference_mode():
        print(f"已更新 notebooks/{section.name}.ipynb")
    return 0


if __name__ == "__main__":
    sys.exit(main())
