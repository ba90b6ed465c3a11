"""句对：JupyterLab 界面的英文与中文（装在 PyPI 包里，离线可用）；读一行一对的文件。"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

from d2l_helpers.data.hub import dataset_root

CHINESE = re.compile(r"[\u4e00-\u9fff]")
ENGLISH = re.compile(r"[A-Za-z]{2}")
MARKUP = re.compile(r"[%{}<>\\_@#|`]|https?:")  # 占位符、标记、地址：不是话


def read_pairs(path: str | Path, columns: Sequence[int] = (0, 1)) -> list[tuple[str, str]]:
    """读一行一对、制表符隔开的文件，如 fra-eng：``英文<制表符>法文``，后面可能还有出处。

    空行跳过；各种空白（法文标点前的不换行空格也算）都合成一个普通的空格。

    参数:
        path: 文件，UTF-8，开头有没有字节序标记都行。
        columns: 取哪两列，源在前，从 0 数起。

    返回:
        ``(源, 目标)`` 的列表，次序照文件。

    异常:
        ValueError: 某一行缺列，或者那一列是空的。

    出处:
        本书“机器翻译与数据集”。
    """
    pairs = []
    with Path(path).open(encoding="utf-8-sig") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            cells = [" ".join(cell.split()) for cell in line.split("\t")]
            pair = tuple(cells[i] for i in columns if i < len(cells))
            if len(pair) < 2 or not all(pair):
                raise ValueError(f"第 {number} 行缺了第 {columns} 列里的一列：{line.strip()!r}。")
            pairs.append(pair)
    return pairs


def interface_pairs() -> list[tuple[str, str]]:
    """返回 JupyterLab 界面上的英文与中文，约 2700 对：菜单、按钮、提示与设置的说明。

    去掉了没有译成中文的、带占位符或标记的；同一句英文只留先遇到的译法。空白都合成一个空格，
    标点与大小写照旧。句子短（英文平均五个词），领域窄，译法统一。

    返回:
        ``(英文, 中文)`` 的列表；英文各不相同，次序每次相同。

    异常:
        DataError: 没有装那个包，或者文件与登记的不同。

    出处:
        PyPI 上的 ``jupyterlab-language-pack-zh-CN``，BSD-3，Jupyter 的译者们。
    """
    pairs: dict[str, str] = {}
    for path in sorted(dataset_root("jupyterlab_zh").glob("*.json")):
        for key, translations in json.loads(path.read_text("utf-8")).items():
            if not key:  # 空串之下是文件自己的说明
                continue
            english = " ".join(key.rpartition("\x04")[2].split())  # \x04 之前是语境
            chinese = " ".join(translations[0].split())
            if _is_a_pair(english, chinese):
                pairs.setdefault(english, chinese)
    return list(pairs.items())


def _is_a_pair(english: str, chinese: str) -> bool:
    return bool(
        ENGLISH.search(english)
        and CHINESE.search(chinese)
        and not CHINESE.search(english)
        and not MARKUP.search(english + chinese)
    )
