"""数据中心：真实还是替身、一半绝不当作完整、谁在何时被杀都不要紧。"""

from __future__ import annotations

import ast
import errno
import gzip
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from d2l_helpers.data import hub
from d2l_helpers.data.hub import (
    DataError,
    RemoteFile,
    Source,
    StorageError,
    cache,
    obtain,
    registry,
    roots,
)
from d2l_helpers.data.hub import fetch as fetching
from d2l_helpers.data.hub.storage import parse_digest
from d2l_helpers.data.hub.table import HEADER, display_width
from tests.helpers.faulty_server import (
    PRELUDE,
    ROOT,
    FaultyServer,
    after_release,
    cut,
    finish,
    hang,
    spawn,
    status,
    wait_until,
    whole,
)
from tests.helpers.test_fetch import make_tar, make_zip

PACKAGED = [
    "mnist_5k", "photographs", "efficientnet_lite0", "mtcnn", "minilm", "jupyterlab_zh",
    "shakespeare", "idioms",
]  # fmt: skip
COURSE = [
    "fashion_mnist", "time_machine", "fra-eng", "house_prices", "house_tiny", "airfoil",
    "banana-detection", "voc2012", "hotdog", "cifar10_tiny", "cifar10", "dog_breeds_tiny",
    "dog_breeds", "ptb", "glove.6b.50d", "glove.6b.100d", "wiki.en", "wikitext-2", "imdb",
    "snli", *PACKAGED,
]  # fmt: skip


def times_generated(generator: Path) -> int:
    log = generator.with_suffix(".log")
    return log.read_text().split().count("once") if log.exists() else 0


def sha1(content: bytes) -> str:
    return "sha1:" + hashlib.sha1(content).hexdigest()


def zip_bytes(folder: Path, files: dict[str, bytes]) -> bytes:
    folder.mkdir(parents=True, exist_ok=True)
    return make_zip(folder / "made.zip", files).read_bytes()


@pytest.fixture
def toy(tmp_path: Path, server: FaultyServer, home: Path) -> Source:
    """一个 zip 做成的数据集 toy，服务器正常。"""
    content = zip_bytes(tmp_path / "made", {"toy/train.txt": b"real" * 5000, "toy/a/b.txt": b"b"})
    url = server.serve("/toy.zip", whole(content))
    file = RemoteFile("toy.zip", url, (), sha1(content), True, "", ("toy",))
    source = Source("toy", "玩具", (file,), root="toy", section="demo")
    hub.register(source)
    return source


def with_standin(source: Source, function: str = "generate") -> Source:
    source = replace(source, standin=f"toy_generator:{function}")
    hub.register(source)
    return source


def unreachable(source: Source) -> Source:
    """把地址换成没有人听的端口。"""
    with FaultyServer() as gone:
        url = gone.serve("/toy.zip", whole(b""))
    source = replace(source, files=tuple(replace(f, url=url, mirrors=()) for f in source.files))
    hub.register(source)
    return source


def is_whole(root: Path) -> bool:
    return (root / "train.txt").read_bytes() == b"real" * 5000 and (root / "a/b.txt").exists()


def leftovers(home: Path) -> list[str]:
    """成品与锁之外还剩下什么文件。"""
    kept = ("real", "standin-v1", "book", "locks", "downloads")
    files = (path.relative_to(home) for path in home.rglob("*") if path.is_file())
    return sorted(str(path) for path in files if path.parts[0] not in kept)


# ---- 登记表 ---------------------------------------------------------------------------------
def test_every_data_set_of_the_course_is_registered() -> None:
    assert sorted(info.name for info in hub.datasets()) == sorted(COURSE)


@pytest.mark.parametrize("name", COURSE)
def test_registered_source_is_complete(name: str) -> None:
    source = registry.find(name)
    assert source.title
    assert source.license
    assert source.section
    assert source.own == (not source.files and not source.package)
    for file in source.files:
        if file.digest is not None:
            parse_digest(file.digest)
        assert (file.digest is None) == (not file.urls), "有地址的都应当有公布的摘要"
        assert all(url.startswith(("http://", "https://")) for url in file.urls)
        assert file.yields or not file.archive
    if source.root:
        required = [path for file in source.files for path in file.required]
        assert all(f"{path}/".startswith(f"{source.root}/") for path in required)


