# ruff: noqa: F401  那个包也带出下面这些模块：notebook 写 d2l.np、d2l.math 照样可用
"""公开的 ``d2l`` 包（0.17，PyTorch 版）的名字，薄薄一层接在我们的实现上。

为它写的笔记与 notebook 把导入行改成 ``from d2l_helpers import compat as d2l`` 就能运行。
签名与含义照旧；只有三处有意不同：读数据不需要工作进程；损失高时不报错；
没有网络时用替身数据（见 ``D2L_DATA``）。新代码请直接用 ``d2l_helpers``。
"""

from __future__ import annotations

import collections
import hashlib
import math
import os
import random
import re
import shutil
import sys
import tarfile
import time
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
import torchvision
from IPython import display
from matplotlib import pyplot as plt
from PIL import Image
from torch import nn
from torch.nn import functional as F
from torch.utils import data
from torchvision import transforms

import d2l_helpers as ours
from d2l_helpers.compat_plotting import (
    Animator,
    plot,
    set_axes,
    set_figsize,
    show_images,
    use_svg_display,
)
from d2l_helpers.data.batches import Batches
from d2l_helpers.data.hub import extract
from d2l_helpers.losses import squared_loss
from d2l_helpers.training import _mode

Iterator_ = Iterable[Any]
Loss = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]

# ---- 张量运算的别名 -------------------------------------------------------------------------
nn_Module = nn.Module
ones, zeros, eye, tensor, arange = torch.ones, torch.zeros, torch.eye, torch.tensor, torch.arange
meshgrid, linspace, stack, matmul, abs = (
    torch.meshgrid, torch.linspace, torch.stack, torch.matmul, torch.abs,
)  # fmt: skip
sin, sinh, cos, cosh, tanh = torch.sin, torch.sinh, torch.cos, torch.cosh, torch.tanh
exp, log, normal, rand, randn = torch.exp, torch.log, torch.normal, torch.rand, torch.randn
concat = torch.cat
batch_matmul = torch.bmm
int32, int64, float32, float64 = torch.int32, torch.int64, torch.float32, torch.float64


def numpy(x: torch.Tensor, *args: Any, **kwargs: Any) -> np.ndarray:
    """``x.detach().numpy()``；在 GPU 上的张量先取回 CPU。"""
    return x.detach().cpu().numpy(*args, **kwargs)


def size(x: torch.Tensor, *args: Any, **kwargs: Any) -> int:
    """元素个数。"""
    return x.numel(*args, **kwargs)


def _method(name: str) -> Callable[..., torch.Tensor]:
    def call(x: torch.Tensor, *args: Any, **kwargs: Any) -> torch.Tensor:
        return getattr(x, name)(*args, **kwargs)

    call.__name__, call.__doc__ = name, f"``x.{name}(…)``。"
    return call


reshape, to, astype, argmax = map(_method, ("reshape", "to", "type", "argmax"))
reduce_sum, reduce_mean, transpose = map(_method, ("sum", "mean", "t"))
expand_dims, swapaxes, repeat = map(_method, ("unsqueeze", "swapaxes", "repeat"))


# ---- 度量 -----------------------------------------------------------------------------------
class Timer(ours.Timer):
    """秒表，创建时即开始。"""


class Accumulator:
    """``n`` 个累加的和。"""

    def __init__(self, n: int) -> None:
        self.data = [0.0] * n

    def add(self, *args: Any) -> None:
        """各加上一个数。"""
        values = [b.detach() if isinstance(b, torch.Tensor) else b for b in args]
        self.data = [a + float(b) for a, b in zip(self.data, values, strict=True)]

    def reset(self) -> None:
        """全部归零。"""
        self.data = [0.0] * len(self.data)

    def __getitem__(self, idx: int) -> float:
        return self.data[idx]


def accuracy(y_hat: torch.Tensor, y: torch.Tensor) -> float:
    """预测正确的**个数**（我们的 ``accuracy`` 是比例）。"""
    return float(ours.accuracy(y_hat, y)) * len(y)


# ---- 数据 -----------------------------------------------------------------------------------
DATA_URL = "http://d2l-data.s3-accelerate.amazonaws.com/"
DATA_HUB: dict[str, tuple[str, str]] = {}


def download(name: str, cache_dir: str | os.PathLike | None = None) -> str:
    """下载 ``DATA_HUB`` 或数据中心里登记的文件，返回它的路径。"""
    folder = None if cache_dir is None else Path(cache_dir)
    if name in DATA_HUB:
        url, sha1 = DATA_HUB[name]
        return str(ours.download(url, folder, f"sha1:{sha1}"))
    return str(ours.download(name, folder))


def download_extract(name: str, folder: str | None = None) -> str:
    """下载并解压，返回解出的文件夹。"""
    archive = Path(download(name))
    stem = archive.name.removesuffix(".gz").removesuffix(".tar").removesuffix(".zip")
    target = extract(archive, archive.parent / f"{archive.name}-extracted")
    inner = target / (folder or stem)
    return str(inner if inner.is_dir() else target)


def get_dataloader_workers() -> int:
    """读数据的工作进程数：0，因为数据整个在内存里。"""
    return 0


def load_array(data_arrays: Sequence[torch.Tensor], batch_size: int, is_train: bool = True):
    """把张量变成数据迭代器，训练时打乱。"""
    return Batches(tuple(data_arrays), batch_size, shuffle=is_train)


def get_fashion_mnist_labels(labels: Iterable[Any]) -> list[str]:
    """类别编号的英文名。"""
    return ours.fashion_mnist_labels(labels)


def load_data_fashion_mnist(batch_size: int, resize: int | None = None):
    """返回 Fashion-MNIST 的训练与测试迭代器，图像形状 (批量, 1, 高, 宽)。"""
    return ours.load_fashion_mnist(batch_size, resize=resize)


