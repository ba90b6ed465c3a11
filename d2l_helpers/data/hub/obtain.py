"""把数据弄到手：真实的（下载、核对、解压、一步就位），或者生成的（替身与自制的数据）。"""

from __future__ import annotations

import hashlib
import importlib
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from d2l_helpers.data.hub import cache
from d2l_helpers.data.hub.archives import unpack
from d2l_helpers.data.hub.cache import cache_root
from d2l_helpers.data.hub.fetch import fetch
from d2l_helpers.data.hub.sources import RemoteFile, Source
from d2l_helpers.data.hub.storage import (
    DataError,
    Unreachable,
    digest_of,
    matches,
    recorded,
    storage,
    unchanged,
)


# ---- 真实数据 -------------------------------------------------------------------------------
def real_folder(source: Source) -> Path:
    """真实数据的成品文件夹。"""
    return cache_root() / "real" / source.name


def have_real(source: Source) -> bool:
    """真实数据是否已经完整地在缓存里；不写任何东西，只读的缓存也能用。

    异常:
        DataError: 文件夹在，里面的东西却不对。
    """
    final = real_folder(source)
    stamp = cache.stamp_of(final)
    if stamp is None:
        return False
    for file in source.files:
        for path in file.required:
            if not (final / path).exists():
                raise DataError(f"{final} 里少了 {path}：请删掉整个文件夹，再取一次。")
        if file.digest is None and not file.archive:
            kept, path = stamp["digests"].get(file.filename), final / file.required[0]
            if kept and not unchanged(path, kept):
                raise DataError(f"{path} 与当初下载的不同：请删掉 {final}，再取一次。")
    return True


def _obtain(source: Source, file: RemoteFile) -> tuple[Path, bool]:
    """得到一个核对过的原始文件，以及它是不是读者自己放好的。"""
    placed = cache_root() / "downloads" / source.name / file.filename
    if placed.is_file():
        digest = file.digest or recorded(placed)
        if digest and not matches(placed, digest):
            raise DataError(f"{placed} 的内容不对，应当是 {digest}：请换成完整的原始文件或删掉它。")
        return placed, True
    path = cache_root() / "partial" / source.name / file.filename
    digest = file.digest or recorded(path)
    if path.is_file() and digest and matches(path, digest):
        return path, False
    return fetch(file.urls, path, file.digest), False


def _install(source: Source) -> None:
    """下载、核对、解压，一步就位。调用者持锁。"""
    obtained = [(file, *_obtain(source, file)) for file in source.files]
    with cache.staging(source.name) as folder:
        digests = {}
        for file, path, placed in obtained:
            digests[file.filename] = file.digest or digest_of(path)
            target = folder / file.into
            with storage(cache_root()):
                target.mkdir(parents=True, exist_ok=True)
            if file.archive:
                unpack(path, target)
            else:
                with storage(cache_root()):
                    (shutil.copy if placed else shutil.move)(path, target / file.filename)
            for wanted in file.required:
                if not (folder / wanted).exists():
                    raise DataError(f"{file.filename} 里没有应当有的 {wanted}。")
        stamp = {"name": source.name, "kind": "real", "digests": digests}
        cache.finish(folder, real_folder(source), stamp)
    shutil.rmtree(cache_root() / "partial" / source.name, ignore_errors=True)


def hosts_of(source: Source) -> set[str]:
    """数据集所在的主机。"""
    return cache.hosts_of(url for file in source.files for url in file.urls)


def fetch_real(source: Source, *, stubborn: bool) -> None:
    """取得真实数据；``stubborn`` 时不理会“最近连不上”的记号。

    异常:
        Unreachable: 连不上服务器，或者刚刚连不上过。
        StorageError: 写不进去。
        DataError: 下载到的东西不对，或者没有登记原始文件。
    """
    if not source.files:
        raise DataError(f"数据集 {source.name} 没有登记原始文件。")
    hosts = hosts_of(source)
    with cache.locked(source.name):
        if have_real(source):
            return
        if hosts and not stubborn and hosts <= cache.unreachable_hosts() and not placed(source):
            raise Unreachable(f"{cache.OFFLINE_SECONDS / 60:.0f} 分钟内刚试过，连不上服务器")
        try:
            _install(source)
        except Unreachable:
            cache.mark_unreachable(hosts)
            raise
        cache.mark_unreachable(hosts, forget=True)


def placed(source: Source) -> bool:
    """读者是否自己放了原始文件。"""
    folder = cache_root() / "downloads" / source.name
    return any((folder / file.filename).is_file() for file in source.files)


# ---- 替身与自制的数据 -----------------------------------------------------------------------
def _generator(source: Source) -> tuple[Callable[[Path], Any], int, str]:
    """生成函数、版本号，以及它的代码的散列：改了代码，旧的替身就作废。

    算进去的是生成器的文件夹，与 ``standins/`` 里各个替身共用的模块。
    """
    module_name, _, function = source.standin.partition(":")
    module = importlib.import_module(module_name)
    folder, code = Path(module.__file__).parent, hashlib.sha256()
    shared = folder.parent.glob("*.py") if folder.parent.name == "standins" else ()
    for path in sorted([*folder.glob("*.py"), *shared]):
        code.update(path.read_bytes())
    return getattr(module, function), getattr(module, "VERSION", 1), code.hexdigest()[:16]


def generated_folder(source: Source) -> Path:
    """替身（或自制的数据）的成品文件夹。"""
    return cache_root() / ("book" if source.own else "standin-v1") / source.name


def generate(source: Source) -> Path:
    """生成替身（或自制的数据）；已有当前版本时直接返回。"""
    final = generated_folder(source)
    write, version, code = _generator(source)
    kind = "own" if source.own else "standin"
    wanted = {"name": source.name, "kind": kind, "version": version, "code": code}
    if cache.stamp_of(final) == wanted:
        return final
    with cache.locked(source.name):
        if cache.stamp_of(final) == wanted:
            return final
        with cache.staging(source.name) as folder:
            with storage(cache_root()):
                write(folder)
                if not source.own:
                    (folder / "STAND-IN.txt").write_text(_standin_note(source, version), "utf-8")
            cache.finish(folder, final, wanted)
    return final


def _standin_note(source: Source, version: int) -> str:
    return (
        f"这里不是真实的 {source.name}（{source.title}），\n"
        f"而是 {source.standin}（第 {version} 版）生成的替身：格式相同，内容是画出来或造出来的。\n"
        "在它上面得到的数字不能与文献相比。\n"
    )
