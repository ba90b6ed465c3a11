"""损失函数：章节里从零写出、以后还要用的几个。"""

from __future__ import annotations

import torch


def squared_loss(y_hat: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """返回每个元素的平方损失的一半。

    参数:
        y_hat: 预测，形状 (批量, 1) 或 (批量,)。
        y: 真实值，元素个数与预测相同。

    返回:
        与 ``y_hat`` 形状相同的损失。

    出处:
        本书“线性回归的从零开始实现”。
    """
    return (y_hat - y.reshape(y_hat.shape)) ** 2 / 2


def cross_entropy(logits: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """由 logits 直接算每个样本的交叉熵，单位为奈特（nat），不会溢出。

    参数:
        logits: 未规范化的得分，形状 (批量, 类别)。
        y: 真实类别，整数，形状 (批量,)。

    返回:
        每个样本的损失，形状 (批量,)。

    异常:
        ValueError: 有标签是负数，或不小于类别数。

    出处:
        本书“softmax 回归的从零开始实现”。
    """
    if not 0 <= int(y.min()) <= int(y.max()) < logits.shape[1]:
        highest = logits.shape[1] - 1
        raise ValueError(f"标签应当在 0 与 {highest} 之间，收到的有 {y.unique().tolist()}。")
    top = logits.max(dim=1, keepdim=True).values  # (批量, 1)
    log_normalizer = (logits - top).exp().sum(dim=1).log() + top.squeeze(1)  # (批量,)
    return log_normalizer - logits[torch.arange(len(y)), y]
