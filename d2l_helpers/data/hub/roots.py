"""数据中心：按名字要数据，得到一个装着完整文件的文件夹。

``D2L_DATA`` 决定给什么：

* ``auto``（默认）：有真实数据就用真实的，没有就下载；下载不到时用替身，并说一声；
* ``real``：只要真实的，取不到就报错；
* ``standin``：只用替身，从不联网。
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from d2l_helpers.data.hub import cache, obtain
from d2l_helpers.data.hub.cache import cache_root
from d2l_helpers.data.hub.registry import find, mode, registered
from d2l_helpers.data.hub.sources import Source
from d2l_helpers.data.hub.storage import DataError, StorageError, Unreachable
from d2l_helpers.data.hub.table import DatasetInfo, DatasetTable

Kind = Literal["real", "standin"]
_given: dict[tuple[str, str, Path], Kind] = {}  # (名字, 方式, 缓存) → 本进程给出的是什么


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
    source, wanted = find(name), mode()
    given = (name, wanted, cache_root())
    if source.own:
        _given[given] = "real"
        return obtain.generate(source)
    if wanted != "standin" and _given.get(given) != "standin":
        try:
            if not obtain.have_real(source):
                stubborn = wanted == "real" or source.standin is None
                obtain.fetch_real(source, stubborn=stubborn)
        except StorageError:
            raise
        except DataError as error:
            if wanted == "real" or source.standin is None:
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
    source, wanted = find(name), mode()
    if source.own:
        return "real"
    if wanted != "auto" or source.standin is None:
        return "standin" if wanted == "standin" else "real"
    given = _given.get((name, wanted, cache_root()))
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
    wanted = mode()
    return DatasetTable([_describe(source, wanted) for source in registered()])


def _describe(source: Source, wanted: str) -> DatasetInfo:
    real = obtain.real_folder(source)
    if source.own:
        kind, folder = "own", obtain.generated_folder(source)
    elif wanted != "standin" and _real_stamped(source):
        kind, folder = "real", real / source.root
    elif wanted != "real" and source.standin:
        kind, folder = "standin", obtain.generated_folder(source)
    else:
        kind, folder = "absent", None
    return DatasetInfo(source.name, source.title, kind, folder, source.section)
