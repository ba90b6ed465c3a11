"""优化器：与 ``torch.optim`` 守同一个约定——``step()`` 更新参数，``zero_grad()`` 清零梯度。"""

from __future__ import annotations

from collections.abc import Iterable

import torch


class Optimizer:
    """手写的优化器共有的部分：参数、学习率与清零；各种方法只写自己的 ``step``。

    学习率存在 ``lr`` 里，两步之间可以改。

    参数:
        params: 要更新的张量，``requires_grad`` 为真。
        lr: 学习率，不能是负数。

    异常:
        ValueError: 一个参数也没有，或学习率是负数。

    出处:
        本书“梯度下降”。
    """

    def __init__(self, params: Iterable[torch.Tensor], lr: float) -> None:
        self.params = list(params)
        if not self.params:
            raise ValueError("没有要更新的参数；迭代器（如 net.parameters()）只能用一次。")
        if lr < 0:
            raise ValueError(f"学习率不能是负数，收到的是 {lr}。")
        self.lr = lr

    def zero_grad(self) -> None:
        """丢掉上一步的梯度。"""
        for param in self.params:
            param.grad = None


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


class Momentum(Optimizer):
    """动量法：速度是梯度的加权和，越早的权重越小；照速度走。

    ``v ← β·v + g``，``x ← x − lr·v``；``nesterov`` 时照 ``g + β·v`` 走。``g`` 里含权重衰减
    ``weight_decay·x``。与 ``torch.optim.SGD`` 相同（学习率乘在速度的外面）。

    参数:
        params: 要更新的张量。
        lr: 学习率。
        momentum: β，在 0 与 1 之间。
        nesterov: 是否用 Nesterov 的写法。
        weight_decay: L2 惩罚的系数。

    出处:
        本书“动量法”；Polyak（1964）、Nesterov（1983）。
    """

    def __init__(
        self,
        params: Iterable[torch.Tensor],
        lr: float,
        momentum: float = 0.9,
        *,
        nesterov: bool = False,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(params, lr)
        self.momentum, self.nesterov, self.weight_decay = momentum, nesterov, weight_decay
        self.velocity = [torch.zeros_like(param) for param in self.params]

    @torch.no_grad()
    def step(self) -> None:
        """用已经算好的梯度更新一次参数。"""
        for param, v in zip(self.params, self.velocity, strict=True):
            if param.grad is None:
                continue
            grad = param.grad + self.weight_decay * param
            v.mul_(self.momentum).add_(grad)
            param -= self.lr * (grad + self.momentum * v if self.nesterov else v)


class Adagrad(Optimizer):
    """Adagrad：每个元素的步长除以它历来梯度的平方和的平方根。

    参数:
        params: 要更新的张量。
        lr: 学习率。
        eps: 加在分母上的小数，在根号外。

    出处:
        本书“Adagrad”；Duchi、Hazan 与 Singer（2011）。
    """

    def __init__(self, params: Iterable[torch.Tensor], lr: float, *, eps: float = 1e-10) -> None:
        super().__init__(params, lr)
        self.eps = eps
        self.total = [torch.zeros_like(param) for param in self.params]

    @torch.no_grad()
    def step(self) -> None:
        """用已经算好的梯度更新一次参数。"""
        for param, s in zip(self.params, self.total, strict=True):
            if param.grad is None:
                continue
            s += param.grad**2
            param -= self.lr * param.grad / (s.sqrt() + self.eps)


class RMSprop(Optimizer):
    """RMSprop：步长除以近来梯度平方的滑动平均的平方根；可以再加动量。

    ``s ← α·s + (1 − α)·g²``，``v ← β·v + g/(√s + ε)``，``x ← x − lr·v``；ε 在根号外，
    学习率乘在速度的外面，都与 ``torch.optim.RMSprop`` 相同。

    参数:
        params: 要更新的张量。
        lr: 学习率。
        alpha: 滑动平均里旧值的份额。
        eps: 加在分母上的小数。
        momentum: β；缺省 0，没有动量。

    出处:
        本书“RMSprop”；Tieleman 与 Hinton（2012）。
    """

    def __init__(
        self,
        params: Iterable[torch.Tensor],
        lr: float,
        alpha: float = 0.99,
        *,
        eps: float = 1e-8,
        momentum: float = 0.0,
    ) -> None:
        super().__init__(params, lr)
        self.alpha, self.eps, self.momentum = alpha, eps, momentum
        self.average = [torch.zeros_like(param) for param in self.params]
        self.velocity = [torch.zeros_like(param) for param in self.params]

    @torch.no_grad()
    def step(self) -> None:
        """用已经算好的梯度更新一次参数。"""
        for param, s, v in zip(self.params, self.average, self.velocity, strict=True):
            if param.grad is None:
                continue
            s.mul_(self.alpha).add_((1 - self.alpha) * param.grad**2)
            v.mul_(self.momentum).add_(param.grad / (s.sqrt() + self.eps))
            param -= self.lr * v


class Adadelta(Optimizer):
    """Adadelta：步长的单位由自己走过的步子给出，名义上不要学习率。

    ``s ← ρ·s + (1 − ρ)·g²``，步子 ``u = √(d + ε)/√(s + ε)·g``，``d ← ρ·d + (1 − ρ)·u²``，
    ``x ← x − lr·u``；ε 在根号里，与 ``torch.optim.Adadelta`` 相同。

    参数:
        params: 要更新的张量。
        lr: 步子再乘的倍数，缺省 1。
        rho: 滑动平均里旧值的份额。
        eps: 根号里加的小数；它还定下头一步有多大。

    出处:
        本书“Adadelta”；Zeiler（2012）。
    """

    def __init__(
        self,
        params: Iterable[torch.Tensor],
        lr: float = 1.0,
        rho: float = 0.9,
        *,
        eps: float = 1e-6,
    ) -> None:
        super().__init__(params, lr)
        self.rho, self.eps = rho, eps
        self.grads = [torch.zeros_like(param) for param in self.params]
        self.steps = [torch.zeros_like(param) for param in self.params]

    @torch.no_grad()
    def step(self) -> None:
        """用已经算好的梯度更新一次参数。"""
        for param, s, d in zip(self.params, self.grads, self.steps, strict=True):
            if param.grad is None:
                continue
            s.mul_(self.rho).add_((1 - self.rho) * param.grad**2)
            change = (d + self.eps).sqrt() / (s + self.eps).sqrt() * param.grad
            d.mul_(self.rho).add_((1 - self.rho) * change**2)
            param -= self.lr * change


class Adam(Optimizer):
    """Adam：动量与按元素的步长合在一起，各自改正开头的偏差。

    ``m ← β₁·m + (1 − β₁)·g``，``s ← β₂·s + (1 − β₂)·g²``，
    ``x ← x − lr·m̂/(√ŝ + ε)``，其中 ``m̂ = m/(1 − β₁ᵗ)``，``ŝ = s/(1 − β₂ᵗ)``。

    参数:
        params: 要更新的张量。
        lr: 学习率。
        betas: (β₁, β₂)。
        eps: 加在分母上的小数，在根号外。

    出处:
        本书“Adam”；Kingma 与 Ba（2015），arXiv:1412.6980。
    """

    def __init__(
        self,
        params: Iterable[torch.Tensor],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        *,
        eps: float = 1e-8,
    ) -> None:
        super().__init__(params, lr)
        self.betas, self.eps, self.t = betas, eps, 0
        self.mean = [torch.zeros_like(param) for param in self.params]
        self.square = [torch.zeros_like(param) for param in self.params]

    @torch.no_grad()
    def step(self) -> None:
        """用已经算好的梯度更新一次参数。"""
        beta1, beta2 = self.betas
        self.t += 1
        for param, m, s in zip(self.params, self.mean, self.square, strict=True):
            if param.grad is None:
                continue
            m.mul_(beta1).add_((1 - beta1) * param.grad)
            s.mul_(beta2).add_((1 - beta2) * param.grad**2)
            m_hat, s_hat = m / (1 - beta1**self.t), s / (1 - beta2**self.t)
            param -= self.lr * m_hat / (s_hat.sqrt() + self.eps)


class AdamW(Adam):
    """AdamW：权重衰减不进梯度，直接把参数缩小一点，再走 Adam 的一步。

    参数:
        params, lr, betas, eps: 与 :class:`Adam` 相同。
        weight_decay: 每步把参数乘以 ``1 − lr·weight_decay``。

    出处:
        本书“Adam 的几个变体”；Loshchilov 与 Hutter（2019），arXiv:1711.05101。
    """

    def __init__(
        self,
        params: Iterable[torch.Tensor],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        *,
        eps: float = 1e-8,
        weight_decay: float = 0.01,
    ) -> None:
        super().__init__(params, lr, betas, eps=eps)
        self.weight_decay = weight_decay

    @torch.no_grad()
    def step(self) -> None:
        """用已经算好的梯度更新一次参数。"""
        for param in self.params:
            if param.grad is not None:
                param *= 1 - self.lr * self.weight_decay
        super().step()
