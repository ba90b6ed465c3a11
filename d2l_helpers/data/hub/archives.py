"""解压：不出根目录一步，不认链接出去的把戏；解到一半的东西不会得到最终的名字。"""

from __future__ import annotations

import bz2
import contextlib
import gzip
import json
import lzma
import os
import shutil
import stat
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from d2l_helpers.data.hub.storage import DataError, storage

TAR = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")
OPENERS = {
    **dict.fromkeys((".gz", ".tgz"), gzip.open),
    **dict.fromkeys((".bz2", ".tbz2"), bz2.open),
    **dict.fromkeys((".xz", ".txz"), lzma.open),
}
STAMP = ".d2l-extracted.json"
BROKEN = (EOFError, zlib.error, lzma.LZMAError, tarfile.TarError, zipfile.BadZipFile)


@contextlib.contextmanager
def _reading(path: Path) -> Iterator[None]:
    """把“压缩包坏了”的各种异常变成一种说法。"""
    try:
        yield
    except tarfile.FilterError as error:
        raise DataError(f"拒绝解压 {path.name}：{_unsafe(error)}") from error
    except (*BROKEN, OSError) as error:
        if isinstance(error, DataError) or getattr(error, "errno", None) is not None:
            raise
        raise DataError(
            f"压缩包 {path.name} 是坏的或不完整（{error or type(error).__name__}）；"
            f"请删掉 {path} 重新取得。"
        ) from error


def _unsafe(error: tarfile.FilterError) -> str:
    name = error.tarinfo.name
    if isinstance(error, tarfile.SpecialFileError):
        return f"其中的 {name!r} 是设备等特殊文件。"
    if isinstance(error, (tarfile.AbsoluteLinkError, tarfile.LinkOutsideDestinationError)):
        return f"其中的链接 {name!r} 指到了目标文件夹之外。"
    return f"其中的路径 {name!r} 会写到目标文件夹之外。"


def _check_zip_member(path: Path, member: zipfile.ZipInfo) -> None:
    name = member.filename.replace("\\", "/")
    if name.startswith("/") or ":" in name.split("/")[0] or ".." in PurePosixPath(name).parts:
        raise DataError(
            f"拒绝解压 {path.name}：其中的路径 {member.filename!r} 会写到目标文件夹之外。"
        )
    kind = stat.S_IFMT(member.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise DataError(f"拒绝解压 {path.name}：其中的 {member.filename!r} 是链接或特殊文件。")
    if member.flag_bits & 1:
        raise DataError(f"解不开 {path.name}：其中的 {member.filename!r} 加了密。")


def _unzip(path: Path, folder: Path) -> None:
    with _reading(path), zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            _check_zip_member(path, member)
        for member in archive.infolist():
            with storage(folder):
                archive.extract(member, folder)


def _untar(path: Path, folder: Path) -> None:
    opener = OPENERS.get(path.suffix.lower(), open)
    with _reading(path), opener(path, "rb") as stream, tarfile.open(fileobj=stream) as archive:
        members = archive.getmembers()
        while stream.read(1 << 20):  # 读到底，压缩格式自带的校验和才算核对过
            pass
        if opener is open and not _has_end(path):
            raise tarfile.ReadError("末尾的结束标记不见了")
        with storage(folder):
            archive.extractall(folder, members, filter="data")


def _has_end(path: Path) -> bool:
    """未压缩的 tar 恰好断在两个文件之间时，只有结束标记（一千字节的零）能看出来。"""
    with path.open("rb") as file:
        if file.seek(0, os.SEEK_END) < 1024:
            return False
        file.seek(-1024, os.SEEK_END)
        return not any(file.read())


def _decompress(path: Path, folder: Path) -> None:
    target = folder / path.stem
    with (
        _reading(path),
        OPENERS[path.suffix.lower()](path) as source,
        storage(folder),
        target.open("wb") as file,
    ):
        shutil.copyfileobj(source, file, 1 << 20)


def unpack(path: Path, folder: Path) -> None:
    """把压缩包解到已有的 ``folder`` 里；中途失败会留下一半，由调用者收拾。

    参数:
        path: zip、tar（可带 gz、bz2、xz）或单个文件的 gz、bz2、xz；按名字的后缀认。
        folder: 已经存在的文件夹。

    异常:
        DataError: 压缩包坏了、不完整、不安全，或者不认识。
        StorageError: 写不进去。
    """
    name = path.name.lower()
    if name.endswith(".zip"):
        _unzip(path, folder)
    elif name.endswith(TAR):
        _untar(path, folder)
    elif name.endswith((".gz", ".bz2", ".xz")):
        _decompress(path, folder)
    else:
        raise DataError(f"不认识的压缩格式：{path.name}（支持 zip、tar、gz、bz2、xz）。")


def extract(path: str | os.PathLike, folder: str | os.PathLike) -> Path:
    """把压缩包完整地解到新文件夹 ``folder``；失败时 ``folder`` 不会出现。

    同一个压缩包已经解到那里时直接返回。

    参数:
        path: 压缩包。
        folder: 目标文件夹；不存在，或者是空的。

    返回:
        ``folder``。

    异常:
        FileNotFoundError: 压缩包不存在。
        DataError: 压缩包坏了或不安全，或者目标文件夹里已有别的东西。
        StorageError: 写不进去。
    """
    path, folder = Path(path), Path(folder).absolute()
    if not path.is_file():
        raise FileNotFoundError(f"没有这个压缩包：{path}")
    status = path.stat()
    stamp = json.dumps({"name": path.name, "size": status.st_size, "time": status.st_mtime_ns})
    if _same(folder / STAMP, stamp):
        return folder
    with storage(folder.parent):
        if folder.exists() and any(folder.iterdir()):
            raise DataError(f"文件夹 {folder} 里已有别的东西：请换一个空文件夹，或先移走它们。")
        folder.parent.mkdir(parents=True, exist_ok=True)
        home = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
        temporary = home / folder.name
        temporary.mkdir()
    try:
        unpack(path, temporary)
        with storage(folder.parent):
            (temporary / STAMP).write_text(stamp, "utf-8")
            with contextlib.suppress(OSError):  # 别的进程抢先解好了同一个压缩包
                temporary.rename(folder)
            if not _same(folder / STAMP, stamp):
                temporary.rename(folder)  # 不是那么回事：让错误冒出来
    finally:
        shutil.rmtree(home, ignore_errors=True)
    return folder


def _same(file: Path, text: str) -> bool:
    return file.is_file() and file.read_text("utf-8") == text
