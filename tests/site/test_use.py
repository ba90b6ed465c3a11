"""网站怎样用：直接打开文件、键盘、深浅色、目录与上一页下一页。"""

from __future__ import annotations

import re
from pathlib import Path
from posixpath import dirname, join, normpath
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, BrowserContext
from watching import PAGES, wait_for_math, watch

NEXT = re.compile(r'<a class="right-next"\s+href="([^"]+)"')
MATH_PAGE = "chapters/02-linear-networks/04-softmax-regression"


def test_works_from_a_folder(browser: Browser, site: Path) -> None:
    """不开服务器、直接打开文件，公式与搜索也照常。"""
    context = browser.new_context()
    watched = watch(context, "file://")
    page = watched.page
    page.goto(f"{site.resolve().as_uri()}/{MATH_PAGE}.html", wait_until="load")
    wait_for_math(page)
    assert page.locator("mjx-container").count() > 5
    loaded = page.evaluate(
        "document.fonts.ready.then((fonts) =>"
        " [...fonts].filter((f) => f.status === 'loaded').map((f) => f.family).join())"
    )
    assert "MJX" in loaded
    page.goto(f"{site.resolve().as_uri()}/search.html?q={quote('交叉熵')}", wait_until="load")
    assert page.locator(".search-hits > li").count() > 0
    context.close()
    assert (watched.foreign, watched.failed, watched.errors) == ([], [], [])


def test_keyboard_focus_is_visible(context: BrowserContext, base: str) -> None:
    """按 Tab 走过的前二十个位置，每一处都看得见焦点。"""
    watched = watch(context, base)
    page = watched.page
    page.goto(f"{base}{MATH_PAGE}.html", wait_until="load")
    for _ in range(20):
        page.keyboard.press("Tab")
        focused = page.evaluate(
            "() => { const e = document.activeElement, s = getComputedStyle(e);"
            " return [e.outerHTML.slice(0, 80), s.outlineStyle, parseFloat(s.outlineWidth)]; }"
        )
        assert focused[1] != "none", focused
        assert focused[2] >= 1, focused
    page.close()


def test_answers_open_by_keyboard(context: BrowserContext, base: str) -> None:
    """参考答案可以用键盘展开再收起。"""
    watched = watch(context, base)
    page = watched.page
    page.goto(f"{base}{MATH_PAGE}.html", wait_until="load")
    answer = page.locator("details.solution").first
    answer.locator("summary").focus()
    assert answer.get_attribute("open") is None
    page.keyboard.press("Enter")
    assert answer.get_attribute("open") is not None
    page.keyboard.press("Enter")
    assert answer.get_attribute("open") is None
    page.close()


def test_theme_switch_is_remembered(browser: Browser, base: str) -> None:
    """点按钮换成深色，到下一页仍是深色。"""
    context = browser.new_context(color_scheme="light")
    page = watch(context, base).page
    page.goto(f"{base}index.html", wait_until="load")
    for _ in range(3):
        if page.evaluate("document.documentElement.dataset.mode") == "dark":
            break
        page.locator(".theme-switch-button").first.click()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.goto(f"{base}{MATH_PAGE}.html", wait_until="load")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    context.close()


def test_pages_are_chained(context: BrowserContext, base: str, site: Path) -> None:
    """从首页一路走“下一页”，依次走遍目录里的每一页；头一步在浏览器里点。"""
    page = watch(context, base).page
    page.goto(f"{base}index.html", wait_until="domcontentloaded")
    page.locator("a.right-next[rel=next]").click()
    page.wait_for_url(f"{base}{PAGES[1]}.html", wait_until="commit")
    page.close()
    walked = ["index"]
    while following := NEXT.search((site / f"{walked[-1]}.html").read_text(encoding="utf-8")):
        walked.append(normpath(join(dirname(walked[-1]), following[1])).removesuffix(".html"))
        assert len(walked) <= len(PAGES), "“下一页”绕了圈"
    assert walked == PAGES


@pytest.mark.parametrize("name", PAGES)
def test_run_summary(name: str, site: Path) -> None:
    """有代码的页面写明执行用时与数据来源。"""
    text = (site / f"{name}.html").read_text(encoding="utf-8")
    assert ('class="run-summary"' in text) == ('class="cell_input' in text)


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("name", ["reference/trust", "reference/data"])
def test_wide_tables_are_seen_whole(
    context: BrowserContext, base: str, name: str, width: int
) -> None:
    """列多的两页在手机与桌面上都看得全：表不必横向滚动，格子里的字不出格。"""
    page = watch(context, base).page
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{base}{name}.html", wait_until="load")
    tables = page.locator("table.trust-table, table.data-table")
    assert tables.count() > 0
    wider = tables.evaluate_all(
        "(all) => all.flatMap((table) => [table.parentElement, ...table.querySelectorAll('td')])"
        ".filter((e) => e.scrollWidth > e.clientWidth + 1).map((e) => e.outerHTML.slice(0, 120))"
    )
    page.close()
    assert wider == []
