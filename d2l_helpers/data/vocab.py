"""词元与词表：文本怎样变成一列整数，又怎样变回来。"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

UNK = "<unk>"


def letters(text: str) -> str:
    """只留英文字母，一律小写；别的字符不管连着几个，都换成一个空格。

    参数:
        text: 任意文字；汉字等非英文字母也会变成空格。

    返回:
        只含 ``a``–``z`` 与空格的串，首尾没有空格。

    出处:
        本书“文本预处理”。
    """
    return re.sub("[^A-Za-z]+", " ", text).strip().lower()


def tokenize(text: str, unit: str) -> list[str]:
    """把文字切成词元。

    参数:
        text: 任意文字。
        unit: ``"char"`` 一个字符一个词元，空格与换行也算；``"word"`` 按空白切开。

    返回:
        词元的列表；空串得到空列表。

    异常:
        ValueError: ``unit`` 不是这两者之一。

    出处:
        本书“文本预处理”。
    """
    if unit not in ("char", "word"):
        raise ValueError(f'unit 应当是 "char" 或 "word"，收到的是 {unit!r}。')
    return list(text) if unit == "char" else text.split()


class Vocab:
    """词表：每个词元一个编号，从 0 起，连续。

    0 号是 ``<unk>``（不认识的），接着是保留词元，再按次数从多到少；次数相同的按字典序，
    所以同样的文本在哪里都得到同样的编号。

    参数:
        tokens: 全部词元，一个接一个（不是一行一个列表）。
        min_freq: 至少出现几次才收；次数更少的都算 ``<unk>``。
        reserved: 保留词元，如 ``("<pad>", "<bos>", "<eos>")``；次数不论，总要收。

    属性:
        tokens: 编号到词元的列表。
        index: 词元到编号的字典。
        counts: 词元到次数的 ``Counter``，没有收的也在里面。

    异常:
        TypeError: ``tokens`` 是一列列表；或者是一整个字符串（它会被拆成字符）。
        ValueError: 保留词元有重复的，或者含有 ``<unk>``。

    出处:
        本书“文本预处理”。
    """

    def __init__(
        self, tokens: Iterable[str], min_freq: int = 1, reserved: Sequence[str] = ()
    ) -> None:
        if isinstance(tokens, str):
            raise TypeError("tokens 应当是一列词元，收到的是一个字符串；请先用 tokenize 切开。")
        if len({UNK, *reserved}) != len(reserved) + 1:
            raise ValueError(f"保留词元不能重复，也不必写 {UNK}，收到的是 {list(reserved)}。")
        tokens = list(tokens)
        if tokens and not isinstance(tokens[0], str):
            raise TypeError(
                f"tokens 应当是一列词元，第一个却是 {tokens[0]!r}；请先把各行接成一列。"
            )
        self.counts = Counter(tokens)
        ranked = sorted(self.counts.items(), key=lambda pair: (-pair[1], pair[0]))
        kept = [token for token, count in ranked if count >= min_freq]
        special = [UNK, *reserved]
        self.tokens = special + [token for token in kept if token not in special]
        self.index = {token: i for i, token in enumerate(self.tokens)}

    def __len__(self) -> int:
        return len(self.tokens)

    def __getitem__(self, token: str) -> int:
        return self.index.get(token, 0)  # 不认识的都是 0 号

    def encode(self, tokens: Iterable[str]) -> list[int]:
        """词元变成编号；不认识的变成 0。"""
        return [self[token] for token in tokens]

    def decode(self, indices: Iterable[int]) -> list[str]:
        """编号变回词元；张量也可以。

        异常:
            IndexError: 编号超出词表（负数也算）。
        """
        indices = [int(i) for i in indices]
        wrong = [i for i in indices if not 0 <= i < len(self)]
        if wrong:
            raise IndexError(f"编号应当在 0 与 {len(self) - 1} 之间，收到的有 {wrong[:5]}。")
        return [self.tokens[i] for i in indices]