def test_only_the_kaggle_login_has_no_address() -> None:
    sources = map(registry.find, COURSE)
    assert [s.name for s in sources if not all(f.urls for f in s.files)] == ["dog_breeds"]


def test_unknown_name_and_mode(home: Path, set_mode: Callable) -> None:
    with pytest.raises(ValueError, match=r"没有名为 'fasion_mnist'.*fashion_mnist"):
        hub.dataset_root("fasion_mnist")
    set_mode("offline")
    with pytest.raises(ValueError, match=r"auto、real 或 standin.*'offline'"):
        hub.dataset_root("house_tiny")


@pytest.mark.parametrize("name", ["", "..", "a/b"])
def test_register_refuses_bad_names(home: Path, name: str) -> None:
    with pytest.raises(ValueError, match="文件夹名"):
        hub.register(Source(name, "坏名字"))
    with pytest.raises(TypeError, match="Source"):
        hub.register(name)


def test_cache_root(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("D2L_CACHE", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    assert hub.cache_root() == tmp_path / ".cache" / "d2l_helpers"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert hub.cache_root() == tmp_path / "xdg" / "d2l_helpers"
    monkeypatch.setenv("D2L_CACHE", "~/mine")
    assert hub.cache_root() == tmp_path / "mine"


# ---- 真实数据 -------------------------------------------------------------------------------
@pytest.mark.parametrize("mode", ["auto", "real"])
def test_real_data_is_fetched_once(
    toy: Source, home: Path, server: FaultyServer, set_mode: Callable, mode: str, capsys
) -> None:
    set_mode(mode)
    root = hub.dataset_root("toy")
    assert root == home / "real" / "toy" / "toy"
    assert is_whole(root)
    assert hub.data_source("toy") == "real"
    assert hub.dataset_root("toy") == root
    assert len(server.requests) == 1
    assert leftovers(home) == []
    assert capsys.readouterr().out == ""


def test_plain_files_and_single_gz(home: Path, server: FaultyServer) -> None:
    zipped = gzip.compress(b"images" * 100)
    files = (
        RemoteFile("a.csv", server.serve("/a.csv", whole(b"1,2")), (), sha1(b"1,2")),
        RemoteFile(
            "i.gz",
            server.serve("/i.gz", whole(zipped)),
            (),
            sha1(zipped),
            True,
            "x/raw",
            ("x/raw/i",),
        ),
    )
    hub.register(Source("mixed", "两种文件", files))
    root = hub.dataset_root("mixed")
    assert (root / "a.csv").read_bytes() == b"1,2"
    assert (root / "x/raw/i").read_bytes() == b"images" * 100
    assert leftovers(home) == []


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda content: cut(content, 30, etag=None), "中途断开"),
        (lambda content: whole(b"<html>sorry</html>"), "内容不对"),
        (lambda content: status(404), "答复 404"),
        (lambda content: status(500), "答复 500"),
    ],
)
def test_trouble_is_reported_and_leaves_no_data(
    toy: Source,
    home: Path,
    server: FaultyServer,
    tmp_path: Path,
    generator: Path,
    capsys,
    act: Callable,
    message: str,
) -> None:
    good = (tmp_path / "made" / "made.zip").read_bytes()
    server.serve("/toy.zip", act(good))
    with pytest.raises(DataError) as caught:
        hub.dataset_root("toy")
    text = str(caught.value)
    assert message in text
    assert toy.files[0].url in text
    assert str(home / "downloads" / "toy") in text
    assert not (home / "real" / "toy").exists()
    with_standin(toy)  # 有替身时说一声，用替身；同一进程里不再变
    assert hub.dataset_root("toy") == home / "standin-v1" / "toy"
    line = capsys.readouterr().out
    assert message in line
    assert "替身" in line
    server.serve("/toy.zip", whole(good))
    assert hub.dataset_root("toy") == home / "standin-v1" / "toy"
    assert hub.data_source("toy") == "standin"
    roots._given.clear()  # 新的进程：服务器好了，就用真实的
    assert is_whole(hub.dataset_root("toy"))
    assert hub.data_source("toy") == "real"


