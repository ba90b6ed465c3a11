"""图、练习与公式的编号，与网站上的相同：编了号的章节按节重新数，没有编号的各页接着数。"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import yaml

from tools.book import ROOT

TOC = ROOT / "_toc.yml"
NUMBERED = re.compile(
    r"^(?:`{3}|:{3})\{(?P<kind>figure|exercise)\}[^\n]*\n(?P<options>(?::[\w-]+:[^\n]*\n)*)"
    r"|\$\$ \((?P<equation>[\w-]+)\)",
    re.MULTILINE,
)
LABEL = re.compile(r"^:(?:name|label): *(\S+)", re.MULTILINE)
WORDS = {"figure": "图 {}", "exercise": "练习 {}", "equation": "({})"}


def _walk(toc: dict) -> Iterator[tuple[str, str]]:
    """依次给出目录里的 (页名, 编号)；没有编号的页是空字符串。"""
    yield toc["root"], ""
    last = 0
    for part in toc["parts"]:
        for chapter in part["chapters"]:
            last += bool(part.get("numbered"))
            own = str(last) if part.get("numbered") else ""
            yield chapter["file"], own
            for number, section in enumerate(chapter.get("sections", ()), 1):
                yield section["file"], own and f"{own}.{number}"


def page_numbers() -> dict[Path, str]:
    """目录里的每一页与它的编号（如 ``1.5``；没有编号的是空字符串），按目录的次序。

    没有目录的书（测试用的小书）没有编号。
    """
    return _page_numbers(TOC.read_text(encoding="utf-8")) if TOC.exists() else {}


@cache
def _page_numbers(contents: str) -> dict[Path, str]:
    toc = yaml.safe_load(contents)
    return {ROOT / f"{name}.md": number for name, number in _walk(toc)}


def labels(text: str, prefix: str, running: Counter[str]) -> dict[str, str]:
    """一页里的标签各显示成什么，如 ``图 1.5.1``；没有编号的页接着 ``running`` 数。"""
    count, found = Counter() if prefix else running, {}
    for match in NUMBERED.finditer(text):
        kind = match["kind"] or "equation"
        count[kind] += 1
        named = LABEL.search(match["options"] or "")
        label = named[1] if named else match["equation"]
        if label:
            number = f"{prefix}.{count[kind]}" if prefix else str(count[kind])
            found[label] = WORDS[kind].format(number)
    return found


def all_labels() -> dict[Path, dict[str, str]]:
    """目录里每一页的标签与它们显示的编号。"""
    stamps = tuple((page, page.stat().st_mtime_ns) for page in page_numbers() if page.exists())
    return _all_labels(stamps)


@cache
def _all_labels(stamps: tuple[tuple[Path, int], ...]) -> dict[Path, dict[str, str]]:
    numbers, running = page_numbers(), Counter()
    texts = {  # 一页有读不成的字节，不该连累别的页
        page: page.read_text(encoding="utf-8", errors="replace") for page, _ in stamps
    }
    return {page: labels(text, numbers[page], running) for page, text in texts.items()}
