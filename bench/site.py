"""测速：建网站要多久。在书的一份拷贝里测，不动工作区；只报告，不作测试。

用法: ``python bench/site.py``，打印 Markdown 表格。
先在工作区里 ``make book`` 一次，执行结果才有缓存可用。
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LEFT_OUT = shutil.ignore_patterns(".venv", ".git", "html", ".doctrees", ".stamp", ".configuration")
SECTION = "chapters/02-linear-networks/06-softmax-scratch.md"


def build(book: Path) -> tuple[float, int]:
    """建一次网站，返回秒数与重新执行的节数。"""
    begin = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "tools/build.py"], cwd=book, check=True, capture_output=True, text=True
    )
    executed = sum(line.startswith("  ✓ ") for line in done.stdout.splitlines())
    return time.perf_counter() - begin, executed


def edit(path: Path, old: str, new: str) -> None:
    """改一处文字；原文必须恰好出现一次。"""
    text = path.read_text(encoding="utf-8")
    if text.count(old) != 1:
        raise ValueError(f"{path.name} 里 {old!r} 出现了 {text.count(old)} 次，应当恰好一次。")
    path.write_text(text.replace(old, new), encoding="utf-8")


def main() -> None:
    """依次测四种情形。"""
    with tempfile.TemporaryDirectory() as folder:
        book = Path(folder) / "book"
        shutil.copytree(ROOT, book, ignore=LEFT_OUT, symlinks=True)
        rows = [("从头建网站，各节已执行过", *build(book)), ("什么也没改", *build(book))]
        edit(book / SECTION, "十类里蒙一类", "十类里瞎猜一类")
        rows.append(("改了一节的一句话", *build(book)))
        edit(book / SECTION, "num_outputs = 28 * 28, 10", "num_outputs = 784, 10")
        rows.append(("改了一节的一格代码", *build(book)))
    print("### 建网站\n\n| 情形 | 秒 | 重新执行的节 |\n| --- | ---: | ---: |")
    for name, seconds, executed in rows:
        print(f"| {name} | {seconds:.1f} | {executed} |")
    print()


if __name__ == "__main__":
    main()
