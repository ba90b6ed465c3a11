"""测速：读数据占训练一轮的多少、占多少内存、导入要多久。只报告，不作测试。

用法: ``python bench/loading.py``，打印 Markdown 表格。

数据是替身重复到 60,000 张 28×28 的图；单线程。同一张表里的各种读法轮流各跑几遍，取最快的一遍，
所以比值可比；绝对秒数随机器而变。
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

# 这一层不导入 torch：内存与导入时间都在干净的子进程里量
os.environ.setdefault("D2L_DATA", "standin")
os.environ |= {"OMP_NUM_THREADS": "1", "TQDM_DISABLE": "1", "PYTHONWARNINGS": "ignore"}

NUM_SAMPLES, BATCH_SIZE = 60_000, 256
SHARES = {"softmax 回归": 1, "MLP(256)": 1, "LeNet": 4}  # 只在 1/share 的数据上测，再乘回去
REPEATS = {"softmax 回归": 25, "MLP(256)": 7, "LeNet": 3}
SAMPLED = 10  # 逐样本的 DataLoader 只在 1/10 的数据上测
WORKERS = (0, 4)
IMPORT_REPEATS = 5


def networks() -> dict[str, Callable]:
    """要测的三个网络，名字到构造函数。"""
    from torch import nn

    def softmax() -> nn.Module:
        return nn.Sequential(nn.Flatten(), nn.Linear(784, 10))

    def mlp() -> nn.Module:
        return nn.Sequential(nn.Flatten(), nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 10))

    def lenet() -> nn.Module:
        return nn.Sequential(
            nn.Conv2d(1, 6, 5, padding=2), nn.Sigmoid(), nn.AvgPool2d(2),
            nn.Conv2d(6, 16, 5), nn.Sigmoid(), nn.AvgPool2d(2), nn.Flatten(),
            nn.Linear(400, 120), nn.Sigmoid(), nn.Linear(120, 84), nn.Sigmoid(), nn.Linear(84, 10),
        )  # fmt: skip

    return dict(zip(SHARES, (softmax, mlp, lenet), strict=True))


def bare_epoch(net, batches: Iterable) -> float:
    """不带任何记录的训练循环，返回一轮的秒数。"""
    import torch
    from torch.nn import functional as F

    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    start = time.perf_counter()
    for X, y in batches:
        loss = F.cross_entropy(net(X), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return time.perf_counter() - start


def same_epoch(net, batches: Iterable) -> float:
    """裸循环，与 ``d2l.train`` 做同样的运算：换算成浮点数、前向、反向、更新，累加损失。"""
    import torch
    from torch.nn import functional as F

    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    total, start = 0.0, time.perf_counter()
    for images, y in batches:  # uint8，早已切好
        loss = F.cross_entropy(net(images.float() / 255), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(y)
    return time.perf_counter() - start


def train_epoch(net, batches: Iterable) -> float:
    """``d2l_helpers.training.train`` 的一轮。"""
    import torch
    from torch.nn import functional as F

    from d2l_helpers.training import train

    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    start = time.perf_counter()
    train(net, batches, F.cross_entropy, optimizer, 1)
    return time.perf_counter() - start


def repeated_batches(num_samples: int):
    """替身重复到 ``num_samples`` 张，用 ``load_fashion_mnist`` 自己的变换。"""
    import torch

    from d2l_helpers.data.batches import Batches
    from d2l_helpers.data.vision import load_fashion_mnist

    train, _ = load_fashion_mnist(BATCH_SIZE)
    index = torch.arange(num_samples) % train.num_samples
    tensors = tuple(tensor[index] for tensor in train.tensors)
    return Batches(tensors, BATCH_SIZE, shuffle=True, transform=train.transform)


def sample_loader(num_samples: int, workers: int):
    """常见的写法：逐样本由 PIL 转换，再拼成小批量。"""
    from torch.utils.data import DataLoader, Subset
    from torchvision.datasets import FashionMNIST
    from torchvision.transforms import ToTensor

    from d2l_helpers.data.hub import dataset_root

    data = FashionMNIST(dataset_root("fashion_mnist"), train=True, transform=ToTensor())
    subset = Subset(data, [i % len(data) for i in range(num_samples)])
    return DataLoader(
        subset, BATCH_SIZE, shuffle=True, num_workers=workers, persistent_workers=workers > 0
    )


def by_hand(batches) -> Iterator:
    """手写的最短的读法：打乱下标，取出一批，换算成浮点数；与 ``Batches`` 做同样的运算。"""
    import torch

    images, labels = batches.tensors
    for index in torch.randperm(len(labels)).split(BATCH_SIZE):
        yield images[index].float() / 255, labels[index]


def epoch_rows(name: str, make_net: Callable) -> Iterator[tuple[str, ...]]:
    """一个网络的各种读法：读法、秒数、与两种裸循环之比。"""
    share = SHARES[name]
    batches = repeated_batches(NUM_SAMPLES // share)
    stored = list(zip(*(tensor.split(BATCH_SIZE) for tensor in batches.tensors), strict=True))
    ready = list(batches)
    ways = {
        "裸循环，uint8 的小批量早已切好，做同样的运算": lambda: same_epoch(make_net(), stored),
        "裸循环，浮点的小批量早已备好，不记损失": lambda: bare_epoch(make_net(), ready),
        "裸循环，自己打乱、取行、换算，不记损失": lambda: bare_epoch(make_net(), by_hand(batches)),
        "裸循环 + `Batches`": lambda: bare_epoch(make_net(), batches),
        "`d2l.train` + `Batches`": lambda: train_epoch(make_net(), batches),
    }
    seconds = {way: [] for way in ways}
    for _ in range(REPEATS[name]):
        for way, run in ways.items():
            seconds[way].append(run() * share)
    same_base, ready_base = [min(values) for values in seconds.values()][:2]

    def row(way: str, value: float) -> tuple[str, ...]:
        return way, f"{value:.3f}", f"{value / same_base:.2f}", f"{value / ready_base:.2f}"

    for way, values in seconds.items():
        note = f"（1/{share} 的数据）" if share > 1 else ""
        yield row(way + note, min(values))
    for workers in WORKERS:
        loader = sample_loader(NUM_SAMPLES // SAMPLED, workers)
        value = min(bare_epoch(make_net(), loader) for _ in range(3)) * SAMPLED
        yield row(f"`DataLoader` + PIL，{workers} 个工作进程（1/{SAMPLED} 的数据）", value)


def measure_epochs() -> None:
    """打印训练一轮的表。"""
    import torch

    torch.set_num_threads(1)
    torch.manual_seed(0)
    print(f"### 训练一轮：{NUM_SAMPLES:,} 张 28×28，批量 {BATCH_SIZE}，单线程\n")
    print("| 网络 | 读法 | 秒 | 比同样的运算 | 比备好的浮点 |\n| --- | --- | ---: | ---: | ---: |")
    for name, make_net in networks().items():
        for row in epoch_rows(name, make_net):
            print(f"| {name} | {' | '.join(row)} |", flush=True)
    print("\n注明“1/n 的数据”的，是在那么多数据上测得、再乘以 n。")
    print("工作进程只启动一次，三轮取最快，所以不含启动的时间。\n")


def measure_memory(root: Path) -> None:
    """在已经导入 torch 的进程里读 60,000 张图，打印一行 JSON：增加的峰值与数组的字节数。"""
    import resource

    from d2l_helpers.data import vision

    vision.dataset_root = lambda name: root
    unit = 1 if sys.platform == "darwin" else 1024
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    images, _ = vision.fashion_mnist_arrays(train=True)
    added = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    print(json.dumps({"added": added * unit, "bytes": images.nbytes}))


def write_repeated(root: Path) -> None:
    """把替身重复到 60,000 张，写成 IDX 文件；压缩的与不压缩的各一份。"""
    import gzip

    import numpy as np

    from d2l_helpers.data.standins.fashion_mnist import write_idx

    tensors = repeated_batches(NUM_SAMPLES).tensors
    for kind in ("plain", "gz"):
        raw = root / kind / "FashionMNIST" / "raw"
        raw.mkdir(parents=True)
        for name, tensor in zip(("images-idx3", "labels-idx1"), tensors, strict=True):
            path = raw / f"train-{name}-ubyte"
            write_idx(path, tensor.squeeze().numpy().astype(np.uint8))
            if kind == "gz":
                path.with_name(path.name + ".gz").write_bytes(gzip.compress(path.read_bytes(), 1))
                path.unlink()


def child(*arguments: str) -> str:
    """在新的解释器里运行，返回标准输出。"""
    run = subprocess.run(
        [sys.executable, *arguments], check=True, stdout=subprocess.PIPE, encoding="utf-8"
    )
    return run.stdout


def report_memory() -> None:
    """打印读数据的内存峰值。"""
    print(f"### 读 {NUM_SAMPLES:,} 张图的内存峰值（超出解释器与 torch 的部分）\n")
    print("| 文件 | 峰值（MB） | 数组（MB） | 之比 |\n| --- | ---: | ---: | ---: |")
    with tempfile.TemporaryDirectory() as folder:
        child(__file__, "write", folder)
        for kind, title in (("plain", "IDX"), ("gz", "IDX，gzip 压缩")):
            row = json.loads(child(__file__, "memory", str(Path(folder) / kind)))
            added, size = row["added"], row["bytes"]
            print(f"| {title} | {added / 1e6:.1f} | {size / 1e6:.1f} | {added / size:.2f} |")
    print()


def report_imports() -> None:
    """打印导入时间，各取几次里最快的。"""
    from d2l_helpers.metrics import take_turns

    theirs, ours = "import torch, matplotlib.pyplot", "import d2l_helpers"
    codes = (theirs, ours, "pass")
    works = [partial(child, "-c", code) for code in codes]
    best = dict(zip(codes, take_turns(*works, rounds=IMPORT_REPEATS), strict=True))
    print(f"### 导入（新的解释器，{IMPORT_REPEATS} 次取最快，已减去解释器自己的启动）\n")
    print("| 语句 | 秒 | 之比 |\n| --- | ---: | ---: |")
    base = best[theirs] - best["pass"]
    for code in (theirs, ours):
        seconds = best[code] - best["pass"]
        print(f"| `{code}` | {seconds:.2f} | {seconds / base:.2f} |")
    print()


def main() -> None:
    """不带参数时报告全部；带参数时是自己的子进程。"""
    if sys.argv[1:2] == ["memory"]:
        measure_memory(Path(sys.argv[2]))
    elif sys.argv[1:2] == ["write"]:
        write_repeated(Path(sys.argv[2]))
    elif sys.argv[1:2] == ["epochs"]:
        measure_epochs()
    else:
        report_imports()
        report_memory()
        print(child(__file__, "epochs"))


if __name__ == "__main__":
    main()
