"""公开的 ``d2l`` 包（0.17）里网络的名字：签名、参数的名字与含义照旧，旧的参数文件读得进来。"""

from __future__ import annotations

from collections import OrderedDict

import torch
from torch import nn
from torch.nn import functional as F

import d2l_helpers as ours


def linreg(X: torch.Tensor, w: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """线性回归。"""
    return X @ w + b


def corr2d(X: torch.Tensor, K: torch.Tensor) -> torch.Tensor:
    """二维互相关，``X`` 与 ``K`` 的形状是 (高, 宽)；整数先变成 float32。"""
    dtype = torch.promote_types(X.dtype, K.dtype)
    dtype = dtype if dtype.is_floating_point else torch.float32
    return ours.corr2d(X.to(dtype), K.to(dtype))


class Residual(nn.Module):
    """残差块，卷积带偏置；近路缺省原样传递，``use_1x1conv`` 为真时是一个 1×1 卷积。

    与 ``d2l_helpers.Residual`` 不同：近路上没有批量规范化，要不要 1×1 卷积不由形状决定。

    异常:
        TypeError: 只给了一个通道数，那是 1.0 版的写法。
    """

    def __init__(
        self,
        input_channels: int,
        num_channels: int | None = None,
        use_1x1conv: bool = False,
        strides: int = 1,
    ) -> None:
        super().__init__()
        if num_channels is None or isinstance(num_channels, bool):
            raise TypeError(
                f"Residual 要输入与输出两个通道数，收到的只有 {input_channels}：这是公开 d2l 包"
                f" 1.0 版的写法，compat 照 0.17 版。通道数不变，写 Residual({input_channels}, "
                f"{input_channels})；要变，写 Residual(输入通道, {input_channels}, "
                "use_1x1conv=True, strides=步幅)。"
            )
        self.conv1 = nn.Conv2d(input_channels, num_channels, 3, strides, padding=1)
        self.bn1 = nn.BatchNorm2d(num_channels)
        self.conv2 = nn.Conv2d(num_channels, num_channels, 3, padding=1)
        self.bn2 = nn.BatchNorm2d(num_channels)
        self.conv3 = nn.Conv2d(input_channels, num_channels, 1, strides) if use_1x1conv else None

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        """前向传播，(批量, 通道, 高, 宽)。

        异常:
            ValueError: 近路与残差的形状不同，加不起来。
        """
        Y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(X)))))
        shortcut = X if self.conv3 is None else self.conv3(X)
        if shortcut.shape != Y.shape:
            raise ValueError(
                f"近路的形状 {tuple(shortcut.shape)} 与残差的 {tuple(Y.shape)} 不同；"
                "通道数或大小改变时，请写 use_1x1conv=True。"
            )
        return F.relu(Y + shortcut)


def resnet18(num_classes: int, in_channels: int = 1) -> nn.Sequential:
    """多 GPU 训练那一节的 ResNet-18：开头是 3×3、步幅 1 的卷积，没有最大汇聚，适合小图。"""
    stem = nn.Conv2d(in_channels, 64, 3, padding=1), nn.BatchNorm2d(64), nn.ReLU()
    layers = OrderedDict((str(i), layer) for i, layer in enumerate(stem))
    before = 64
    for stage, channels in enumerate((64, 128, 256, 512), start=1):
        halve = stage > 1  # 除第一段外，第一块使边长减半、通道加倍
        first = Residual(before, channels, use_1x1conv=halve, strides=1 + halve)
        layers[f"resnet_block{stage}"] = nn.Sequential(first, Residual(channels, channels))
        before = channels
    layers["global_avg_pool"] = nn.AdaptiveAvgPool2d(1)
    layers["fc"] = nn.Sequential(nn.Flatten(), nn.Linear(before, num_classes))
    return nn.Sequential(layers)
