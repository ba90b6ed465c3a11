"""度量：精度、按样本数加权的平均、检测的平均精度、计时。"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any

import torch

from d2l_helpers.boxes import box_iou
from d2l_helpers.device import synchronize, try_gpu


def accuracy(y_hat: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """返回这一批的分类精度。

    参数:
        y_hat: 各类的得分，形状 (批量, 类别)；或已经取好的类别，形状 (批量,)。
        y: 真实类别，整数，形状 (批量,)。

    返回:
        0 维张量，取值在 0 与 1 之间，留在原来的设备上。

    异常:
        ValueError: 样本数不同。
    """
    if len(y_hat) != len(y):
        raise ValueError(f"预测有 {len(y_hat)} 个样本，标签有 {len(y)} 个，应当相同。")
    if y_hat.ndim > 1:
        y_hat = y_hat.argmax(dim=1)  # (批量,)
    return (y_hat == y).float().mean()


class Mean:
    """按样本数加权的平均：各批大小不同时，仍是对全体样本的平均。

    各批的值留在设备上，读 ``value()`` 时才一次算完取回：GPU 不必每一批都停下来等，
    CPU 上每一批也只多一次列表的追加。
    """

    def __init__(self) -> None:
        self._values: list[torch.Tensor | float] = []
        self._counts: list[int] = []

    def update(self, value: torch.Tensor | float, n: int = 1) -> None:
        """加入一批的平均值。

        参数:
            value: 这一批的平均值。
            n: 这一批的样本数。

        异常:
            ValueError: 样本数小于 1。
        """
        if n < 1:
            raise ValueError(f"一批的样本数应当至少是 1，收到的是 {n}。")
        self._values.append(value.detach() if isinstance(value, torch.Tensor) else value)
        self._counts.append(n)

    def value(self) -> float:
        """返回至今的加权平均。

        异常:
            ValueError: 还没有加入任何一批。
        """
        if not self._values:
            raise ValueError("还没有加入任何一批数据，平均值无从算起；请先调用 update。")
        values = torch.stack([torch.as_tensor(value) for value in self._values]).cpu().double()
        counts = torch.tensor(self._counts, dtype=torch.float64)
        return float(values @ counts / counts.sum())


def claim_truths(boxes: torch.Tensor, truths: torch.Tensor, threshold: float = 0.5) -> torch.Tensor:
    """一张图、一类：预测的框逐个认领真框，每个真框只能被认领一次。

    参数:
        boxes: (框数, 4)，按分数从高到低。
        truths: (真框数, 4)，单位相同。
        threshold: 交并比至少多少才算对。

    返回:
        布尔的 (框数,)：认领到了的为真；认领的是还没有主的真框里最像的那个。

    异常:
        ValueError: 框不成框，见 :func:`d2l_helpers.boxes.check_boxes`。

    出处:
        本书“检测的尺子：平均精度”；规则同 COCO。
    """
    hits = torch.zeros(len(boxes), dtype=torch.bool)
    if len(truths) == 0:
        return hits
    iou = box_iou(boxes, truths)  # (框数, 真框数)
    for k in range(len(boxes)):
        best = int(iou[k].argmax())
        if iou[k, best] >= threshold:
            hits[k] = True
            iou[:, best] = -1  # 这个真框有主了
    return hits


def mark_detections(
    detections: Sequence[torch.Tensor],
    labels: torch.Tensor,
    category: int,
    threshold: float = 0.5,
) -> tuple[torch.Tensor, torch.Tensor, int]:
    """一个数据集、一类：每张图各自认领，再把全部预测放在一起。

    参数:
        detections: 每张图一个 (K, 6)，依次类别、分数、四角，按分数降序。
        labels: (图数, 框数, 5)，类别与四角；补齐的空行类别是 −1。
        category: 看哪一类，从 1 起。
        threshold: 交并比至少多少才算对。

    返回:
        分数 (预测数,)、是否认领到 (预测数,)、这一类真框的总数。

    异常:
        ValueError: 图数不同。

    出处:
        本书“检测的尺子：平均精度”。
    """
    if len(detections) != len(labels):
        raise ValueError(f"预测有 {len(detections)} 张图，标签有 {len(labels)} 张，应当相同。")
    scores, hits, num_truths = [], [], 0
    for rows, truths in zip(detections, labels, strict=True):
        rows = rows[rows[:, 0] == category]
        truths = truths[truths[:, 0] == category, 1:]
        scores.append(rows[:, 1])
        hits.append(claim_truths(rows[:, 2:], truths, threshold))
        num_truths += len(truths)
    return torch.cat(scores), torch.cat(hits), num_truths


def average_precision(
    scores: torch.Tensor, hits: torch.Tensor, num_truths: int, *, interpolate: bool = True
) -> float:
    """平均精度（AP）：精确率—召回率曲线下的面积。

    参数:
        scores: (预测数,)。
        hits: 布尔的 (预测数,)，认领到真框的为真。
        num_truths: 真框的总数，没有被预测到的也算。
        interpolate: 真则先把每一点的精确率换成“召回率不低于它的各点里最高的”（VOC 2010 起的算法），
            假则原样。

    返回:
        0 与 1 之间。同分的预测，编号小的在先。

    异常:
        ValueError: 个数不同，没有真框，或认领到的比真框还多。

    出处:
        本书“检测的尺子：平均精度”；Everingham 等，IJCV 2010。
    """
    if scores.shape != hits.shape or not max(int(hits.sum()), 1) <= num_truths:
        raise ValueError(
            f"{len(scores)} 个分数、{len(hits)} 个对错应当一样多；真框有 {num_truths} 个，"
            f"至少 1 个，也不少于认领到的 {int(hits.sum())} 个。"
        )
    order = scores.argsort(descending=True, stable=True)
    hit = hits[order].double()
    precision = hit.cumsum(0) / torch.arange(1, len(hit) + 1)
    if interpolate and len(hit):
        precision = precision.flip(0).cummax(0).values.flip(0)  # 右边最高的
    return float((precision * hit).sum() / num_truths)  # 每认领一个，召回率走一格


class Timer:
    """秒表，可反复启停，单位为秒；也可写成 ``with Timer() as timer:``。"""

    def __init__(self) -> None:
        self.times: list[float] = []
        self._begin = time.perf_counter()

    def start(self) -> None:
        """重新开始计时。"""
        self._begin = time.perf_counter()

    def stop(self) -> float:
        """停止计时，记下并返回这一段的秒数。"""
        self.times.append(time.perf_counter() - self._begin)
        return self.times[-1]

    def sum(self) -> float:
        """返回各段秒数之和。"""
        return sum(self.times)

    def avg(self) -> float:
        """返回各段秒数的平均。

        异常:
            ValueError: 还没有记下任何一段。
        """
        if not self.times:
            raise ValueError("还没有记下任何一段时间；请先调用 stop。")
        return self.sum() / len(self.times)

    def cumsum(self) -> list[float]:
        """返回累计秒数的列表。"""
        totals, total = [], 0.0
        for seconds in self.times:
            total += seconds
            totals.append(total)
        return totals

    def __enter__(self) -> Timer:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def take_turns(*works: Callable[[], Any], rounds: int = 7) -> list[float]:
    """几段程序轮流跑几圈，各取最短的一次；机器一时的忙闲，谁也不吃亏。

    别的进程只会使一次变长，不会变短，所以取最短；停表之前等加速器把排队的工作做完。

    参数:
        works: 不带参数的函数，返回值不用。
        rounds: 圈数，至少 1。

    返回:
        各段程序最短的用时（秒），次序与 ``works`` 相同。

    异常:
        ValueError: ``rounds`` 小于 1。

    出处:
        本书“GPU”。
    """
    if rounds < 1:
        raise ValueError(f"圈数 rounds 至少是 1，收到的是 {rounds}。")
    device, timers = try_gpu(), [Timer() for _ in works]
    for _ in range(rounds):
        for work, timer in zip(works, timers, strict=True):
            synchronize(device)
            timer.start()
            work()
            synchronize(device)  # 等设备真的做完，才停表
            timer.stop()
    return [min(timer.times) for timer in timers]


def fastest(work: Callable[[], Any], rounds: int = 7) -> float:
    """一段程序跑几次，返回最短的一次用了多少秒；见 :func:`take_turns`。

    参数:
        work: 不带参数的函数，返回值不用。
        rounds: 次数，至少 1。

    返回:
        最短的用时（秒）。

    异常:
        ValueError: ``rounds`` 小于 1。

    出处:
        本书“GPU”。
    """
    return take_turns(work, rounds=rounds)[0]
