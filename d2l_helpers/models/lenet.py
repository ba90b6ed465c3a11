"""LeNet：两个卷积层、三个全连接层的小网络。"""

from __future__ import annotations

from torch import nn


def lenet(
    in_channels: int = 1, num_classes: int = 10, activation: type[nn.Module] = nn.Sigmoid
) -> nn.Sequential:
    """返回 28×28 图像用的 LeNet，未初始化（用框架的缺省值）。

    参数:
        in_channels: 输入通道数。
        num_classes: 类别数。
        activation: 激活函数的类；1998 年用的是类似 sigmoid 的函数。

    返回:
        输入 (批量, 输入通道, 28, 28)、输出 (批量, 类别) 的网络。

    出处:
        本书“卷积神经网络（LeNet）”；LeCun 等，Proceedings of the IEEE，1998。
    """
    return nn.Sequential(
        nn.Conv2d(in_channels, 6, kernel_size=5, padding=2), activation(),
        nn.AvgPool2d(kernel_size=2),
        nn.Conv2d(6, 16, kernel_size=5), activation(),
        nn.AvgPool2d(kernel_size=2),
        nn.Flatten(),
        nn.Linear(16 * 5 * 5, 120), activation(),
        nn.Linear(120, 84), activation(),
        nn.Linear(84, num_classes),
    )  # fmt: skip
