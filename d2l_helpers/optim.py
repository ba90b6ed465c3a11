"""优化器：与 ``torch.optim`` 守同一个约定——``step()`` 更新参数，``zero_grad()`` 清零梯度。"""

from __future__ import annotations

from collections.abc import Iterable

import torch


class SGD:
    """小批量随机梯度下降：每一步从参数里减去学习率乘梯度。

    参数:
        params: 要更新的张量，``requires_grad`` 为真。
        lr: 学习率。

    出处:
        本书“线性回归的从零开始实现”。
    """

    def __init__(self, params: Iterable[torch.Tensor], lr: float) -> None:
        self.params = list(params)
        self.lr = lr

    @torch.no_grad()
    def step(self) -> None:
        """用已经算好的梯度更新一次参数。"""
        for param in self.params:
            if param.grad is not None:
                param -= self.lr * param.grad

    def zero_grad(self) -> None:
        """丢掉上一步的梯度。"""
        for param in self.params:
            param.grad = None
