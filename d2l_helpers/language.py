"""语言模型的训练、评估与续写。

网络的约定：``net(X, state=None) → (logits, state)``，``X`` 是编号 (批量, 步数)，
``logits`` 是 (批量, 步数, 词表)；``state`` 是张量或张量的元组，``None`` 表示从零开始。
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from d2l_helpers.training import History, Optimizer, mode

Pair = tuple[torch.Tensor, torch.Tensor]


def clip_gradients(params: Iterable[nn.Parameter], radius: float) -> float:
    """把全部梯度合成的一个向量，投影到半径为 ``radius`` 的球里：太长就缩短，方向不变。

    参数:
        params: 参数；没有梯度的跳过。梯度就地改写。
        radius: 半径，正数；``float("inf")`` 只量不剪。

    返回:
        剪之前的长度（欧几里得范数）。

    异常:
        ValueError: 半径不是正数。

    出处:
        本书“循环神经网络的从零开始实现”；Pascanu 等，ICML 2013。
    """
    if not radius > 0:
        raise ValueError(f"半径 radius 应当是正数，收到的是 {radius}。")
    grads = [p.grad for p in params if p.grad is not None]
    norm = math.sqrt(sum((grad**2).sum().item() for grad in grads))
    if norm > radius:
        for grad in grads:
            grad *= radius / norm
    return norm


def detach_state(state: Any) -> Any:
    """隐状态的数值照旧，与前面的计算图断开；``None`` 原样返回。"""
    if isinstance(state, tuple):
        return tuple(part.detach() for part in state)
    return state if state is None else state.detach()


def train_lm_epoch(
    net: nn.Module,
    batches: Iterable[Pair],
    optimizer: Optimizer,
    radius: float = 1.0,
    carry: bool = False,
) -> float:
    """训练一轮，返回这一轮的困惑度（边走边量，按词元数平均）。

    参数:
        net: 守本模块约定的网络。
        batches: 一批批的 ``(X, Y)``，形状 (批量, 步数)。
        optimizer: 优化器。
        radius: 梯度剪裁的半径。
        carry: 隐状态要不要从上一批接着用；只有顺着走的窗口才可以。

    出处:
        本书“循环神经网络的从零开始实现”。
    """
    total, count, state = 0.0, 0, None
    for X, Y in batches:
        state = detach_state(state) if carry else None
        logits, state = net(X, state)
        loss = F.cross_entropy(logits.flatten(0, 1), Y.flatten())
        optimizer.zero_grad()
        loss.backward()
        clip_gradients(net.parameters(), radius)
        optimizer.step()
        total += loss.item() * Y.numel()
        count += Y.numel()
    return math.exp(total / count)


def perplexity(net: nn.Module, batches: Iterable[Pair], *, carry: bool = False) -> float:
    """评估模式下的困惑度：每个词元的平均交叉熵（自然对数），取指数；结束后恢复原来的模式。

    参数:
        net: 守本模块约定的网络。
        batches: 一批批的 ``(X, Y)``，形状 (批量, 步数)。
        carry: 隐状态要不要从上一批接着用。

    异常:
        ValueError: 一批数据也没有。

    出处:
        本书“语言模型和数据集”。
    """
    total, count, state = 0.0, 0, None
    with mode(net, training=False), torch.inference_mode():
        for X, Y in batches:
            logits, state = net(X, state if carry else None)
            loss = F.cross_entropy(logits.flatten(0, 1), Y.flatten(), reduction="sum")
            total += loss.item()
            count += Y.numel()
    if count == 0:
        raise ValueError("一批数据也没有，无从评估；请检查数据迭代器是否已经用完。")
    return math.exp(total / count)


def train_lm(
    net: nn.Module,
    batches: Iterable[Pair],
    optimizer: Optimizer,
    num_epochs: int,
    *,
    valid_batches: Iterable[Pair] | None = None,
    radius: float = 1.0,
    carry: bool = False,
) -> History:
    """训练语言模型，返回每轮的 ``train_perplexity``（与 ``valid_perplexity``）。

    参数:
        num_epochs: 轮数。
        valid_batches: 给出时，每轮之后在它上面评估。

    其余的参数与 :func:`train_lm_epoch` 相同；数据与网络应当已经在同一个设备上。

    出处:
        本书“循环神经网络的从零开始实现”。
    """
    history = History()
    for _ in range(num_epochs):
        with mode(net, training=True):
            values = {"train_perplexity": train_lm_epoch(net, batches, optimizer, radius, carry)}
        if valid_batches is not None:
            values["valid_perplexity"] = perplexity(net, valid_batches, carry=carry)
        history.append(values)
    return history


def generate(
    net: nn.Module,
    prefix: Sequence[int],
    num_tokens: int,
    temperature: float = 0.0,
    *,
    stop: int | None = None,
) -> list[int]:
    """由开头续写：先把开头读进隐状态（预热），再一次一个地接下去。

    参数:
        net: 守本模块约定的网络。
        prefix: 开头的编号，至少一个。
        num_tokens: 至多再写几个。
        temperature: 0 总取得分最高的；正数则按 softmax(得分 ÷ 温度) 抽样。
        stop: 写出这个编号就停；它也在返回值里。

    返回:
        开头加上续写的编号。

    异常:
        ValueError: 开头是空的，或者温度是负数。

    出处:
        本书“循环神经网络的从零开始实现”。
    """
    if not len(prefix):
        raise ValueError("开头 prefix 是空的：至少给一个编号，网络才有东西可读。")
    if temperature < 0:
        raise ValueError(f"温度不能是负数，收到的是 {temperature}。")
    device = next(net.parameters()).device
    written, state, fresh = list(prefix), None, list(prefix)
    with mode(net, training=False), torch.inference_mode():
        for _ in range(num_tokens):
            logits, state = net(torch.tensor([fresh], device=device), state)
            scores = logits[0, -1]  # (词表,)
            if temperature == 0:
                token = int(scores.argmax())
            else:
                token = int(torch.multinomial((scores / temperature).softmax(0), 1))
            written.append(token)
            fresh = [token]  # 前面的都已经在隐状态里
            if token == stop:
                break
    return written
