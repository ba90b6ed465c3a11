"""公开的 ``d2l`` 包（0.17）里文本的名字：词表、时光机器与它的小批量；签名与含义照旧。"""

from __future__ import annotations

import collections
import random
from collections.abc import Iterable, Iterator
from typing import Any

import torch

from d2l_helpers.data.text import time_machine
from d2l_helpers.data.vocab import UNK, letters

Pair = tuple[torch.Tensor, torch.Tensor]


def read_time_machine() -> list[str]:
    """《时光机器》的各行，只留小写字母；没有网络时是替身《哈姆雷特》。"""
    return [letters(line) for line in time_machine().splitlines()]


def tokenize(lines: Iterable[str], token: str = "word") -> list[list[str]]:
    """把每一行切成词（``"word"``）或字符（``"char"``）的列表。

    异常:
        ValueError: ``token`` 不是这两者之一；那个包只打印一行，返回 ``None``。
    """
    if token not in ("word", "char"):
        raise ValueError(f'token 应当是 "word" 或 "char"，收到的是 {token!r}。')
    return [line.split() if token == "word" else list(line) for line in lines]


def count_corpus(tokens: list) -> collections.Counter:
    """各词元的次数；一列词元，或一行一个列表，都可以。"""
    if not tokens or isinstance(tokens[0], list):
        tokens = [token for line in tokens for token in line]
    return collections.Counter(tokens)


class Vocab:
    """词表：``<unk>`` 是 0 号，接着是保留词元，再按次数从多到少（次数相同，先出现的在前）。

    与那个包不同：保留词元在文本里也出现时，不会占两个编号。

    参数:
        tokens: 一列词元，或一行一个列表；缺省为空。
        min_freq: 至少出现几次才收。
        reserved_tokens: 保留词元。
    """

    def __init__(
        self,
        tokens: list | None = None,
        min_freq: int = 0,
        reserved_tokens: list[str] | None = None,
    ) -> None:
        counter = count_corpus(tokens or [])
        self._token_freqs = sorted(counter.items(), key=lambda pair: pair[1], reverse=True)
        self.idx_to_token = [UNK, *(reserved_tokens or [])]
        special = set(self.idx_to_token)
        self.idx_to_token += [
            token for token, freq in self._token_freqs if freq >= min_freq and token not in special
        ]
        self.token_to_idx = {token: i for i, token in enumerate(self.idx_to_token)}

    def __len__(self) -> int:
        return len(self.idx_to_token)

    def __getitem__(self, tokens: Any) -> Any:
        if isinstance(tokens, list | tuple):
            return [self[token] for token in tokens]
        return self.token_to_idx.get(tokens, self.unk)

    def to_tokens(self, indices: Any) -> Any:
        """编号变回词元；列表得到列表，张量也可以。"""
        if isinstance(indices, list | tuple) or (
            isinstance(indices, torch.Tensor) and indices.ndim and len(indices) > 1
        ):
            return [self.idx_to_token[int(index)] for index in indices]
        return self.idx_to_token[int(indices)]

    @property
    def unk(self) -> int:
        """不认识的词元的编号，0。"""
        return 0

    @property
    def token_freqs(self) -> list[tuple[str, int]]:
        """``(词元, 次数)``，从多到少。"""
        return self._token_freqs


def load_corpus_time_machine(max_tokens: int = -1) -> tuple[list[int], Vocab]:
    """《时光机器》全文的字符编号（至多 ``max_tokens`` 个）与词表。"""
    tokens = tokenize(read_time_machine(), "char")
    vocab = Vocab(tokens)
    corpus = [vocab[token] for line in tokens for token in line]
    return corpus[:max_tokens] if max_tokens > 0 else corpus, vocab


def seq_data_iter_random(corpus: list[int], batch_size: int, num_steps: int) -> Iterator[Pair]:
    """随机次序的窗口，``X`` 与 ``Y`` 的形状都是 (批量, 步数)；不满的一批不要。"""
    corpus = corpus[random.randint(0, num_steps - 1) :]
    count = (len(corpus) - 1) // num_steps
    starts = list(range(0, count * num_steps, num_steps))
    random.shuffle(starts)
    for i in range(0, batch_size * (count // batch_size), batch_size):
        chosen = starts[i : i + batch_size]
        X = torch.tensor([list(corpus[j : j + num_steps]) for j in chosen])
        yield X, torch.tensor([list(corpus[j + 1 : j + 1 + num_steps]) for j in chosen])


def seq_data_iter_sequential(corpus: list[int], batch_size: int, num_steps: int) -> Iterator[Pair]:
    """顺着走的窗口：一批接着上一批的后面；不满 ``num_steps`` 步的一批不要。"""
    offset = random.randint(0, num_steps)
    length = (len(corpus) - offset - 1) // batch_size
    used = torch.tensor(list(corpus[offset : offset + length * batch_size + 1]))
    Xs, Ys = used[:-1].reshape(batch_size, -1), used[1:].reshape(batch_size, -1)
    for i in range(0, length // num_steps * num_steps, num_steps):
        yield Xs[:, i : i + num_steps], Ys[:, i : i + num_steps]


class SeqDataLoader:
    """一轮轮给出《时光机器》的窗口。

    属性:
        corpus, vocab: 字符编号与词表。
    """

    def __init__(
        self, batch_size: int, num_steps: int, use_random_iter: bool, max_tokens: int
    ) -> None:
        cut = seq_data_iter_random if use_random_iter else seq_data_iter_sequential
        self.data_iter_fn = cut
        self.corpus, self.vocab = load_corpus_time_machine(max_tokens)
        self.batch_size, self.num_steps = batch_size, num_steps

    def __iter__(self) -> Iterator[Pair]:
        return self.data_iter_fn(self.corpus, self.batch_size, self.num_steps)


def load_data_time_machine(
    batch_size: int, num_steps: int, use_random_iter: bool = False, max_tokens: int = 10000
) -> tuple[SeqDataLoader, Vocab]:
    """《时光机器》的小批量与词表。"""
    data_iter = SeqDataLoader(batch_size, num_steps, use_random_iter, max_tokens)
    return data_iter, data_iter.vocab
