"""小批量：数据整个放在内存里，一批一批整块取出，不逐个样本地搬。"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch

NARROW = 64  # 每个样本不超过这么多字节，重排整个张量比逐批取更快
BLOCK = 4 << 20  # 宽的张量一次重排多少字节


class Batches:
    """从内存里的张量取小批量，可以反复迭代。

    每一批都是副本：改动取出的一批，不会改动数据本身。打乱时每次迭代的次序都不同，
    而且次序只由 ``generator``（缺省是全局的随机数发生器）决定，与数据在哪个设备上无关。

    参数:
        tensors: 若干个第 0 轴等长的张量，例如 ``(X, y)``，在同一个设备上。
        batch_size: 批量大小，最后一批可能较小。
        shuffle: 每次迭代之前是否打乱。
        transform: 对取出的一批调用 ``transform(*批)``，返回值就是这一批。
            在数据所在的设备上运行，适合把 uint8 变成规范化的浮点数。
        generator: 打乱所用的随机数发生器。
        drop_last: 是否丢掉最后不满的一批。

    属性:
        num_samples: 样本数，不论是否丢掉最后一批。
        device: 数据所在的设备。

    异常:
        TypeError: 给的不是张量的序列；批量大小不是整数；发生器不是 ``torch.Generator``。
        ValueError: 没有数据、长度或设备不一致、批量大小小于 1、一批也凑不满。
    """

    def __init__(
        self,
        tensors: Sequence[torch.Tensor],
        batch_size: int,
        *,
        shuffle: bool = False,
        transform: Callable[..., Any] | None = None,
        generator: torch.Generator | None = None,
        drop_last: bool = False,
    ) -> None:
        self.tensors = _checked_tensors(tensors)
        self.num_samples = len(self.tensors[0])
        self.device = self.tensors[0].device
        self.batch_size = _checked_size(batch_size)
        if generator is not None and not isinstance(generator, torch.Generator):
            raise TypeError(
                f"generator 应当是 torch.Generator，收到的是 {generator!r}；"
                f"要固定次序请写 torch.Generator().manual_seed(种子)。"
            )
        if drop_last and self.batch_size > self.num_samples:
            raise ValueError(
                f"只有 {self.num_samples} 个样本，凑不满一批 {self.batch_size} 个，"
                "丢掉不满的就一批也不剩；请减小 batch_size，或不用 drop_last。"
            )
        self.shuffle, self.drop_last = shuffle, drop_last
        self.transform, self.generator = transform, generator

    def __len__(self) -> int:
        """一次迭代有多少批。"""
        full, rest = divmod(self.num_samples, self.batch_size)
        return full + (rest > 0 and not self.drop_last)

    def __iter__(self) -> Iterator[Any]:
        order = self._order()
        columns = [self._split(tensor, order) for tensor in self.tensors]
        return (self._next(columns) for _ in range(len(self)))

    def _next(self, columns: Sequence[Iterator[torch.Tensor]]) -> Any:
        """取下一批并变换；变换之前的那一份随本函数返回就释放，不与网络争缓存。"""
        batch = tuple(map(next, columns))
        return batch if self.transform is None else self.transform(*batch)

    def _split(self, tensor: torch.Tensor, order: torch.Tensor) -> Iterator[torch.Tensor]:
        """按 ``order`` 重排并切成小批量：窄的（如标签）一次重排完，宽的一段一段地重排。

        按随机次序取行，慢在到处找内存；连着取几批，比训练一批、取一批少受打扰。
        """
        if tensor[0].nbytes <= NARROW:
            return iter(tensor.index_select(0, order).split(self.batch_size))
        batches = max(1, BLOCK // (tensor[0].nbytes * self.batch_size))
        blocks = (tensor.index_select(0, index) for index in order.split(batches * self.batch_size))
        return (batch for block in blocks for batch in block.split(self.batch_size))

    def _order(self) -> torch.Tensor:
        """样本的次序，形状 (样本数,)，与数据在同一个设备上。"""
        if not self.shuffle:
            return torch.arange(self.num_samples, device=self.device)
        where = "cpu" if self.generator is None else self.generator.device
        order = torch.randperm(self.num_samples, generator=self.generator, device=where)
        return order.to(self.device)

    def to(self, device: torch.device | str) -> Batches:
        """返回数据在 ``device`` 上的另一个迭代器；其余设置相同，发生器是同一个。"""
        return Batches(
            tuple(tensor.to(device) for tensor in self.tensors),
            self.batch_size,
            shuffle=self.shuffle,
            transform=self.transform,
            generator=self.generator,
            drop_last=self.drop_last,
        )

    def __repr__(self) -> str:
        return f"Batches（{self.num_samples} 个样本，{len(self)} 批，每批 {self.batch_size} 个）"


def _checked_tensors(tensors: Sequence[torch.Tensor]) -> tuple[torch.Tensor, ...]:
    if isinstance(tensors, torch.Tensor):
        raise TypeError("tensors 应当是张量的序列，例如 (X, y)；只有一个张量时写成 (X,)。")
    tensors = tuple(tensors)
    if not tensors:
        raise ValueError("tensors 是空的；至少要有一个张量，例如 (X, y)。")
    for i, tensor in enumerate(tensors):
        if not isinstance(tensor, torch.Tensor):
            raise TypeError(
                f"第 {i} 项是 {type(tensor).__name__}，不是张量；请先用 torch.as_tensor 转换。"
            )
        if tensor.ndim == 0:
            raise ValueError(f"第 {i} 项是 0 维张量（{tensor.item()}），没有可以分批的第 0 轴。")
    lengths = [len(tensor) for tensor in tensors]
    if len(set(lengths)) > 1:
        raise ValueError(f"各张量的样本数不同：{lengths}；第 0 轴应当等长，一行对应一个样本。")
    if lengths[0] == 0:
        raise ValueError("一个样本也没有，分不出批；请检查数据是否读到了。")
    devices = sorted({str(tensor.device) for tensor in tensors})
    if len(devices) > 1:
        raise ValueError(f"各张量不在同一个设备上：{'、'.join(devices)}；请先用 .to 搬到一处。")
    return tensors


def _checked_size(batch_size: int) -> int:
    try:
        size = operator.index(batch_size)
    except TypeError:
        size = None
    if size is None or isinstance(batch_size, bool):
        raise TypeError(f"批量大小 batch_size 应当是整数，收到的是 {batch_size!r}。")
    if size < 1:
        raise ValueError(f"批量大小 batch_size 应当至少是 1，收到的是 {size}。")
    return size
