"""下载与解压：服务器的每一种毛病，要么成功，要么说清楚；一半的文件绝不当作完整的。"""

from __future__ import annotations

import errno
import gzip
import hashlib
import io
import os
import stat
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from d2l_helpers.data.hub.archives import extract
from d2l_helpers.data.hub.fetch import Policy, fetch
from d2l_helpers.data.hub.storage import DataError, StorageError, Unreachable, digest_of, recorded
from tests.helpers.faulty_server import FaultyServer, cut, hang, no_length, status, trickle, whole

CONTENT = bytes(range(256)) * 400  # 约 100 KB
DIGEST = "sha1:" + hashlib.sha1(CONTENT).hexdigest()


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@pytest.fixture
def server() -> Iterator[FaultyServer]:
    with FaultyServer() as running:
        yield running


@pytest.fixture
def naps() -> list[float]:
    return []


@pytest.fixture
def policy(naps: list[float]) -> Policy:
    return Policy(timeout=0.3, attempts=3, backoff=1.0, sleep=naps.append)


def only(folder: Path, *names: str) -> None:
    assert sorted(path.name for path in folder.iterdir()) == sorted(names)


# ---- 下载 -----------------------------------------------------------------------------------
def test_whole_file(server: FaultyServer, tmp_path: Path, policy: Policy) -> None:
    target = tmp_path / "deep" / "a.bin"
    assert fetch([server.serve("/a", whole(CONTENT))], target, DIGEST, policy=policy) == target
    assert target.read_bytes() == CONTENT
    only(target.parent, "a.bin")
    assert "d2l-helpers" in server.requests[0][1]["User-Agent"]


def test_existing_file_is_replaced_only_when_the_new_one_is_whole(
    server: FaultyServer, tmp_path: Path, policy: Policy
) -> None:
    target = tmp_path / "a.bin"
    target.write_bytes(b"old")
    with pytest.raises(DataError):
        fetch([server.serve("/a", cut(CONTENT, 500))], target, DIGEST, policy=policy)
    assert target.read_bytes() == b"old"
    fetch([server.serve("/a", whole(CONTENT))], target, DIGEST, policy=policy)
    assert target.read_bytes() == CONTENT


def test_truncated_every_time(
    server: FaultyServer, tmp_path: Path, policy: Policy, naps: list[float]
) -> None:
    url = server.serve("/a", cut(CONTENT, 500, etag=None))
    with pytest.raises(DataError, match=rf"(?s){url}.*应有 102400 字节，只收到 500 字节.*3 次"):
        fetch([url], tmp_path / "a.bin", policy=policy)
    assert not (tmp_path / "a.bin").exists()
    assert naps == [1, 1, 2]  # 第一次有进展，之后三次没有


def test_dies_half_way_and_resumes(server: FaultyServer, tmp_path: Path, policy: Policy) -> None:
    url = server.serve("/a", cut(CONTENT, 5000), whole(CONTENT))
    fetch([url], tmp_path / "a.bin", policy=policy)
    assert (tmp_path / "a.bin").read_bytes() == CONTENT
    again = server.requests[1][1]
    assert (again["Range"], again["If-Range"]) == ("bytes=5000-", '"v1"')
    only(tmp_path, "a.bin", "a.bin.sha256")


def test_server_goes_down_and_comes_back(tmp_path: Path) -> None:
    first = FaultyServer()
    url = first.serve("/a", cut(CONTENT, 5000))
    revived: list[FaultyServer] = []

    def nap(seconds: float) -> None:
        if len(first.requests) == 1 and not revived:
            first.stop()
            revived.append(FaultyServer(first.server_port))
            revived[0].serve("/a", whole(CONTENT))

    fetch([url], tmp_path / "a.bin", DIGEST, policy=Policy(timeout=1, sleep=nap))
    revived[0].stop()
    assert (tmp_path / "a.bin").read_bytes() == CONTENT
    assert revived[0].requests[0][1]["Range"] == "bytes=5000-"


def test_refused_connection_after_progress_is_retried(
    server: FaultyServer, tmp_path: Path, naps: list[float]
) -> None:
    url = server.serve("/a", cut(CONTENT, 5000))
    policy = Policy(timeout=0.3, sleep=lambda s: (naps.append(s), server.stop())[0])
    with pytest.raises(DataError, match=r"连不上.*3 次"):
        fetch([url], tmp_path / "a.bin", DIGEST, policy=policy)
    assert len(naps) == 3
    only(tmp_path, "a.bin.part", "a.bin.part.json")


