"""数据中心：按名字要数据，得到一个装着完整文件的文件夹。

``D2L_DATA`` 决定给什么：

* ``auto``（默认）：有真实数据就用真实的，没有就下载；下载不到时用替身，并说一声；
* ``real``：只要真实的，取不到就报错；
* ``standin``：只用替身，从不联网。
"""

from __future__ import annotations

import difflib
import os
from pathlib import Path
from typing import Literal

from d2l_helpers.data import cache, obtain
from d2l_helpers.data.archives import extract
from d2l_helpers.data.cache import cache_root
from d2l_helpers.data.catalogue import DatasetInfo, DatasetTable
from d2l_helpers.data.fetch import fetch
from d2l_helpers.data.sources import SOURCES, RemoteFile, Source
from d2l_helpers.data.storage import (
    DataError,
    StorageError,
    Unreachable,
    matches,
    recorded,
)

__all__ = [
    "DataError",
    "RemoteFile",
    "Source",
    "StorageError",
    "cache_root",
    "data_source",
    "dataset_root",
    "datasets",
    "download",
    "extract",
    "register",
]

Kind = Literal["real", "standin"]
_sources: dict[str, Source] = dict(SOURCES)
_given: dict[tuple[str, str, Path], Kind] = {}  # (名字, 方式, 缓存) → 本进程给出的是什么


def register(source: Source) -> None:
    """登记一个数据集，同名的被取代。

    参数:
        source: 数据集的来历。

    异常:
        TypeError: 不是 ``Source``。
        ValueError: 名字不能作文件夹名。
    """
    if not isinstance(source, Source):
        raise TypeError(f"要登记的应当是 Source，收到的是 {source!r}。")
    if source.name != Path(source.name).name or source.name in ("", ".", ".."):
        raise ValueError(f"数据集的名字要用作文件夹名，{source.name!r} 不行。")
    _sources[source.name] = source


def _find(name: str) -> Source:
    if name in _sources:
        return _sources[name]
    near = difflib.get_close_matches(str(name), _sources, n=3, cutoff=0.4)
    hint = f"是不是 {'、'.join(near)}？" if near else ""
    raise ValueError(f"没有名为 {name!r} 的数据集。{hint}d2l.datasets() 列出全部名字。")


def _mode() -> str:
    mode = os.environ.get("D2L_DATA") or "auto"
    if mode not in ("auto", "real", "standin"):
        raise ValueError(f"环境变量 D2L_DATA 应当是 auto、real 或 standin，现在是 {mode!r}。")
    return mode


def _advice(source: Source, why: DataError) -> str:
    names = "、".join(file.filename for file in source.files)
    urls = [url for file in source.files for url in file.urls if url not in str(why)]
    listed = "\n地址：\n" + "\n".join(f"  {url}" for url in urls) if urls else ""
    standin = "；或者设环境变量 D2L_DATA=auto，改用替身" if source.standin else ""
    return (
        f"取不到数据集 {source.name}（{source.title}；{source.license}）。\n{why}{listed}\n"
        f"办法：联网后再试；或者自己下载 {names}，"
        f"原样放进 {cache_root() / 'downloads' / source.name}，再运行一次{standin}。"
    )


def dataset_root(name: str) -> Path:
    """返回装着数据集文件的文件夹，布局与公开的原始数据相同；需要时下载或生成。

    参数:
        name: 数据集的名字，``datasets()`` 列出全部。

    返回:
        文件夹；里面的数据是完整的。

    异常:
        ValueError: 没有这个名字，或者 ``D2L_DATA`` 的值不对。
        StorageError: 缓存文件夹写不进去。
        DataError: 要真实数据而取不到，或者还没有替身。
    """
    source, mode = _find(name), _mode()
    given = (name, mode, cache_root())
    if source.own:
        _given[given] = "real"
        return obtain.generate(source)
    if mode != "standin" and _given.get(given) != "standin":
        try:
            if not obtain.have_real(source):
                stubborn = mode == "real" or source.standin is None
                obtain.fetch_real(source, stubborn=stubborn)
        except StorageError:
            raise
        except DataError as error:
            if mode == "real" or source.standin is None:
                raise type(error)(_advice(source, error)) from error
            print(_notice(source, error))
        else:
            _given[given] = "real"
            return obtain.real_folder(source) / source.root
    if source.standin is None:
        raise DataError(
            f"数据集 {name} 还没有替身，而 D2L_DATA=standin 不许联网："
            "请设 D2L_DATA=auto 或 real，用真实数据。"
        )
    folder = obtain.generate(source)
    _given[given] = "standin"
    return folder


