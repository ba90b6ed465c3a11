"""执行一节并打印各格的输出：写作时最常用的命令。"""

from __future__ import annotations

import sys
from pathlib import Path

if __package__ is None or __package__ == "":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tools.book import find_section, load_twin, set_environment
from tools.execute import execute


def main(arguments: list[str]) -> int:
    """命令行入口：``run.py 小节``。"""
    set_environment()
    try:
        section = find_section(arguments[0])
    except ValueError as error:
        print(f"错误：{error}", file=sys.stderr)
        return 2
    failures = execute([section], force=True)
    if failures:
        print("\n".join(failures), file=sys.stderr)
        return 1
    twin = load_twin(section)
    for index, cell in enumerate(twin.cells):
        for output in cell.get("outputs", []):
            text = output.get("text") or output.get("data", {}).get("text/plain", "")
            print(f"[{index}] {text.rstrip()}")
    print(f"已更新 notebooks/{section.name}.ipynb")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
