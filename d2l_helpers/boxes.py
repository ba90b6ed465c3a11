"""框：两种写法、交并比、去重。

框一律是浮点 (…, 4)，依次 xmin、ymin、xmax、ymax，左上角为原点，x 向右、y 向下；
归一化的框除以 (宽, 高, 宽, 高)。框可以伸出图外。
"""

from __future__ import annotations

import torch


def check_boxes(boxes: torch.Tensor, *, empty_ok: bool = False) -> None:
    """形状不是 (…, 4)、不是浮点、两角写反或含 nan 的框，当场报错。

    参数:
        boxes: 应当是 (…, 4) 的框。
        empty_ok: 许不许面积为零（交并比许，取对数不许）。

    异常:
        TypeError: 不是浮点张量。
        ValueError: 最后一个轴不是 4，或有框不满足 xmin < xmax、ymin < ymax。

    出处:
        本书“目标检测与边界框”。
    """
    if boxes.shape[-1:] != (4,):
        raise ValueError(f"框的形状应当是 (…, 4)，收到的是 {tuple(boxes.shape)}。")
    if not boxes.is_floating_point():
        raise TypeError(f"框应当是浮点张量，收到的是 {boxes.dtype}；请先 .float()。")
    low, high = boxes[..., :2], boxes[..., 2:]  # 左上角与右下角，各 (…, 2)
    good = (high >= low if empty_ok else high > low).all(dim=-1)  # nan 比什么都是假
    if not good.all():
        raise ValueError(
            f"{int((~good).sum())} 个框的右下角不在左上角的右下方，"
            f"例如 {boxes[~good][0].tolist()}。\n四个数依次是 xmin、ymin、"
            "xmax、ymax，写反的换过来，没有面积的丢掉。"
        )


def corner_to_center(boxes: torch.Tensor) -> torch.Tensor:
    """左上、右下两角 → 中心、宽、高。

    参数:
        boxes: (…, 4)，依次 xmin、ymin、xmax、ymax。

    返回:
        (…, 4)，依次中心 x、中心 y、宽、高，单位与输入相同。

    异常:
        ValueError: 见 :func:`check_boxes`。

    出处:
        本书“目标检测与边界框”。
    """
    check_boxes(boxes, empty_ok=True)
    low, high = boxes[..., :2], boxes[..., 2:]  # 各 (…, 2)
    return torch.cat([(low + high) / 2, high - low], dim=-1)


def center_to_corner(boxes: torch.Tensor) -> torch.Tensor:
    """中心、宽、高 → 左上、右下两角，:func:`corner_to_center` 的逆。

    参数:
        boxes: (…, 4)，依次中心 x、中心 y、宽、高。

    返回:
        (…, 4)，依次 xmin、ymin、xmax、ymax。

    异常:
        ValueError: 最后一个轴不是 4，或有宽、高是负数或 nan。

    出处:
        本书“目标检测与边界框”。
    """
    if boxes.shape[-1:] != (4,):
        raise ValueError(f"框的形状应当是 (…, 4)，收到的是 {tuple(boxes.shape)}。")
    center, size = boxes[..., :2], boxes[..., 2:]  # 各 (…, 2)
    if not (size >= 0).all():
        raise ValueError(f"宽与高不能是负数或 nan，最小的是 {size.min().item()}。")
    return torch.cat([center - size / 2, center + size / 2], dim=-1)


def box_iou(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """两组框两两之间的交并比；两个框都没有面积时定为 0。

    参数:
        a: (m, 4)。
        b: (n, 4)，与 ``a`` 用同一种单位。

    返回:
        (m, n)，在 0 与 1 之间。

    异常:
        ValueError: 见 :func:`check_boxes`；面积可以是零。

    出处:
        本书“锚框”。
    """
    check_boxes(a, empty_ok=True)
    check_boxes(b, empty_ok=True)
    low = torch.maximum(a[:, None, :2], b[None, :, :2])  # 交的左上角 (m, n, 2)
    high = torch.minimum(a[:, None, 2:], b[None, :, 2:])  # 交的右下角 (m, n, 2)
    overlap = (high - low).clamp(min=0).prod(dim=-1)  # (m, n)
    area_a, area_b = ((box[:, 2:] - box[:, :2]).prod(dim=-1) for box in (a, b))
    union = area_a[:, None] + area_b - overlap  # (m, 1) + (n,) → (m, n)
    return torch.where(union > 0, overlap / union, 0)


def nms(boxes: torch.Tensor, scores: torch.Tensor, threshold: float) -> torch.Tensor:
    """非极大值抑制：从分数最高的起，留下一个，删掉与它交并比超过阈值的。

    参数:
        boxes: (框数, 4)。
        scores: (框数,)。
        threshold: 交并比的阈值。

    返回:
        留下的编号，int64，按分数降序；同分的，编号小的在先。

    异常:
        ValueError: 框与分数的个数不同，或见 :func:`check_boxes`。

    出处:
        本书“非极大值抑制与一次检测的输出”。
    """
    if scores.shape != boxes.shape[:1]:
        raise ValueError(f"有 {len(boxes)} 个框，分数的形状却是 {tuple(scores.shape)}。")
    queue = scores.argsort(descending=True, stable=True)  # 还没有处理的，高分在前
    kept = []
    while len(queue) > 0:
        first, rest = queue[:1], queue[1:]
        kept.append(first)
        iou = box_iou(boxes[first], boxes[rest])[0]  # (剩下的个数,)
        queue = rest[iou <= threshold]
    return torch.cat(kept) if kept else queue


def batched_nms(
    boxes: torch.Tensor, scores: torch.Tensor, classes: torch.Tensor, threshold: float
) -> torch.Tensor:
    """每一类各做各的非极大值抑制：不同类的框互不压制。

    参数:
        boxes: (框数, 4)。
        scores: (框数,)。
        classes: (框数,)，整数。
        threshold: 交并比的阈值。

    返回:
        留下的编号，int64，按分数降序。

    异常:
        ValueError: 三者的个数不同，或见 :func:`check_boxes`。

    出处:
        本书“非极大值抑制与一次检测的输出”。
    """
    if not len(boxes) == len(scores) == len(classes):
        raise ValueError(f"框、分数、类别应当一样多：{len(boxes)}、{len(scores)}、{len(classes)}。")
    keep = torch.zeros(len(boxes), dtype=torch.bool, device=boxes.device)
    for c in classes.unique():
        (members,) = torch.where(classes == c)  # 这一类的编号
        keep[members[nms(boxes[members], scores[members], threshold)]] = True
    order = scores.argsort(descending=True, stable=True)
    return order[keep[order]]
