"""DenseNet：每一层的输入是前面所有层的输出拼起来，2017 年的网络。"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

import torch
from torch import nn

from d2l_helpers.models.resnet import resnet_stem


def bn_relu_conv(in_channels: int, out_channels: int, kernel_size: int) -> nn.Sequential:
    """返回批量规范化、ReLU、卷积，依这个次序；卷积不带偏置，高与宽不变。

    参数:
        in_channels, out_channels: 输入与输出通道数。
        kernel_size: 核边长，奇数。

    返回:
        三层的 ``nn.Sequential``。

    出处:
        本书“稠密连接网络（DenseNet）”。
    """
    padding = kernel_size // 2
    conv = nn.Conv2d(in_channels, out_channels, kernel_size, padding=padding, bias=False)
    return nn.Sequential(nn.BatchNorm2d(in_channels), nn.ReLU(), conv)


def dense_layer(in_channels: int, growth: int, bottleneck: int = 4) -> nn.Sequential:
    """返回稠密块里的一层：由全部输入算出 ``growth`` 个新通道。

    参数:
        in_channels: 输入通道数。
        growth: 增长率，即新通道数。
        bottleneck: 瓶颈的倍数：先用 1×1 卷积变成 ``bottleneck × growth`` 个通道，再做 3×3
            卷积；0 表示不用瓶颈。

    返回:
        输入 (批量, 输入通道, 高, 宽)，输出 (批量, growth, 高, 宽)。

    出处:
        本书“稠密连接网络（DenseNet）”；Huang 等，CVPR 2017。
    """
    if not bottleneck:
        return nn.Sequential(bn_relu_conv(in_channels, growth, 3))
    middle = bottleneck * growth
    return nn.Sequential(bn_relu_conv(in_channels, middle, 1), bn_relu_conv(middle, growth, 3))


class DenseBlock(nn.Sequential):
    """稠密块：每一层算出的新通道接在已有的后面，一起交给下一层。

    参数:
        num_layers: 层数。
        in_channels: 输入通道数。
        growth: 增长率，每层添的通道数。
        bottleneck: 见 :func:`dense_layer`。

    输入形状 (批量, 输入通道, 高, 宽)，输出形状 (批量, 输入通道 + 层数 × growth, 高, 宽)；
    输出的前面几个通道就是输入，原样不动。

    出处:
        本书“稠密连接网络（DenseNet）”；Huang 等，CVPR 2017。
    """

    def __init__(self, num_layers: int, in_channels: int, growth: int, bottleneck: int = 4) -> None:
        super().__init__()
        for i in range(num_layers):
            self.append(dense_layer(in_channels + i * growth, growth, bottleneck))

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        """前向传播，形状见类的说明。"""
        for layer in self:
            X = torch.cat([X, layer(X)], dim=1)  # 通道数加 growth
        return X


def transition(in_channels: int, out_channels: int) -> nn.Sequential:
    """返回过渡层：1×1 卷积改通道数，再用平均汇聚把高与宽减半。

    参数:
        in_channels, out_channels: 输入与输出通道数。

    返回:
        输入 (批量, 输入通道, 2n, 2n)，输出 (批量, 输出通道, n, n)。

    出处:
        本书“稠密连接网络（DenseNet）”；Huang 等，CVPR 2017。
    """
    return bn_relu_conv(in_channels, out_channels, 1).append(nn.AvgPool2d(2))


def densenet(
    layers: Sequence[int] = (6, 12, 24, 16),
    growth: int = 32,
    in_channels: int = 1,
    num_classes: int = 10,
    *,
    width: int | None = None,
    bottleneck: int = 4,
    compression: float = 0.5,
    stem: str = "large",
) -> nn.Sequential:
    """返回由稠密块与过渡层交替叠成的网络；缺省是 DenseNet-121。

    参数:
        layers: 各稠密块的层数；(6, 12, 32, 32) 是 DenseNet-169。
        growth: 增长率。
        in_channels: 输入通道数。
        num_classes: 类别数。
        width: 第一个稠密块之前的通道数；缺省是 ``growth`` 的两倍。
        bottleneck: 瓶颈的倍数，见 :func:`dense_layer`；0 表示不用瓶颈。
        compression: 过渡层把通道数乘以它，向下取整；1 表示不压缩。
        stem: 稠密块之前的那一段，``"large"`` 或 ``"small"``，
            见 :func:`d2l_helpers.models.resnet.resnet_stem`。

    返回:
        子模块有名字的 ``nn.Sequential``：stem、block1、transition1……、norm、relu、pool、flatten、
        fc；输入 (批量, 通道, 高, 宽)，输出 (批量, 类别)。

    异常:
        ValueError: ``stem`` 不认得。

    出处:
        本书“稠密连接网络（DenseNet）”；Huang 等，CVPR 2017。
    """
    channels = 2 * growth if width is None else width
    net = OrderedDict(stem=resnet_stem(in_channels, channels, stem))
    for i, num_layers in enumerate(layers, 1):
        net[f"block{i}"] = DenseBlock(num_layers, channels, growth, bottleneck)
        channels += num_layers * growth
        if i < len(layers):
            smaller = int(channels * compression)
            net[f"transition{i}"] = transition(channels, smaller)
            channels = smaller
    net["norm"], net["relu"] = nn.BatchNorm2d(channels), nn.ReLU()
    net["pool"], net["flatten"] = nn.AdaptiveAvgPool2d(1), nn.Flatten()
    net["fc"] = nn.Linear(channels, num_classes)
    return nn.Sequential(net)
