"""一长列编号切成窗口：输入是一段，目标是错后一位的同样长的一段。"""

from __future__ import annotations

from collections.abc import Iterator

import torch

Pair = tuple[torch.Tensor, torch.Tensor]


def random_windows(corpus: torch.Tensor, batch_size: int, num_steps: int) -> Iterator[Pair]:
    """随机次序的窗口：相邻两批之间没有关系，隐状态不能接着用。

    起点先随机挪 0 到 ``num_steps − 1``，其余不重叠地排下去，每个窗口恰好出现一次；
    最后一批可能不满。开头至多 ``num_steps − 1`` 个、末尾至多 ``num_steps − 1`` 个词元这一轮不用。

    参数:
        corpus: 编号，形状 (词元数,)。
        batch_size: 一批几个窗口。
        num_steps: 一个窗口几步。

    返回:
        一批批的 ``(X, Y)``，形状都是 (批量, 步数)，``Y[:, t]`` 是 ``X[:, t]`` 的下一个词元。

    出处:
        本书“语言模型和数据集”。
    """
    offset = int(torch.randint(num_steps, ()))
    count = (len(corpus) - 1 - offset) // num_steps  # 放得下几个窗口
    starts = offset + num_steps * torch.randperm(count)
    for chosen in starts.split(batch_size):
        index = chosen[:, None] + torch.arange(num_steps)  # (批量, 步数)
        yield corpus[index], corpus[index + 1]


def sequential_windows(corpus: torch.Tensor, batch_size: int, num_steps: int) -> Iterator[Pair]:
    """顺着走的窗口：把语料切成 ``batch_size`` 条，一批接着上一批的后面，隐状态可以接着用。

    最后一批可能不满 ``num_steps`` 步；每条一样长，所以末尾至多 ``batch_size − 1`` 个词元不用。

    参数与返回:
        与 :func:`random_windows` 相同。

    出处:
        本书“语言模型和数据集”。
    """
    offset = int(torch.randint(num_steps, ()))
    length = (len(corpus) - 1 - offset) // batch_size  # 每条多长
    used = corpus[offset : offset + batch_size * length + 1]
    X, Y = used[:-1].reshape(batch_size, length), used[1:].reshape(batch_size, length)
    for start in range(0, length, num_steps):
        stop = start + num_steps
        yield X[:, start:stop], Y[:, start:stop]


class Windows:
    """可以一轮轮重复走的窗口，每一轮的起点另外随机挪一次。

    参数:
        corpus: 编号，形状 (词元数,)，整数。
        batch_size: 一批几个窗口（几条）。
        num_steps: 一个窗口几步。
        sequential: 真则顺着走（:func:`sequential_windows`），假则随机次序。

    异常:
        ValueError: 批量或步数不是正数；语料太短，放不下一批。

    出处:
        本书“语言模型和数据集”。
    """

    def __init__(
        self, corpus: torch.Tensor, batch_size: int, num_steps: int, *, sequential: bool = False
    ) -> None:
        if min(batch_size, num_steps) < 1:
            raise ValueError(f"批量与步数都至少是 1，收到的是 {batch_size} 与 {num_steps}。")
        need = num_steps + (batch_size if sequential else num_steps)
        if len(corpus) < need:
            raise ValueError(
                f"语料只有 {len(corpus)} 个词元；每批 {batch_size} 个、每个 {num_steps} 步的窗口"
                f"至少要 {need} 个：请减小批量或步数，或者换长的语料。"
            )
        self.corpus, self.batch_size, self.num_steps = corpus, batch_size, num_steps
        self.sequential = sequential

    def __iter__(self) -> Iterator[Pair]:
        cut = sequential_windows if self.sequential else random_windows
        return cut(self.corpus, self.batch_size, self.num_steps)
