"""测速：卷积网络用 ``d2l.train`` 训练一轮，比做同样运算的裸循环慢多少。只报告，不作测试。

用法: ``python bench/training.py``，打印 Markdown 表格。

单线程，替身数据；各种写法轮流各跑几遍，每一轮换一次先后，各取最快的一遍，所以比值可比；
绝对的样本/秒随机器而变。计时不含造网络与读数据。
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator

os.environ.setdefault("D2L_DATA", "standin")
os.environ |= {"OMP_NUM_THREADS": "1", "TQDM_DISABLE": "1", "PYTHONWARNINGS": "ignore"}

import torch
from torch import nn
from torch.nn import functional as F

import d2l_helpers as d2l
from d2l_helpers.models.lenet import lenet
from d2l_helpers.models.resnet import resnet

BATCH_SIZE, REPEATS = 128, 9
LR = 0.05
# 名字 → (造网络, 图像边长, 样本数)
NETWORKS: dict[str, tuple[Callable[[], nn.Module], int, int]] = {
    "LeNet": (lenet, 28, 3840),
    "ResNet-18，宽 8": (lambda: resnet(width=8, stem="small"), 32, 768),
}


def bare_epoch(net: nn.Module, batches: d2l.Batches) -> tuple[float, float]:
    """裸循环的一轮：打乱、取行、换算、前向、反向、更新，并累加损失与正确的个数。"""
    optimizer = torch.optim.SGD(net.parameters(), lr=LR)
    images, labels = batches.tensors
    total, correct = 0.0, 0.0
    net.train()
    for index in torch.randperm(len(labels)).split(BATCH_SIZE):
        X, y = batches.transform(images[index], labels[index])
        y_hat = net(X)
        loss = F.cross_entropy(y_hat, y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(y)
        correct += (y_hat.argmax(dim=1) == y).float().mean().item() * len(y)
    return total / len(labels), correct / len(labels)


def train_epoch(net: nn.Module, batches: d2l.Batches, device=None) -> tuple[float, float]:
    """``d2l.train`` 的一轮，记损失与精度。"""
    optimizer = torch.optim.SGD(net.parameters(), lr=LR)
    metrics = {"accuracy": d2l.accuracy}
    history = d2l.train(net, batches, F.cross_entropy, optimizer, 1, metrics=metrics, device=device)
    return history.last("train_loss"), history.last("train_accuracy")


WAYS: dict[str, Callable[[nn.Module, d2l.Batches], tuple[float, float]]] = {
    "裸循环": bare_epoch,
    "`d2l.train` + `Batches`": train_epoch,
    "同上，两个副本（数据并行，共用一个 CPU）": lambda *args: train_epoch(*args, ["cpu"] * 2),
}


def best_seconds(make_net: Callable[[], nn.Module], batches: d2l.Batches) -> dict[str, float]:
    """各种写法最快的一遍用多少秒；顺便确认它们做的是同一件事。"""
    seconds, results = {way: [] for way in WAYS}, {}
    for repeat in range(REPEATS):
        for way, run in list(WAYS.items())[:: 1 if repeat % 2 else -1]:
            torch.manual_seed(repeat)
            net = make_net()
            begin = time.perf_counter()
            results[way] = run(net, batches)
            seconds[way].append(time.perf_counter() - begin)
    bare, ours, _ = (torch.tensor(results[way]) for way in WAYS)
    torch.testing.assert_close(ours, bare, rtol=1e-3, atol=1e-3)  # 种子相同，次序也相同
    return {way: min(values) for way, values in seconds.items()}


def rows() -> Iterator[str]:
    """表的各行。"""
    for name, (make_net, side, num_samples) in NETWORKS.items():
        data, _ = d2l.load_fashion_mnist(BATCH_SIZE, resize=None if side == 28 else side)
        tensors = tuple(tensor[:num_samples] for tensor in data.tensors)
        batches = d2l.Batches(tensors, BATCH_SIZE, shuffle=True, transform=data.transform)
        best = best_seconds(make_net, batches)
        for way, seconds in best.items():
            ratio = best["裸循环"] / seconds
            yield f"| {name}，{side}×{side} | {way} | {num_samples / seconds:,.0f} | {ratio:.2f} |"


def main() -> None:
    """打印表格。"""
    torch.set_num_threads(1)
    print(f"### 训练卷积网络：批量 {BATCH_SIZE}，单线程，{REPEATS} 遍取最快\n")
    print("| 网络 | 写法 | 样本/秒 | 与裸循环之比 |\n| --- | --- | ---: | ---: |")
    for row in rows():
        print(row, flush=True)
    print()


if __name__ == "__main__":
    main()
