"""优化一章的试验：在一个函数上走一条路径，在一个小网络上试一种优化器。"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, NamedTuple

import torch
from torch import nn
from torch.nn import functional as F

from d2l_helpers.data.digits import mnist_digits
from d2l_helpers.training import Optimizer, seed

MakeOptimizer = Callable[[Iterable[torch.Tensor]], Optimizer]
LAST = 10**6  # 损失不是数（nan）或太大时记作它：发散了，图上也画得出


def descend(
    f: Callable[[torch.Tensor], torch.Tensor],
    start: torch.Tensor,
    make_optimizer: MakeOptimizer,
    steps: int,
) -> torch.Tensor:
    """从 ``start`` 出发，用优化器走 ``steps`` 步，返回经过的点。

    参数:
        f: 由形状同 ``start`` 的张量算出一个标量的函数，可微。
        start: 起点，浮点张量；不会被改动。
        make_optimizer: 由参数的列表造出优化器，例如 ``lambda p: torch.optim.SGD(p, 0.1)``。
        steps: 步数。

    返回:
        路径，形状 ``(步数 + 1, …)``，后面各维同起点；第一个是起点。

    出处:
        本书“梯度下降”。
    """
    x = start.clone().requires_grad_()
    optimizer = make_optimizer([x])
    path = [start.clone()]
    for _ in range(steps):
        optimizer.zero_grad()
        f(x).backward()
        optimizer.step()
        path.append(x.detach().clone())
    return torch.stack(path)  # (步数 + 1, *起点的形状)


def digits_net() -> nn.Sequential:
    """返回优化一章的小网络：784 – 32 – 32 – 10，tanh，26 506 个参数，缺省的初始化。"""
    return nn.Sequential(
        nn.Linear(784, 32), nn.Tanh(), nn.Linear(32, 32), nn.Tanh(), nn.Linear(32, 10)
    )


@lru_cache(2)
def digits(train: bool) -> tuple[torch.Tensor, torch.Tensor]:
    """返回真实的手写数字，像素除以 255，展平。

    参数:
        train: 真为训练的 4000 张，假为测试的 1000 张。

    返回:
        图像，float32，形状 (样本, 784)；标签，int64，形状 (样本,)。
    """
    images, labels = mnist_digits(train)
    return images.flatten(1).float() / 255, labels


class Trial(NamedTuple):
    """一种优化器的几次试验。

    参数:
        loss: 每轮之后整个训练集上的损失，第一列是训练之前，形状 (种子, 轮数 + 1)。
        accuracy: 最后的测试精度，形状 (种子,)。
    """

    loss: torch.Tensor
    accuracy: torch.Tensor


def try_optimizer(
    make_optimizer: MakeOptimizer,
    *,
    seeds: int = 3,
    epochs: int = 4,
    batch_size: int = 64,
    schedule: Callable[[int], float] | None = None,
) -> Trial:
    """用一种优化器从头训练小网络，一个种子一次；种子决定初值与批的次序，不同的优化器相同。

    参数:
        make_optimizer: 由参数造出优化器。
        seeds: 试几个种子。
        epochs: 轮数；缺省的批量下一轮 63 步。
        batch_size: 批量大小。
        schedule: 学习率的日程，由步数（从 0 起）给出学习率；缺省不改优化器自己的学习率。

    返回:
        损失与精度；损失不是数或超过一百万时记作一百万。

    出处:
        本书“小批量随机梯度下降”。
    """
    X, y = digits(train=True)  # (4000, 784), (4000,)
    X_test, y_test = digits(train=False)
    losses, accuracies = [], []
    for number in range(seeds):
        seed(number)
        net = digits_net()
        optimizer = make_optimizer(net.parameters())
        curve, step = [whole_loss(net, X, y)], 0
        for _ in range(epochs):
            for rows in torch.randperm(len(X)).split(batch_size):
                if schedule is not None:
                    set_lr(optimizer, schedule(step))
                loss = F.cross_entropy(net(X[rows]), y[rows])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                step += 1
            curve.append(whole_loss(net, X, y))
        losses.append(curve)
        with torch.no_grad():
            right = net(X_test).argmax(dim=1) == y_test
        accuracies.append(right.float().mean().item())
    return Trial(torch.tensor(losses), torch.tensor(accuracies))


def whole_loss(net: nn.Module, X: torch.Tensor, y: torch.Tensor) -> float:
    """整个数据集上的交叉熵；不是数或超过一百万时记作一百万。"""
    with torch.no_grad():
        loss = F.cross_entropy(net(X), y).item()
    return loss if loss < LAST else float(LAST)  # nan < 任何数都是假


def set_lr(optimizer: Any, lr: float) -> None:
    """改一个优化器的学习率，手写的与 ``torch.optim`` 的都行。

    参数:
        optimizer: 有 ``param_groups``，或者有 ``lr``。
        lr: 新的学习率。

    出处:
        本书“学习率的日程”。
    """
    if hasattr(optimizer, "param_groups"):
        for group in optimizer.param_groups:
            group["lr"] = lr
    else:
        optimizer.lr = lr
