"""英语—法语句对的替身：由几十个词与几条语法规则拼出的短句，格式与原来的 ``fra.txt`` 相同。

每行 ``英文\\t法文``，由短到长；法文的感叹号、问号之前是窄的不换行空格，与原来的一样。法文的性、数、
否定、倒装都照规则；不照字面译的也有（``I'm hungry`` 是 ``J'ai faim``）。句子都是本书拼的，不取自
Tatoeba；词汇小得多，所以译起来容易，分数不能与原数据上的相比。
"""

from __future__ import annotations

from pathlib import Path

from d2l_helpers.data.standins.fra_eng.grammar import sentences

VERSION = 1


def generate(root: Path) -> None:
    """把全部句对写成 ``root`` 里的 ``fra.txt``。"""
    pairs = sorted(sentences(), key=lambda pair: (len(pair[0]), pair))
    lines = [f"{english}\t{french}\n" for english, french in pairs]
    (root / "fra.txt").write_text("".join(lines), "utf-8", newline="\n")
