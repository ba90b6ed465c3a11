"""全卷积网络：任何大小的图进去，每个像素的各类得分出来。"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from d2l_helpers.layers import bilinear_kernel


def shrink(in_channels: int, out_channels: int, num_convs: int) -> nn.Sequential:
    """返回几个 3×3 卷积，第一个的步幅是 2；各跟一个批量规范化与 ReLU。

    参数:
        in_channels, out_channels: 输入与输出通道数。
        num_convs: 卷积的个数，至少 1。

    返回:
        (批量, 输入通道, 高, 宽) → (批量, 输出通道, ⌈高/2⌉, ⌈宽/2⌉) 的 ``nn.Sequential``。

    出处:
        本书“全卷积网络”。
    """
    block = nn.Sequential()
    for i in range(num_convs):
        channels, stride = (out_channels, 1) if i else (in_channels, 2)
        conv = nn.Conv2d(channels, out_channels, 3, stride, padding=1, bias=False)
        block.append(conv)
        block.append(nn.BatchNorm2d(out_channels))
        block.append(nn.ReLU())
    return block


def enlarge(channels: int, scale: int) -> nn.ConvTranspose2d:
    """返回放大 ``scale`` 倍的转置卷积，各通道互不相干，初值是双线性插值；``scale`` 是偶数。

    参数:
        channels: 通道数，输入与输出相同。
        scale: 放大的倍数。

    返回:
        没有偏置的 ``nn.ConvTranspose2d``。

    出处:
        本书“全卷积网络”；Long、Shelhamer 与 Darrell，CVPR 2015。
    """
    size, padding = 2 * scale, scale // 2
    layer = nn.ConvTranspose2d(
        channels, channels, size, scale, padding, groups=channels, bias=False
    )
    layer.weight.data.copy_(bilinear_kernel(1, scale))
    return layer


class FCN(nn.Module):
    """全卷积网络：四级卷积把图缩小到十六分之一，1×1 卷积给分，转置卷积放大回来。

    两条跳跃连接：1/16 的得分放大 2 倍，加 1/8 的；再放大 2 倍，加 1/4 的；最后放大 4 倍。

    参数:
        num_classes: 类别数，背景也算一类。
        widths: 四级的通道数。

    输入形状 (批量, 3, 高, 宽)，像素在 0 与 1 之间，大小不限；输出形状 (批量, 类别, 高, 宽)。

    异常:
        ValueError: 通道数不是四个。

    出处:
        本书“全卷积网络”；Long、Shelhamer 与 Darrell，CVPR 2015。
    """

    def __init__(self, num_classes: int = 21, widths: Sequence[int] = (16, 32, 64, 64)) -> None:
        super().__init__()
        if len(widths) != 4:
            raise ValueError(f"widths 应是四级的通道数，不是 {widths}。")
        a, b, c, d = widths
        stages = shrink(3, a, 1), shrink(a, b, 1), shrink(b, c, 2), shrink(c, d, 2)
        self.stages = nn.ModuleList(stages)
        self.heads = nn.ModuleList(nn.Conv2d(n, num_classes, 1) for n in (d, c, b))
        self.ups = nn.ModuleList(enlarge(num_classes, scale) for scale in (2, 2, 4))

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        """前向传播，形状见类的说明。"""
        maps = [X]  # 原大小、1/2、1/4、1/8、1/16
        for stage in self.stages:
            maps.append(stage(maps[-1]))
        scores = self.heads[0](maps[4])
        for i in (1, 2):
            finer = self.heads[i](maps[4 - i])  # 1/8，然后 1/4
            scores = crop_to(self.ups[i - 1](scores), finer) + finer
        return crop_to(self.ups[2](scores), X)


def crop_to(scores: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    """从左上角起裁成 ``like`` 的高与宽；除不尽的大小放大回来会多出几格。"""
    return scores[:, :, : like.shape[2], : like.shape[3]]
