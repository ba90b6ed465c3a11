"""GoogLeNet：四条并排的分支拼成一块，九块叠成网络，2014 年。"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import nn

BLOCKS = {
    "3a": (64, (96, 128), (16, 32), 32),
    "3b": (128, (128, 192), (32, 96), 64),
    "4a": (192, (96, 208), (16, 48), 64),
    "4b": (160, (112, 224), (24, 64), 64),
    "4c": (128, (128, 256), (24, 64), 64),
    "4d": (112, (144, 288), (32, 64), 64),
    "4e": (256, (160, 320), (32, 128), 128),
    "5a": (256, (160, 320), (32, 128), 128),
    "5b": (384, (192, 384), (48, 128), 128),
}


def conv_relu(
    in_channels: int,
    out_channels: int,
    kernel_size: int,
    *,
    stride: int = 1,
    batch_norm: bool = False,
) -> nn.Sequential:
    """返回一个填充到边长不变的卷积，接 ReLU；可在两者之间加批量规范化。

    参数:
        in_channels, out_channels: 输入与输出通道数。
        kernel_size: 核边长，奇数。
        stride: 步幅；2 使边长减半（向上取整）。
        batch_norm: 是否加批量规范化；加了，卷积就不带偏置。

    返回:
        两层或三层的 ``nn.Sequential``。

    出处:
        本书“含并行连结的网络（GoogLeNet）”。
    """
    shape = (in_channels, out_channels, kernel_size)
    conv = nn.Conv2d(*shape, stride, padding=kernel_size // 2, bias=not batch_norm)
    norm = [nn.BatchNorm2d(out_channels, eps=1e-3)] if batch_norm else []
    return nn.Sequential(conv, *norm, nn.ReLU())


class Inception(nn.Module):
    """四条并排的分支，输出在通道轴上拼起来。

    参数:
        in_channels: 输入通道数。
        c1: 第一条（1×1）的输出通道数。
        c2: 第二条的两个数：1×1 缩到几个通道，3×3 再变成几个。
        c3: 第三条的两个数：1×1 缩到几个通道，大核再变成几个。
        c4: 第四条（汇聚之后 1×1）的输出通道数。
        third_kernel: 第三条大核的边长；论文是 5。
        conv: 产生卷积的函数，用法同 :func:`conv_relu`。

    输入形状 (批量, 输入通道, 高, 宽)，输出形状 (批量, c1 + c2[1] + c3[1] + c4, 高, 宽)。

    出处:
        本书“含并行连结的网络（GoogLeNet）”；Szegedy 等，CVPR 2015。
    """

    def __init__(
        self,
        in_channels: int,
        c1: int,
        c2: tuple[int, int],
        c3: tuple[int, int],
        c4: int,
        *,
        third_kernel: int = 5,
        conv: Callable[..., nn.Module] = conv_relu,
    ) -> None:
        super().__init__()
        self.branch1 = conv(in_channels, c1, 1)
        self.branch2 = nn.Sequential(conv(in_channels, c2[0], 1), conv(c2[0], c2[1], 3))
        self.branch3 = nn.Sequential(conv(in_channels, c3[0], 1), conv(c3[0], c3[1], third_kernel))
        self.branch4 = nn.Sequential(nn.MaxPool2d(3, 1, padding=1), conv(in_channels, c4, 1))

    def branches(self, X: torch.Tensor) -> list[torch.Tensor]:
        """各条分支的输出，高与宽都与输入相同。"""
        return [branch(X) for branch in (self.branch1, self.branch2, self.branch3, self.branch4)]

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        """前向传播，形状见类的说明。"""
        return torch.cat(self.branches(X), dim=1)


def scaled(channels: int | tuple, width: float) -> int | tuple:
    """通道数乘以 ``width``，取整，至少是 1；元组则逐个地乘，保持嵌套。

    参数:
        channels: 整数，或整数与元组的元组。
        width: 倍数。

    返回:
        与 ``channels`` 同样的结构。

    出处:
        本书“含并行连结的网络（GoogLeNet）”。
    """
    if isinstance(channels, tuple):
        return tuple(scaled(c, width) for c in channels)
    return max(1, round(width * channels))


def halve(kernel_size: int = 3) -> nn.MaxPool2d:
    """返回使边长减半（向上取整）的最大汇聚。

    参数:
        kernel_size: 窗口边长。

    出处:
        本书“含并行连结的网络（GoogLeNet）”。
    """
    return nn.MaxPool2d(kernel_size, stride=2, ceil_mode=True)


def googlenet_stem(
    in_channels: int,
    channels: tuple[int, int],
    kind: str = "large",
    conv: Callable[..., nn.Module] = conv_relu,
) -> nn.Sequential:
    """返回第一个 Inception 块之前的那一段。

    参数:
        in_channels: 输入通道数。
        channels: 第一个卷积与最后一个卷积的输出通道数。
        kind: ``"large"`` 照论文，边长降到八分之一，给大图用；
            ``"small"`` 降到四分之一，给 32 像素上下的小图用。
        conv: 产生卷积的函数，用法同 :func:`conv_relu`。

    返回:
        卷积与汇聚的 ``nn.Sequential``。

    异常:
        ValueError: ``kind`` 不是那两个词之一。

    出处:
        本书“含并行连结的网络（GoogLeNet）”。
    """
    if kind not in ("large", "small"):
        raise ValueError(f"kind 应当是 'large' 或 'small'，收到的是 {kind!r}。")
    c1, c2 = channels
    if kind == "large":
        first = [conv(in_channels, c1, 7, stride=2), halve()]
    else:
        first = [conv(in_channels, c1, 3, stride=2)]
    return nn.Sequential(*first, conv(c1, c1, 1), conv(c1, c2, 3), halve())


def googlenet(
    in_channels: int = 1,
    num_classes: int = 10,
    *,
    width: float = 1.0,
    blocks: Sequence[str] = tuple(BLOCKS),
    stem: str = "large",
    batch_norm: bool = False,
    third_kernel: int = 5,
    last_pool: int = 3,
    dropout: float = 0.4,
) -> nn.Sequential:
    """返回 GoogLeNet；缺省照论文（不含训练时的两个辅助分类器），给 224 像素的图用。

    ``batch_norm=True, third_kernel=3, last_pool=2, dropout=0.2`` 就是 torchvision 的那一个。

    参数:
        in_channels: 输入通道数。
        num_classes: 类别数。
        width: 所有通道数乘以它。
        blocks: 用哪几块，从 ``BLOCKS`` 的键里取；名字的第一个字变了，就先汇聚一次。
        stem: 第一块之前的那一段，见 :func:`googlenet_stem`。
        batch_norm: 每个卷积之后是否加批量规范化。
        third_kernel: 第三条分支大核的边长。
        last_pool: 第四段之后那次汇聚的窗口边长。
        dropout: 最后的丢弃概率。

    返回:
        子模块有名字的 ``nn.Sequential``：stem、inception3a……、pool3……、average、flatten、
        dropout、fc；输入 (批量, 通道, 高, 宽)，输出 (批量, 类别)。

    异常:
        KeyError: ``blocks`` 里有不认得的名字。
        ValueError: ``stem`` 不认得。

    出处:
        本书“含并行连结的网络（GoogLeNet）”；Szegedy 等，CVPR 2015。
    """
    conv = partial(conv_relu, batch_norm=batch_norm)
    first = scaled((64, 192), width)
    net = OrderedDict(stem=googlenet_stem(in_channels, first, stem, conv))
    channels, stage = first[1], blocks[0][0]
    for name in blocks:
        if name[0] != stage:
            net[f"pool{stage}"] = halve(last_pool if stage == "4" else 3)
            stage = name[0]
        c1, c2, c3, c4 = scaled(BLOCKS[name], width)
        block = Inception(channels, c1, c2, c3, c4, third_kernel=third_kernel, conv=conv)
        net[f"inception{name}"], channels = block, c1 + c2[1] + c3[1] + c4
    net["average"], net["flatten"] = nn.AdaptiveAvgPool2d(1), nn.Flatten()
    net["dropout"], net["fc"] = nn.Dropout(dropout), nn.Linear(channels, num_classes)
    return nn.Sequential(net)
