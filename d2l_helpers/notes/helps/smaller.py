"""``--quick`` 时把放大的图缩到一半：边长 224 的图卷积一次，运算是 112 的四倍。

展平之后的全连接层常照原来的边长写死，缩小就报形状不符。所以先缩着跑；哪一格出了错，
:mod:`d2l_helpers.notes.running` 换一个新的进程照原来的大小重跑，错还在才算笔记的。
"""

from __future__ import annotations

import functools
from types import ModuleType
from typing import Any

from d2l_helpers.notes.helps.hooks import when_imported
from d2l_helpers.notes.helps.record import record

SMALL = 64  # 边长不到这么多像素的图不缩
_TRANSFORMS = ("Resize", "CenterCrop", "RandomCrop", "RandomResizedCrop")


class _Halved(int):
    """已经缩过的边长，不再缩。"""


def install() -> None:
    """装上：compat 的 ``resize``，torchvision 新旧两套变换里定大小的几个。"""
    when_imported("d2l_helpers.compat.datasets", _in_compat)
    for name in ("torchvision.transforms", "torchvision.transforms.v2"):
        when_imported(name, _in_torchvision)


def halved(size: Any) -> Any:
    """``224`` → ``112``，``(224, 96)`` → ``(112, 48)``；小的图和别的东西原样返回。"""
    many = isinstance(size, list | tuple)
    sides = list(size) if many else [size]
    plain = all(isinstance(side, int) and not isinstance(side, _Halved) for side in sides)
    if not sides or not plain or min(sides) < SMALL:
        return size
    small = [_Halved(side // 2) for side in sides]
    record("smaller", f"边长 {'×'.join(map(str, sides))} → {'×'.join(map(str, small))}")
    return type(size)(small) if many else small[0]


def _in_compat(datasets: ModuleType) -> None:
    original = datasets.FashionMNIST.__init__

    @functools.wraps(original)
    def __init__(self, train: bool, resize: Any) -> None:
        original(self, train, halved(resize))

    datasets.FashionMNIST.__init__ = __init__


def _in_torchvision(transforms: ModuleType) -> None:
    for name in _TRANSFORMS:
        _shrink(getattr(transforms, name))


def _shrink(transform: type) -> None:
    original = transform.__init__

    @functools.wraps(original)
    def __init__(self, size: Any, *args: Any, **kwargs: Any) -> None:
        original(self, halved(size), *args, **kwargs)

    transform.__init__ = __init__
