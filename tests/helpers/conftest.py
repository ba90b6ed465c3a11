"""辅助包测试共用的设置。"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import matplotlib as mpl
import pytest

from d2l_helpers.data.hub import cache, registry, roots, storage
from d2l_helpers.data.hub import fetch as fetching
from tests.helpers.faulty_server import FaultyServer

mpl.use("Agg")

GENERATOR = """
from pathlib import Path
VERSION = 1
def generate(root):
    with Path(__file__).with_suffix(".log").open("a") as log:
        log.write("once ")
    (root / "data.txt").write_text(f"standin v{VERSION}")
def broken(root):
    (root / "data.txt").write_text("half")
    raise RuntimeError("生成到一半出错")
def full(root):
    (root / "data.txt").write_text("half")
    Path("/dev/full").write_text("no room" * 10000)
def stuck(root):
    (root / "data.txt").write_text("half")
    Path(__file__).with_suffix(".started").touch()
    import threading
    threading.Event().wait()
def waiting(root):
    Path(__file__).with_suffix(".started").touch()
    import time
    while not Path(__file__).with_suffix(".go").exists():
        time.sleep(0.01)
    generate(root)
"""


@pytest.fixture(autouse=True)
def closed_figures() -> Iterator[None]:
    """一项测试画的图不留给下一项。"""
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")


@pytest.fixture
def standin_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    """只用替身，绝不联网；替身放在平常的缓存里，别处生成过就不再生成。"""
    monkeypatch.setenv("D2L_DATA", "standin")


@pytest.fixture
def notes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """旧笔记的文件夹 ``notes/``，旁边的 ``data/`` 是那个包放数据的地方；连不上网。"""
    (tmp_path / "notes").mkdir()
    (tmp_path / "data").mkdir()
    monkeypatch.chdir(tmp_path / "notes")
    monkeypatch.setenv("D2L_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("D2L_DATA", "standin")
    return tmp_path


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """一个空的缓存，没有等待的下载，什么也不记得的数据中心。"""
    monkeypatch.setenv("D2L_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("D2L_DATA", "auto")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(registry, "_sources", dict(registry._sources))
    monkeypatch.setattr(roots, "_given", {})
    monkeypatch.setattr(storage, "_checked", set())
    monkeypatch.setattr(cache, "_offline", {})
    policy = fetching.Policy(timeout=2, attempts=2, sleep=lambda seconds: None)
    monkeypatch.setattr(fetching, "POLICY", policy)
    return tmp_path / "cache"


@pytest.fixture
def server() -> Iterator[FaultyServer]:
    with FaultyServer() as running:
        yield running


@pytest.fixture
def generator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """一个假的生成器模块，名字是 toy_generator。"""
    file = tmp_path / "toy_generator.py"
    file.write_text(GENERATOR)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield file
    sys.modules.pop("toy_generator", None)


@pytest.fixture
def set_mode(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    return lambda mode: monkeypatch.setenv("D2L_DATA", mode)
