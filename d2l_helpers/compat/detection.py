"""公开的 ``d2l`` 包（0.17）里框与锚框的名字；签名、形状、个数与次序照旧，计算交给本书的实现。

那里的类别：标注从 0 起，−1 是补齐的空行；``multibox_target`` 给出的从 1 起，0 是背景；
``multibox_detection`` 给出的又从 0 起，−1 是不要的框。

与那个包不同，三处都一样：整数的框先变成浮点；两角写反或含 nan 的框报错；要进对数的框还要有面积。
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from matplotlib import pyplot as plt

import d2l_helpers as ours

COLORS = ("b", "g", "r", "m", "c")
POSITIVE = 0.009999999  # 那个包的缺省值，写法也照旧


def _float(values: torch.Tensor) -> torch.Tensor:
    return values if values.is_floating_point() else values.float()


# ---- 框 -------------------------------------------------------------------------------------
def box_corner_to_center(boxes: torch.Tensor) -> torch.Tensor:
    """(…, 4) 的左上、右下两角 → 中心、宽、高。"""
    return ours.corner_to_center(_float(boxes))


def box_center_to_corner(boxes: torch.Tensor) -> torch.Tensor:
    """``box_corner_to_center`` 的逆。"""
    return ours.center_to_corner(_float(boxes))


def bbox_to_rect(bbox: Any, color: str) -> plt.Rectangle:
    """一个框（左上、右下两角）→ matplotlib 的空心矩形，线宽 2。"""
    left, top, right, bottom = torch.as_tensor(bbox).detach().tolist()
    return plt.Rectangle(
        (left, top), right - left, bottom - top, fill=False, edgecolor=color, linewidth=2
    )


def _listed(values: Any, default: Sequence[str]) -> list[Any]:
    if values is None:
        return list(default)
    return list(values) if isinstance(values, list | tuple) else [values]


def show_bboxes(axes, bboxes, labels=None, colors=None) -> None:
    """在 ``axes`` 上画像素坐标的框，左上角写字；颜色循环使用，字不够就少写。"""
    labels, colors = _listed(labels, ()), _listed(colors, COLORS)
    for i, bbox in enumerate(bboxes):
        color = colors[i % len(colors)]
        rect = axes.add_patch(bbox_to_rect(bbox, color))
        if i < len(labels):
            axes.text(
                *rect.xy, labels[i], va="center", ha="center", fontsize=9,
                color="k" if color == "w" else "w", bbox={"facecolor": color, "lw": 0},
            )  # fmt: skip


def box_iou(boxes1: torch.Tensor, boxes2: torch.Tensor) -> torch.Tensor:
    """(m, 4) 与 (n, 4) 两两的交并比，(m, n)；两个都没有面积时是 0（那个包是 nan）。"""
    return ours.box_iou(_float(boxes1), _float(boxes2))


# ---- 锚框与训练目标 -------------------------------------------------------------------------
def multibox_prior(
    data: torch.Tensor, sizes: Sequence[float], ratios: Sequence[float]
) -> torch.Tensor:
    """每个像素 ``len(sizes) + len(ratios) − 1`` 个锚框，归一化，(1, 像素数 × 个数, 4)。

    ``data`` 只看高与宽，(…, 高, 宽)，在它的设备上。先行后列；每处先是各尺寸配第一个比例，再是第一个
    尺寸配其余的比例。比例是像素的宽除以高，所以归一化的宽是 s·√r·高/宽：不是正方形的图上照样对，
    而教材里写的 w·s·√r、h·s/√r 只在正方形上对。特征图的宽高比要与图像的相同。
    """
    height, width = data.shape[-2:]
    sizes, ratios = ([float(x) for x in values] for values in (sizes, ratios))
    anchors = ours.anchor_boxes(height, width, sizes, ratios, image_size=(height, width))
    return anchors[None].to(data.device)


def assign_anchor_to_bbox(
    ground_truth: torch.Tensor, anchors: torch.Tensor, device, iou_threshold: float = 0.5
) -> torch.Tensor:
    """每个锚框分到的真框的编号，(锚框数,)，−1 是背景；``anchors`` 是 (锚框数, 4)。

    每个真框都有自己的锚框：几个真框抢一个时，交并比大的得到它，其余的退而求其次。

    异常:
        ValueError: 真框没有面积，或者比锚框多。
    """
    truths, anchors = _float(ground_truth).to(device), _float(anchors).to(device)
    return ours.match_anchors(anchors, truths, threshold=iou_threshold)


def offset_boxes(
    anchors: torch.Tensor, assigned_bb: torch.Tensor, eps: float = 1e-6
) -> torch.Tensor:
    """锚框到框的偏移量，(锚框数, 4)：中心差除以宽、高再乘 10，宽、高之比的对数乘 5。

    与那个包不同：对数里不再加 ``eps``（收下，不用），所以 ``offset_inverse`` 恰是它的逆；整行是 0
    的框是背景占的位置，偏移量也是 0，那里是 log(eps) 那样的大数；别的没有面积的框报错。
    """
    anchors, assigned = _float(anchors), _float(assigned_bb)
    empty = (assigned == 0).all(dim=-1, keepdim=True)
    offsets = ours.encode_offsets(anchors, torch.where(empty, anchors, assigned))
    return torch.where(empty, 0, offsets)


def multibox_target(
    anchors: torch.Tensor, labels: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """一批图的偏移量 (批量, 4 × 锚框数)、同形状的 0/1 遮罩、类别 (批量, 锚框数)，0 是背景。

    参数:
        anchors: (1, 锚框数, 4)。
        labels: (批量, 框数, 5)，依次类别（从 0 起）与四角。

    与那个包不同：类别是负数的行是补齐的，不参加匹配；那里它们也各占去一个锚框。
    """
    labels = _float(labels).clone()
    labels[..., 0] += labels[..., 0] >= 0  # 0 留给背景，−1 不动
    offsets, mask, classes = ours.anchor_targets(_float(anchors).reshape(-1, 4), labels)
    return offsets.flatten(1), mask.expand_as(offsets).flatten(1), classes


# ---- 从网络的输出到框 -----------------------------------------------------------------------
def offset_inverse(anchors: torch.Tensor, offset_preds: torch.Tensor) -> torch.Tensor:
    """照偏移量把锚框变成框，都是 (锚框数, 4)。"""
    return ours.decode_offsets(_float(anchors), _float(offset_preds))


def nms(boxes: torch.Tensor, scores: torch.Tensor, iou_threshold: float) -> torch.Tensor:
    """非极大值抑制，返回留下的编号，按分数降序；不看类别。"""
    return ours.nms(_float(boxes), scores, iou_threshold)


def multibox_detection(
    cls_probs: torch.Tensor, offset_preds: torch.Tensor, anchors: torch.Tensor,
    nms_threshold: float = 0.5, pos_threshold: float = POSITIVE,
) -> torch.Tensor:  # fmt: skip
    """网络的输出 → (批量, 锚框数, 6)，依次类别（从 0 起，−1 是不要的）、分数、四角。

    先是留下的，按分数降序；再是被抑制的，按编号。分数低于 ``pos_threshold`` 的也是 −1，分数换成它是
    背景的 1 − 分数。与那个包不同：各类各做各的抑制，挨着的另一类物体不会被删掉。

    参数:
        cls_probs: (批量, 类别数 + 1, 锚框数)，第 0 行是背景。
        offset_preds: (批量, 4 × 锚框数)。
        anchors: (1, 锚框数, 4)。
    """
    anchors, results = _float(anchors).reshape(-1, 4), []
    for probs, offsets in zip(cls_probs, offset_preds, strict=True):
        scores, classes = probs[1:].max(dim=0)  # 各 (锚框数,)
        boxes = offset_inverse(anchors, offsets.reshape(-1, 4))
        kept = ours.batched_nms(boxes, scores, classes, nms_threshold)
        dropped = torch.ones_like(classes, dtype=torch.bool)
        dropped[kept] = False
        low = scores < pos_threshold
        classes = classes.masked_fill(dropped | low, -1)
        scores = torch.where(low, 1 - scores, scores)
        order = torch.cat([kept, dropped.nonzero().flatten()])
        rows = torch.cat([classes[:, None], scores[:, None], boxes], dim=1)
        results.append(rows[order])
    return torch.stack(results)
