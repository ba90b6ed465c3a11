"""“一节是一课”在页面上的样子：选读、检查格、阅读的时间，与一行放得下的代码。"""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page
from watching import ROOT

sys.path.insert(0, str(ROOT / "_ext"))
import lesson

from tests.book.style_rules import MAX_WIDTH, columns

NAME = "chapters/03-multilayer-perceptrons/06-dropout"
TEXT = (ROOT / f"{NAME}.md").read_text(encoding="utf-8")
OPTIONAL = [part.heading for part in lesson.parts(TEXT) if lesson.is_optional(part.heading)]


@pytest.fixture(scope="module")
def page(context: BrowserContext, base: str) -> Iterator[Page]:
    """一节重写过的小节，桌面宽度。"""
    opened = context.new_page()
    opened.set_viewport_size({"width": 1280, "height": 900})
    opened.goto(f"{base}{NAME}.html", wait_until="load")
    yield opened
    opened.close()


def test_reading_time_is_shown(page: Page) -> None:
    """标题下面写着核心与全部各要读多久。"""
    assert page.locator(".run-summary").count() == 1
    shown = page.locator("h1 + .run-summary").inner_text()
    assert shown.startswith(lesson.reading_words(TEXT))
    assert "执行用时" in shown


def test_optional_headings_are_marked(page: Page) -> None:
    """选读的标题与目录里的一项都有记号；提示链到后面不是选读的小节。"""
    headings = page.locator("section.optional-reading > :is(h2, h3)")
    marked = [text.rstrip("#") for text in headings.all_text_contents()]
    assert marked == OPTIONAL
    contents = page.locator(".bd-sidebar-secondary a:has(.optional-mark)")
    assert [text.strip() for text in contents.all_text_contents()] == OPTIONAL
    color = "(all) => all.map((a) => getComputedStyle(a).color)"
    inactive = ".bd-sidebar-secondary .toc-entry > a:not(.active)"
    lighter = page.locator(f"{inactive}:has(.optional-mark)").evaluate_all(color)
    usual = page.locator(f"{inactive}:not(:has(.optional-mark))").evaluate_all(color)
    assert set(lighter).isdisjoint(usual)
    for hint in page.locator(".optional-hint").all():
        assert "可以整个跳过" in hint.inner_text()
        target = hint.locator("a").get_attribute("href")
        assert page.locator(f"section{target}:not(.optional-reading)").count() == 1


def test_checks_are_folded_apart_from_answers(page: Page) -> None:
    """检查格折叠着，标题说明查什么；练习的检查在答案外面，不打开答案也能用。"""
    checks = page.locator("div.cell.tag_check details")
    cells = [cell for cell in lesson.cells(TEXT) if "check" in cell.tags]
    assert checks.count() == len(cells) > 0
    shown = [text.strip() for text in checks.locator("> summary").all_inner_texts()]
    assert shown == [cell.source.splitlines()[0].removeprefix("# ") for cell in cells]
    assert checks.locator("xpath=self::details[@open]").count() == 0
    assert page.locator("details.solution .tag_check").count() == 0
    assert page.locator("details.solution + .tag_check").count() == TEXT.count("{solution-start}")
    own = page.locator("div.cell.tag_self-check summary").inner_text()
    assert "自检" in own
    assert not own.strip().startswith("检查")


MEASURE = """([pre, lines]) => lines.map((line) => {
    const kept = pre.innerHTML;
    pre.textContent = line;
    const fits = pre.clientWidth > 0 && pre.scrollWidth <= pre.clientWidth;
    pre.innerHTML = kept;
    return fits; })"""


@pytest.mark.parametrize(
    "place",
    ["div.cell_input pre", "section.optional-reading div.cell_input pre", "details.solution pre",
     "div.tag_check pre", "div.tag_self-check pre"],
)  # fmt: skip
def test_the_widest_allowed_line_fits(page: Page, place: str) -> None:
    """1280 像素宽、目录都开着时，84 列的代码在正文、选读、答案、检查与自检里都不被截断。"""
    assert page.locator(".bd-sidebar-secondary").is_visible()
    page.locator("article details").evaluate_all("(all) => all.forEach((d) => { d.open = true; })")
    lines = ["0" * MAX_WIDTH, "一" * (MAX_WIDTH // 2)]
    assert {columns(line) for line in lines} == {MAX_WIDTH}
    pre = page.locator(place).first.element_handle()
    assert page.evaluate(MEASURE, [pre, [*lines, "0" * 200]]) == [True, True, False]


def test_code_scrolls_inside_itself_on_a_phone(page: Page) -> None:
    """390 像素宽时，长行在格子里滚动，页面不动。"""
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    wide = page.locator("div.cell_input pre").evaluate_all(
        "(all) => all.filter((p) => p.scrollWidth > p.clientWidth)"
        ".map((p) => getComputedStyle(p).overflowX)"
    )
    assert wide
    assert set(wide) == {"auto"}
    page.set_viewport_size({"width": 1280, "height": 900})
