"""公开的 ``d2l`` 包（0.17）里优化算法的名字：平面上的轨迹，与翼型噪声上的训练；签名照旧。"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from matplotlib import pyplot as plt
from torch import nn
from torch.utils import data

import d2l_helpers as ours
from d2l_helpers.compat.datasets import load_array
from d2l_helpers.compat.models import linreg
from d2l_helpers.compat.plotting import Animator, set_figsize
from d2l_helpers.compat.training import Timer, evaluate_loss
from d2l_helpers.losses import squared_loss

EVERY = 200  # 训练曲线每这么多个样本添一个点


# ---- 平面上的轨迹 ---------------------------------------------------------------------------
def annotate(text: str, xy: Sequence[float], xytext: Sequence[float]) -> None:
    """在当前的坐标系里写 ``text``（左下角在 ``xytext``），并画一个箭头指向 ``xy``。"""
    plt.gca().annotate(text, xy=xy, xytext=xytext, arrowprops={"arrowstyle": "->"})


def train_2d(trainer: Callable[..., tuple], steps: int = 20, f_grad=None) -> list[tuple]:
    """从 (−5, −2) 起走 ``steps`` 步，打印终点，返回经过的各点（连起点共 ``steps + 1`` 个）。

    ``trainer(x1, x2, s1, s2)`` 返回新的四个数，两个 ``s`` 是它自己的状态，从 0 起；给了 ``f_grad``
    就作第五个参数传给它。步数可以是 0：那时只有起点（那个包打印时会出错）。
    """
    extra = [] if f_grad is None else [f_grad]
    state: tuple = (-5, -2, 0, 0)
    results = [state[:2]]
    for _ in range(steps):
        state = tuple(trainer(*state, *extra))
        results.append(state[:2])
    x1, x2 = results[-1]
    print(f"epoch {steps}, x1: {float(x1):f}, x2: {float(x2):f}")
    return results


def show_trace_2d(f: Callable, results: Sequence[Sequence[float]]) -> None:
    """画出 ``f(x1, x2)`` 的等高线与走过的点；``f`` 收到的是两个同形状的张量。

    画的范围至少是 [−5.5, 1) × [−3, 1)；与那个包不同，轨迹走到外面时，等高线也画到那里。
    """
    points = torch.tensor([[float(x) for x in point] for point in results])  # (点数, 2)
    seen = points[points.isfinite().all(dim=1)]  # 发散到无穷大的不画
    low = torch.minimum(seen.min(dim=0).values - 0.5, torch.tensor([-5.5, -3.0]))
    high = torch.maximum(seen.max(dim=0).values + 0.5, torch.tensor([0.9, 0.9]))
    sides = [torch.linspace(float(a), float(b), 80) for a, b in zip(low, high, strict=True)]
    x1, x2 = torch.meshgrid(*sides, indexing="ij")
    set_figsize()
    heights = torch.as_tensor(f(x1, x2)).detach()
    plt.plot(*seen.T.numpy(), "-o", color="#ff7f0e")
    plt.contour(x1.numpy(), x2.numpy(), heights.numpy(), colors="#1f77b4")
    plt.xlabel("x1")
    plt.ylabel("x2")


# ---- 翼型噪声上的训练 -----------------------------------------------------------------------
def get_data_ch11(batch_size: int = 10, n: int = 1500) -> tuple[data.DataLoader, int]:
    """翼型自噪声的前 ``n`` 行（至多 1500），返回数据迭代器与特征的个数 5。

    各列减去平均、除以标准差。与那个包不同：平均与标准差由前 1500 行算出，那里用全部 1503 行。

    异常:
        ValueError: ``n`` 不在 1 与 1500 之间。
        DataError: 取不到数据。
    """
    features, labels = ours.load_airfoil()
    if not 1 <= n <= len(features):
        raise ValueError(f"n 应当在 1 与 {len(features)} 之间，收到的是 {n}。")
    return load_array((features[:n], labels[:n]), batch_size), features.shape[1]


def _train(
    net: Callable, step: Callable[[torch.Tensor], None], data_iter, num_epochs: int
) -> tuple[list[float], list[float]]:
    """训练并画曲线，返回记录时的累计秒数与平均损失（带二分之一）。"""
    animator = Animator("epoch", "loss", xlim=[0, num_epochs], ylim=[0.18, 0.36])
    timer, samples, batches = Timer(), 0, 0
    total = num_epochs * len(data_iter)
    for X, y in _repeat(data_iter, num_epochs):
        step(squared_loss(net(X), y).mean())
        before, samples, batches = samples, samples + len(X), batches + 1
        if samples // EVERY > before // EVERY or batches == total:
            timer.stop()  # 评估不计在内
            loss = evaluate_loss(net, data_iter, squared_loss)
            animator.add(batches / len(data_iter), (loss,))
            timer.start()
    seconds, losses = timer.cumsum(), animator.Y[0]
    print(f"loss: {losses[-1]:.3f}, {timer.sum() / num_epochs:.3f} sec/epoch")
    return seconds, losses


def _repeat(data_iter, num_epochs: int) -> Iterator[Sequence[torch.Tensor]]:
    if num_epochs < 1 or not len(data_iter):
        raise ValueError(f"轮数与批数都应当至少是 1，现在是 {num_epochs} 与 {len(data_iter)}。")
    for _ in range(num_epochs):
        yield from data_iter


def train_ch11(
    trainer_fn: Callable, states: Any, hyperparams: dict[str, Any], data_iter, feature_dim: int,
    num_epochs: int = 2,
) -> tuple[list[float], list[float]]:  # fmt: skip
    """用 ``trainer_fn([w, b], states, hyperparams)`` 训练线性回归，画曲线并打印结果。

    ``trainer_fn`` 更新参数，并把梯度清零。损失是平方误差的一半，对样本平均。

    与那个包不同：那里只在样本数恰是 200 的倍数时记一笔，批量不整除 200 时曲线可以是空的；这里每
    过 200 个样本（一批更大就每批）记一笔，最后一批总要记。打印的“sec/epoch”是一轮的秒数，
    那里是一次记录的。

    返回:
        两个等长的列表：记录时的累计秒数（不含评估）、在全部数据上的平均损失。

    异常:
        ValueError: 轮数或批数小于 1。
    """
    w = torch.normal(0.0, 0.01, (feature_dim, 1), requires_grad=True)
    b = torch.zeros(1, requires_grad=True)

    def step(loss: torch.Tensor) -> None:
        loss.backward()
        trainer_fn([w, b], states, hyperparams)

    return _train(lambda X: linreg(X, w, b), step, data_iter, num_epochs)


def train_concise_ch11(
    trainer_fn: Callable, hyperparams: dict[str, Any], data_iter, num_epochs: int = 4
) -> None:
    """用 ``trainer_fn(参数, **hyperparams)``（``torch.optim`` 的优化器）训练线性回归，其余同上。

    与那个包不同：这里训练的损失也带二分之一，所以同一个学习率在 ``train_ch11`` 里是同样的一步；
    那里训练用不带二分之一的平方误差，画出来的却除以 2，学习率便差了一倍。

    异常:
        ValueError: 轮数或批数小于 1。
    """
    net = nn.Sequential(nn.Linear(5, 1))
    nn.init.normal_(net[0].weight, std=0.01)
    nn.init.zeros_(net[0].bias)
    optimizer = trainer_fn(net.parameters(), **hyperparams)

    def step(loss: torch.Tensor) -> None:
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    _train(net, step, data_iter, num_epochs)
