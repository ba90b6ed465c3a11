"""热狗数据集的替身：程序画的热狗与别的食物，布局与公开的压缩包相同。"""

from __future__ import annotations

import math
import random
from pathlib import Path

import numpy as np
from PIL import Image

from d2l_helpers.data.standins.canvas import Canvas
from d2l_helpers.data.standins.hotdog.foods import CONFUSING, OTHERS, hotdog
from d2l_helpers.data.standins.hotdog.plates import garnish, plate, table

VERSION = 1
SIDE, ZOOM = 64, 3
NUM_TRAIN, NUM_TEST = 200, 150  # 每类的张数；公开的是 1000 与 400
CLASSES = ("hotdog", "not-hotdog")
CONFUSED = 0.3  # 不是热狗的图里，长条形的、容易混的占几成


def draw_image(rng: random.Random, name: str) -> Image.Image:
    """画一张 ``name`` 类的图，64×64。"""
    canvas = Canvas(table(rng, SIDE * ZOOM))
    x, y, scale = rng.uniform(0.42, 0.58), rng.uniform(0.42, 0.58), rng.uniform(0.3, 0.44)
    canvas.place(x, y, scale, angle=rng.uniform(-0.3, 0.3))
    plate(canvas, rng)
    if rng.random() < 0.4:
        garnish(canvas, rng)
    draw = (
        hotdog if name == "hotdog" else rng.choice(CONFUSING if rng.random() < CONFUSED else OTHERS)
    )
    turned = draw in CONFUSING or draw is hotdog  # 长条的朝哪个方向都行，别的只略微倾斜
    tilt, flip = math.pi if turned else 0.3, rng.random() < 0.5
    angle, size = rng.uniform(-tilt, tilt), scale * rng.uniform(0.85, 1.1)
    squeeze = rng.uniform(0.85, 1.0)
    if turned and rng.random() < 0.25:  # 并排两份
        side = (math.sin(angle) * 0.45 * scale, math.cos(angle) * 0.45 * scale)
        for sign in (-1, 1):
            canvas.place(x - sign * side[0], y + sign * side[1], size * 0.8, angle=angle, flip=flip)
            draw(canvas, rng)
    else:
        canvas.place(x, y, size, angle=angle, flip=flip, squeeze=squeeze)
        draw(canvas, rng)
    return canvas.image.resize((SIDE, SIDE), Image.Resampling.BOX)


def expose(images: np.ndarray, seed: int) -> np.ndarray:
    """各张图的明暗与冷暖不同，再加噪声；只用整数算。"""
    rng = np.random.RandomState(seed)
    n = len(images)
    gain = rng.randint(190, 300, (n, 1, 1, 1)) + rng.randint(-25, 26, (n, 1, 1, 3))  # 以 1/256 计
    noise = rng.randint(-6, 7, images.shape) + rng.randint(-6, 7, images.shape)
    pixels = (images.astype(np.int32) * gain >> 8) + noise
    return np.clip(pixels, 0, 255).astype(np.uint8)


def draw_class(name: str, num_samples: int, seed: int) -> np.ndarray:
    """画 ``num_samples`` 张同类的图，uint8，形状 (张数, 64, 64, 3)。"""
    rng = random.Random(f"{name} {seed}")
    return expose(np.stack([np.asarray(draw_image(rng, name)) for _ in range(num_samples)]), seed)


def generate(root: Path) -> None:
    """把替身写进 ``root``：{train,test}/{hotdog,not-hotdog}/编号.png。"""
    for part, num_samples, seed in (("train", NUM_TRAIN, 1), ("test", NUM_TEST, 2)):
        for name in CLASSES:
            folder = root / part / name
            folder.mkdir(parents=True)
            for i, image in enumerate(draw_class(name, num_samples, seed)):
                Image.fromarray(image).save(folder / f"{i}.png", compress_level=1)