def test_later_process_resumes_what_is_left(
    server: FaultyServer, tmp_path: Path, policy: Policy
) -> None:
    url = server.serve("/a", cut(CONTENT, 5000), status(404), whole(CONTENT))
    with pytest.raises(DataError):
        fetch([url], tmp_path / "a.bin", policy=policy)
    fetch([url], tmp_path / "a.bin", policy=policy)
    assert (tmp_path / "a.bin").read_bytes() == CONTENT
    assert server.requests[-1][1]["Range"] == "bytes=5000-"


def test_server_without_ranges_starts_over(
    server: FaultyServer, tmp_path: Path, policy: Policy
) -> None:
    url = server.serve("/a", cut(CONTENT, 5000), whole(CONTENT, ranges=False))
    fetch([url], tmp_path / "a.bin", DIGEST, policy=policy)
    assert (tmp_path / "a.bin").read_bytes() == CONTENT


def test_no_validator_and_no_digest_means_no_resume(
    server: FaultyServer, tmp_path: Path, policy: Policy
) -> None:
    url = server.serve("/a", cut(CONTENT, 5000, etag=None), whole(CONTENT, etag=None))
    fetch([url], tmp_path / "a.bin", policy=policy)
    assert (tmp_path / "a.bin").read_bytes() == CONTENT
    assert "Range" not in server.requests[1][1]


def test_file_changed_on_the_server(server: FaultyServer, tmp_path: Path, policy: Policy) -> None:
    new = b"new" * 9000
    url = server.serve("/a", cut(CONTENT, 5000), whole(new, etag='"v2"'))
    fetch([url], tmp_path / "a.bin", policy=policy)
    assert (tmp_path / "a.bin").read_bytes() == new


def test_killed_before_the_first_byte_of_a_new_version(
    server: FaultyServer, tmp_path: Path, policy: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """旧版的一半绝不能配上新版的印记，否则下次续传会拼出一个四不像。"""

    def killed(*args: object) -> str:
        raise KeyboardInterrupt

    url = server.serve("/a", cut(CONTENT, 5000), status(404), whole(CONTENT[::-1], etag='"v2"'))
    with pytest.raises(DataError):
        fetch([url], tmp_path / "a.bin", policy=policy)
    with monkeypatch.context() as patch:
        patch.setattr("json.dumps", killed)
        with pytest.raises(KeyboardInterrupt):
            fetch([url], tmp_path / "a.bin", policy=policy)
    only(tmp_path)


def test_bad_old_half_is_thrown_away_once(
    server: FaultyServer, tmp_path: Path, policy: Policy
) -> None:
    (tmp_path / "a.bin.part").write_bytes(b"x" * 5000)
    fetch([server.serve("/a", whole(CONTENT))], tmp_path / "a.bin", DIGEST, policy=policy)
    assert (tmp_path / "a.bin").read_bytes() == CONTENT
    assert [request[1].get("Range") for request in server.requests] == ["bytes=5000-", None]


def test_bad_old_half_and_bad_server(server: FaultyServer, tmp_path: Path, policy: Policy) -> None:
    (tmp_path / "a.bin.part").write_bytes(b"x" * 5000)
    url = server.serve("/a", whole(CONTENT[::-1]))
    with pytest.raises(DataError, match="内容不对"):
        fetch([url], tmp_path / "a.bin", DIGEST, policy=policy)
    assert len(server.requests) == 2
    only(tmp_path)


def test_old_half_longer_than_the_file(
    server: FaultyServer, tmp_path: Path, policy: Policy
) -> None:
    (tmp_path / "a.bin.part").write_bytes(b"x" * 200_000)
    fetch([server.serve("/a", whole(CONTENT))], tmp_path / "a.bin", DIGEST, policy=policy)
    assert (tmp_path / "a.bin").read_bytes() == CONTENT


def test_wrong_range_in_the_answer(server: FaultyServer, tmp_path: Path, policy: Policy) -> None:
    def lying(handler) -> None:
        handler.head(206, Content_Length=10, Content_Range="bytes 0-9/102400")
        handler.wfile.write(CONTENT[:10])

    url = server.serve("/a", cut(CONTENT, 5000), lying, whole(CONTENT))
    fetch([url], tmp_path / "a.bin", policy=policy)
    assert (tmp_path / "a.bin").read_bytes() == CONTENT


def test_wrong_bytes_then_mirror(server: FaultyServer, tmp_path: Path, policy: Policy) -> None:
    bad, good = server.serve("/bad", whole(b"<html>")), server.serve("/good", whole(CONTENT))
    fetch([bad, good], tmp_path / "a.bin", DIGEST, policy=policy)
    assert (tmp_path / "a.bin").read_bytes() == CONTENT
    assert [path for path, _ in server.requests] == ["/bad", "/good"]


def test_wrong_bytes_everywhere(server: FaultyServer, tmp_path: Path, policy: Policy) -> None:
    urls = [server.serve("/1", whole(b"<html>")), server.serve("/2", whole(CONTENT[:-1]))]
    with pytest.raises(DataError) as caught:
        fetch(urls, tmp_path / "a.bin", DIGEST, policy=policy)
    message = str(caught.value)
    assert all(url in message for url in urls)
    assert message.count(f"应当是 {DIGEST}") == 2
    assert "sha1:" + hashlib.sha1(b"<html>").hexdigest() in message
    only(tmp_path)


@pytest.mark.parametrize(("code", "requests"), [(404, 1), (403, 1), (500, 3), (503, 3), (429, 3)])
def test_error_status(
    server: FaultyServer,
    tmp_path: Path,
    policy: Policy,
    naps: list[float],
    code: int,
    requests: int,
) -> None:
    url = server.serve("/a", status(code))
    with pytest.raises(DataError, match=f"服务器答复 {code}") as caught:
        fetch([url], tmp_path / "a.bin", DIGEST, policy=policy)
    assert not isinstance(caught.value, Unreachable)
    assert len(server.requests) == requests
    assert naps == [1, 2][: requests - 1]
    only(tmp_path)


def test_passing_500(server: FaultyServer, tmp_path: Path, policy: Policy) -> None:
    url = server.serve("/a", status(500), status(500), whole(CONTENT))
    assert fetch([url], tmp_path / "a.bin", DIGEST, policy=policy).read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("act", "message"), [(hang(), "没有答复"), (hang(CONTENT, 500), "传到一半断了")]
)
def test_hanging_server(server: FaultyServer, tmp_path: Path, act: Callable, message: str) -> None:
    url = server.serve("/a", act)
    policy = Policy(timeout=0.1, attempts=2, sleep=lambda seconds: None)
    with pytest.raises(DataError, match=message):
        fetch([url], tmp_path / "a.bin", policy=policy)
    assert not (tmp_path / "a.bin").exists()


