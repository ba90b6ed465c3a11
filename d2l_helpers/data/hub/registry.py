"""登记簿：有哪些数据集，``D2L_DATA`` 要的是哪一种。"""

from __future__ import annotations

import difflib
import os
from pathlib import Path

from d2l_helpers.data.hub.catalogue import SOURCES
from d2l_helpers.data.hub.sources import Source

_sources: dict[str, Source] = dict(SOURCES)


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


def find(name: str) -> Source:
    """按名字找；没有时说出相近的名字。

    异常:
        ValueError: 没有这个名字。
    """
    if name in _sources:
        return _sources[name]
    near = difflib.get_close_matches(str(name), _sources, n=3, cutoff=0.4)
    hint = f"是不是 {'、'.join(near)}？" if near else ""
    raise ValueError(f"没有名为 {name!r} 的数据集。{hint}d2l.datasets() 列出全部名字。")


def mode() -> str:
    """``D2L_DATA`` 的值，没有设就是 auto。

    异常:
        ValueError: 不是那三个之一。
    """
    chosen = os.environ.get("D2L_DATA") or "auto"
    if chosen not in ("auto", "real", "standin"):
        raise ValueError(f"环境变量 D2L_DATA 应当是 auto、real 或 standin，现在是 {chosen!r}。")
    return chosen


def registered() -> list[Source]:
    """登记过的全部数据集。"""
    return list(_sources.values())
