"""改一句话之后的网站，与从头建的一字不差；省去重复的两个扩展不改变网页。"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from watching import ROOT

pytestmark = pytest.mark.xdist_group("rebuild")  # 共用一本小书

COPIED = ("tools", "_ext", "_static", "_config.yml", "references.bib")
NUMBERED = 6  # 编号的节数：连同首页与附录多于五页，从头建时就并行地读
TOC = """format: jb-book
root: index
options: {{numbered: false}}
parts:
  - caption: 前言
    chapters: [{{file: chapters/00-a/index}}]
  - caption: 正文
    numbered: 2
    chapters:
      - file: chapters/01-b/index
        sections: [{sections}]
  - caption: 附录
    chapters: [{{file: reference/bibliography}}]
"""
FIGURE = """
```{{figure}} ../../_static/favicon.svg
:name: fig-{name}
:alt: 图标

图里有 $x$。
```

{{numref}}`fig-{name}` 与 {{eq}}`eq-{name}`，出自 {{cite}}`lecun1998gradient`。

$$
x = {name}
$$ (eq-{name})
"""
EXERCISE = """
```{{exercise}} 算 $x$
:label: ex-{name}

算一算，见 {{ref}}`sol-{name}`。
```

```{{solution-start}} ex-{name}
:label: sol-{name}
:class: dropdown
```

{{numref}}`ex-{name}` 的答案。

```{{solution-end}}
```
"""
ADDED = FIGURE.format(name="new") + EXERCISE.format(name="new") + "{cite}`samuel1959checkers`\n"


def write(path: Path, title: str, text: str = "") -> None:
    """写一页。"""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"# {title}\n\n一段话。\n{text}", encoding="utf-8")


def write_book(book: Path) -> Path:
    """一本有图、公式、练习与文献的小书，没有代码。"""
    for name in COPIED:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, book / name)
    names = [f"chapters/01-b/{number:02}-c" for number in range(1, NUMBERED + 1)]
    sections = ", ".join(f"{{file: {name}}}" for name in names)
    (book / "_toc.yml").write_text(TOC.format(sections=sections), encoding="utf-8")
    write(book / "index.md", "书")
    write(book / "chapters/00-a/index.md", "前言", FIGURE.format(name="a"))
    write(book / "chapters/01-b/index.md", "乙")
    for number, name in enumerate(names):
        text = f"\n## 小标题\n{FIGURE.format(name=number)}\n## 练习\n{EXERCISE.format(name=number)}"
        write(book / f"{name}.md", f"第 {number} 节", text)
    write(book / "reference/bibliography.md", "文献", "\n```{bibliography}\n:all:\n```\n")
    return book


def build(book: Path) -> dict[str, bytes]:
    """建一次，返回网站的全部文件。"""
    (book / "cache").mkdir(exist_ok=True)
    environment = os.environ | {"D2L_EXEC_CACHE": str(book / "cache"), "D2L_FAILURES": ""}
    command = [sys.executable, "tools/pages.py", "--jobs", "2"]
    done = subprocess.run(
        command, cwd=book, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    site = book / "_build" / "html"
    files = {path.relative_to(site).as_posix(): path for path in site.rglob("*") if path.is_file()}
    skipped = (".buildinfo", "objects.inv")  # 设置的散列，与压缩过的页名
    return {name: path.read_bytes() for name, path in files.items() if name not in skipped}


def build_afresh(book: Path) -> dict[str, bytes]:
    """从头建一次。"""
    shutil.rmtree(book / "_build", ignore_errors=True)
    return build(book)


def differing(one: dict[str, bytes], other: dict[str, bytes]) -> list[str]:
    """内容不同，或只有一边有的文件。"""
    return sorted(name for name in {*one, *other} if one.get(name) != other.get(name))


def edit(path: Path, text: str) -> None:
    """在一页的小标题之前加一段。"""
    before = path.read_text(encoding="utf-8")
    path.write_text(before.replace("一段话。\n", f"一段话。\n{text}", 1), encoding="utf-8")


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """那本小书，建好了。"""
    book = write_book(tmp_path_factory.mktemp("rebuild") / "book")
    build(book)
    return book


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("chapters/01-b/02-c.md", "多写一句话。\n"),
        ("chapters/00-a/index.md", ADDED),  # 没有编号的各页接着数
        ("reference/bibliography.md", "多写一句话。\n"),  # 文献重读，就要重排
    ],
)
def test_a_rebuild_equals_a_build_from_scratch(book: Path, page: str, text: str) -> None:
    edit(book / page, text)
    rebuilt = build(book)
    assert differing(rebuilt, build_afresh(book)) == []


def test_the_lean_extensions_change_nothing(book: Path) -> None:
    """去掉它们，Sphinx 自己编的号、排的文献与写出的网页都一样。"""
    lean = build_afresh(book)
    config = book / "_config.yml"
    text = config.read_text(encoding="utf-8")
    for name in ("book_numbers", "book_lean"):
        assert f"      - {name}\n" in text
        text = text.replace(f"      - {name}\n", "")
    config.write_text(text, encoding="utf-8")
    assert differing(lean, build_afresh(book)) == []
    assert b"1.2.1" in lean["chapters/01-b/02-c.html"]