def test_trickling_server(server: FaultyServer, tmp_path: Path) -> None:
    url = server.serve("/a", trickle(10_000))
    policy = Policy(timeout=5, attempts=1, stall=0.1, sleep=lambda seconds: None)
    with pytest.raises(DataError, match=r"几乎停了：0.1 秒只收到 \d+ 字节"):
        fetch([url], tmp_path / "a.bin", policy=policy)


def test_total_time_is_bounded(server: FaultyServer, tmp_path: Path) -> None:
    url = server.serve("/a", trickle(10_000))
    with pytest.raises(DataError, match=r"超过了总时限 0\.1 秒"):
        fetch([url], tmp_path / "a.bin", policy=Policy(timeout=5, total=0.1))


def test_unreachable_is_not_waited_for(
    server: FaultyServer, tmp_path: Path, policy: Policy, naps: list[float]
) -> None:
    url = server.serve("/a", whole(CONTENT))
    server.stop()
    with pytest.raises(Unreachable, match="连不上"):
        fetch([url, url + "b"], tmp_path / "a.bin", DIGEST, policy=policy)
    assert naps == []


def test_one_answer_means_reachable(server: FaultyServer, tmp_path: Path, policy: Policy) -> None:
    with FaultyServer() as gone:
        url = gone.serve("/a", whole(CONTENT))
    with pytest.raises(DataError) as caught:
        fetch([url, server.serve("/a", status(404))], tmp_path / "a.bin", DIGEST, policy=policy)
    assert not isinstance(caught.value, Unreachable)


def test_unknown_length_needs_a_digest(
    server: FaultyServer, tmp_path: Path, policy: Policy
) -> None:
    url = server.serve("/a", no_length(CONTENT))
    with pytest.raises(DataError, match=r"没有给出长度.*是否完整"):
        fetch([url], tmp_path / "a.bin", policy=policy)
    fetch([url], tmp_path / "a.bin", DIGEST, policy=policy)
    assert (tmp_path / "a.bin").read_bytes() == CONTENT


def test_unknown_length_and_half_a_file(
    server: FaultyServer, tmp_path: Path, policy: Policy
) -> None:
    url = server.serve("/a", no_length(CONTENT[:5000]))
    with pytest.raises(DataError, match="内容不对"):
        fetch([url], tmp_path / "a.bin", DIGEST, policy=policy)
    only(tmp_path)


