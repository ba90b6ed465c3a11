"""香蕉检测的替身：程序画的图，每张一根香蕉，文件夹与 CSV 的格式与公开的原件相同。"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from d2l_helpers.data.standins.banana_detection.fruit import (
    draw_banana,
    draw_others,
    random_banana,
)
from d2l_helpers.data.standins.banana_detection.scenes import draw_scene, mottle

VERSION = 1
SIDE = 64  # 成品的边长，像素；原件是 256
ZOOM = 3  # 画的时候放大的倍数，缩小以后边缘平滑
SPLITS = (("bananas_train", 400), ("bananas_val", 80))  # 原件是 1000 与 100
HEADER = "img_name,label,xmin,ymin,xmax,ymax"
COVERED = 64  # 像素盖住四分之一（255 的 64）就算在框里

Box = tuple[int, int, int, int]


def draw_picture(rng: np.random.Generator) -> tuple[Image.Image, Box]:
    """画一张图。

    参数:
        rng: 随机数发生器；状态相同，像素就相同。

    返回:
        RGB 图像，64×64；框 (xmin, ymin, xmax, ymax)，像素，右边与下边不含在内。
    """
    big = SIDE * ZOOM
    image = draw_scene(rng, big)
    draw_others(image, rng)
    mask = draw_banana(image, rng, random_banana(rng, big))
    image = mottle(image.resize((SIDE, SIDE), Image.Resampling.BOX), rng, 16)
    covered = np.asarray(mask.resize((SIDE, SIDE), Image.Resampling.BOX)) >= COVERED  # (64, 64)
    rows, columns = np.flatnonzero(covered.any(1)), np.flatnonzero(covered.any(0))
    box = (columns[0], rows[0], columns[-1] + 1, rows[-1] + 1)
    return image, tuple(int(edge) for edge in box)


def generate(root: Path) -> None:
    """把替身写进 ``root``：两个文件夹，各有 ``images/`` 与 ``label.csv``。"""
    for split, (folder, number) in enumerate(SPLITS):
        images = root / folder / "images"
        images.mkdir(parents=True)
        lines = [HEADER]
        for i in range(number):
            image, box = draw_picture(np.random.default_rng([VERSION, split, i]))
            image.save(images / f"{i}.png")
            lines.append(f"{i}.png,0,{','.join(map(str, box))}")
        text = "".join(f"{line}\n" for line in lines)
        (root / folder / "label.csv").write_text(text, "utf-8", newline="\n")
