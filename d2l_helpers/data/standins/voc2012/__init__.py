"""Pascal VOC2012 语义分割的替身：程序画的景物，文件夹、名单与调色板图的格式与原件相同。

二十类里画了十类；图的内容与物体的边缘都比照片简单，分数不能与文献相比。
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter

from d2l_helpers.data.standins.voc2012.canvas import Pen, Place, lit
from d2l_helpers.data.standins.voc2012.figures import FIGURES
from d2l_helpers.data.standins.voc2012.scenes import SCENES

VERSION = 1
ZOOM = 3  # 画的时候放大的倍数
SPLITS = (("train", 300), ("val", 60))  # 原件是 1464 与 1449
SHAPES = ((96, 72), (72, 96), (96, 64))  # 宽与高，像素；原件的长边是 500
CLASSES = (1, 2, 4, 5, 7, 8, 9, 15, 15, 17, 19)  # 原件里人最多，这里也多一份
BORDER = 255  # 物体的边缘，不归任何一类


def palette() -> list[int]:
    """VOC 的调色板，256 种颜色、768 个数：编号的各位轮流放进红、绿、蓝的高位。"""
    colors = []
    for index in range(256):
        color, rest = [0, 0, 0], index
        for bit in range(7, -1, -1):
            for channel in range(3):
                color[channel] |= (rest >> channel & 1) << bit
            rest >>= 3
        colors += color
    return colors


def draw_picture(rng: np.random.Generator) -> tuple[Image.Image, Image.Image]:
    """画一张图和它的标签。

    参数:
        rng: 随机数发生器；状态相同，像素就相同。

    返回:
        RGB 图像；同样大小的调色板图，像素是类别，0 是背景，255 是物体的边缘。
    """
    size = SHAPES[rng.choice(3, p=(0.75, 0.15, 0.1))]
    big = (size[0] * ZOOM, size[1] * ZOOM)
    kind = int(rng.choice(CLASSES))
    fitting = [scene for scene in SCENES if kind in scene[1]]
    draw_scene, others, heights = fitting[rng.integers(len(fitting))]
    image = lit(draw_scene(rng, big), rng, 26)
    label = np.zeros(size[::-1], np.uint8)  # (高, 宽)
    kinds = [kind] + [int(k) for k in rng.choice(others, rng.choice(3, p=(0.45, 0.4, 0.15)))]
    middle = sorted(rng.uniform(*heights) for _ in kinds)  # 由远到近地画
    for i, y in enumerate(middle):
        x = (i + rng.uniform(0.3, 0.7)) / len(kinds)  # 各占一段，遮住的不多
        near = (y - heights[0]) / (heights[1] - heights[0])
        scale = min(big) * (0.2 + 0.1 * near + rng.uniform(0, 0.1))
        tilt = rng.uniform(-0.3, 0.3) if kinds[i] == 1 else rng.uniform(-0.06, 0.06)
        place = Place(x * big[0], y * big[1], scale, bool(rng.random() < 0.5), tilt)
        _add(image, label, rng, kinds[i], place)
    small = lit(image.resize(size, Image.Resampling.BOX), rng, 12)
    picture = Image.fromarray(label)
    picture.putpalette(palette())
    return small, picture


def _add(
    image: Image.Image, label: np.ndarray, rng: np.random.Generator, kind: int, place: Place
) -> None:
    """画一个物体，改写它盖住的像素的类别，外面再围一圈边缘。"""
    pen = Pen(image.size, place)
    FIGURES[kind](pen, rng)
    image.paste(lit(pen.layer, rng, 44), (0, 0), pen.mask)
    size = (label.shape[1], label.shape[0])
    small = pen.mask.resize(size, Image.Resampling.BOX).point(lambda value: 255 * (value >= 128))
    label[np.asarray(small.filter(ImageFilter.MaxFilter(3))) > 0] = BORDER
    label[np.asarray(small) > 0] = kind


def generate(root: Path) -> None:
    """把替身写进 ``root``，布局与 ``VOCdevkit/VOC2012`` 相同（只有语义分割的部分）。"""
    lists = root / "ImageSets" / "Segmentation"
    for folder in (root / "JPEGImages", root / "SegmentationClass", lists):
        folder.mkdir(parents=True)
    for split, (name, number) in enumerate(SPLITS):
        names = [f"{2007 + split}_{i:06d}" for i in range(number)]
        for i, stem in enumerate(names):
            image, label = draw_picture(np.random.default_rng([VERSION, split, i]))
            image.save(root / "JPEGImages" / f"{stem}.jpg", quality=92)
            label.save(root / "SegmentationClass" / f"{stem}.png")
        text = "".join(f"{stem}\n" for stem in names)
        (lists / f"{name}.txt").write_text(text, "utf-8", newline="\n")