def test_own_digest_is_recorded(server: FaultyServer, tmp_path: Path, policy: Policy) -> None:
    path = fetch([server.serve("/a", whole(CONTENT))], tmp_path / "a.bin", policy=policy)
    value = hashlib.sha256(CONTENT).hexdigest()
    assert (tmp_path / "a.bin.sha256").read_text() == f"{value}  a.bin\n"
    assert recorded(path) == digest_of(path) == f"sha256:{value}"


@pytest.mark.parametrize("digest", ["", "sha1:", "sha1:xyz", "md4:" + "0" * 32, DIGEST + "0"])
def test_bad_digest(tmp_path: Path, digest: str) -> None:
    with pytest.raises(ValueError, match="摘要应当写成"):
        fetch(["http://127.0.0.1/"], tmp_path / "a.bin", digest)


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/a", "file:///etc/passwd", "a.bin"])
def test_only_http(tmp_path: Path, url: str) -> None:
    with pytest.raises(ValueError, match="http"):
        fetch([url], tmp_path / "a.bin")


def test_disk_full_while_downloading(
    server: FaultyServer, tmp_path: Path, policy: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    url = server.serve("/a", whole(CONTENT))
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(StorageError, match=r"磁盘已满[\s\S]*D2L_CACHE") as caught:
            fetch([url], tmp_path / "a.bin", DIGEST, policy=policy)
    assert str(tmp_path) in str(caught.value)
    assert not (tmp_path / "a.bin").exists()
    fetch([url], tmp_path / "a.bin", DIGEST, policy=policy)
    assert (tmp_path / "a.bin").read_bytes() == CONTENT


def test_folder_is_a_file(server: FaultyServer, tmp_path: Path, policy: Policy) -> None:
    (tmp_path / "plain").write_text("")
    url = server.serve("/a", whole(CONTENT))
    with pytest.raises(StorageError, match=r"普通文件.*D2L_CACHE"):
        fetch([url], tmp_path / "plain" / "a.bin", DIGEST, policy=policy)
    assert server.requests == []


# ---- 解压 -----------------------------------------------------------------------------------
FILES = {"top/one.txt": b"1" * 3000, "top/deep/two.bin": bytes(range(256)) * 30}


def make_zip(path: Path, files: dict[str, bytes] = FILES) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def make_tar(path: Path, *extra: tarfile.TarInfo, files: dict[str, bytes] = FILES) -> Path:
    mode = {".gz": "w:gz", ".bz2": "w:bz2", ".xz": "w:xz", ".tgz": "w:gz"}.get(path.suffix, "w")
    with tarfile.open(path, mode) as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
        for info in extra:
            archive.addfile(info)
    return path


def member(name: str, kind: bytes, link: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


SUFFIXES = ["zip", "tar", "tar.gz", "tgz", "tar.bz2", "tar.xz"]


def make(path: Path) -> Path:
    return make_zip(path) if path.suffix == ".zip" else make_tar(path)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_extract(tmp_path: Path, suffix: str) -> None:
    archive = make(tmp_path / f"a.{suffix}")
    assert extract(archive, tmp_path / "out") == tmp_path / "out"
    for name, content in FILES.items():
        assert (tmp_path / "out" / name).read_bytes() == content
    only(tmp_path, archive.name, "out")
    (tmp_path / "out" / "top" / "one.txt").unlink()
    extract(archive, tmp_path / "out")  # 已经解过：不再动它
    assert not (tmp_path / "out" / "top" / "one.txt").exists()


@pytest.mark.parametrize("suffix", [*SUFFIXES, "gz"])
def test_half_an_archive(tmp_path: Path, suffix: str) -> None:
    archive = tmp_path / f"a.{suffix}"
    if suffix == "gz":
        archive.write_bytes(gzip.compress(CONTENT))
    else:
        make(archive)
    archive.write_bytes(archive.read_bytes()[: archive.stat().st_size // 2])
    with pytest.raises(DataError, match=rf"a\.{suffix} 是坏的或不完整"):
        extract(archive, tmp_path / "out")
    only(tmp_path, archive.name)


def test_tar_cut_between_two_members(tmp_path: Path) -> None:
    archive = make_tar(tmp_path / "a.tar")
    archive.write_bytes(archive.read_bytes()[: 512 + 3072])  # 恰好只剩第一个文件
    with tarfile.open(archive) as short:
        assert short.getnames() == ["top/one.txt"]  # tarfile 自己看不出来
    with pytest.raises(DataError, match="不完整"):
        extract(archive, tmp_path / "out")
    only(tmp_path, "a.tar")


@pytest.mark.parametrize("suffix", ["zip", "tar.gz", "gz"])
def test_flipped_bytes(tmp_path: Path, suffix: str) -> None:
    archive = tmp_path / f"a.{suffix}"
    noise = os.urandom(20_000)  # 压不动，所以翻转的必是内容
    if suffix == "zip":
        make_zip(archive, {"a": noise})
    elif suffix == "gz":
        archive.write_bytes(gzip.compress(noise))
    else:
        make_tar(archive, files={"a": noise})
    data = bytearray(archive.read_bytes())
    data[10_000] ^= 0xFF
    archive.write_bytes(data)
    with pytest.raises(DataError, match="是坏的或不完整") as caught:
        extract(archive, tmp_path / "out")
    assert not isinstance(caught.value, StorageError)
    only(tmp_path, archive.name)


def test_single_gz(tmp_path: Path) -> None:
    (tmp_path / "a.txt.gz").write_bytes(gzip.compress(CONTENT))
    extract(tmp_path / "a.txt.gz", tmp_path / "out")
    assert (tmp_path / "out" / "a.txt").read_bytes() == CONTENT


def symlink_zip(path: Path) -> Path:
    info = zipfile.ZipInfo("top/link")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("top/one.txt", b"1")
        archive.writestr(info, "/etc/passwd")
    return path


UNSAFE = {
    "zip-parent": lambda path: make_zip(path / "a.zip", {**FILES, "../evil": b"x"}),
    "zip-inner-parent": lambda path: make_zip(path / "a.zip", {"top/../../evil": b"x"}),
    "zip-backslash": lambda path: make_zip(path / "a.zip", {"..\\evil": b"x"}),
    "zip-absolute": lambda path: make_zip(path / "a.zip", {"/evil": b"x"}),
    "zip-drive": lambda path: make_zip(path / "a.zip", {"C:/evil": b"x"}),
    "zip-link": lambda path: symlink_zip(path / "a.zip"),
    "tar-parent": lambda path: make_tar(path / "a.tar.gz", files={**FILES, "../evil": b"x"}),
    "tar-link": lambda path: make_tar(
        path / "a.tar", member("top/link", tarfile.SYMTYPE, "../../evil")
    ),
    "tar-absolute-link": lambda path: make_tar(
        path / "a.tar", member("link", tarfile.SYMTYPE, "/etc/passwd")
    ),
    "tar-hard-link": lambda path: make_tar(
        path / "a.tar.bz2", member("link", tarfile.LNKTYPE, "../evil")
    ),
    "tar-device": lambda path: make_tar(path / "a.tar", member("null", tarfile.CHRTYPE)),
    "tar-fifo": lambda path: make_tar(path / "a.tar", member("pipe", tarfile.FIFOTYPE)),
}


@pytest.mark.parametrize("case", UNSAFE)
def test_unsafe_archive_is_refused(tmp_path: Path, case: str) -> None:
    folder = tmp_path / "inside"
    folder.mkdir()
    archive = UNSAFE[case](folder)
    with pytest.raises(DataError, match=r"拒绝解压 a\..*(之外|特殊文件|链接)"):
        extract(archive, folder / "out")
    only(folder, archive.name)  # 一个文件也没有写出来
    only(tmp_path, "inside")


def test_extract_refuses_a_folder_with_other_things(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    archive = make_zip(tmp_path / "a.zip")
    extract(archive, tmp_path / "out")  # 空的可以
    make_zip(archive, {"other": b"2"})
    with pytest.raises(DataError, match="已有别的东西"):
        extract(archive, tmp_path / "out")
    assert (tmp_path / "out" / "top" / "one.txt").exists()


def test_extract_what_is_no_archive(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="没有这个压缩包"):
        extract(tmp_path / "a.zip", tmp_path / "out")
    for name, message in [("a.zip", "是坏的"), ("a.tar.gz", "是坏的"), ("a.rar", "不认识")]:
        (tmp_path / name).write_bytes(b"<html>")
        with pytest.raises(DataError, match=message):
            extract(tmp_path / name, tmp_path / "out")


def test_disk_full_while_extracting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    archive = make_zip(tmp_path / "a.zip")
    monkeypatch.setattr("shutil.copyfileobj", full)
    with pytest.raises(StorageError, match="磁盘已满"):
        extract(archive, tmp_path / "out")
    only(tmp_path, "a.zip")
