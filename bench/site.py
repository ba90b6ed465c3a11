"""测速：建网站要多久。在书的一份拷贝里测，不动工作区；只报告，不作测试。

用法: ``python bench/site.py``，打印 Markdown 表格；``--pages 150`` 先整章整章地抄几份（标签改名），
看书长到那么多节时要多久。先在工作区里 ``make book`` 一次，执行结果才有缓存可用。
"""

from __future__ import annotations

import argparse
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LEFT_OUT = shutil.ignore_patterns(".venv", ".git", "html", ".doctrees", ".stamp", ".configuration")
SECTION = "chapters/02-linear-networks/06-softmax-scratch.md"
SENTENCE = ("## 小结\n", "多写一句话。\n\n## 小结\n")
CODE = ("size=(784, 10)", "size=(28 * 28, 10)")
LABEL = re.compile(r"^\(([\w-]+)\)=$|^:(?:label|name): ([\w-]+)$|\$\$ \(([\w-]+)\)$", re.M)


def build(book: Path) -> tuple[float, float, int]:
    """建一次网站，返回墙上秒数、CPU 秒数与重新执行的节数。"""
    before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(
        [sys.executable, "tools/build.py"], cwd=book, check=False, capture_output=True, text=True
    )
    if done.returncode:
        raise RuntimeError(f"建站没有成功：\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    seconds, after = time.perf_counter() - begin, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    executed = sum(line.startswith("  ✓ ") for line in done.stdout.splitlines())
    return seconds, cpu, executed


def edit(path: Path, old: str, new: str) -> None:
    """改一处文字；原文必须恰好出现一次。"""
    text = path.read_text(encoding="utf-8")
    if text.count(old) != 1:
        raise ValueError(f"{path.name} 里 {old!r} 出现了 {text.count(old)} 次，应当恰好一次。")
    path.write_text(text.replace(old, new), encoding="utf-8")


def count_sections(book: Path) -> int:
    """书里有几节。"""
    return len(list(book.glob("chapters/[0-9]*/[0-9]*.md")))


def copy_section(page: Path, copied: Path, mark: str) -> None:
    """把一页抄成另一页；本页的标签，连同指向它们的引用，都加上后缀。"""
    text = page.read_text(encoding="utf-8")
    labels = {name for pair in LABEL.findall(text) for name in pair if name}
    if labels:
        longest_first = sorted(labels, key=len, reverse=True)
        own = "|".join(map(re.escape, longest_first))
        text = re.sub(rf"(?<![\w-])({own})(?![\w-])", rf"\1-{mark}", text)
    copied.parent.mkdir(parents=True, exist_ok=True)
    copied.write_text(text, encoding="utf-8")


def lengthen(book: Path, wanted: int) -> None:
    """整章整章地再抄几份，直到至少有 ``wanted`` 节；代码一样，执行的缓存照样有效。"""
    contents = book / "_toc.yml"
    chapters = sorted(p for p in book.glob("chapters/[0-9]*") if (p / "index.md").exists())
    number = 20
    while count_sections(book) < wanted:
        for chapter in chapters:
            if count_sections(book) >= wanted:
                break
            copy, lines = chapter.with_name(f"{number}-{chapter.name[3:]}"), []
            pages = sorted(chapter.glob("*.md"))
            for page in pages:
                copy_section(page, copy / page.name, f"copy{number}")
                twin = book / "notebooks" / chapter.name / f"{page.stem}.ipynb"
                if twin.exists():
                    (book / "notebooks" / copy.name).mkdir(parents=True, exist_ok=True)
                    shutil.copy(twin, book / "notebooks" / copy.name / twin.name)
            name = f"chapters/{copy.name}"
            lines.append(f"      - file: {name}/index\n        sections:\n")
            lines += [f"          - file: {name}/{p.stem}\n" for p in pages if p.stem != "index"]
            text = contents.read_text(encoding="utf-8")
            text = text.replace("  - caption: 附录", "".join(lines) + "  - caption: 附录", 1)
            contents.write_text(text, encoding="utf-8")
            number += 1


def main() -> None:
    """依次测四种情形。"""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=0, help="把书加长到至少这么多节")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        book = Path(folder) / "book"
        shutil.copytree(ROOT, book, ignore=LEFT_OUT, symlinks=True)
        lengthen(book, options.pages)
        rows = [("从头建网站，各节已执行过", *build(book)), ("什么也没改", *build(book))]
        edit(book / SECTION, *SENTENCE)
        rows.append(("改了一节的一句话", *build(book)))
        edit(book / SECTION, *CODE)
        rows.append(("改了一节的一格代码", *build(book)))
        print(f"### 建网站（{count_sections(book)} 节）\n")
    print("| 情形 | 秒 | CPU 秒 | 重新执行的节 |\n| --- | ---: | ---: | ---: |")
    for name, seconds, cpu, executed in rows:
        print(f"| {name} | {seconds:.1f} | {cpu:.1f} | {executed} |")
    print()


if __name__ == "__main__":
    main()
