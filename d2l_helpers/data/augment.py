"""成批的随机增广：一批图像里，每张各自抽签。"""

from __future__ import annotations

import torch
from torch.nn import functional as F


def random_flip(images: torch.Tensor, generator: torch.Generator | None = None) -> torch.Tensor:
    """每张图各有一半的机会左右翻转。

    参数:
        images: 一批图像，形状 (批量, 通道, 高, 宽)，任何类型，在任何设备上。
        generator: CPU 上的随机数发生器；缺省用全局的。

    返回:
        新的张量，形状、类型与设备不变。

    异常:
        ValueError: ``images`` 不是四维的。

    出处:
        本书“图像增广”。
    """
    if images.ndim != 4:
        got = tuple(images.shape)
        raise ValueError(f"images 应是 (批量, 通道, 高, 宽)，不是 {got}。")
    coins = torch.rand(len(images), generator=generator) < 0.5  # (批量,)
    chosen = coins[:, None, None, None].to(images.device)
    return torch.where(chosen, images.flip(-1), images)


def random_crop(
    images: torch.Tensor, padding: int, generator: torch.Generator | None = None
) -> torch.Tensor:
    """四周补零，再从每张图里各随机裁出原来大小的一块；也就是各自随机平移。

    参数:
        images: 一批图像，形状 (批量, 通道, 高, 宽)，任何类型，在任何设备上。
        padding: 四周补几圈零，像素；横竖各自在 −padding 到 padding 之间均匀地平移。
        generator: CPU 上的随机数发生器；缺省用全局的。

    返回:
        新的张量，形状、类型与设备不变。

    异常:
        ValueError: ``images`` 不是四维的，或 ``padding`` 是负数。

    出处:
        本书“图像增广”。
    """
    if images.ndim != 4 or padding < 0:
        got = tuple(images.shape), padding
        raise ValueError(f"应是 (批量, 通道, 高, 宽) 与非负 padding，不是 {got}。")
    n, _, height, width = images.shape
    padded = F.pad(images, (padding,) * 4)
    # 全部的窗口，(批量, 通道, 2p+1, 2p+1, 高, 宽)，还没有复制
    windows = padded.unfold(2, height, 1).unfold(3, width, 1)
    top, left = torch.randint(2 * padding + 1, (2, n), generator=generator)
    return windows[torch.arange(n), :, top, left]  # 第 i 张取第 i 个窗口
