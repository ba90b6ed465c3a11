"""句对：两边各切成词元、各有词表，补齐成张量，记下有效长度。"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

import torch

from d2l_helpers.data.batches import Batches
from d2l_helpers.data.vocab import Vocab

PAD, BOS, EOS = "<pad>", "<bos>", "<eos>"
Tokens = list[str]


def english_tokens(text: str) -> Tokens:
    """英文切成小写的词与标点；``don't`` 算一个词。"""
    return re.findall(r"[a-z0-9]+(?:['’][a-z]+)*|[^\sa-z0-9]", text.lower())


def chinese_tokens(text: str) -> Tokens:
    """中文一个字一个词元；夹着的拉丁字母与数字连成一个，标点各算一个。"""
    return re.findall(r"[A-Za-z0-9]+|[^\sA-Za-z0-9]", text)


def pad(rows: Sequence[Sequence[int]], fill: int) -> tuple[torch.Tensor, torch.Tensor]:
    """长短不一的几行补成一样长。

    参数:
        rows: 每行是一列编号，至少有一行。
        fill: 补在末尾的编号。

    返回:
        编号 (行数, 最长) 与各行的有效长度 (行数,)。

    异常:
        ValueError: 一行也没有。

    出处:
        本书“机器翻译与数据集”。
    """
    if not rows:
        raise ValueError("一行也没有，补不成张量；请检查句子是否都被筛掉了。")
    lengths = torch.tensor([len(row) for row in rows])
    padded = torch.full((len(rows), int(lengths.max())), fill)
    for i, row in enumerate(rows):
        padded[i, : len(row)] = torch.tensor(row)
    return padded, lengths


def pair_vocab(rows: Sequence[Tokens], min_freq: int) -> Vocab:
    """一边的词表：``<unk>`` 之后，1 到 3 号是 ``<pad>``、``<bos>``、``<eos>``。

    参数:
        rows: 每行是一句的词元。
        min_freq: 词元至少出现几次才收。

    出处:
        本书“机器翻译与数据集”。
    """
    tokens = [token for row in rows for token in row]
    return Vocab(tokens, min_freq, reserved=(PAD, BOS, EOS))


class Pairs:
    """切好、编好号的句对。

    源句末尾有 ``<eos>``；目标句分成两份：喂给解码器的以 ``<bos>`` 开头，要它答的以 ``<eos>``
    结尾，一样长，错开一位。词表只由给它的句对建立。

    参数:
        pairs: ``(源, 目标)`` 的句子。
        split_source, split_target: 切词元的函数，缺省是英文与中文。
        min_freq: 词元至少出现几次才进词表。
        vocabs: 现成的 ``(源词表, 目标词表)``；给出时不再另建（验证集用训练集的）。

    属性:
        source_vocab, target_vocab: 词表，保留 ``<pad>``、``<bos>``、``<eos>``。
        source, source_len: 编号 (句数, 步数) 与有效长度 (句数,)，含 ``<eos>``。
        inputs, targets, target_len: 解码器的输入、答案与有效长度。

    异常:
        ValueError: 一对也没有；或者有一句切不出词元。

    出处:
        本书“机器翻译与数据集”。
    """

    def __init__(
        self,
        pairs: Iterable[tuple[str, str]],
        *,
        split_source: Callable[[str], Tokens] = english_tokens,
        split_target: Callable[[str], Tokens] = chinese_tokens,
        min_freq: int = 2,
        vocabs: tuple[Vocab, Vocab] | None = None,
    ) -> None:
        self.pairs = list(pairs)
        sources = [split_source(source) for source, _ in self.pairs]
        targets = [split_target(target) for _, target in self.pairs]
        for pair, *sides in zip(self.pairs, sources, targets, strict=True):
            if not all(sides):
                raise ValueError(f"句对 {pair} 有一边切不出词元；请先去掉空的句子。")
        self.source_vocab, self.target_vocab = vocabs or (
            pair_vocab(sources, min_freq),
            pair_vocab(targets, min_freq),
        )
        S, T = self.source_vocab, self.target_vocab
        self.source, self.source_len = pad([S.encode([*row, EOS]) for row in sources], S[PAD])
        self.inputs, self.target_len = pad([T.encode([BOS, *row]) for row in targets], T[PAD])
        self.targets, _ = pad([T.encode([*row, EOS]) for row in targets], T[PAD])

    def __len__(self) -> int:
        return len(self.pairs)

    def batches(self, batch_size: int, *, shuffle: bool = False) -> Batches:
        """一批批的 ``(source, source_len, inputs, targets, target_len)``。"""
        columns = (self.source, self.source_len, self.inputs, self.targets, self.target_len)
        return Batches(columns, batch_size, shuffle=shuffle)
