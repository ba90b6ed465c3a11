"""真实浏览器里的检查：本机服务器只供 _build/html，别的主机一概连不上，并且记录下来。"""

from __future__ import annotations

import functools
import os
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext
from watching import ROOT

from tests.browsers import running_browser

SITE = Path(os.environ.get("D2L_SITE", ROOT / "_build" / "html"))
# 只有本机连得上：其余都交给一个没有人听的端口。不用逐个拦截请求，那样浏览器不缓存，每页重读脚本。
NOWHERE = {"server": "http://127.0.0.1:9", "bypass": "127.0.0.1"}


@pytest.fixture(scope="session")
def site() -> Path:
    """建好的网站的文件夹；没有就报错，而不是跳过。"""
    if not (SITE / "index.html").is_file():
        pytest.fail(f"没有建好的网站：{SITE}。请先运行 make book。", pytrace=False)
    return SITE


class QuietHandler(SimpleHTTPRequestHandler):
    """不往屏幕上写访问记录的文件服务器；连接不断开，文件可以缓存。"""

    protocol_version = "HTTP/1.1"

    def end_headers(self) -> None:
        """检查期间网站不变。"""
        self.send_header("Cache-Control", "max-age=3600")
        super().end_headers()

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


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """整套检查共用的一个浏览器。"""
    with running_browser(proxy=NOWHERE) as running:
        yield running


@pytest.fixture(scope="session")
def context(browser: Browser) -> Iterator[BrowserContext]:
    """共用的浏览环境：桌面宽度，浅色。"""
    opened = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme="light")
    yield opened
    opened.close()
