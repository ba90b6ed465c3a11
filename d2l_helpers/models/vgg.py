"""VGG：把“几个 3×3 卷积加一次汇聚”叫作一块，网络就是一串块。"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from torch import nn


def vgg_block(num_convs: int, in_channels: int, out_channels: int) -> nn.Sequential:
    """返回一块：若干个 3×3 卷积（各接 ReLU），再做一次使边长减半的最大汇聚。

    参数:
        num_convs: 卷积层数。
        in_channels, out_channels: 输入与输出通道数。

    返回:
        输入 (批量, 输入通道, 2n, 2n)，输出 (批量, 输出通道, n, n)。

    出处:
        本书“使用块的网络（VGG）”。
    """
    layers = []
    for _ in range(num_convs):
        layers += [nn.Conv2d(in_channels, out_channels, kernel_size=3, padding=1), nn.ReLU()]
        in_channels = out_channels
    return nn.Sequential(*layers, nn.MaxPool2d(kernel_size=2, stride=2))


def vgg(
    in_channels: int = 1,
    num_classes: int = 10,
    *,
    convs: Sequence[int] = (1, 1, 2, 2, 2),
    channels: Sequence[int] = (64, 128, 256, 512, 512),
    hidden: int = 4096,
    image_size: int = 224,
    dropout: float = 0.5,
) -> nn.Sequential:
    """返回 VGG；缺省是 VGG-11，宽度与输入大小照论文。

    参数:
        in_channels: 输入通道数。
        num_classes: 类别数。
        convs: 每块有几个卷积层；VGG-16 是 (2, 2, 3, 3, 3)，VGG-19 是 (2, 2, 4, 4, 4)。
        channels: 每块的输出通道数，与 ``convs`` 等长。
        hidden: 前两个全连接层的宽度。
        image_size: 输入图像的边长，像素；每过一块减半（向下取整）。
        dropout: 两个暂退层的丢弃概率。

    返回:
        子模块有名字的 ``nn.Sequential``，输入 (批量, 通道, 边长, 边长)，输出 (批量, 类别)。

    异常:
        ValueError: 图像太小；``convs`` 与 ``channels`` 不等长。

    出处:
        本书“使用块的网络（VGG）”；Simonyan 与 Zisserman，ICLR 2015。
    """
    side = image_size // 2 ** len(convs)
    if side < 1:
        raise ValueError(f"边长 {image_size} 的图像经不起 {len(convs)} 次减半；请放大图像。")
    layers = OrderedDict()
    for i, (num_convs, out_channels) in enumerate(zip(convs, channels, strict=True), 1):
        layers[f"block{i}"] = vgg_block(num_convs, in_channels, out_channels)
        in_channels = out_channels
    layers["flatten"] = nn.Flatten()
    size = in_channels * side**2
    layers["fc1"] = nn.Sequential(nn.Linear(size, hidden), nn.ReLU(), nn.Dropout(dropout))
    layers["fc2"] = nn.Sequential(nn.Linear(hidden, hidden), nn.ReLU(), nn.Dropout(dropout))
    layers["fc3"] = nn.Linear(hidden, num_classes)
    return nn.Sequential(layers)
