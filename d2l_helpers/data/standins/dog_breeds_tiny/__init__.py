"""犬种竞赛小样本的替身：程序画的十二种狗，文件的布局与公开的压缩包相同。"""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
from PIL import Image

from d2l_helpers.data.standins.canvas import Canvas, blurred, near, shade
from d2l_helpers.data.standins.dog_breeds_tiny.breeds import BREEDS, colours
from d2l_helpers.data.standins.dog_breeds_tiny.poses import Dog, backdrop

VERSION = 1
SIDE, ZOOM = 96, 2
NUM_TRAIN, NUM_TEST = 40, 10  # 每种的张数；公开的小样本是 120 种共 1000 张，测试 10 张
GROUNDS = (
    (110, 140, 80), (165, 145, 110), (150, 150, 155), (190, 180, 165), (95, 85, 80),
    (130, 160, 185), (215, 220, 228),
)  # fmt: skip


def draw_image(rng: random.Random, name: str) -> Image.Image:
    """画一只 ``name`` 种的狗，96×96。"""
    breed = BREEDS[name]
    wall, floor = (near(rng, rng.choice(GROUNDS), 30) for _ in range(2))
    side = SIDE * ZOOM
    image = blurred(rng, side, rng.choice((3, 6)), shade(wall, 0.85), shade(wall, 1.15))
    horizon = int(side * rng.uniform(0.35, 0.75))
    ground = blurred(rng, side, rng.choice((4, 9)), shade(floor, 0.8), shade(floor, 1.15))
    image.paste(ground.crop((0, 0, side, side - horizon)), (0, horizon))
    canvas = Canvas(image)
    backdrop(canvas, rng)
    canvas.place(
        rng.uniform(0.43, 0.57), rng.uniform(0.45, 0.57), rng.uniform(0.4, 0.56),
        angle=rng.uniform(-0.1, 0.1), flip=rng.random() < 0.5, squeeze=rng.uniform(0.9, 1.05),
    )  # fmt: skip
    dog = Dog(canvas, rng, breed, colours(breed, rng))
    rng.choice((dog.standing, dog.standing, dog.sitting, dog.face, dog.face))()
    return canvas.image.resize((SIDE, SIDE), Image.Resampling.BOX)


def expose(images: np.ndarray, seed: int) -> np.ndarray:
    """各张图的明暗与冷暖不同，再加噪声；只用整数算。"""
    rng = np.random.RandomState(seed)
    n = len(images)
    gain = rng.randint(195, 285, (n, 1, 1, 1)) + rng.randint(-20, 21, (n, 1, 1, 3))  # 以 1/256 计
    noise = rng.randint(-5, 6, images.shape) + rng.randint(-5, 6, images.shape)
    pixels = (images.astype(np.int32) * gain >> 8) + noise
    return np.clip(pixels, 0, 255).astype(np.uint8)


def draw_set(num_each: int, seed: int) -> tuple[np.ndarray, list[str], list[str]]:
    """画一组图，每种 ``num_each`` 张，次序打乱。

    参数:
        num_each: 每种的张数。
        seed: 随机数的种子；同样的种子得到同样的像素。

    返回:
        图像，uint8，形状 (张数, 96, 96, 3)；品种名的列表；编号的列表，各是 32 个十六进制数字。
    """
    rng = random.Random(seed)
    labels = [name for name in BREEDS for _ in range(num_each)]
    rng.shuffle(labels)
    images = np.stack([np.asarray(draw_image(rng, name)) for name in labels])
    return expose(images, seed), labels, [rng.randbytes(16).hex() for _ in labels]


def generate(root: Path) -> None:
    """把替身写进 ``root``：labels.csv 与 train/、test/ 里的 JPEG。"""
    for part, num_each, seed in (("train", NUM_TRAIN, 1), ("test", NUM_TEST, 2)):
        images, labels, ids = draw_set(num_each, seed)
        folder = root / part
        folder.mkdir()
        for id_, image in zip(ids, images, strict=True):
            Image.fromarray(image).save(folder / f"{id_}.jpg", quality=92)
        if part == "train":
            rows = sorted(f"{id_},{name}\n" for id_, name in zip(ids, labels, strict=True))
            (root / "labels.csv").write_text("id,breed\n" + "".join(rows), "utf-8")