def synthetic_data(w, b, num_examples: int) -> tuple[torch.Tensor, torch.Tensor]:
    """按 ``y = Xw + b + 噪声`` 造数据；``w`` 是向量或一列。"""
    return ours.synthetic_data(w.reshape(-1), b, num_examples)


# ---- 模型与训练 -----------------------------------------------------------------------------
def linreg(X: torch.Tensor, w: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """线性回归。"""
    return X @ w + b


@torch.no_grad()
def sgd(params: Iterable[torch.Tensor], lr: float, batch_size: int) -> None:
    """一步小批量随机梯度下降；梯度是批内之和，所以除以批量大小，之后清零。"""
    for param in params:
        param -= lr * param.grad / batch_size
        param.grad.zero_()


def corr2d(X: torch.Tensor, K: torch.Tensor) -> torch.Tensor:
    """二维互相关，形状 (高, 宽)。"""
    return F.conv2d(X[None, None], K[None, None])[0, 0]


def try_gpu(i: int = 0) -> torch.device:
    """第 ``i`` 个 CUDA GPU；没有就是 CPU。"""
    return torch.device("cuda", i) if i < ours.num_gpus() else torch.device("cpu")


def try_all_gpus() -> list[torch.device]:
    """全部 CUDA GPU；没有就是 ``[cpu]``。"""
    return [try_gpu(i) for i in range(ours.num_gpus())] or [torch.device("cpu")]


def evaluate_accuracy(net, data_iter: Iterator_) -> float:
    """在数据集上的精度。"""
    return evaluate_accuracy_gpu(net, data_iter)


def evaluate_accuracy_gpu(net, data_iter: Iterator_, device=None) -> float:
    """在数据集上的精度，在网络所在的设备上计算；``net`` 也可以是普通函数。"""
    if device is None and isinstance(net, nn.Module):
        device = next((param.device for param in net.parameters()), None)
    metric = Accumulator(2)
    with _mode(net, training=False), torch.no_grad():
        for X, y in data_iter:
            X = [x.to(device) for x in X] if isinstance(X, list) else X.to(device)
            metric.add(accuracy(net(X), y.to(device)), y.numel())
    return metric[0] / metric[1]


def evaluate_loss(net, data_iter: Iterator_, loss: Loss) -> float:
    """在数据集上每个元素的平均损失。"""
    metric = Accumulator(2)
    for X, y in data_iter:
        out = net(X)
        values = loss(out, y.reshape(out.shape))
        metric.add(values.mean() * y.numel(), y.numel())  # 标量损失已是批内平均
    return metric[0] / metric[1]


def train_epoch_ch3(net, train_iter: Iterator_, loss: Loss, updater) -> tuple[float, float]:
    """训练一轮，返回平均损失与精度；``updater`` 是优化器或 ``updater(批量大小)``。"""
    if isinstance(net, nn.Module):
        net.train()
    metric = Accumulator(3)
    for X, y in train_iter:
        y_hat = net(X)
        values = loss(y_hat, y)
        if isinstance(updater, torch.optim.Optimizer):
            updater.zero_grad()
            values.mean().backward()
            updater.step()
        else:
            values.sum().backward()
            updater(X.shape[0])
        metric.add(values.mean() * len(y), accuracy(y_hat, y), len(y))
    return metric[0] / metric[2], metric[1] / metric[2]


def train_ch3(net, train_iter, test_iter, loss: Loss, num_epochs: int, updater) -> None:
    """训练并画出损失与精度。"""
    animator = Animator(
        xlabel="epoch", xlim=[1, num_epochs], legend=["train loss", "train acc", "test acc"]
    )
    for epoch in range(num_epochs):
        row = train_epoch_ch3(net, train_iter, loss, updater)
        animator.add(epoch + 1, (*row, evaluate_accuracy(net, test_iter)))


def predict_ch3(net, test_iter: Iterator_, n: int = 6) -> None:
    """画出前 ``n`` 张测试图，标题是真实类别与预测。"""
    X, y = next(iter(test_iter))
    trues = get_fashion_mnist_labels(y)
    preds = get_fashion_mnist_labels(net(X).argmax(dim=1))
    titles = [f"{true}\n{pred}" for true, pred in zip(trues, preds, strict=True)]
    show_images(X[:n].reshape(-1, *X.shape[-2:]), 1, n, titles=titles[:n])


def train_ch6(net: nn.Module, train_iter, test_iter, num_epochs: int, lr: float, device) -> None:
    """在给定设备上训练卷积网络（Xavier 初始化、SGD），画曲线并打印结果。"""

    def init_weights(m: nn.Module) -> None:
        if isinstance(m, nn.Linear | nn.Conv2d):
            nn.init.xavier_uniform_(m.weight)

    net.apply(init_weights)
    print("training on", device)
    animator = Animator(
        xlabel="epoch", xlim=[1, num_epochs], legend=["train loss", "train acc", "test acc"]
    )
    seconds = samples = 0.0
    optimizer = torch.optim.SGD(net.parameters(), lr=lr)
    for epoch in range(num_epochs):
        history = ours.train(
            net, train_iter, F.cross_entropy, optimizer, 1,
            metrics={"accuracy": ours.accuracy}, device=device,
        )  # fmt: skip
        seconds, samples = seconds + history.seconds, samples + history.num_samples
        row = (history.last("train_loss"), history.last("train_accuracy"))
        test_acc = evaluate_accuracy_gpu(net, test_iter, device)
        animator.add(epoch + 1, (*row, test_acc))
    print(f"loss {row[0]:.3f}, train acc {row[1]:.3f}, test acc {test_acc:.3f}")
    print(f"{samples / seconds:.1f} examples/sec on {device}")
