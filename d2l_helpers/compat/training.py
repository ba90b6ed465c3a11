"""公开的 ``d2l`` 包（0.17）里度量与训练的名字；签名与含义照旧。"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.parameter import UninitializedParameter

import d2l_helpers as ours
from d2l_helpers.compat.datasets import get_fashion_mnist_labels
from d2l_helpers.compat.devices import try_gpu
from d2l_helpers.compat.plotting import Animator, show_images
from d2l_helpers.metrics import Mean
from d2l_helpers.training import mode

Batches = Iterable[Any]
Loss = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
LEGEND = ["train loss", "train acc", "test acc"]


class Timer(ours.Timer):
    """秒表，创建时即开始。"""


@torch.no_grad()
def sgd(params: Iterable[torch.Tensor], lr: float, batch_size: int) -> None:
    """一步小批量随机梯度下降；梯度是批内之和，所以除以批量大小，之后清零。"""
    for param in params:
        param -= lr * param.grad / batch_size
        param.grad.zero_()


class Accumulator:
    """``n`` 个累加的和。"""

    def __init__(self, n: int) -> None:
        self.data = [0.0] * n

    def add(self, *args: Any) -> None:
        """各加上一个数；张量要只有一个元素。"""
        values = [b.detach() if isinstance(b, torch.Tensor) else b for b in args]
        self.data = [a + float(b) for a, b in zip(self.data, values, strict=False)]

    def reset(self) -> None:
        """全部归零。"""
        self.data = [0.0] * len(self.data)

    def __getitem__(self, idx):
        return self.data[idx]


def accuracy(y_hat: torch.Tensor, y: torch.Tensor) -> float:
    """预测正确的**个数**（我们的 ``accuracy`` 是比例）；``y_hat`` 是各类的得分，或取好的类别。"""
    if y_hat.ndim > 1 and y_hat.shape[1] > 1:
        y_hat = y_hat.argmax(dim=1)
    return float((y_hat.to(y.dtype) == y).sum())


def _device_of(net: Any) -> torch.device | None:
    if not isinstance(net, nn.Module):
        return None
    return next((param.device for param in net.parameters()), None)


def _to(X: Any, device: torch.device | None) -> Any:
    if isinstance(X, list | tuple):
        return [_to(x, device) for x in X]
    return X if device is None else X.to(device)


def evaluate_accuracy(net, data_iter: Batches) -> float:
    """在数据集上的精度。"""
    return evaluate_accuracy_gpu(net, data_iter)


def evaluate_accuracy_gpu(net, data_iter: Batches, device=None) -> float:
    """在数据集上的精度，在网络所在的设备上计算；``net`` 也可以是普通函数。"""
    device = device or _device_of(net)
    metric = Accumulator(2)
    with mode(net, training=False), torch.no_grad():
        for X, y in data_iter:
            X, y = _to(X, device), _to(y, device)
            metric.add(accuracy(net(X), y), y.numel())
    return metric[0] / metric[1]


def total_loss(
    loss: Loss, values: torch.Tensor, out: torch.Tensor, y: torch.Tensor, count: int
) -> torch.Tensor:
    """一批的损失之和，``loss`` 给的是逐样本的、平均的还是和都行。

    标量是平均还是和，看 ``loss.reduction``；没有这个属性（函数、自己的类），就把这一批重复
    一遍再算：平均不变，和加倍。

    参数:
        loss: 损失函数。
        values: ``loss(out, y)``，不带梯度。
        out, y: 网络的输出与标签，第一维是样本。
        count: 给的是平均时，乘以这个数（样本数或元素个数）。
    """
    if values.ndim:
        return values.mean() * count
    reduction = getattr(loss, "reduction", None)
    if reduction not in ("sum", "mean"):
        with torch.no_grad():
            twice = loss(torch.cat([out, out]), torch.cat([y, y]))
        reduction = "sum" if abs(twice - 2 * values) < abs(twice - values) else "mean"
    return values if reduction == "sum" else values * count


def evaluate_loss(net, data_iter: Batches, loss: Loss) -> float:
    """在数据集上每个元素的平均损失；``loss`` 逐元素、取平均、取和都可以。"""
    metric = Accumulator(2)
    for X, y in data_iter:
        out = net(X)
        y = y.reshape(out.shape) if y.numel() == out.numel() else y
        values = loss(out, y).detach()
        metric.add(total_loss(loss, values, out, y, y.numel()), y.numel())
    return metric[0] / metric[1]


def train_epoch_ch3(net, train_iter: Batches, loss: Loss, updater) -> tuple[float, float]:
    """训练一轮，返回平均损失与精度；``updater`` 是优化器或 ``updater(批量大小)``。

    ``loss`` 逐样本、取平均、取和都可以，记录的总是对样本的平均。取和时梯度也是和：优化器的
    每一步是取平均时的批量大小倍，与那个包相同。
    """
    if isinstance(net, nn.Module):
        net.train()
    metric = Accumulator(3)
    for X, y in train_iter:
        y_hat = net(X)
        values = loss(y_hat, y)
        if hasattr(updater, "step") and hasattr(updater, "zero_grad"):
            updater.zero_grad()
            values.mean().backward()
            updater.step()
        else:
            values.sum().backward()
            updater(X.shape[0])
        total = total_loss(loss, values.detach(), y_hat, y, y.numel())
        metric.add(total, accuracy(y_hat, y), y.numel())
    return metric[0] / metric[2], metric[1] / metric[2]


def train_ch3(net, train_iter, test_iter, loss: Loss, num_epochs: int, updater) -> None:
    """训练并画出损失与精度；结束时网络处于评估模式。"""
    animator = Animator(xlabel="epoch", xlim=[1, num_epochs], legend=LEGEND)
    for epoch in range(num_epochs):
        row = train_epoch_ch3(net, train_iter, loss, updater)
        animator.add(epoch + 1, (*row, evaluate_accuracy(net, test_iter)))
    if isinstance(net, nn.Module):
        net.eval()


def predict_ch3(net, test_iter: Batches, n: int = 6) -> None:
    """画出前 ``n`` 张测试图，标题是真实类别与预测。"""
    X, y = next(iter(test_iter))
    X, y = X[:n], y[:n]
    with mode(net, training=False), torch.no_grad():
        classes = net(_to(X, _device_of(net))).argmax(dim=1)
    names = zip(get_fashion_mnist_labels(y), get_fashion_mnist_labels(classes), strict=True)
    titles = [f"{true}\n{predicted}" for true, predicted in names]
    show_images(X.reshape(len(X), *X.shape[-2:]), 1, n, titles=titles)


def _prepare(net: nn.Module, train_iter: Batches, device) -> None:
    """搬到设备上，定下延后初始化的形状，再按 Xavier 初始化。"""
    net.to(device)
    if any(isinstance(param, UninitializedParameter) for param in net.parameters()):
        X = _to(next(iter(train_iter))[0], device)
        with mode(net, training=False), torch.no_grad():
            net(X)
    for module in net.modules():
        if type(module) in (nn.Linear, nn.Conv2d):
            nn.init.xavier_uniform_(module.weight)


def train_ch6(
    net: nn.Module, train_iter, test_iter, num_epochs: int, lr: float, device=None
) -> None:
    """在给定设备上训练卷积网络（Xavier 初始化、SGD），画曲线并打印结果。

    每轮画五次训练的损失与精度、一次测试的精度；结束时网络处于评估模式。不写设备（0.14–0.16 版
    的写法）就用第一个 CUDA GPU，没有则在 CPU 上。
    """
    device = try_gpu() if device is None else device
    print("training on", device)
    _prepare(net, train_iter, device)
    optimizer = torch.optim.SGD(net.parameters(), lr=lr)
    animator = Animator(xlabel="epoch", xlim=[1, num_epochs], legend=LEGEND)
    timer, num_batches, num_samples = Timer(), len(train_iter), 0
    every = max(1, num_batches // 5)
    for epoch in range(num_epochs):
        loss, correct = Mean(), Mean()
        net.train()
        timer.start()
        for i, (X, y) in enumerate(train_iter, start=1):
            X, y = _to(X, device), _to(y, device)
            y_hat = net(X)
            value = F.cross_entropy(y_hat, y)
            optimizer.zero_grad()
            value.backward()
            optimizer.step()
            loss.update(value, len(y))
            correct.update(ours.accuracy(y_hat, y), len(y))
            num_samples += len(y)
            if i % every == 0 or i == num_batches:
                row = (loss.value(), correct.value())  # 读出时设备已做完这几批
                timer.stop()  # 画图不计在内
                animator.add(epoch + i / num_batches, (*row, None))
                timer.start()
        test_acc = evaluate_accuracy_gpu(net, test_iter, device)
        animator.add(epoch + 1, (None, None, test_acc))
    net.eval()
    print(f"loss {row[0]:.3f}, train acc {row[1]:.3f}, test acc {test_acc:.3f}")
    print(f"{num_samples / timer.sum():.1f} examples/sec on {device}")