def test_hanging_server(
    toy: Source, home: Path, server: FaultyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = fetching.Policy(timeout=0.1, attempts=1, sleep=lambda seconds: None)
    monkeypatch.setattr(fetching, "POLICY", policy)
    server.serve("/toy.zip", hang())
    with pytest.raises(DataError, match="没有答复"):
        hub.dataset_root("toy")
    assert not (home / "real").exists()


def test_dies_half_way_and_comes_back(
    toy: Source, home: Path, server: FaultyServer, tmp_path: Path
) -> None:
    content = (tmp_path / "made" / "made.zip").read_bytes()
    server.serve("/toy.zip", cut(content, 100), whole(content))
    assert is_whole(hub.dataset_root("toy"))
    assert server.requests[1][1]["Range"] == "bytes=100-"


@pytest.mark.parametrize("kind", ["zip", "tar.gz"])
def test_archive_that_climbs_out(
    home: Path, server: FaultyServer, tmp_path: Path, kind: str
) -> None:
    files = {"toy/a": b"a", "../../../../evil.txt": b"x"}
    archive = tmp_path / f"evil.{kind}"
    make_zip(archive, files) if kind == "zip" else make_tar(archive, files=files)
    content = archive.read_bytes()
    url = server.serve("/evil", whole(content))
    file = RemoteFile(archive.name, url, (), sha1(content), True, "", ("toy",))
    hub.register(Source("evil", "往外爬", (file,)))
    with pytest.raises(DataError, match=r"拒绝解压[\s\S]*之外"):
        hub.dataset_root("evil")
    assert not (home / "real").exists()
    assert list(tmp_path.rglob("evil.txt")) == []
    assert list(home.rglob("a")) == []


def test_archive_without_the_expected_folder(toy: Source, home: Path) -> None:
    hub.register(replace(toy, files=(replace(toy.files[0], yields=("other",)),)))
    with pytest.raises(DataError, match="没有应当有的 other"):
        hub.dataset_root("toy")
    assert not (home / "real" / "toy").exists()


def test_damaged_or_foreign_folder_is_not_taken_for_whole(toy: Source, home: Path) -> None:
    root = hub.dataset_root("toy")
    shutil.rmtree(root)
    with pytest.raises(DataError, match="少了 toy"):
        hub.dataset_root("toy")
    shutil.rmtree(home / "real" / "toy")
    (home / "real" / "toy").mkdir()
    (home / "real" / "toy" / "half.txt").write_text("copied by hand")
    with pytest.raises(DataError, match="不是数据中心放进去的"):
        hub.dataset_root("toy")
    assert (home / "real" / "toy" / "half.txt").exists()


def test_without_published_digest_the_own_one_is_kept(home: Path, server: FaultyServer) -> None:
    file = RemoteFile("a.csv", server.serve("/a.csv", whole(b"1,2,3")))
    hub.register(Source("free", "没有摘要", (file,)))
    root = hub.dataset_root("free")
    stamp = json.loads((root / cache.STAMP).read_text("utf-8"))
    assert stamp["digests"] == {"a.csv": "sha256:" + hashlib.sha256(b"1,2,3").hexdigest()}
    (root / "a.csv").write_bytes(b"1,2,4")
    with pytest.raises(DataError, match="与当初下载的不同"):
        hub.dataset_root("free")


# ---- 自己放好的文件 -------------------------------------------------------------------------
def test_placed_by_hand(toy: Source, home: Path, tmp_path: Path, set_mode: Callable) -> None:
    set_mode("real")
    unreachable(toy)
    with pytest.raises(DataError, match="连不上"):
        hub.dataset_root("toy")
    placed = home / "downloads" / "toy" / "toy.zip"
    placed.parent.mkdir(parents=True)
    placed.write_bytes(b"half")
    with pytest.raises(DataError, match=r"toy\.zip 的内容不对"):
        hub.dataset_root("toy")
    shutil.copy(tmp_path / "made" / "made.zip", placed)
    assert is_whole(hub.dataset_root("toy"))
    assert placed.exists()  # 读者的文件不动


def test_file_that_needs_a_login(home: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"kaggle\.com[\s\S]*自己下载 dog-breed-id"):
        hub.dataset_root("dog_breeds")
    place = home / "downloads" / "dog_breeds"
    place.mkdir(parents=True)
    content = zip_bytes(tmp_path / "made", {"labels.csv": b"id,breed", "train/1.jpg": b"x"})
    (place / "dog-breed-identification.zip").write_bytes(content)
    assert (hub.dataset_root("dog_breeds") / "labels.csv").read_bytes() == b"id,breed"


# ---- 替身 -----------------------------------------------------------------------------------
def test_standin_mode_never_touches_the_network(
    toy: Source, home: Path, generator: Path, set_mode: Callable, monkeypatch, capsys
) -> None:
    def no_network(*args: object, **kwargs: object) -> None:
        raise AssertionError("standin 方式碰了网络")

    monkeypatch.setattr("socket.socket", no_network)
    monkeypatch.setattr("socket.getaddrinfo", no_network)
    set_mode("standin")
    with pytest.raises(DataError, match="还没有替身"):
        hub.dataset_root("toy")
    with pytest.raises(DataError, match="不许联网"):
        hub.download("toy")
    with_standin(toy)
    root = hub.dataset_root("toy")
    assert root == home / "standin-v1" / "toy"
    assert (root / "data.txt").read_text() == "standin v1"
    assert "不是真实的 toy" in (root / "STAND-IN.txt").read_text("utf-8")
    assert hub.data_source("toy") == "standin"
    assert not (home / "real").exists()
    assert capsys.readouterr().out == ""  # 明说要替身，就不必再提醒


def test_unreachable_is_said_once_and_not_tried_again(
    toy: Source, home: Path, generator: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    tried: list[str] = []
    original = obtain.fetch
    monkeypatch.setattr(
        obtain, "fetch", lambda urls, *rest: (tried.append(urls[0]), original(urls, *rest))[1]
    )
    source = unreachable(with_standin(toy))
    hub.register(replace(source, name="other"))
    assert hub.data_source("toy") == "real"  # 还没有试过
    for name in ("toy", "toy", "other", "other"):
        assert hub.dataset_root(name) == home / "standin-v1" / name
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("：")[0] for line in lines] == ["数据集 toy", "数据集 other"]
    assert all("连不上服务器" in line and "替身" in line for line in lines)
    assert len(tried) == 1

    roots._given.clear()  # 另一个进程，十分钟之内
    cache._offline.clear()
    assert hub.data_source("toy") == "standin"
    hub.dataset_root("toy")
    assert len(tried) == 1
    file = home / "unreachable.json"
    marks = json.loads(file.read_text())
    file.write_text(json.dumps({host: when - 601 for host, when in marks.items()}))
    roots._given.clear()
    cache._offline.clear()
    hub.dataset_root("toy")  # 十分钟之后
    assert len(tried) == 2
    monkeypatch.setenv("D2L_DATA", "real")  # 明说要真实的，就不理会记号
    with pytest.raises(DataError, match="连不上"):
        hub.dataset_root("toy")
    assert len(tried) == 3


def test_success_clears_the_mark(toy: Source, home: Path, set_mode: Callable) -> None:
    hosts = obtain.hosts_of(toy)
    home.mkdir()
    cache.mark_unreachable(hosts)
    assert cache.unreachable_hosts() == hosts
    hub.dataset_root("toy")
    assert cache.unreachable_hosts() == set()


def test_standin_is_generated_once_per_version(
    toy: Source, home: Path, generator: Path, set_mode: Callable
) -> None:
    set_mode("standin")
    with_standin(toy)
    for _ in range(3):
        root = hub.dataset_root("toy")
    assert times_generated(generator) == 1
    sys.modules["toy_generator"].VERSION = 2
    assert hub.dataset_root("toy") == root
    assert (root / "data.txt").read_text() == "standin v2"
    assert "第 2 版" in (root / "STAND-IN.txt").read_text("utf-8")
    assert times_generated(generator) == 2
    source = Path(sys.modules["toy_generator"].__file__)
    source.write_text(source.read_text("utf-8") + "# 改了代码，忘了改版本号\n", "utf-8")
    hub.dataset_root("toy")
    assert times_generated(generator) == 3
    assert leftovers(home) == []


@pytest.mark.parametrize("mode", ["auto", "real", "standin"])
def test_own_data_needs_no_network_in_any_mode(
    home: Path, generator: Path, set_mode: Callable, mode: str, capsys
) -> None:
    set_mode(mode)
    hub.register(Source("own", "自制", standin="toy_generator:generate", own=True))
    root = hub.dataset_root("own")
    assert root == home / "book" / "own"
    assert hub.data_source("own") == "real"
    assert not (root / "STAND-IN.txt").exists()
    assert hub.datasets()["own"].kind == "own"
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("function", "error", "message"),
    [("broken", RuntimeError, "一半出错"), ("full", StorageError, r"磁盘已满.*D2L_CACHE")],
)
def test_failing_generator_leaves_nothing(
    toy: Source,
    home: Path,
    generator: Path,
    set_mode: Callable,
    function: str,
    error: type[Exception],
    message: str,
) -> None:
    set_mode("standin")
    with_standin(toy, function)
    with pytest.raises(error, match=message):
        hub.dataset_root("toy")
    assert not (home / "standin-v1" / "toy").exists()
    assert leftovers(home) == []
    with_standin(toy)
    assert (hub.dataset_root("toy") / "data.txt").read_text() == "standin v1"


