"""MTCNN 的第一级：只看 12×12 的小网络滑过图像金字塔，提出可能是脸的框。"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from d2l_helpers.boxes import nms


class PNet(nn.Module):
    """只有卷积与汇聚的分类器：12×12 的窗口是不是脸、框的四边各挪多少；大图进去是得分图。

    出处:
        本书“滑动窗口与图像金字塔”；Zhang 等（2016），arXiv:1604.02878。
    """

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.prelu1 = nn.Conv2d(3, 10, 3), nn.PReLU(10)
        self.conv2, self.prelu2 = nn.Conv2d(10, 16, 3), nn.PReLU(16)
        self.conv3, self.prelu3 = nn.Conv2d(16, 32, 3), nn.PReLU(32)
        self.conv4_1 = nn.Conv2d(32, 2, 1)
        self.conv4_2 = nn.Conv2d(32, 4, 1)

    def forward(self, X: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """返回得分 (批量, 行, 列) 与偏移量 (批量, 4, 行, 列)；每格是一个窗口，相距 2 个像素。

        参数:
            X: (批量, 3, 高, 宽)，高宽至少 12，像素已减 127.5、除以 128。
        """
        X = F.max_pool2d(self.prelu1(self.conv1(X)), 2)
        X = self.prelu2(self.conv2(X))
        X = self.prelu3(self.conv3(X))
        return self.conv4_1(X).softmax(dim=1)[:, 1], self.conv4_2(X)


def face_input(image: Any) -> torch.Tensor:
    """返回 MTCNN 的输入：float32，形状 (1, 3, 高, 宽)，像素减 127.5、除以 128。

    参数:
        image: RGB 的 PIL 图像，或者 uint8 数组，形状 (高, 宽, 3)。

    出处:
        本书“滑动窗口与图像金字塔”。
    """
    pixels = torch.from_numpy(np.array(image)).permute(2, 0, 1)[None]
    return (pixels.float() - 127.5) / 128


def pyramid_scales(
    height: int, width: int, min_face: float = 20, factor: float = 0.709
) -> list[float]:
    """返回图像金字塔各层的倍数：最小的脸在第一层恰是 12 像素，以后每层乘 ``factor``。

    参数:
        height, width: 图像的高与宽，像素。
        min_face: 要找的最小的脸有多宽，像素。
        factor: 相邻两层之比，大于 0、小于 1。

    返回:
        倍数，从大到小；短边缩到不足 12 像素的不要，图太小时是空的。

    异常:
        ValueError: ``min_face`` 不是正数，或者 ``factor`` 不在 0 与 1 之间。

    出处:
        本书“滑动窗口与图像金字塔”。
    """
    if min_face <= 0 or not 0 < factor < 1:
        raise ValueError(
            f"min_face 应当是正数，factor 在 0 与 1 之间，收到 {min_face} 与 {factor}。"
        )
    scale, scales = 12 / min_face, []
    while min(height, width) * scale >= 12:
        scales.append(scale)
        scale *= factor
    return scales


def move_edges(boxes: torch.Tensor, offsets: torch.Tensor) -> torch.Tensor:
    """四条边各加上偏移量；偏移量以框的宽、高为单位。

    参数:
        boxes, offsets: 各 (框数, 4)，依次对应 xmin、ymin、xmax、ymax。

    返回:
        (框数, 4)。

    出处:
        本书“滑动窗口与图像金字塔”。
    """
    sides = boxes[:, 2:] - boxes[:, :2]
    return boxes + offsets * sides.repeat(1, 2)


def propose_faces(
    net: PNet, X: torch.Tensor, scale: float, threshold: float = 0.6
) -> tuple[torch.Tensor, torch.Tensor]:
    """在金字塔的一层上找可能是脸的框。

    参数:
        net: :class:`PNet`。
        X: 一张图，(1, 3, 高, 宽)，见 :func:`face_input`。
        scale: 这一层的倍数。
        threshold: 得分至少这么高。

    返回:
        框 (框数, 4)，原图的像素；得分 (框数,)。这一层之内已去重（交并比 0.5）。

    出处:
        本书“滑动窗口与图像金字塔”。
    """
    size = [math.ceil(side * scale) for side in X.shape[2:]]
    probs, offsets = net(F.interpolate(X, size, mode="area"))
    rows, columns = torch.where(probs[0] >= threshold)
    corner = 2.0 * torch.stack([columns, rows], dim=1)
    boxes = torch.cat([corner, corner + 12], dim=1) / scale
    scores = probs[0, rows, columns]
    keep = nms(boxes, scores, 0.5)
    return move_edges(boxes, offsets[0][:, rows, columns].T)[keep], scores[keep]
