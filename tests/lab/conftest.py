"""在书的一份拷贝里打开 JupyterLab；别的主机一概拦下并记录。"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from opened_lab import Lab, Watched
from playwright.sync_api import Browser, ConsoleMessage, Response, Route

from tests.browsers import running_browser
from tools.book import ROOT

START_SECONDS = 180
PATIENCE = 180_000  # 毫秒；机器可能又慢又忙
OWN_FOLDERS = ("CONFIG_DIR", "DATA_DIR", "RUNTIME_DIR")
LAB_FOLDERS = ("SETTINGS_DIR", "WORKSPACES_DIR")


def copy_of_the_book(target: Path) -> None:
    """拷贝版本库里的与还没有提交的文件，提交成一个新的版本库。"""
    listed = ["git", "-C", str(ROOT), "ls-files", "-coz", "--exclude-standard"]
    names = subprocess.run(listed, check=True, capture_output=True, text=True).stdout
    for name in filter(None, names.split("\0")):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, target / name)
    name = ["-c", "user.name=测试", "-c", "user.email=test@localhost"]
    for command in (["init", "-q"], ["add", "-A"], [*name, "commit", "-q", "-m", "拷贝"]):
        subprocess.run(["git", "-C", str(target), *command], check=True, capture_output=True)


def environment(book: Path, own: Path) -> dict[str, str]:
    """JupyterLab 的环境：用拷贝里的代码，不碰使用者的设置。"""
    folders = {f"JUPYTER_{name}": str(own / name) for name in OWN_FOLDERS}
    folders |= {f"JUPYTERLAB_{name}": str(own / name) for name in LAB_FOLDERS}
    modes = {"D2L_DATA": "standin", "D2L_PROFILE": "quick", "OMP_NUM_THREADS": "1"}
    return os.environ | folders | modes | {"PYTHONPATH": str(book)}


def free_port() -> int:
    """一个没有人用的端口。"""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until_it_answers(base: str, process: subprocess.Popen, log: Path) -> None:
    """等 JupyterLab 开始应答；它退出了或久不应答，就报出它的最后几行。"""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urllib.request.urlopen(f"{base}api", timeout=5).close()
            return
        except (urllib.error.URLError, TimeoutError):
            time.sleep(0.2)
    pytest.fail(f"JupyterLab 没有启动：\n{log.read_text(encoding='utf-8')[-3000:]}", pytrace=False)


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """在一份拷贝里执行 ``make lab`` 所执行的。"""
    book, own = tmp_path_factory.mktemp("book"), tmp_path_factory.mktemp("own")
    copy_of_the_book(book)
    port, log = free_port(), own / "log"
    command = [
        sys.executable, "tools/lab.py", "--no-browser", f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0", "--IdentityProvider.token=",
        "--LabApp.expose_app_in_browser=True",
    ]  # fmt: skip
    with log.open("w", encoding="utf-8") as stream:
        process = subprocess.Popen(
            command, cwd=book, env=environment(book, own), stdout=stream, stderr=stream
        )
    opened = Lab(f"http://127.0.0.1:{port}/", book)
    try:
        wait_until_it_answers(opened.base, process, log)
        yield opened
    finally:
        process.terminate()  # 它会先结束各个内核
        process.wait(timeout=60)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """整套检查共用的一个浏览器。"""
    with running_browser() as running:
        yield running


@pytest.fixture
def watched(browser: Browser, lab: Lab) -> Iterator[Watched]:
    """一个空页面；只许问 JupyterLab 自己。"""
    context = browser.new_context(viewport={"width": 1400, "height": 1000})
    found = Watched(context.new_page())
    found.page.set_default_timeout(PATIENCE)

    def only_local(route: Route) -> None:
        if route.request.url.startswith((lab.base, "data:", "blob:")):
            route.continue_()
        else:
            found.foreign.append(route.request.url)
            route.abort()

    def failed(response: Response) -> None:
        # JupyterLab 先把图放进页面、再改它的地址，相对的地址会白问一次
        if response.status >= 400 and not response.url.startswith(f"{lab.base}images/"):
            found.errors.append(f"{response.status} {response.url}")

    def said(message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            found.errors.append(message.text)

    found.page.route("**/*", only_local)
    found.page.on("response", failed)
    found.page.on("console", said)
    found.page.on("pageerror", lambda error: found.errors.append(str(error)))
    yield found
    context.close()