# ---- 被杀、同时来、写不进去 -----------------------------------------------------------------
def child_code(source: Source, *, before: str = "") -> str:
    return f"""
{before}
hub.register({source!r})
print("ready", flush=True)
try:
    print(hub.dataset_root({source.name!r}))
except hub.StorageError as error:
    print(error)
"""


def test_killed_while_downloading(
    toy: Source, home: Path, server: FaultyServer, tmp_path: Path, set_mode: Callable
) -> None:
    content = (tmp_path / "made" / "made.zip").read_bytes()
    server.serve("/toy.zip", hang(content, 100), whole(content))
    victim = spawn(child_code(toy), D2L_DATA="real")
    part = home / "partial" / "toy" / "toy.zip.part"
    wait_until(lambda: len(server.requests) == 1 and part.exists(), victim)
    victim.kill()
    victim.communicate()
    assert not (home / "real").exists()
    assert is_whole(hub.dataset_root("toy"))
    assert leftovers(home) == []


def test_killed_between_extracting_and_renaming(toy: Source, home: Path, tmp_path: Path) -> None:
    stop = """
def stop(*args):
    import threading
    print("extracted", flush=True)
    threading.Event().wait()
cache.finish = stop
"""
    victim = spawn(child_code(toy, before=stop), D2L_DATA="real")
    assert victim.stdout.readline() == "ready\n"
    assert victim.stdout.readline() == "extracted\n"
    victim.kill()
    victim.communicate()
    assert any(path.name == "train.txt" for path in home.rglob("*"))  # 解好了，只差改名
    assert not (home / "real").exists()
    assert is_whole(hub.dataset_root("toy"))
    assert leftovers(home) == []


