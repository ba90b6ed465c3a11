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

    ``num_skips`` 条跳跃连接：放大 2 倍，加上前一级的得分，再放大；最后一步放大剩下的倍数。

    参数:
        num_classes: 类别数，背景也算一类。
        widths: 四级的通道数。
        num_skips: 跳跃连接的条数，0 到 3；最细的得分图是输入的 1/16、1/8、1/4、1/2。

    输入形状 (批量, 3, 高, 宽)，像素在 0 与 1 之间，大小不限；输出形状 (批量, 类别, 高, 宽)。

    异常:
        ValueError: 跳跃连接的条数不在 0 与 3 之间。

    出处:
        本书“全卷积网络”；Long、Shelhamer 与 Darrell，CVPR 2015。
    """

    def __init__(
        self, num_classes: int = 21, widths: Sequence[int] = (16, 32, 64, 64), num_skips: int = 2
    ) -> None:
        super().__init__()
        if not 0 <= num_skips < len(widths):
            most = len(widths) - 1
            raise ValueError(f"num_skips 应在 0 与 {most} 之间，不是 {num_skips}。")
        self.stages = nn.ModuleList()
        for i, width in enumerate(widths):
            channels = widths[i - 1] if i else 3
            self.stages.append(shrink(channels, width, 1 if i < 2 else 2))
        used = widths[::-1][: num_skips + 1]  # 由粗到细
        self.heads = nn.ModuleList(nn.Conv2d(n, num_classes, 1) for n in used)
        scales = [2] * num_skips + [2 ** (len(widths) - num_skips)]
        self.ups = nn.ModuleList(enlarge(num_classes, scale) for scale in scales)

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        """前向传播，形状见类的说明。"""
        maps = [X]
        for stage in self.stages:
            maps.append(stage(maps[-1]))
        scores = self.heads[0](maps.pop())
        for head, up in zip(self.heads[1:], self.ups[:-1], strict=True):
            finer = head(maps.pop())
            scores = crop_to(up(scores), finer) + finer
        return crop_to(self.ups[-1](scores), X)


def crop_to(scores: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    """从左上角起裁成 ``like`` 的高与宽；除不尽的大小放大回来会多出几格。"""
    return scores[:, :, : like.shape[2], : like.shape[3]]
