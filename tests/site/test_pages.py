"""目录里的每一页：在浏览器里打开一次，看它有没有向外请求、出错、溢出或看不清。"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import nbformat
import pytest
from playwright.sync_api import BrowserContext
from watching import PAGES, ROOT, Watched, wait_for_math, watch

INSPECT = (Path(__file__).parent / "inspect_page.js").read_text(encoding="utf-8")
# 主题自己的无障碍用语里允许的英文
ALLOWED_ENGLISH: set[str] = set()


@dataclass
class Visit:
    """一页的全部观察：桌面浅色、手机宽度、深色，以及折叠能否点开。"""

    watched: Watched
    light: dict[str, Any]
    dark: dict[str, Any]
    phone_width: int
    stuck_folds: list[str]
    download: str | None
    has_code: bool


UNFOLD = """(details) => details
    .filter((d) => !d.parentElement.closest('details:not([open])'))
    .map((d) => { d.querySelector(':scope > summary').click();
        const body = [...d.children].find((c) => c.tagName !== 'SUMMARY');
        return d.open && body && body.checkVisibility() ? null : d.innerText.slice(0, 40); })
    .filter(Boolean)"""


# 颜色有渐变动画：不等它们，直接走到终点
FINISH = "() => document.getAnimations().forEach((a) => { try { a.finish(); } catch {} })"


def visit(context: BrowserContext, base: str, name: str) -> Visit:
    """打开一页，依次换成折叠全开、深色与手机宽度，记下看到的一切。"""
    watched = watch(context, base)
    page = watched.page
    page.goto(f"{base}{name}.html", wait_until="load")
    wait_for_math(page)
    stuck = page.locator("article details").evaluate_all(UNFOLD)
    page.locator("img").evaluate_all(
        "(images) => Promise.all(images.map((i) => { i.loading = 'eager'; "
        "return i.decode().catch(() => null); }))"
    )
    light = page.evaluate(INSPECT)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function("document.documentElement.dataset.theme === 'dark'")
    page.evaluate(FINISH)
    dark = page.evaluate(INSPECT)
    page.set_viewport_size({"width": 390, "height": 844})
    phone = page.evaluate("document.documentElement.scrollWidth")
    link = page.locator("a[download]")
    download = link.first.get_attribute("href") if link.count() else None
    has_code = page.locator("div.cell_input").count() > 0
    page.close()
    return Visit(watched, light, dark, phone, stuck, download, has_code)


_visits: dict[str, Visit] = {}


@pytest.fixture
def seen(request: pytest.FixtureRequest, context: BrowserContext, base: str) -> Visit:
    """这一页的观察；每页只打开一次。"""
    name = request.param
    if name not in _visits:
        _visits[name] = visit(context, base, name)
    return _visits[name]


# 同一页的各项检查在同一个进程里，所以每页只打开一次
every_page = pytest.mark.parametrize(
    "seen",
    [pytest.param(name, marks=pytest.mark.xdist_group(name), id=name) for name in PAGES],
    indirect=True,
)


@every_page
def test_loads_without_trouble(seen: Visit) -> None:
    """没有向别的主机请求，没有失败的请求，控制台没有错误。"""
    assert seen.watched.foreign == [], "向别的主机发出了请求"
    assert seen.watched.failed == [], "有请求失败"
    assert seen.watched.errors == [], "控制台有错误"


@every_page
def test_markup_is_rendered(seen: Visit) -> None:
    """没有漏下的标记与公式源码，公式没有报错，锚点不重复。"""
    assert seen.light["rawMarkup"] == []
    assert seen.light["unrendered"] == []
    assert seen.light["badMath"] == []
    assert seen.light["duplicateIds"] == []


@every_page
def test_reads_in_chinese(seen: Visit) -> None:
    """语言标成中文，提示语与按钮没有漏下英文。"""
    assert seen.light["lang"].startswith("zh")
    assert set(seen.light["english"]) <= ALLOWED_ENGLISH


@every_page
def test_images_load_and_have_text(seen: Visit) -> None:
    """每幅图都加载得出来，并且有文字替代（不是文件名）。"""
    for image in seen.light["images"]:
        assert image["width"] > 0, f"图没有加载：{image['src']}"
        assert image["alt"].strip(), f"图没有文字替代：{image['src']}"
        assert not image["alt"].endswith((".png", ".svg", ".jpg")), f"文字替代是文件名：{image}"


@every_page
def test_controls_have_names(seen: Visit) -> None:
    """每个按钮、链接与输入框都有名字。"""
    assert seen.light["nameless"] == []


@every_page
def test_text_is_legible(seen: Visit) -> None:
    """浅色与深色下，文字与背景的对比度都不低于 4.5。"""
    assert seen.light["theme"] == "light"
    assert seen.light["faint"] == []
    assert seen.dark["theme"] == "dark"
    assert seen.dark["faint"] == []


@every_page
def test_fits_a_phone(seen: Visit) -> None:
    """390 像素宽、折叠全开时，页面也不用左右滚动。"""
    assert seen.phone_width <= 390


@every_page
def test_folds_open(seen: Visit) -> None:
    """参考答案与自检点一下就展开。"""
    assert seen.stuck_folds == []


@every_page
def test_download_is_a_notebook(seen: Visit, site: Path, request: pytest.FixtureRequest) -> None:
    """有代码的页面可以下载成对的 .ipynb，它与 notebooks/ 里的是同一份。"""
    name = request.node.callspec.params["seen"]
    if not seen.has_code:
        assert seen.download is None
        return
    assert seen.download, "有代码的页面没有下载按钮"
    path = site / urljoin(f"/{name}.html", seen.download).lstrip("/")
    notebook = nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)
    nbformat.validate(notebook)
    source = ROOT / "notebooks" / f"{name.removeprefix('chapters/')}.ipynb"
    assert json.loads(path.read_text(encoding="utf-8")) == json.loads(
        source.read_text(encoding="utf-8")
    )