def _notice(source: Source, error: DataError) -> str:
    why = "连不上服务器" if isinstance(error, Unreachable) else f"没有取到真实数据（{error}）"
    return f"数据集 {source.name}：{why}，改用本书生成的替身（D2L_DATA=real 可强制使用真实数据）。"


def data_source(name: str) -> Kind:
    """``dataset_root(name)`` 给出的（还没有要过时：会给出的）是真实数据还是替身。

    不下载也不生成。还没有要过、又要联网才知道时，按“下载得到”回答。

    参数:
        name: 数据集的名字。

    返回:
        ``"real"`` 或 ``"standin"``；本书自制的数据算真实数据。
    """
    source, mode = _find(name), _mode()
    if source.own:
        return "real"
    if mode != "auto" or source.standin is None:
        return "standin" if mode == "standin" else "real"
    given = _given.get((name, mode, cache_root()))
    if given:
        return given
    known = _real_stamped(source) or obtain.placed(source)
    return "real" if known or obtain.hosts_of(source) - cache.unreachable_hosts() else "standin"


def _real_stamped(source: Source) -> bool:
    return (obtain.real_folder(source) / cache.STAMP).is_file()


def datasets() -> DatasetTable:
    """列出书里用到的全部数据集：是真实的还是替身、放在哪里、哪一节用它。

    返回:
        像列表一样的表，打印出来是对齐的文字，在笔记本里是表格。
    """
    mode = _mode()
    return DatasetTable([_describe(source, mode) for source in _sources.values()])


def _describe(source: Source, mode: str) -> DatasetInfo:
    real = obtain.real_folder(source)
    if source.own:
        kind, folder = "own", obtain.generated_folder(source)
    elif mode != "standin" and _real_stamped(source):
        kind, folder = "real", real / source.root
    elif mode != "real" and source.standin:
        kind, folder = "standin", obtain.generated_folder(source)
    else:
        kind, folder = "absent", None
    return DatasetInfo(source.name, source.title, kind, folder, source.section)


def download(
    name_or_url: str, folder: str | os.PathLike | None = None, digest: str | None = None
) -> Path:
    """下载数据集的原始文件，或任意一个地址上的文件；已经下载好、核对无误的不再下载。

    参数:
        name_or_url: 登记过的名字，或者 http(s) 地址。
        folder: 放在哪里；默认在缓存的 ``downloads/`` 里。
        digest: ``"sha1:…"``、``"md5:…"``、``"sha256:…"``；只用于地址。没有时记下它自己的 sha256。

    返回:
        文件；数据集不止一个文件时是文件夹。

    异常:
        ValueError: 名字、地址或摘要的写法不对。
        DataError: 下载不到；``D2L_DATA=standin`` 不许联网；已有同名而不同内容的文件。
    """
    if "://" in name_or_url:
        filename = name_or_url.partition("?")[0].rstrip("/").rpartition("/")[2]
        filename = "download" if filename in ("", ".", "..") else filename
        files = (RemoteFile(filename, name_or_url, digest=digest),)
        place = cache_root() / "downloads" / "by-url" / cache.key(name_or_url)
    else:
        files, place = _find(name_or_url).files, cache_root() / "downloads" / name_or_url
        if not files:
            raise DataError(f"数据集 {name_or_url} 没有可下载的文件。")
        if digest is not None:
            raise ValueError(f"数据集 {name_or_url} 的摘要早已登记，不用再给 digest。")
    place = place if folder is None else Path(folder).expanduser().absolute()
    paths = [_download_file(file, place) for file in files]
    return paths[0] if len(paths) == 1 else place


def _download_file(file: RemoteFile, place: Path) -> Path:
    path = place / file.filename
    with cache.locked(cache.key(str(path))):
        if path.is_file():
            known = file.digest or recorded(path)
            if known and matches(path, known):
                return path
            problem = f"内容不符（应当是 {known}）" if known else "却没有下载的记录，无从核对"
            raise DataError(f"已有文件 {path}，{problem}：请移走它，或换一个文件夹。")
        if _mode() == "standin":
            raise DataError(f"D2L_DATA=standin 不许联网，不能下载 {file.filename}。")
        fetch(file.urls, path, file.digest)
    return path
