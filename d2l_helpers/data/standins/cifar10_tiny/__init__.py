"""CIFAR-10 竞赛小样本的替身：程序画的十类小图，文件的布局与公开的压缩包相同。"""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from d2l_helpers.data.standins.canvas import Canvas
from d2l_helpers.data.standins.cifar10_tiny import animals, vehicles
from d2l_helpers.data.standins.cifar10_tiny.scenes import occlude, scene

VERSION = 1
SIDE, ZOOM = 32, 3
NUM_TRAIN, NUM_TEST = 3_000, 500  # 公开的小样本是 1000 与 5；每类 300 张才训练得动小网络

# 类别（照竞赛的英文名）→（怎么画，最常见的背景）
CLASSES: dict[str, tuple[Callable[[Canvas, random.Random], None], tuple[str, ...]]] = {
    "airplane": (vehicles.draw_airplane, ("sky", "sky", "road")),
    "automobile": (vehicles.draw_automobile, ("road", "road", "grass")),
    "bird": (animals.draw_bird, ("sky", "leaf", "grass", "water")),
    "cat": (partial(animals.draw_pet, kind="cat"), ("room", "room", "grass")),
    "deer": (animals.draw_deer, ("grass", "leaf", "grass")),
    "dog": (partial(animals.draw_pet, kind="dog"), ("room", "grass")),
    "frog": (animals.draw_frog, ("leaf", "leaf", "water", "room")),
    "horse": (animals.draw_horse, ("grass", "grass", "road")),
    "ship": (vehicles.draw_ship, ("water", "water", "water", "sky")),
    "truck": (vehicles.draw_truck, ("road", "road", "grass")),
}
SCENES = ("sky", "water", "road", "grass", "leaf", "room")
SURPRISE, HIDDEN = 0.12, 0.25  # 背景不合常理的、被挡住一点的，各占几成
UPRIGHT = ("automobile", "truck", "ship", "cat", "dog", "deer", "horse")  # 只略微倾斜


def draw_image(rng: random.Random, name: str) -> Image.Image:
    """画一张 ``name`` 类的图，32×32。"""
    draw, usual = CLASSES[name]
    kind = rng.choice(SCENES if rng.random() < SURPRISE else usual)
    canvas = Canvas(scene(rng, kind, SIDE * ZOOM))
    tilt = 0.12 if name in UPRIGHT else 0.35
    canvas.place(
        rng.uniform(0.4, 0.6), rng.uniform(0.42, 0.6), rng.uniform(0.32, 0.5),
        angle=rng.uniform(-tilt, tilt), flip=rng.random() < 0.5, squeeze=rng.uniform(0.85, 1.05),
    )  # fmt: skip
    draw(canvas, rng)
    if rng.random() < HIDDEN:
        occlude(rng, canvas, kind)
    return canvas.image.resize((SIDE, SIDE), Image.Resampling.BOX)


def expose(images: np.ndarray, seed: int) -> np.ndarray:
    """各张图的明暗、冷暖、对比不同，再加噪声；只用整数算。"""
    rng = np.random.RandomState(seed)
    n = len(images)
    gain = rng.randint(190, 280, (n, 1, 1, 1)) + rng.randint(-28, 29, (n, 1, 1, 3))  # 以 1/256 计
    lift = rng.randint(-25, 26, (n, 1, 1, 1))
    noise = rng.randint(-9, 10, images.shape) + rng.randint(-9, 10, images.shape)
    pixels = (images.astype(np.int32) * gain >> 8) + lift + noise
    return np.clip(pixels, 0, 255).astype(np.uint8)


def draw_set(num_samples: int, seed: int) -> tuple[np.ndarray, list[str]]:
    """画一组图，各类张数相同，次序打乱。

    参数:
        num_samples: 张数。
        seed: 随机数的种子；同样的种子得到同样的像素。

    返回:
        图像，uint8，形状 (张数, 32, 32, 3)；类别名的列表。
    """
    rng = random.Random(seed)
    labels = [list(CLASSES)[i % len(CLASSES)] for i in range(num_samples)]
    rng.shuffle(labels)
    images = np.stack([np.asarray(draw_image(rng, name)) for name in labels])
    return expose(images, seed), labels


def generate(root: Path) -> None:
    """把替身写进 ``root``：trainLabels.csv 与 train/、test/ 里从 1 编号的 PNG。"""
    for part, num_samples, seed in (("train", NUM_TRAIN, 1), ("test", NUM_TEST, 2)):
        images, labels = draw_set(num_samples, seed)
        folder = root / part
        folder.mkdir()
        for i, image in enumerate(images, 1):
            Image.fromarray(image).save(folder / f"{i}.png", compress_level=1)
        if part == "train":
            rows = [f"{i},{name}\n" for i, name in enumerate(labels, 1)]
            (root / "trainLabels.csv").write_text("id,label\n" + "".join(rows), "utf-8")
