"""“不用自动微分，认出手写数字”的参考答案，与检查应当抓住的几种错。"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor

HIDDEN, EPOCHS, BATCH = 128, 15, 50
RATE, WEIGHT_DECAY = 0.4, 1e-4


def init_params(sizes: list[int], generator: torch.Generator) -> list[Tensor]:
    """He 初始化的权重与零偏置，依次排列。"""
    params = []
    for before, after in pairwise(sizes):
        W = torch.randn(before, after, generator=generator) * (2 / before) ** 0.5
        params += [W, torch.zeros(after)]
    return params


def forward(params: list[Tensor], X: Tensor) -> list[Tensor]:
    """各层的输入，最后是输出。"""
    kept = [X]
    for i in range(0, len(params), 2):
        out = kept[-1] @ params[i] + params[i + 1]
        kept.append(out.clamp(min=0) if i < len(params) - 2 else out)
    return kept


def loss_and_grads(
    params: list[Tensor], X: Tensor, y: Tensor, weight_decay: float
) -> tuple[Tensor, list[Tensor]]:
    """平均交叉熵加权重的惩罚，与它对各参数的梯度。"""
    kept = forward(params, X)
    logits, rows = kept[-1], torch.arange(len(X))
    log_p = logits - logits.logsumexp(dim=1, keepdim=True)
    penalty = sum((W**2).sum() for W in params[::2])
    loss = -log_p[rows, y].mean() + weight_decay / 2 * penalty
    delta = log_p.exp()
    delta[rows, y] -= 1
    delta /= len(X)
    grads: list[Tensor] = []
    for i in range(len(params) - 2, -1, -2):
        grads = [kept[i // 2].T @ delta + weight_decay * params[i], delta.sum(dim=0), *grads]
        delta = (delta @ params[i].T) * (kept[i // 2] > 0)
    return loss, grads


def scaled(images: Tensor) -> Tensor:
    """像素换到 0 与 1 之间，拉成一行。"""
    return images.flatten(1).float() / 255


def train(images: Tensor, labels: Tensor, generator: torch.Generator) -> list[Tensor]:
    """小批量随机梯度下降，学习率线性降到零。"""
    X, params = scaled(images), init_params([784, HIDDEN, 10], generator)
    steps = EPOCHS * (len(X) // BATCH)
    for step in range(steps):
        if step % (len(X) // BATCH) == 0:
            order = torch.randperm(len(X), generator=generator)
        rows = order[torch.arange(BATCH) + BATCH * (step % (len(X) // BATCH))]
        _, grads = loss_and_grads(params, X[rows], labels[rows], WEIGHT_DECAY)
        for p, g in zip(params, grads, strict=True):
            p -= RATE * (1 - step / steps) * g
    return params


def predict(params: list[Tensor], images: Tensor) -> Tensor:
    """得分最高的类别。"""
    return forward(params, scaled(images))[-1].argmax(dim=1)


# ---- 做错的写法：检查都该抓住 ----

Grads = Callable[[list[Tensor], Tensor, Tensor, float], tuple[Tensor, list[Tensor]]]


def changed(change: Callable[[list[Tensor], list[Tensor], Tensor, float], Any]) -> Grads:
    """梯度算好之后再弄坏：``change(grads, params, X, weight_decay)`` 就地改 ``grads``。"""

    def broken(
        params: list[Tensor], X: Tensor, y: Tensor, weight_decay: float
    ) -> tuple[Tensor, list[Tensor]]:
        loss, grads = loss_and_grads(params, X, y, weight_decay)
        change(grads, params, X, weight_decay)
        return loss, grads

    return broken


def sum_not_mean(grads: list[Tensor], params: list[Tensor], X: Tensor, decay: float) -> None:
    """梯度忘了除以批量。"""
    for i, g in enumerate(grads):
        penalty = decay * params[i] if i % 2 == 0 else 0
        grads[i] = (g - penalty) * len(X) + penalty


def biases_decayed(grads: list[Tensor], params: list[Tensor], X: Tensor, decay: float) -> None:
    """偏置也罚了。"""
    for i in range(1, len(grads), 2):
        grads[i] = grads[i] + decay * params[i]


def decay_forgotten(grads: list[Tensor], params: list[Tensor], X: Tensor, decay: float) -> None:
    """惩罚进了损失，没有进梯度。"""
    for i in range(0, len(grads), 2):
        grads[i] = grads[i] - decay * params[i]


def without_relu_gate(
    params: list[Tensor], X: Tensor, y: Tensor, weight_decay: float
) -> tuple[Tensor, list[Tensor]]:
    """往回传时没有乘 ReLU 的开关。"""
    loss, _ = loss_and_grads(params, X, y, weight_decay)
    kept = forward(params, X)
    delta = kept[-1].softmax(dim=1)
    delta[torch.arange(len(X)), y] -= 1
    delta /= len(X)
    grads: list[Tensor] = []
    for i in range(len(params) - 2, -1, -2):
        grads = [kept[i // 2].T @ delta + weight_decay * params[i], delta.sum(dim=0), *grads]
        delta = delta @ params[i].T
    return loss, grads


def naive_softmax(
    params: list[Tensor], X: Tensor, y: Tensor, weight_decay: float
) -> tuple[Tensor, list[Tensor]]:
    """先取指数再归一化：得分上千就溢出。"""
    _, grads = loss_and_grads(params, X, y, weight_decay)
    e = forward(params, X)[-1].exp()
    chosen = (e / e.sum(dim=1, keepdim=True))[torch.arange(len(X)), y]
    return -chosen.log().mean() + weight_decay / 2 * sum((W**2).sum() for W in params[::2]), grads


def by_autograd(
    params: list[Tensor], X: Tensor, y: Tensor, weight_decay: float
) -> tuple[Tensor, list[Tensor]]:
    """让框架求梯度。"""
    loss = torch.nn.functional.cross_entropy(forward(params, X)[-1], y)
    loss.backward()
    return loss, [p.grad for p in params]


def zeros(sizes: list[int], generator: torch.Generator) -> list[Tensor]:
    """权重也从零开始：第一关过得去，训练不动。"""
    return [torch.zeros_like(p) for p in init_params(sizes, generator)]


def train_from_zeros(images: Tensor, labels: Tensor, generator: torch.Generator) -> list[Tensor]:
    """从零开始，只走一步：与走多少步没有分别。"""
    params = zeros([784, HIDDEN, 10], generator)
    _, grads = loss_and_grads(params, scaled(images), labels, WEIGHT_DECAY)
    return [p - RATE * g for p, g in zip(params, grads, strict=True)]


def train_on_sorted(images: Tensor, labels: Tensor, generator: torch.Generator) -> list[Tensor]:
    """不打乱：训练集按类别排列，学了后面的忘了前面的。"""
    params = init_params([784, HIDDEN, 10], generator)
    for X, y in zip(scaled(images).split(BATCH), labels.split(BATCH), strict=True):
        _, grads = loss_and_grads(params, X, y, WEIGHT_DECAY)
        params = [p - RATE * g for p, g in zip(params, grads, strict=True)]
    return params


def transposed(sizes: list[int], generator: torch.Generator) -> list[Tensor]:
    """权重的两维放反了。"""
    return [p.T if p.ndim > 1 else p for p in init_params(sizes, generator)]


def random_biases(sizes: list[int], generator: torch.Generator) -> list[Tensor]:
    """偏置不从零开始。"""
    return [p + 0.1 if p.ndim == 1 else p for p in init_params(sizes, generator)]


WRONG: dict[str, dict[str, Callable]] = {
    "没有除以批量": {"loss_and_grads": changed(sum_not_mean)},
    "罚了偏置": {"loss_and_grads": changed(biases_decayed)},
    "惩罚没有进梯度": {"loss_and_grads": changed(decay_forgotten)},
    "没有开关": {"loss_and_grads": without_relu_gate},
    "会溢出": {"loss_and_grads": naive_softmax},
    "自动微分": {"loss_and_grads": by_autograd},
    "形状反了": {"init_params": transposed},
    "偏置不为零": {"init_params": random_biases},
    "从零开始": {"train": train_from_zeros},
    "不打乱": {"train": train_on_sorted},
    "给出得分": {"predict": lambda params, images: forward(params, scaled(images))[-1]},
    "只认零": {"predict": lambda params, images: torch.zeros(len(images), dtype=torch.int64)},
}
CAUGHT_BY = {"自动微分": RuntimeError}  # 其余的是 AssertionError
