"""站内的每一个链接都指到存在的文件与锚点。"""

from __future__ import annotations

from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from watching import PAGES

pytestmark = pytest.mark.xdist_group("links")  # 解析过的页面供各页共用


class LinkParser(HTMLParser):
    """收集一页的锚点与链接。"""

    def __init__(self) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """记下 ``id`` 与 ``href``。"""
        values = dict(attrs)
        if values.get("id"):
            self.anchors.add(values["id"] or "")
        if tag == "a" and values.get("href"):
            self.links.append(values["href"] or "")


@cache
def parsed(path: Path) -> LinkParser:
    """读一页并解析。"""
    parser = LinkParser()
    parser.feed(path.read_text(encoding="utf-8"))
    return parser


@pytest.mark.parametrize("name", PAGES)
def test_local_links_resolve(name: str, site: Path) -> None:
    """文件存在；带 # 的，目标页里有那个锚点。"""
    page = site / f"{name}.html"
    broken = []
    for link in parsed(page).links:
        parts = urlsplit(link)
        if parts.scheme or parts.netloc or link == "#":
            continue
        target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
        anchor = unquote(parts.fragment)
        missing = not target.is_file() or (
            anchor and target.suffix == ".html" and anchor not in parsed(target).anchors
        )
        if missing:
            broken.append(link)
    assert broken == []
