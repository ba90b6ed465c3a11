"""链接的规矩：页与页之间用普通的 Markdown 链接，文字是目标的标题。每条返回违反之处的列表。"""

from __future__ import annotations

import os
import re
from pathlib import Path

from tools.links import LINK, page_title, without_code

REFERENCE = re.compile(r"\{(ref|numref|eq|doc)\}`(?:[^`<]*<)?([^`<>]+)>?`")
TERM = re.compile(r"(?<!`)\{term\}`([^`]+)`")
OWN = re.compile(
    r"^\(([^)\s]+)\)=$|^:(?:label|name): (\S+)$|\$\$\s*\(([\w-]+)\)$|^\*\*\*\((\S+)\)", re.M
)


def own_labels(text: str) -> set[str]:
    """一页里定义的标签：标题的、图与练习的、公式的。"""
    return {name for groups in OWN.findall(text) for name in groups if name}


def references_stay_on_the_page(text: str) -> list[str]:
    """``{ref}`` 一类只指本页；指别页的，JupyterLab 与代码托管站只显示标签。"""
    here = own_labels(text)
    return [
        f"{{{kind}}}`{label}` 不在本页，请写成 [标题](路径.md)"
        for kind, label in REFERENCE.findall(text)
        if label not in here
    ]


def glossary_words(glossary: str) -> set[str]:
    """术语表里的词条：顶格、下一行缩进的各行。"""
    return set(re.findall(r"^(\S.*)\n(?=  \S)", glossary, re.M))


def terms_are_in_the_glossary(text: str, words: set[str]) -> list[str]:
    """``{term}`` 里的词一字不差地在术语表里；建网站时才报的警告，在这里早一步。"""
    return [
        f"{{term}}`{word}` 不在 reference/glossary.md 里"
        for word in TERM.findall(text)
        if word not in words
    ]


def links_name_their_targets(text: str, page: Path) -> list[str]:
    """目标存在；文字就是目标的标题。用别的说法时把标题附在后面：``[说法](路径.md "标题")``。"""
    found = []
    for match in LINK.finditer(without_code(text)):
        if match["path"].startswith(("http:", "https:")):
            continue
        target = Path(os.path.normpath(page.parent / match["path"]))
        if not target.is_file():
            found.append(f"{match[0]} 指向的文件不存在")
        elif target == page:
            found.append(f"{match[0]} 指回本页，请用 {{ref}} 指本页的小标题")
        elif (title := page_title(target)) != (match["title"] or match["text"]):
            found.append(
                f'{match[0]} 的目标叫“{title}”；有意用别的说法就写 [说法](路径.md "{title}")'
            )
        elif match["title"] == match["text"]:
            found.append(f"{match[0]} 的文字已是标题，不必再附")
    return found
