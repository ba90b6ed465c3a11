"""NiN：每个卷积后面跟两层 1×1 卷积，末尾用全局平均汇聚代替全连接层。"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from itertools import pairwise

from torch import nn


def nin_block(
    in_channels: int, widths: Sequence[int], kernel_size: int, *, stride: int = 1
) -> nn.Sequential:
    """返回一块：一个普通卷积，再接几个 1×1 卷积，每个都跟一个 ReLU。

    参数:
        in_channels: 输入通道数。
        widths: 各卷积的输出通道数；第一个是普通卷积的，其余是 1×1 卷积的。
        kernel_size: 第一个卷积的核边长，奇数；四周填充到边长不变。
        stride: 第一个卷积的步幅。

    返回:
        ``2 × len(widths)`` 层的 ``nn.Sequential``，最后一层是 ReLU。

    出处:
        本书“网络中的网络（NiN）”。
    """
    padding = kernel_size // 2
    layers = [nn.Conv2d(in_channels, widths[0], kernel_size, stride, padding), nn.ReLU()]
    for before, after in pairwise(widths):
        layers += [nn.Conv2d(before, after, kernel_size=1), nn.ReLU()]
    return nn.Sequential(*layers)


def nin(
    in_channels: int = 1,
    num_classes: int = 10,
    *,
    widths: Sequence[Sequence[int]] = ((192, 160, 96), (192, 192, 192), (192, 192)),
    kernel_sizes: Sequence[int] = (5, 5, 3),
    stride: int = 1,
    dropout: float = 0.5,
) -> nn.Sequential:
    """返回 NiN；缺省照论文作者给 CIFAR-10 的配置，用于 32 像素的图。

    最后一块给每个类别一张特征图，取平均就是得分；它不带末尾的 ReLU，得分可正可负。

    参数:
        in_channels: 输入通道数。
        num_classes: 类别数。
        widths: 各块的通道数，见 :func:`nin_block`；最后一块的末尾会再接上类别数。
        kernel_sizes: 各块第一个卷积的核边长，与 ``widths`` 等长。
        stride: 第一个卷积的步幅；图大时取 2 或更大。
        dropout: 每次汇聚之后的丢弃概率。

    返回:
        子模块有名字的 ``nn.Sequential``：block1、pool1……、classes、average、flatten；
        输入 (批量, 通道, 高, 宽)，输出 (批量, 类别)。

    异常:
        ValueError: ``widths`` 与 ``kernel_sizes`` 不等长。

    出处:
        本书“网络中的网络（NiN）”；Lin 等，ICLR 2014。
    """
    *body, (last, last_size) = zip(widths, kernel_sizes, strict=True)
    layers = OrderedDict()
    for i, (block, kernel_size) in enumerate(body, 1):
        layers[f"block{i}"] = nin_block(in_channels, block, kernel_size, stride=stride)
        pool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        layers[f"pool{i}"] = nn.Sequential(pool, nn.Dropout(dropout))
        in_channels, stride = block[-1], 1
    layers["classes"] = nin_block(in_channels, [*last, num_classes], last_size)[:-1]
    layers["average"] = nn.AdaptiveAvgPool2d(1)
    layers["flatten"] = nn.Flatten()
    return nn.Sequential(layers)