def test_killed_while_generating(
    toy: Source, home: Path, generator: Path, set_mode: Callable
) -> None:
    set_mode("standin")
    stuck = with_standin(toy, "stuck")
    victim = spawn(child_code(stuck), PYTHONPATH=str(generator.parent))
    wait_until(generator.with_suffix(".started").exists, victim)
    victim.kill()
    victim.communicate()
    assert any(path.name == "data.txt" for path in home.rglob("*"))
    assert not (home / "standin-v1").exists()
    with_standin(toy)
    assert (hub.dataset_root("toy") / "data.txt").read_text() == "standin v1"
    assert leftovers(home) == []


def test_leftovers_of_the_dead_are_cleared_before_new_work(home: Path) -> None:
    (home / "tmp" / "toy" / "dead" / "toy").mkdir(parents=True)
    with cache.locked("toy"), cache.staging("toy") as folder:
        assert list((home / "tmp" / "toy").iterdir()) == [folder.parent]
        assert list(folder.iterdir()) == []
    assert not (home / "tmp" / "toy").exists()


def test_two_processes_download_once(
    toy: Source, home: Path, server: FaultyServer, tmp_path: Path
) -> None:
    content = (tmp_path / "made" / "made.zip").read_bytes()
    server.serve("/toy.zip", after_release(whole(content)))
    both = [spawn(child_code(toy), D2L_DATA="real") for _ in range(2)]
    for process in both:
        assert process.stdout.readline() == "ready\n"
    wait_until(lambda: server.requests, both[0])
    server.release.set()
    assert [finish(process) for process in both] == [str(home / "real" / "toy" / "toy")] * 2
    assert len(server.requests) == 1
    assert is_whole(hub.dataset_root("toy"))


