"""网站与 JupyterLab 的检查共用的真浏览器。"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
]


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


@contextmanager
def running_browser(**options: Any) -> Iterator[Browser]:
    """打开一个浏览器，用完关掉；``options`` 交给 Playwright。"""
    executable = find_browser()
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS, **options)
        yield running
        running.close()
