"""层：从零写成、后面的章节还要用的积木，与初始化。"""

from __future__ import annotations

from itertools import product

import torch
from torch import nn
from torch.nn import functional as F


def init_he(net: nn.Module) -> nn.Module:
    """按 He 的办法初始化卷积层与全连接层：权重的方差是 2 ÷ 扇入，偏置为零。

    参数:
        net: 网络，就地改写；延后初始化的层要先定下形状。

    返回:
        ``net`` 自己，便于连写。

    出处:
        本书“数值稳定性和模型初始化”；He 等，ICCV 2015。
    """
    for module in net.modules():
        if isinstance(module, nn.Linear | nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
            if module.bias is not None:
                nn.init.zeros_(module.bias)
    return net


class Residual(nn.Module):
    """残差块：两个 3×3 卷积各跟一个批量规范化，结果加到近路上，再过 ReLU。

    近路缺省地原样传递；形状要变（步幅不是 1，或通道数改变）时换成 1×1 卷积加批量规范化。
    卷积不带偏置，因为紧跟着的批量规范化会把它减掉。

    参数:
        in_channels: 输入通道数。
        num_channels: 输出通道数。
        strides: 第一个卷积的步幅；2 使高与宽减半。
        use_1x1conv: 近路上要不要 1×1 卷积；缺省 ``None`` 由形状决定。

    输入形状 (批量, 输入通道, 高, 宽)，输出形状 (批量, 输出通道, 高/步幅, 宽/步幅)，向上取整。

    出处:
        本书“残差网络（ResNet）”；He 等，CVPR 2016。
    """

    def __init__(
        self,
        in_channels: int,
        num_channels: int,
        strides: int = 1,
        *,
        use_1x1conv: bool | None = None,
    ) -> None:
        super().__init__()
        self.residual = nn.Sequential(
            nn.Conv2d(in_channels, num_channels, 3, strides, padding=1, bias=False),
            nn.BatchNorm2d(num_channels),
            nn.ReLU(),
            nn.Conv2d(num_channels, num_channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(num_channels),
        )
        self.shortcut = nn.Sequential()  # 空的 Sequential 原样传递
        if use_1x1conv is None:
            use_1x1conv = strides != 1 or in_channels != num_channels
        if use_1x1conv:
            self.shortcut.append(nn.Conv2d(in_channels, num_channels, 1, strides, bias=False))
            self.shortcut.append(nn.BatchNorm2d(num_channels))

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        """前向传播，形状见类的说明。"""
        return F.relu(self.residual(X) + self.shortcut(X))


def corr2d(X: torch.Tensor, K: torch.Tensor) -> torch.Tensor:
    """二维互相关：把输入平移成核那么多份，逐份乘权重再相加，不填充，步幅 1。

    参数:
        X: 输入，形状 (高, 宽)。
        K: 卷积核，形状 (核高, 核宽)；两者的类型不同时先提升到同一种。

    返回:
        形状 (高 − 核高 + 1, 宽 − 核宽 + 1)。

    异常:
        ValueError: 输入或核不是二维的，或核放不进输入。

    出处:
        本书“图像卷积”。
    """
    sizes = tuple(X.shape), tuple(K.shape)
    if X.ndim != 2 or K.ndim != 2 or K.numel() == 0:
        raise ValueError(f"输入与核应是二维的，核不能为空，收到的形状是 {sizes}。")
    rows, columns = X.shape[0] - K.shape[0] + 1, X.shape[1] - K.shape[1] + 1
    if rows < 1 or columns < 1:
        raise ValueError(f"核放不进输入，形状是 {sizes}；请换小些的核，或先填充。")
    dtype = torch.promote_types(X.dtype, K.dtype)  # uint8 的像素相减会绕回
    X, K = X.to(dtype), K.to(dtype)
    offsets = product(range(K.shape[0]), range(K.shape[1]))
    return sum(K[u, v] * X[u : u + rows, v : v + columns] for u, v in offsets)


def bilinear_kernel(channels: int, scale: int) -> torch.Tensor:
    """转置卷积的核，使它把每个通道各自按双线性插值放大 ``scale`` 倍。

    装进 ``nn.ConvTranspose2d(channels, channels, K.shape[-1], scale, padding=scale // 2)``，
    边缘以外与 ``F.interpolate(mode="bilinear", align_corners=False)`` 相同；最外一圈收不全，偏暗。

    参数:
        channels: 通道数，输入与输出相同。
        scale: 放大的倍数，也就是步幅；偶数时核的边长是 ``2 × scale``，奇数时少 1。

    返回:
        形状 (通道, 通道, 边长, 边长)，不同通道之间是零。

    异常:
        ValueError: 通道数或倍数不是正整数。

    出处:
        本书“转置卷积”；Long、Shelhamer 与 Darrell，CVPR 2015。
    """
    if channels < 1 or scale < 1:
        raise ValueError(f"通道数与倍数应是正整数，不是 {channels} 与 {scale}。")
    size = 2 * scale - scale % 2
    offset = torch.arange(size) - (size - 1) / 2  # 到核中心的距离，输出像素
    tent = 1 - offset.abs() / scale  # (边长,)
    weight = torch.zeros(channels, channels, size, size)
    for c in range(channels):
        weight[c, c] = tent[:, None] * tent
    return weight
