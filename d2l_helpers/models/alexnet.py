"""AlexNet：五个卷积层、三个全连接层，2012 年的大网络。"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence

from torch import nn


def alexnet_side(image_size: int, stride: int = 4) -> int:
    """返回最后一个汇聚层输出的边长，也就是第一个全连接层要按它定大小。

    参数:
        image_size: 输入图像的边长，像素。
        stride: 第一个卷积层的步幅。

    返回:
        正整数；224 像素、步幅 4 时是 6。

    异常:
        ValueError: 图像太小，汇聚到最后一个像素也不剩。

    出处:
        本书“深度卷积神经网络（AlexNet）”。
    """
    side = (image_size + 2 * 2 - 11) // stride + 1
    for _ in range(3):
        side = (side - 3) // 2 + 1
    if side < 1:
        raise ValueError(
            f"边长 {image_size} 的图像太小：步幅 {stride} 的 AlexNet 要三次汇聚，"
            f"边长至少 {14 * stride + 7}；请放大图像，或减小 stride。"
        )
    return side


def alexnet_conv(
    in_channels: int,
    out_channels: int,
    kernel_size: int,
    *,
    stride: int = 1,
    padding: int = 0,
    groups: int = 1,
    activation: Callable[[], nn.Module] = nn.ReLU,
) -> nn.Sequential:
    """返回一个卷积层和跟着它的激活函数。

    参数:
        in_channels, out_channels: 输入与输出通道数。
        kernel_size, stride, padding: 卷积核边长、步幅、填充。
        groups: 分成几组，各组互不相连；AlexNet 原先放在两块 GPU 上，就是两组。
        activation: 产生激活函数层的函数。

    返回:
        两层的 ``nn.Sequential``。

    出处:
        本书“深度卷积神经网络（AlexNet）”。
    """
    conv = nn.Conv2d(in_channels, out_channels, kernel_size, stride, padding, groups=groups)
    return nn.Sequential(conv, activation())


def alexnet(
    in_channels: int = 1,
    num_classes: int = 10,
    *,
    channels: Sequence[int] = (96, 256, 384, 384, 256),
    hidden: int = 4096,
    image_size: int = 224,
    stride: int = 4,
    groups: int = 1,
    activation: Callable[[], nn.Module] = nn.ReLU,
    dropout: float = 0.5,
) -> nn.Sequential:
    """返回 AlexNet；缺省的宽度与输入大小照论文，不含局部响应规范化。

    参数:
        in_channels: 输入通道数。
        num_classes: 类别数。
        channels: 五个卷积层的输出通道数。
        hidden: 前两个全连接层的宽度。
        image_size: 输入图像的边长，像素；第一个全连接层的大小由它而定。
        stride: 第一个卷积层的步幅。
        groups: 第二、四、五个卷积层的组数；2 就是论文里两块 GPU 各管一半的样子。
        activation: 产生激活函数层的函数。
        dropout: 两个暂退层的丢弃概率。

    返回:
        子模块有名字的 ``nn.Sequential``，输入 (批量, 通道, 边长, 边长)，输出 (批量, 类别)。

    异常:
        ValueError: 图像太小；``channels`` 不是五个。

    出处:
        本书“深度卷积神经网络（AlexNet）”；Krizhevsky 等，NeurIPS 2012。
    """
    c1, c2, c3, c4, c5 = channels
    side = alexnet_side(image_size, stride)
    shared = {"padding": 1, "activation": activation}
    layers = OrderedDict(
        conv1=alexnet_conv(in_channels, c1, 11, stride=stride, padding=2, activation=activation),
        pool1=nn.MaxPool2d(kernel_size=3, stride=2),
        conv2=alexnet_conv(c1, c2, 5, padding=2, groups=groups, activation=activation),
        pool2=nn.MaxPool2d(kernel_size=3, stride=2),
        conv3=alexnet_conv(c2, c3, 3, **shared),
        conv4=alexnet_conv(c3, c4, 3, groups=groups, **shared),
        conv5=alexnet_conv(c4, c5, 3, groups=groups, **shared),
        pool5=nn.MaxPool2d(kernel_size=3, stride=2),
        flatten=nn.Flatten(),
        fc6=nn.Sequential(nn.Linear(c5 * side**2, hidden), activation(), nn.Dropout(dropout)),
        fc7=nn.Sequential(nn.Linear(hidden, hidden), activation(), nn.Dropout(dropout)),
        fc8=nn.Linear(hidden, num_classes),
    )
    return nn.Sequential(layers)
