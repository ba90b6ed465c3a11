"""SSD：一趟前向，两张特征图上的每个锚框各得一份类别得分与一份偏移量；以及它的损失。"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn
from torch.nn import functional as F

from d2l_helpers.anchors import anchor_boxes

Targets = tuple[torch.Tensor, torch.Tensor, torch.Tensor]


def conv_bn(in_channels: int, out_channels: int, stride: int = 1) -> nn.Sequential:
    """返回 3×3 卷积、批量规范化、ReLU；卷积的偏置会被规范化减掉，所以不要。

    参数:
        in_channels, out_channels: 输入与输出通道数。
        stride: 步幅。

    返回:
        输入 (批量, 输入通道, 高, 宽)，输出 (批量, 输出通道, 高/步幅, 宽/步幅)，除不尽时进一。

    出处:
        本书“单发多框检测（SSD）”。
    """
    conv = nn.Conv2d(in_channels, out_channels, 3, stride=stride, padding=1, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(out_channels), nn.ReLU())


def two_scales(a: int, b: int, c: int) -> nn.ModuleList:
    """返回骨架的两级：第一级边长除以 8，第二级接着再除以 2。

    参数:
        a, b, c: 三种通道数，由浅到深。

    返回:
        两级：输入 (批量, 3, 高, 宽)，依次输出 (批量, c, 高/8, 宽/8) 与 (批量, c, 高/16, 宽/16)。

    出处:
        本书“单发多框检测（SSD）”。
    """
    fine = [conv_bn(3, a, stride=2), conv_bn(a, b), nn.MaxPool2d(2)]
    fine += [conv_bn(b, c), nn.MaxPool2d(2), conv_bn(c, c)]  # 边长除以 8
    coarse = [nn.MaxPool2d(2), conv_bn(c, c)]  # 再除以 2
    return nn.ModuleList([nn.Sequential(*fine), nn.Sequential(*coarse)])


def by_anchor(Y: torch.Tensor, width: int) -> torch.Tensor:
    """卷积头的输出排成一个锚框一行，次序与 ``anchor_boxes`` 相同：先行后列，再种类。

    参数:
        Y: (批量, 种类·width, 高, 宽)；通道先分给第 0 种锚框，再分给第 1 种……
        width: 每个锚框几个数：类别头是类别数 + 1，偏移头是 4。

    返回:
        (批量, 高·宽·种类, width)。

    异常:
        ValueError: 通道数不是 ``width`` 的倍数。

    出处:
        本书“单发多框检测（SSD）”。
    """
    if Y.shape[1] % width:
        raise ValueError(f"有 {Y.shape[1]} 个通道，应当是每个锚框的 {width} 个数的倍数。")
    return Y.permute(0, 2, 3, 1).reshape(len(Y), -1, width)  # 通道先挪到最后


class TinySSD(nn.Module):
    """小的单发检测器：两个尺度，每个位置四种锚框。

    参数:
        num_classes: 物体的类别数，不含背景。
        channels: 三级特征的通道数。

    前向:
        输入 (批量, 3, 高, 宽)，高、宽是 16 的倍数；输出三样：归一化的锚框 (锚框数, 4)、
        得分 (批量, 锚框数, 类别数 + 1)（没有过 softmax，第 0 列是背景）、偏移量
        (批量, 锚框数, 4)。64×64 的图有 320 个锚框。

    出处:
        本书“单发多框检测（SSD）”；Liu 等，ECCV 2016。
    """

    sizes = ((0.3, 0.4), (0.5, 0.6))  # 一行一个尺度
    ratios = (1, 2, 0.5)

    def __init__(self, num_classes: int, channels: tuple[int, int, int] = (16, 32, 64)) -> None:
        super().__init__()
        self.num_classes, c = num_classes, channels[-1]
        self.stages = two_scales(*channels)
        kinds = len(self.sizes[0]) + len(self.ratios) - 1  # 每个位置几种锚框
        self.class_heads, self.offset_heads = nn.ModuleList(), nn.ModuleList()
        for _ in self.stages:
            self.class_heads.append(nn.Conv2d(c, kinds * (num_classes + 1), 3, padding=1))
            self.offset_heads.append(nn.Conv2d(c, kinds * 4, 3, padding=1))

    def forward(self, X: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        image_size, anchors, scores, offsets = X.shape[-2:], [], [], []
        for k, stage in enumerate(self.stages):
            X = stage(X)  # (批量, 通道, 高, 宽)
            boxes = anchor_boxes(*X.shape[-2:], self.sizes[k], self.ratios, image_size=image_size)
            anchors.append(boxes.to(X.device))
            scores.append(by_anchor(self.class_heads[k](X), self.num_classes + 1))
            offsets.append(by_anchor(self.offset_heads[k](X), 4))
        scores, offsets = torch.cat(scores, dim=1), torch.cat(offsets, dim=1)
        return torch.cat(anchors), scores, offsets


def hard_negatives(each: torch.Tensor, positive: torch.Tensor, ratio: int = 3) -> torch.Tensor:
    """难负样本挖掘：每张图里只留损失最大的几个背景锚框。

    参数:
        each: 每个锚框的损失，(批量, 锚框数)，不小于 0。
        positive: 分到物体的为真，(批量, 锚框数)。
        ratio: 留下的背景是物体锚框的几倍。

    返回:
        布尔的 (批量, 锚框数)，留下的背景为真；背景不够时全部留下。

    出处:
        本书“单发多框检测（SSD）”；Liu 等，ECCV 2016。
    """
    difficulty = each.detach().masked_fill(positive, -1.0)  # 物体排到最后
    rank = difficulty.argsort(dim=1, descending=True, stable=True).argsort(dim=1)
    return (rank < ratio * positive.sum(dim=1, keepdim=True)) & ~positive


def ssd_loss(
    scores: torch.Tensor,
    offsets: torch.Tensor,
    targets: Targets,
    choose: Callable[[torch.Tensor, torch.Tensor], torch.Tensor] = hard_negatives,
) -> tuple[torch.Tensor, torch.Tensor]:
    """SSD 的两项损失，都除以物体锚框的个数。

    参数:
        scores: (批量, 锚框数, 类别数 + 1)，没有过 softmax。
        offsets: (批量, 锚框数, 4)。
        targets: :func:`d2l_helpers.anchor_targets` 给出的偏移量、遮罩、类别。
        choose: 由每个锚框的损失与“是不是物体”选出算进损失的背景，见 :func:`hard_negatives`。

    返回:
        类别的损失与偏移量的损失，各是 0 维张量；一个物体也没有时除以 1。

    出处:
        本书“单发多框检测（SSD）”；Liu 等，ECCV 2016。
    """
    true_offsets, mask, classes = targets
    each = F.cross_entropy(scores.mT, classes, reduction="none")  # (批量, 锚框数)
    positive = classes > 0
    counted = positive | choose(each, positive)
    distance = F.smooth_l1_loss(offsets, true_offsets, reduction="none") * mask
    count = positive.sum().clamp(min=1)
    return each[counted].sum() / count, distance.sum() / count
