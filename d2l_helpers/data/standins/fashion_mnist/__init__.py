"""Fashion-MNIST 的替身：程序画的十类服饰，文件格式与原始数据相同。"""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from d2l_helpers.data.standins.fashion_mnist.accessories import (
    draw_bag,
    draw_boot,
    draw_sandal,
    draw_sneaker,
)
from d2l_helpers.data.standins.fashion_mnist.canvas import SIDE, Canvas
from d2l_helpers.data.standins.fashion_mnist.fabric import weave
from d2l_helpers.data.standins.fashion_mnist.garments import draw_top, draw_trousers

VERSION = 1
NUM_TRAIN, NUM_TEST = 10_240, 2_000  # 40 × 256：常用的批量大小都除得尽，没有零头的一批

# 次序就是原始数据的类别编号
DRAW: tuple[Callable[[Canvas, random.Random], None], ...] = (
    partial(draw_top, kind="t-shirt"),
    draw_trousers,
    partial(draw_top, kind="pullover"),
    partial(draw_top, kind="dress"),
    partial(draw_top, kind="coat"),
    draw_sandal,
    partial(draw_top, kind="shirt"),
    draw_sneaker,
    draw_bag,
    draw_boot,
)

# 每类有条纹或格子的可能，百分数；花纹的位置随机，线性模型用不上，卷积却看得出
PATTERNED = (20, 15, 15, 25, 5, 15, 65, 20, 25, 15)

NOTE = f"""\
这里不是 Fashion-MNIST，而是程序画出来的替身：同样的十类、同样的 28×28 灰度图、
同样的文件格式，只是训练集 {NUM_TRAIN} 张、测试集 {NUM_TEST} 张，画得也简单。
各类的重叠照着原始数据的难度调过，但在它上面得到的精度不能与文献相比。
生成它的是 d2l_helpers/data/standins/fashion_mnist/，第 {VERSION} 版。
"""


def draw_set(num_samples: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """画一组图，各类张数相同，次序打乱。

    参数:
        num_samples: 张数。
        seed: 随机数的种子；同样的种子得到同样的字节。

    返回:
        图像，uint8，形状 (张数, 28, 28)；标签，uint8，形状 (张数,)。
    """
    rng = random.Random(seed)
    labels = [i % len(DRAW) for i in range(num_samples)]
    rng.shuffle(labels)
    images = np.empty((num_samples, SIDE, SIDE), np.uint8)
    for image, label in zip(images, labels, strict=True):
        canvas = Canvas()
        DRAW[label](canvas, rng)
        image[:] = np.frombuffer(canvas.finish(rng), np.uint8).reshape(SIDE, SIDE)
    patterned = np.array(PATTERNED)[labels]  # (张数,)
    return weave(images, patterned, seed), np.array(labels, np.uint8)


def write_idx(path: Path, data: np.ndarray) -> None:
    """把 uint8 数组写成 IDX 文件（不压缩）。"""
    header = bytes([0, 0, 0x08, data.ndim]) + b"".join(n.to_bytes(4, "big") for n in data.shape)
    path.write_bytes(header + data.tobytes())


def generate(root: Path) -> None:
    """把替身写进 ``root``，布局与 torchvision 的 ``FashionMNIST`` 相同。"""
    raw = root / "FashionMNIST" / "raw"
    raw.mkdir(parents=True)
    for prefix, num_samples, seed in (("train", NUM_TRAIN, 1), ("t10k", NUM_TEST, 2)):
        images, labels = draw_set(num_samples, seed)
        write_idx(raw / f"{prefix}-images-idx3-ubyte", images)
        write_idx(raw / f"{prefix}-labels-idx1-ubyte", labels)
    (root / "FashionMNIST" / "STAND-IN.txt").write_text(NOTE, "utf-8")
