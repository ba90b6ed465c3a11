"""锚框：生成、匹配、偏移量、训练目标，与把网络的输出变回框。

框的约定见 :mod:`d2l_helpers.boxes`；锚框与网络的输出都归一化。类别 0 是背景，物体从 1 起。
"""

from __future__ import annotations

from collections.abc import Sequence

import torch

from d2l_helpers.boxes import (
    batched_nms,
    box_iou,
    center_to_corner,
    check_boxes,
    corner_to_center,
)


def anchor_boxes(
    height: int,
    width: int,
    sizes: Sequence[float],
    ratios: Sequence[float],
    *,
    image_size: tuple[int, int],
) -> torch.Tensor:
    """特征图的每个位置上放几种锚框，宽高比按像素算。

    种类：每个尺寸配第一个比例，第一个尺寸再配其余的比例。先行后列，再种类。

    参数:
        height, width: 特征图的高与宽。
        sizes: 与锚框面积相同的正方形的边长，除以图像的高。
        ratios: 像素的宽除以高。
        image_size: 图像的 (高, 宽)，像素。

    返回:
        (height·width·A, 4)，归一化，A = len(sizes) + len(ratios) − 1；可以伸出图外。

    异常:
        ValueError: 有参数不是正数，或者尺寸、比例是空的。

    出处:
        本书“锚框”；Liu 等，ECCV 2016。
    """
    numbers = [height, width, *sizes, *ratios, *image_size]
    if min(numbers) <= 0 or not sizes or not ratios:
        raise ValueError(f"高、宽、尺寸、比例都应当是正数，而且各有一个以上：{numbers}。")
    shapes = [(s, ratios[0]) for s in sizes] + [(sizes[0], r) for r in ratios[1:]]
    size, ratio = torch.tensor(shapes).float().T  # 各 (A,)
    w = size * ratio.sqrt() * image_size[0] / image_size[1]  # 高的几成 → 宽的几成
    h = size / ratio.sqrt()
    y = (torch.arange(height) + 0.5) / height  # 各格的中心
    x = (torch.arange(width) + 0.5) / width
    boxes = torch.empty(height, width, len(shapes), 4)  # 中心、宽、高
    boxes[..., 0], boxes[..., 1] = x[:, None], y[:, None, None]
    boxes[..., 2], boxes[..., 3] = w, h
    return center_to_corner(boxes.reshape(-1, 4))


def match_anchors(
    anchors: torch.Tensor, truths: torch.Tensor, *, threshold: float = 0.5
) -> torch.Tensor:
    """给每个锚框分一个真框，或者背景。

    交并比达到阈值的，分给最像的真框。然后保证每个真框都有锚框：在真框乘锚框的整张表里，
    每次取最大的一格，把那个锚框判给那个真框，划去它的行与列；抢输的真框退而求其次。

    参数:
        anchors: (锚框数, 4)。
        truths: (真框数, 4)，可以没有。
        threshold: 交并比至少多少才算物体。

    返回:
        (锚框数,) 的 int64：真框的编号，−1 是背景；没有真框时全是 −1。

    异常:
        ValueError: 真框没有面积；真框比锚框多；阈值不在 0 与 1 之间。

    出处:
        本书“锚框的匹配与偏移量”；Liu 等，ECCV 2016。
    """
    check_boxes(truths)
    if not 0 < threshold <= 1 or len(truths) > len(anchors):
        raise ValueError(
            f"阈值应当在 0 与 1 之间，收到的是 {threshold}；锚框不能比真框少，"
            f"现在是 {len(anchors)} 个与 {len(truths)} 个。"
        )
    nobody = torch.full((len(anchors),), -1, device=anchors.device)
    if len(truths) == 0:
        return nobody
    iou = box_iou(anchors, truths)  # (锚框数, 真框数)
    best, which = iou.max(dim=1)
    match = torch.where(best >= threshold, which, nobody)
    for _ in range(len(truths)):
        i, j = divmod(int(iou.argmax()), len(truths))
        match[i] = j
        iou[i, :], iou[:, j] = -1, -1  # 这个锚框、这个真框都不再参加
    return match


def encode_offsets(anchors: torch.Tensor, boxes: torch.Tensor) -> torch.Tensor:
    """从锚框到框要怎样挪、怎样伸缩，写成四个与大小无关的数。

    参数:
        anchors: (…, 4)。
        boxes: (…, 4)，能与 ``anchors`` 广播。

    返回:
        (…, 4)：中心差除以锚框的宽、高再除以 0.1；宽、高之比的对数除以 0.2。

    异常:
        ValueError: 有框或锚框没有面积、两角写反：它们进了对数就是 nan 或无穷大。

    出处:
        本书“锚框的匹配与偏移量”；Girshick 等，CVPR 2014；Liu 等，ECCV 2016。
    """
    check_boxes(anchors)
    check_boxes(boxes)
    a, b = corner_to_center(anchors), corner_to_center(boxes)
    move = (b[..., :2] - a[..., :2]) / a[..., 2:] / 0.1
    scale = (b[..., 2:] / a[..., 2:]).log() / 0.2
    return torch.cat([move, scale], dim=-1)


