"""GPU 测试共用的小网络与小数据。"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn

import d2l_helpers as d2l
from d2l_helpers.models.lenet import lenet
from d2l_helpers.models.resnet import resnet
from d2l_helpers.models.vgg import vgg

EXACT = {"rtol": 1e-8, "atol": 1e-10}  # 双精度：不同设备上求和的次序不同，差只来自舍入


def relu_lenet() -> nn.Sequential:
    """用 ReLU 的 LeNet，学得快。"""
    return lenet(num_classes=4, activation=nn.ReLU)


def narrow_vgg() -> nn.Sequential:
    """很窄的 VGG-11，没有暂退：两种设备的随机数不同。"""
    return vgg(channels=(4, 8, 8, 16, 16), hidden=32, num_classes=4, image_size=32, dropout=0.0)


def narrow_resnet() -> nn.Sequential:
    """很窄的 ResNet-18。"""
    return resnet(width=4, num_classes=4, stem="small")


# 名字 → (造网络, 图像边长)
NETWORKS: dict[str, tuple[Callable[[], nn.Sequential], int]] = {
    "LeNet": (relu_lenet, 28),
    "VGG": (narrow_vgg, 32),
    "ResNet": (narrow_resnet, 32),
}


def make(name: str) -> nn.Sequential:
    """按 He 初始化的网络，每次相同。"""
    d2l.seed(0)
    return d2l.init_he(NETWORKS[name][0]())


def pictures(name: str, n: int) -> tuple[torch.Tensor, torch.Tensor]:
    """``n`` 张带噪声的图，亮的一角是它的类别；大小随网络。"""
    side = NETWORKS[name][1]
    gen = torch.Generator().manual_seed(n)
    X, y = torch.randn(n, 1, side, side, generator=gen) / 2, torch.arange(n) % 4
    half = side // 2
    for i, corner in enumerate(y.tolist()):
        top, left = corner // 2 * half, corner % 2 * half
        X[i, :, top : top + half, left : left + half] += 1.0
    return X, y
