"""真实浏览器里的检查：本机服务器只供 _build/html，别的主机一概拦下并记录。"""

from __future__ import annotations

import functools
import os
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml
from playwright.sync_api import Browser, BrowserContext, Page, Route, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
SITE = Path(os.environ.get("D2L_SITE", ROOT / "_build" / "html"))
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
BROWSER_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
]


def toc_pages() -> list[str]:
    """目录里全部页面的名字（不带 .html）。"""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    pages = [toc["root"]]
    for part in toc["parts"]:
        for chapter in part["chapters"]:
            pages += [chapter["file"], *(item["file"] for item in chapter.get("sections", ()))]
    return pages


PAGES = toc_pages()


@pytest.fixture(scope="session")
def site() -> Path:
    """建好的网站的文件夹；没有就报错，而不是跳过。"""
    if not (SITE / "index.html").is_file():
        pytest.fail(f"没有建好的网站：{SITE}。请先运行 make book。", pytrace=False)
    return SITE


class QuietHandler(SimpleHTTPRequestHandler):
    """不往屏幕上写访问记录的文件服务器。"""

    def log_message(self, *args: object) -> None:
        """什么也不写。"""


@pytest.fixture(scope="session")
def base(site: Path) -> Iterator[str]:
    """本机服务器的地址，以斜线结尾。"""
    handler = functools.partial(QuietHandler, directory=str(site))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def find_browser() -> str:
    """浏览器的路径：环境变量 ``CHROME``，或系统里装着的 Chromium/Chrome。"""
    found = os.environ.get("CHROME") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if not found:
        pytest.fail(
            f"没有找到浏览器（找过 {'、'.join(BROWSERS)}）。Debian/Ubuntu 上可以 "
            "apt-get install chromium；装在别处时用环境变量 CHROME 指出它的路径。",
            pytrace=False,
        )
    return found


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """整套检查共用的一个浏览器。"""
    executable = find_browser()
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=executable, args=BROWSER_ARGS)
        yield running
        running.close()


@dataclass
class Watched:
    """一个页面和它打开以来出过的问题。"""

    page: Page
    foreign: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def watch(context: BrowserContext, base: str) -> Watched:
    """打开一个空页面；不在 ``base`` 之下的请求一律拦下并记录。"""
    watched = Watched(context.new_page())
    page = watched.page

    def only_local(route: Route) -> None:
        if route.request.url.startswith((base, "data:", "blob:")):
            route.continue_()
        else:
            watched.foreign.append(route.request.url)
            route.abort()

    page.route("**/*", only_local)
    page.on("console", lambda m: watched.errors.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: watched.errors.append(str(error)))
    page.on("requestfailed", lambda request: watched.failed.append(request.url))
    page.on("response", lambda r: watched.failed.append(r.url) if r.status >= 400 else None)
    return watched


def wait_for_math(page: Page) -> None:
    """等公式排完；没有公式的页面立即返回。"""
    page.wait_for_function("!window.MathJax || window.MathJax.startup?.promise !== undefined")
    page.evaluate("window.MathJax ? window.MathJax.startup.promise : null")


@pytest.fixture(scope="session")
def context(browser: Browser) -> Iterator[BrowserContext]:
    """共用的浏览环境：桌面宽度，浅色。"""
    opened = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme="light")
    yield opened
    opened.close()
