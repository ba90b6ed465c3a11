"""训练：循环只计算并返回记录，不画图、不打印；画图交给 plotting。"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, Protocol

import numpy as np
import torch
from torch import nn

from d2l_helpers.device import synchronize
from d2l_helpers.metrics import Mean, Timer
from d2l_helpers.parallel import Replicas
from d2l_helpers.progress import progress

Net = Callable[[torch.Tensor], torch.Tensor]
Metric = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
Batch = tuple[torch.Tensor, torch.Tensor]


class Optimizer(Protocol):
    """优化器的约定：手写的与 ``torch.optim`` 的都守它。"""

    def step(self) -> Any: ...

    def zero_grad(self) -> Any: ...


def seed(value: int) -> None:
    """给 Python、NumPy 与 PyTorch 的随机数设同一个种子。

    环境变量 ``D2L_SEED_OFFSET`` 给出时，种子加上它：同一段代码换一批随机数再执行一遍，
    看结论是不是碰巧（``make shake``）。

    参数:
        value: 非负整数。

    异常:
        ValueError: 种子是负数，或大到 NumPy 放不下；或者环境变量不是整数。
    """
    if not 0 <= value < 2**32:
        raise ValueError(f"种子应当在 0 与 2**32 − 1 之间，收到的是 {value}。")
    offset = os.environ.get("D2L_SEED_OFFSET", "0")
    try:
        value = (value + int(offset)) % 2**32
    except ValueError:
        raise ValueError(f"环境变量 D2L_SEED_OFFSET 应当是整数，现在是 {offset!r}。") from None
    random.seed(value)
    np.random.seed(value)
    torch.manual_seed(value)


class History:
    """训练记录：每个量是一列数，每轮一个，例如 ``history["train_loss"]``。

    属性:
        seconds: 训练用时（秒），不含验证。
        num_samples: 训练时看过的样本总数（每轮重复计）。
    """

    def __init__(self) -> None:
        self._series: dict[str, list[float]] = {}
        self.seconds = 0.0
        self.num_samples = 0

    def append(self, values: dict[str, float]) -> None:
        """记下一轮的各个量。"""
        for name, value in values.items():
            self._series.setdefault(name, []).append(value)

    def __getitem__(self, name: str) -> list[float]:
        if name not in self._series:
            raise KeyError(f"没有记录 {name!r}；记下的有 {', '.join(self._series) or '（无）'}。")
        return self._series[name]

    def __contains__(self, name: str) -> bool:
        return name in self._series

    def __iter__(self) -> Iterator[str]:
        return iter(self._series)

    def last(self, name: str) -> float:
        """返回某个量最后一轮的值。"""
        return self[name][-1]

    @property
    def epochs(self) -> int:
        """记下的轮数。"""
        return max((len(series) for series in self._series.values()), default=0)

    @property
    def samples_per_second(self) -> float:
        """训练吞吐量，样本/秒。"""
        return self.num_samples / self.seconds if self.seconds else 0.0

    def __repr__(self) -> str:
        last = "，".join(f"{name}={series[-1]:.3f}" for name, series in self._series.items())
        return f"History（{self.epochs} 轮：{last}）"


def _move(batch: Batch, device: torch.device | str | None) -> Batch:
    if device is None:
        return batch
    X, y = batch
    return X.to(device), y.to(device)


def _scalar(values: torch.Tensor) -> torch.Tensor:
    """批内平均；已经是标量的原样返回，省去一次没有用的运算和它的反向。"""
    return values if values.ndim == 0 else values.float().mean()


@contextmanager
def mode(net: Net, training: bool) -> Iterator[None]:
    """暂时切换训练/评估模式，离开时逐个子模块恢复原样；普通函数则不必切换。"""
    before = [(m, m.training) for m in net.modules()] if isinstance(net, nn.Module) else []
    try:
        if isinstance(net, nn.Module):
            net.train(training)
        yield
    finally:
        for module, was_training in before:
            module.training = was_training


def evaluate(
    net: Net,
    batches: Iterable[Batch],
    metrics: dict[str, Metric],
    *,
    device: torch.device | str | None = None,
) -> dict[str, float]:
    """在评估模式下算各项度量，对全体样本取平均；结束后恢复网络原来的模式。

    参数:
        net: 网络，或任何由 ``X`` 得到 ``y_hat`` 的函数。
        batches: 一批批的 ``(X, y)``。
        metrics: 名字到函数 ``(y_hat, y) → 这一批的平均值（或逐样本的值）``。
        device: 数据要搬到的设备；缺省不搬。

    返回:
        名字到平均值。

    异常:
        ValueError: 一批数据也没有。
    """
    means = {name: Mean() for name in metrics}
    seen = 0
    with mode(net, training=False), torch.inference_mode():
        for batch in batches:
            X, y = _move(batch, device)
            y_hat = net(X)
            seen += len(y)
            for name, metric in metrics.items():
                means[name].update(_scalar(metric(y_hat, y)), len(y))
    if seen == 0:
        raise ValueError("一批数据也没有，无从评估；请检查数据迭代器是否已经用完。")
    return {name: mean.value() for name, mean in means.items()}


def _step(
    net: Net, X: torch.Tensor, y: torch.Tensor, loss: Metric, optimizer: Optimizer
) -> tuple[torch.Tensor, torch.Tensor]:
    """前向、反向、更新一步，返回输出与批内平均的损失。"""
    y_hat = net(X)
    value = _scalar(loss(y_hat, y))
    optimizer.zero_grad()
    value.backward()
    optimizer.step()
    return y_hat, value


def train_epoch(
    net: Net,
    batches: Iterable[Batch],
    loss: Metric,
    optimizer: Optimizer,
    *,
    step: Callable[..., tuple[torch.Tensor, torch.Tensor]] | None = None,
    metrics: dict[str, Metric] | None = None,
    device: torch.device | str | None = None,
    history: History | None = None,
) -> dict[str, float]:
    """训练一轮，返回训练损失与各项度量（对这一轮的全体样本平均）。

    参数与 :func:`train` 相同；``history`` 给出时，样本数累加到它上面；``step`` 是走一步的办法
    ``(X, y, loss, optimizer) → (输出, 损失)``，缺省在一个设备上走。
    """
    metrics, step = metrics or {}, step or partial(_step, net)
    means = {name: Mean() for name in ("loss", *metrics)}
    with mode(net, training=True):
        for batch in batches:
            X, y = _move(batch, device)
            y_hat, value = step(X, y, loss, optimizer)
            means["loss"].update(value, len(y))
            with torch.no_grad():
                for name, metric in metrics.items():
                    means[name].update(_scalar(metric(y_hat, y)), len(y))
            if history is not None:
                history.num_samples += len(y)
    return {name: mean.value() for name, mean in means.items()}


def train(
    net: Net,
    train_batches: Iterable[Batch],
    loss: Metric,
    optimizer: Optimizer,
    num_epochs: int,
    *,
    valid_batches: Iterable[Batch] | None = None,
    metrics: dict[str, Metric] | None = None,
    device: torch.device | str | Sequence[torch.device | str] | None = None,
    on_epoch: Callable[[History], None] | None = None,
) -> History:
    """训练 ``num_epochs`` 轮，返回记录；训练超过两秒时显示进度条。

    参数:
        net: 网络，或由 ``X`` 得到 ``y_hat`` 的函数。
        train_batches: 可反复迭代的 ``(X, y)``。
        loss: ``(y_hat, y) → 标量（批内平均）或逐样本的损失``。
        optimizer: 有 ``step()`` 与 ``zero_grad()`` 的对象。
        num_epochs: 轮数，至少 1。
        valid_batches: 每轮之后在它上面评估；缺省不评估。
        metrics: 另外要记的量，如 ``{"accuracy": d2l.accuracy}``。
        device: 网络与数据要搬到的设备；缺省不搬。给出几个设备（例如 ``replicas(2)``）时做数据并行：
            每批切成几份，各副本算各自的梯度，汇总后更新，结果与单个设备相同。
        on_epoch: 每轮之后以记录为参数调用，例如 ``d2l.LiveCurve()``。

    返回:
        记录，含 ``train_loss``、``train_<度量>``，以及（若评估）``valid_…``。

    异常:
        ValueError: 轮数小于 1；或某一轮一批数据也没有。

    出处:
        本书“softmax 回归的从零开始实现”讲解这个循环。
    """
    if num_epochs < 1:
        raise ValueError(f"轮数 num_epochs 应当至少是 1，收到的是 {num_epochs}。")
    step = None
    if isinstance(device, list | tuple):
        copies, device = Replicas(net, device), device[0]
        step = copies.step
    elif device is not None and isinstance(net, nn.Module):
        net.to(device)
    history, timer, metrics = History(), Timer(), metrics or {}
    for _ in progress(range(num_epochs), desc="训练", unit="轮"):
        timer.start()
        row = train_epoch(
            net, train_batches, loss, optimizer,
            step=step, metrics=metrics, device=device, history=history,
        )  # fmt: skip
        synchronize(device or "cpu")
        history.seconds += timer.stop()
        record = {f"train_{name}": value for name, value in row.items()}
        if valid_batches is not None:
            row = evaluate(net, valid_batches, {"loss": loss, **metrics}, device=device)
            record |= {f"valid_{name}": value for name, value in row.items()}
        history.append(record)
        if on_epoch is not None:
            on_epoch(history)
    return history
