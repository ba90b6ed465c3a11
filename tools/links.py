"""页与页之间的链接：源里是普通的 Markdown 链接，网站、JupyterLab、.ipynb 与代码托管站都认得。"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

from tools.book import CHAPTERS, NOTEBOOKS, ROOT, Section

# [文字](路径.md "目标的标题")；后半可以没有，图（![…]）不算
LINK = re.compile(
    r'(?<!!)\[(?P<text>[^\[\]]+)\]\((?P<path>[^()\s"]+\.md)(?: "(?P<title>[^"]*)")?\)'
)
TITLE = re.compile(r"^# (.+)$", re.MULTILINE)


def pages() -> list[Path]:
    """全书的页：首页、各章各节与附录。"""
    return [
        ROOT / "index.md",
        *sorted(CHAPTERS.glob("[0-9]*/*.md")),
        *sorted((ROOT / "reference").glob("*.md")),
    ]


@cache
def _title(path: Path, changed: int) -> str:
    found = TITLE.search(path.read_text(encoding="utf-8"))
    if found is None:
        raise ValueError(f"{path.relative_to(ROOT)} 没有一级标题，链接不知道该显示什么；请补上。")
    return found[1].strip()


def page_title(path: Path) -> str:
    """一页的标题，也就是链到它的文字。

    异常:
        ValueError: 这一页没有一级标题。
    """
    return _title(path, path.stat().st_mtime_ns)


def link_to(path: Path, start: Path, text: str = "") -> str:
    """写出从文件夹 ``start`` 到一页的链接；``text`` 与标题不同时，把标题附在后面。"""
    title, relative = page_title(path), os.path.relpath(path, start).replace(os.sep, "/")
    aside = f' "{title}"' if text and text != title else ""
    return f"[{text or title}]({relative}{aside})"


def twin_links(source: str, section: Section) -> str:
    """把正文一格里的链接改成 notebooks/ 里的：小节指向成对的 .ipynb，别的页指回原处。"""

    def rewritten(match: re.Match[str]) -> str:
        target = Path(os.path.normpath(section.path.parent / match["path"]))
        twin = NOTEBOOKS / target.relative_to(CHAPTERS) if CHAPTERS in target.parents else target
        if re.match(r"\d", target.name) and twin != target:
            target = twin.with_suffix(".ipynb")
        relative = os.path.relpath(target, section.twin.parent).replace(os.sep, "/")
        return match[0].replace(f"]({match['path']}", f"]({relative}", 1)

    return LINK.sub(rewritten, source)


def without_code(text: str, blank: Callable[[str], str] = lambda code: "") -> str:
    """去掉代码格与行内代码，剩下正文；角色（``{term}`…` ``）不是代码，留着。"""
    text = re.sub(r"^```\{code-cell\}.*?^```$", lambda m: blank(m[0]), text, flags=re.M | re.S)
    return re.sub(r"(?<![`}])(`+)(?!`).+?(?<!`)\1(?!`)", lambda m: blank(m[0]), text)
