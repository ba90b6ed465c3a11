"""公开的 ``d2l`` 包（0.17）里计时与多 GPU 训练的名字；没有 GPU 的机器上也能用。"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from d2l_helpers.compat.devices import try_all_gpus
from d2l_helpers.compat.plotting import Animator
from d2l_helpers.compat.training import (
    LEGEND,
    Accumulator,
    Batches,
    Loss,
    Timer,
    _to,
    accuracy,
    evaluate_accuracy_gpu,
    total_loss,
)

Devices = Sequence[torch.device | str | int]


class Benchmark:
    """``with Benchmark("说明"):`` 打印里面的代码用了多少秒。"""

    def __init__(self, description: str = "Done") -> None:
        self.description = description

    def __enter__(self) -> Benchmark:
        self.timer = Timer()
        return self

    def __exit__(self, *error: object) -> None:
        print(f"{self.description}: {self.timer.stop():.4f} sec")


def split_batch(
    X: torch.Tensor, y: torch.Tensor, devices: Devices
) -> tuple[tuple[torch.Tensor, ...], tuple[torch.Tensor, ...]]:
    """把一个小批量按样本切成块，依次放到各设备上；切法与 ``nn.parallel.scatter`` 相同。

    每块的样本数相同，最后一块可以少些，所以块数可能比设备少；设备可以是 CPU，也可以重复。

    异常:
        ValueError: 样本数不同，或一个设备也没有。
    """
    if len(X) != len(y):
        raise ValueError(f"X 有 {len(X)} 个样本，y 有 {len(y)} 个，应当相同。")
    _check(devices)
    return _scatter(X, devices), _scatter(y, devices)


def _scatter(tensor: torch.Tensor, devices: Devices) -> tuple[torch.Tensor, ...]:
    parts = tensor.chunk(len(devices))
    return tuple(part.to(device) for part, device in zip(parts, devices, strict=False))


def _check(devices: Devices) -> None:
    if not len(devices):
        raise ValueError("devices 是空的；至少要有一个设备，例如 [try_gpu()]。")


def train_batch_ch13(
    net, X, y: torch.Tensor, loss: Loss, trainer, devices: Devices
) -> tuple[torch.Tensor, float]:
    """训练一个小批量，返回损失之和与预测正确的个数；``X`` 可以是几个张量的列表。

    反向传播的是损失的和：用逐样本的损失时，学习率要按此取得小些。``net`` 要已经在
    ``devices[0]`` 上；有几个 GPU 时，它是 ``nn.DataParallel``，自己会切分小批量。
    """
    _check(devices)
    X, y = _to(X, devices[0]), y.to(devices[0])
    net.train()
    y_hat = net(X)
    values = loss(y_hat, y)
    trainer.zero_grad()
    values.sum().backward()
    trainer.step()
    return total_loss(loss, values.detach(), y_hat, y, len(y)), accuracy(y_hat, y)


def _spread(net: nn.Module, devices: Devices) -> nn.Module:
    """放到第一个设备上；有几个 GPU 时各放一份。"""
    _check(devices)
    net.to(devices[0])
    several = len({torch.device(device) for device in devices}) > 1
    return nn.DataParallel(net, list(devices)) if several else net


def train_ch13(
    net, train_iter: Batches, test_iter: Batches, loss: Loss, trainer, num_epochs: int, devices=None
) -> None:
    """在各 GPU（缺省是全部；没有就在 CPU 上）训练，画曲线并打印结果。

    每轮画五次训练的损失与精度、一次测试的精度；结束时网络处于评估模式。

    异常:
        ValueError: 轮数小于 1，或一个设备也没有。
    """
    if num_epochs < 1:
        raise ValueError(f"轮数 num_epochs 应当至少是 1，收到的是 {num_epochs}。")
    devices = try_all_gpus() if devices is None else devices
    net = _spread(net, devices)
    animator = Animator(xlabel="epoch", xlim=[1, num_epochs], ylim=[0, 1], legend=LEGEND)
    timer, num_batches, num_samples = Timer(), len(train_iter), 0
    every = max(1, num_batches // 5)
    for epoch in range(num_epochs):
        metric = Accumulator(4)
        timer.start()
        for i, (X, y) in enumerate(train_iter, start=1):
            total, correct = train_batch_ch13(net, X, y, loss, trainer, devices)
            metric.add(total, correct, len(y), y.numel())  # 读出时设备已做完这一批
            num_samples += len(y)
            if i % every == 0 or i == num_batches:
                row = metric[0] / metric[2], metric[1] / metric[3]
                timer.stop()  # 画图不计在内
                animator.add(epoch + i / num_batches, (*row, None))
                timer.start()
        test_acc = evaluate_accuracy_gpu(net, test_iter, devices[0])
        animator.add(epoch + 1, (None, None, test_acc))
    net.eval()
    print(f"loss {row[0]:.3f}, train acc {row[1]:.3f}, test acc {test_acc:.3f}")
    print(f"{num_samples / timer.sum():.1f} examples/sec on {devices}")
