"""登记数据集时的几种常见写法。"""

from __future__ import annotations

from d2l_helpers.data.hub.sources import RemoteFile

D2L = "https://d2l-data.s3-accelerate.amazonaws.com/"


def plain(filename: str, sha1: str) -> RemoteFile:
    """``d2l-data`` 桶里的一个普通文件。"""
    return RemoteFile(filename, D2L + filename, digest=f"sha1:{sha1}")


def archive(
    url: str, digest: str, *yields: str, mirrors: tuple[str, ...] = ()
) -> tuple[RemoteFile, ...]:
    """一个压缩包；``yields`` 是解压之后必须存在的路径。"""
    filename = url.rpartition("/")[2]
    return (RemoteFile(filename, url, mirrors, digest, archive=True, yields=yields),)


def d2l_zip(filename: str, sha1: str) -> tuple[RemoteFile, ...]:
    """``d2l-data`` 桶里的一个 zip，解出与它同名的文件夹。"""
    return archive(D2L + filename, f"sha1:{sha1}", filename.removesuffix(".zip"))
