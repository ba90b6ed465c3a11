"""数据文件的共同规矩：错误的种类、写不进去时的说法、摘要的计算与记录。"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path


class DataError(OSError):
    """取不到或用不了数据；消息里有原因和办法。"""


class StorageError(DataError):
    """数据文件夹写不进去：没有权限、磁盘已满、路径不对。"""


class Unreachable(DataError):
    """连不上服务器（名字解析不了、连接被拒绝或超时）；与服务器答复了一个错误不同。"""


@contextlib.contextmanager
def storage(folder: Path) -> Iterator[None]:
    """把写文件时的 ``OSError`` 变成说得清的 ``StorageError``。

    参数:
        folder: 出错时在消息里点名的文件夹。

    异常:
        StorageError: 代码块里的读写失败了。
    """
    try:
        yield
    except DataError:
        raise
    except OSError as error:
        if error.errno is None:  # gzip 等用它报告内容坏了，与文件夹无关
            raise
        raise StorageError(
            f"文件夹 {folder} {_reason(error)}。"
            "请腾出空间或改正权限，或者设环境变量 D2L_CACHE，指向另一个可写、空间足够的文件夹。"
        ) from error


def _reason(error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        what = "写不下了：磁盘已满，或者超出了配额"
    elif error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        what = "没有写的权限"
    elif error.errno in (errno.ENOTDIR, errno.EEXIST):
        what = "用不了：路径中有一段是普通文件，不是文件夹"
    else:
        what = "读写失败"
    return f"{what}（{error.strerror or error}）"


def parse_digest(digest: str) -> tuple[str, str]:
    """把 ``"sha1:十六进制"`` 拆成算法与小写的值。

    异常:
        ValueError: 不是 md5、sha1、sha256 之一，或者位数不对。
    """
    algorithm, _, value = digest.partition(":")
    lengths = {"md5": 32, "sha1": 40, "sha256": 64}
    if not re.fullmatch(rf"[0-9a-fA-F]{{{lengths.get(algorithm, 0)}}}", value) or not value:
        raise ValueError(
            f"摘要应当写成 md5:…、sha1:… 或 sha256:…（十六进制），收到的是 {digest!r}。"
        )
    return algorithm, value.lower()


def digest_of(path: Path, algorithm: str = "sha256") -> str:
    """返回文件的摘要，形如 ``"sha256:…"``。"""
    with path.open("rb") as file:
        return f"{algorithm}:{hashlib.file_digest(file, algorithm).hexdigest()}"


def matches(path: Path, digest: str) -> bool:
    """文件的内容是否与摘要相符。"""
    algorithm, value = parse_digest(digest)
    return digest_of(path, algorithm) == f"{algorithm}:{value}"


_checked: set[tuple[Path, int, int, str]] = set()


def unchanged(path: Path, digest: str) -> bool:
    """文件的内容是否与摘要相符；没有动过的文件在一个进程里只算一次。"""
    status = path.stat()
    once = (path, status.st_size, status.st_mtime_ns, digest)
    if once not in _checked and matches(path, digest):
        _checked.add(once)
    return once in _checked


def record(content: Path, path: Path) -> None:
    """把 ``content`` 的 sha256 记在 ``path`` 旁边（``sha256sum -c`` 认的格式）。"""
    beside = path.with_name(path.name + ".sha256")
    with storage(path.parent):
        value = digest_of(content).removeprefix("sha256:")
        beside.write_text(f"{value}  {path.name}\n", "utf-8")


def recorded(path: Path) -> str | None:
    """读出 ``record`` 记下的摘要；没有记过时是 ``None``。"""
    beside = path.with_name(path.name + ".sha256")
    if not beside.exists():
        return None
    return f"sha256:{beside.read_text('utf-8').split()[0]}"
