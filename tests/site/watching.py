"""各个检查共用的：目录里的页面，以及盯着请求与错误的页面。"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import yaml
from playwright.sync_api import BrowserContext, Page, Request

ROOT = Path(__file__).resolve().parents[2]


def toc_pages() -> list[str]:
    """目录里全部页面的名字（不带 .html）。"""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    pages = [toc["root"]]
    for part in toc["parts"]:
        for chapter in part["chapters"]:
            pages += [chapter["file"], *(item["file"] for item in chapter.get("sections", ()))]
    return pages


PAGES = toc_pages()


@dataclass
class Watched:
    """一个页面和它打开以来出过的问题。"""

    page: Page
    foreign: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def watch(context: BrowserContext, base: str) -> Watched:
    """打开一个空页面，记下它的请求与错误；不在 ``base`` 之下的请求算向外（浏览器连不上）。"""
    watched = Watched(context.new_page())
    page = watched.page

    def note(request: Request) -> None:
        if not request.url.startswith((base, "data:", "blob:")):
            watched.foreign.append(request.url)

    page.on("request", note)
    page.on("console", lambda m: watched.errors.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: watched.errors.append(str(error)))
    page.on("requestfailed", lambda request: watched.failed.append(request.url))
    page.on("response", lambda r: watched.failed.append(r.url) if r.status >= 400 else None)
    return watched


def wait_for_math(page: Page) -> None:
    """等公式排完；没有公式的页面立即返回。"""
    page.wait_for_function("!window.MathJax || window.MathJax.startup?.promise !== undefined")
    page.evaluate("window.MathJax ? window.MathJax.startup.promise : null")