def test_two_processes_generate_once(
    toy: Source, home: Path, generator: Path, set_mode: Callable
) -> None:
    set_mode("standin")
    source = with_standin(toy, "waiting")
    both = [spawn(child_code(source), PYTHONPATH=str(generator.parent)) for _ in range(2)]
    for process in both:
        assert process.stdout.readline() == "ready\n"
    wait_until(generator.with_suffix(".started").exists, both[0])
    generator.with_suffix(".go").touch()
    assert [finish(process) for process in both] == [str(home / "standin-v1" / "toy")] * 2
    assert times_generated(generator) == 1


def test_disk_really_full_while_downloading(toy: Source, home: Path, tmp_path: Path) -> None:
    noise = os.urandom(300_000)
    content = zip_bytes(tmp_path / "big", {"toy/train.txt": noise})
    with FaultyServer() as big:
        url = big.serve("/toy.zip", whole(content))
        source = replace(toy, files=(replace(toy.files[0], url=url, digest=sha1(content)),))
        hub.register(source)
        limit = "import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))"
        output = finish(spawn(child_code(source, before=limit), D2L_DATA="real"))
        assert "写不下了" in output
        assert str(home) in output
        assert "D2L_CACHE" in output
        assert not (home / "real").exists()
        assert (hub.dataset_root("toy") / "train.txt").read_bytes() == noise
    assert leftovers(home) == []


@pytest.mark.parametrize("mode", ["auto", "real", "standin"])
def test_cache_path_is_a_file(
    toy: Source, tmp_path: Path, generator: Path, set_mode: Callable, monkeypatch, mode: str
) -> None:
    with_standin(toy)
    (tmp_path / "plain").write_text("")
    monkeypatch.setenv("D2L_CACHE", str(tmp_path / "plain" / "cache"))
    set_mode(mode)
    with pytest.raises(StorageError, match=r"普通文件.*D2L_CACHE") as caught:
        hub.dataset_root("toy")
    assert str(tmp_path / "plain" / "cache") in str(caught.value)


READ_ONLY = """
if os.getuid() == 0:
    os.setuid(65534)  # root 不受权限约束，换成 nobody
for name in ("whole", "toy"):
    try:
        print(sorted(path.name for path in hub.dataset_root(name).iterdir()))
    except hub.StorageError as error:
        print(error)
"""


def test_read_only_cache(toy: Source, server: FaultyServer, monkeypatch) -> None:
    """只读的缓存：里面有的照常用；没有的报错，说出文件夹与办法。"""
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        base.chmod(0o755)
        monkeypatch.setenv("D2L_CACHE", str(base / "cache"))
        whole_one = replace(toy, name="whole")
        hub.register(whole_one)
        hub.dataset_root("whole")
        for path in [base / "cache", *(base / "cache").rglob("*")]:
            path.chmod(0o555 if path.is_dir() else 0o444)
        register = f"hub.register({whole_one!r})\nhub.register({toy!r})\n"
        output = finish(spawn(register + READ_ONLY, D2L_CACHE=str(base / "cache")))
        for path in (base / "cache").rglob("*"):
            path.chmod(0o755)
        (base / "cache").chmod(0o755)
    first, second = output.splitlines()
    assert ast.literal_eval(first) == ["a", "train.txt"]
    assert "没有写的权限" in second
    assert str(base / "cache") in second
    assert "D2L_CACHE" in second
    assert len(server.requests) == 1