def decode_offsets(anchors: torch.Tensor, offsets: torch.Tensor) -> torch.Tensor:
    """照偏移量把锚框变成框，:func:`encode_offsets` 的逆。

    参数:
        anchors: (…, 4)。
        offsets: (…, 4)，能与 ``anchors`` 广播。

    返回:
        (…, 4) 的框，可以伸出图外。

    异常:
        ValueError: 锚框没有面积，或者偏移量里有 nan。

    出处:
        本书“锚框的匹配与偏移量”。
    """
    check_boxes(anchors)
    a = corner_to_center(anchors)
    center = a[..., :2] + offsets[..., :2] * 0.1 * a[..., 2:]
    size = a[..., 2:] * (offsets[..., 2:] * 0.2).exp()
    return center_to_corner(torch.cat([center, size], dim=-1))


def anchor_targets(
    anchors: torch.Tensor, labels: torch.Tensor, *, threshold: float = 0.5
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """一批图的训练目标：每个锚框的类别，分到物体的还有偏移量。

    参数:
        anchors: (锚框数, 4)。
        labels: (批量, 框数, 5)，依次类别、四角；类别从 1 起，−1 是补齐的空行。
        threshold: 见 :func:`match_anchors`。

    返回:
        偏移量 (批量, 锚框数, 4)，背景处是 0；``mask`` (批量, 锚框数, 1)，物体为 1、背景为 0；
        类别 (批量, 锚框数)，int64，背景是 0。

    异常:
        ValueError: ``labels`` 的形状不对，或者有类别是 0：那是背景。

    出处:
        本书“锚框的匹配与偏移量”。
    """
    if labels.dim() != 3 or labels.shape[2] != 5:
        raise ValueError(f"labels 应当是 (批量, 框数, 5)，收到的是 {tuple(labels.shape)}。")
    if (labels[..., 0] == 0).any():
        raise ValueError(
            "labels 里有类别 0；0 留给背景，物体从 1 起，请先加 1。\n"
            "只加物体的行，补齐的行仍是 −1。"
        )
    offsets = anchors.new_zeros(len(labels), len(anchors), 4)
    classes = torch.zeros(offsets.shape[:2], dtype=torch.int64, device=anchors.device)
    for i, rows in enumerate(labels):
        rows = rows[rows[:, 0] > 0]  # 去掉补齐的空行
        match = match_anchors(anchors, rows[:, 1:], threshold=threshold)
        found = match >= 0  # (锚框数,)
        mine = rows[match[found]]  # 各锚框分到的真框 (物体数, 5)
        classes[i, found] = mine[:, 0].long()
        offsets[i, found] = encode_offsets(anchors[found], mine[:, 1:])
    return offsets, (classes > 0)[..., None].to(offsets.dtype), classes


def detect(
    class_probs: torch.Tensor,
    offsets: torch.Tensor,
    anchors: torch.Tensor,
    *,
    threshold: float = 0.5,
    min_score: float = 0.05,
) -> list[torch.Tensor]:
    """把网络的输出变成一张张图上的框。

    参数:
        class_probs: (批量, 类别数 + 1, 锚框数)，已过 softmax；第 0 行是背景。
        offsets: (批量, 锚框数, 4)。
        anchors: (锚框数, 4)，归一化。
        threshold: 同一类里，交并比超过它的只留分数高的。
        min_score: 分数（各物体类里最大的概率）低于它的不要。

    返回:
        每张图一个 (K, 6)，依次类别、分数、四角（裁到图内），按分数降序；K 可以是 0。

    异常:
        ValueError: 概率沿类别的轴之和不是 1；个数对不上；偏移量里有 nan。

    出处:
        本书“非极大值抑制与一次检测的输出”。
    """
    total = class_probs.sum(dim=1)
    if class_probs.min() < 0 or not torch.allclose(total, torch.ones_like(total), atol=1e-3):
        raise ValueError("class_probs 沿类别的轴（dim=1）之和应当是 1：先做 softmax(dim=1)。")
    results = []
    for probs, boxes in zip(class_probs, decode_offsets(anchors, offsets), strict=True):
        scores, classes = probs[1:].max(dim=0)  # 不看背景那一行；各 (锚框数,)
        boxes = boxes.clamp(0, 1)
        good = (scores >= min_score) & (boxes[:, 2:] > boxes[:, :2]).all(dim=1)
        boxes, scores, classes = boxes[good], scores[good], classes[good] + 1
        kept = batched_nms(boxes, scores, classes, threshold)
        columns = [classes[kept, None].to(scores.dtype), scores[kept, None], boxes[kept]]
        results.append(torch.cat(columns, dim=1))
    return results
