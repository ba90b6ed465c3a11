"""人造数据：真实参数已知，学得对不对一比便知。"""

from __future__ import annotations

import torch


def synthetic_data(
    w: torch.Tensor, b: float, num_examples: int, *, noise: float = 0.01
) -> tuple[torch.Tensor, torch.Tensor]:
    """按 ``y = Xw + b + 噪声`` 造线性回归的数据，特征取自标准正态分布。

    参数:
        w: 真实权重，形状 (特征,)。
        b: 真实偏置。
        num_examples: 样本数。
        noise: 噪声的标准差。

    返回:
        ``X`` 与 ``y``，形状 (样本, 特征) 与 (样本, 1)。

    异常:
        ValueError: ``w`` 不是向量。

    出处:
        本书“线性回归的从零开始实现”。
    """
    if w.ndim != 1:
        raise ValueError(f"w 应当是形状 (特征,) 的向量，收到的形状是 {tuple(w.shape)}。")
    X = torch.randn(num_examples, len(w))  # (样本, 特征)
    y = X @ w + b + noise * torch.randn(num_examples)  # (样本,)
    return X, y.reshape(-1, 1)