def test_quota_exceeded_while_renaming(
    toy: Source, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def over_quota(self: Path, target: Path) -> None:
        raise OSError(errno.EDQUOT, os.strerror(errno.EDQUOT))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", over_quota)
        with pytest.raises(StorageError, match=r"配额.*D2L_CACHE"):
            hub.dataset_root("toy")
    assert not (home / "real" / "toy").exists()
    assert is_whole(hub.dataset_root("toy"))


# ---- download 与 datasets -------------------------------------------------------------------
def test_download_by_name(toy: Source, home: Path, server: FaultyServer, tmp_path: Path) -> None:
    path = hub.download("toy")
    assert path == home / "downloads" / "toy" / "toy.zip"
    assert hub.download("toy") == path
    assert is_whole(hub.dataset_root("toy"))  # 用的正是下载好的那一份
    assert len(server.requests) == 1
    assert path.exists()
    hub.register(
        replace(toy, name="pair", files=(toy.files[0], replace(toy.files[0], filename="b")))
    )
    assert sorted(p.name for p in hub.download("pair", tmp_path / "out").iterdir()) == [
        "b",
        "toy.zip",
    ]
    with pytest.raises(ValueError, match="早已登记"):
        hub.download("toy", digest="sha1:" + "0" * 40)
    with pytest.raises(DataError, match="没有可下载的文件"):
        hub.download("house_tiny")


def test_download_by_address(home: Path, server: FaultyServer, tmp_path: Path) -> None:
    url = server.serve("/deep/a.txt?key=1", whole(b"hello"))
    path = hub.download(url, tmp_path / "out", sha1(b"hello"))
    assert path == tmp_path / "out" / "a.txt"
    assert hub.download(url, tmp_path / "out", sha1(b"hello")) == path
    assert len(server.requests) == 1
    default = hub.download(url)
    assert default.read_bytes() == b"hello"
    assert default.is_relative_to(home / "downloads")


def test_download_checks_its_own_record(home: Path, server: FaultyServer, tmp_path: Path) -> None:
    url = server.serve("/a.txt", whole(b"hello"))
    path = hub.download(url, tmp_path)
    path.write_bytes(b"hell")
    with pytest.raises(DataError, match=r"内容不符.*移走"):
        hub.download(url, tmp_path)
    (tmp_path / "b.txt").write_bytes(b"mine")
    with pytest.raises(DataError, match="没有下载的记录"):
        hub.download(server.serve("/b.txt", whole(b"theirs")), tmp_path)
    assert (tmp_path / "b.txt").read_bytes() == b"mine"


def test_datasets_shows_what_lies_where(toy: Source, home: Path, set_mode: Callable) -> None:
    assert hub.datasets()["toy"].kind == "absent"
    hub.dataset_root("toy")
    info = hub.datasets()["toy"]
    assert (info.kind, info.folder) == ("real", home / "real" / "toy" / "toy")
    assert hub.datasets()["fashion_mnist"].kind == "standin"
    set_mode("real")
    assert hub.datasets()["fashion_mnist"].kind == "absent"
    set_mode("standin")
    assert hub.datasets()["toy"].kind == "absent"


def test_table_is_aligned_and_free_of_local_paths(toy: Source, home: Path) -> None:
    hub.dataset_root("toy")
    table = hub.datasets()
    text = str(table)
    assert str(home.parent) not in text + table._repr_html_()
    *lines, note = text.splitlines()
    assert "$D2L_CACHE" in note
    assert len(lines) == len(table) + 1
    starts = set()
    for line, cells in zip(lines, [HEADER, *(i.row() for i in table)], strict=True):
        position, places = 0, []
        for cell in cells:
            position = line.index(cell, position)
            places.append(display_width(line[:position]))
            position += len(cell)
        starts.add(tuple(places))
    assert len(starts) == 1, "各列没有对齐"
    assert "real/toy/toy" in text
    assert table._repr_html_().count("<tr>") == len(table) + 1
    assert len(table[:3]) == 3
    with pytest.raises(KeyError):
        table["nothing"]


def test_import_does_no_work(tmp_path: Path) -> None:
    code = PRELUDE + "import sys; assert 'torch' not in sys.modules"
    subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "D2L_CACHE": str(tmp_path / "cache"), "HOME": str(tmp_path)},
        check=True,
        cwd=ROOT,
    )
    assert list(tmp_path.iterdir()) == []
