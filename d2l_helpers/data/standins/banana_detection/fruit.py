"""水果：一根香蕉，和混在旁边的圆水果、叶子；香蕉盖住的地方另记在一张遮罩里。"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from d2l_helpers.data.standins.banana_detection.scenes import Color, tinted

Point = tuple[float, float]
STEPS = 24  # 外形的每条边分成这么多段
ROUND = ((225, 120, 30), (190, 40, 45), (120, 160, 50), (90, 60, 130), (235, 200, 70))


@dataclass(frozen=True)
class Banana:
    """一根香蕉：中线是一段圆弧，两头细、中间粗。

    参数:
        center: 中心，像素。
        length: 两端之间的弧长，像素。
        bend: 圆弧转过的角度，弧度；越大越弯。
        angle: 整根转过的角度，弧度。
        thick: 最粗处的一半，与 ``length`` 的比。
    """

    center: Point
    length: float
    bend: float
    angle: float
    thick: float

    def at(self, along: float, across: float) -> Point:
        """中线上 ``along``（一端 −1，另一端 1）处、横着偏出 ``across`` 倍半宽的点。"""
        radius = self.length / self.bend
        turn = along * self.bend / 2
        taper = max(0.0, 1 - abs(along) ** 3) ** 0.6
        reach = radius + across * self.thick * self.length * (0.16 + 0.84 * taper)
        x, y = reach * math.sin(turn), reach * math.cos(turn) - radius * math.cos(self.bend / 4)
        cos, sin = math.cos(self.angle), math.sin(self.angle)
        return self.center[0] + x * cos - y * sin, self.center[1] + x * sin + y * cos

    def band(self, start: float, end: float, inner: float, outer: float) -> list[Point]:
        """一段带子：沿着中线从 ``start`` 到 ``end``，横向从 ``inner`` 到 ``outer``。"""
        steps = [start + (end - start) * i / STEPS for i in range(STEPS + 1)]
        return [self.at(t, inner) for t in steps] + [self.at(t, outer) for t in reversed(steps)]


def random_banana(rng: np.random.Generator, side: int) -> Banana:
    """随便一根香蕉，整根在边长 ``side`` 的图里。"""
    length = side * rng.uniform(0.34, 0.62)
    margin = 0.58 * length + 0.02 * side  # 柄也在里面
    return Banana(
        center=tuple(rng.uniform(margin, side - margin, 2)),
        length=length,
        bend=rng.uniform(0.9, 1.9),
        angle=rng.uniform(0, 2 * math.pi),
        thick=rng.uniform(0.11, 0.155),
    )


def draw_banana(image: Image.Image, rng: np.random.Generator, banana: Banana) -> Image.Image:
    """把香蕉画进 ``image``，返回它的遮罩（“L”图，盖住的地方是 255）。"""
    peel = _peel(rng)
    layer, mask = Image.new("RGB", image.size, peel), Image.new("L", image.size)
    draw, stencil = ImageDraw.Draw(layer), ImageDraw.Draw(mask)
    stem = banana.band(0.93, 1.16, -0.75, 0.75)
    stencil.polygon(banana.band(-1, 1, -1, 1), fill=255)
    stencil.polygon(stem, fill=255)
    for inner, outer, percent in ((-1, -0.35, 72), (-0.35, 0.4, 104), (0.4, 1, 90)):
        draw.polygon(banana.band(-1, 1, inner, outer), fill=tinted(peel, percent))
    draw.line(banana.band(-0.8, 0.7, -0.1, -0.1)[: STEPS + 1], tinted(peel, 116), 3)
    _spots(draw, rng, banana, peel)
    draw.polygon(stem, fill=(132, 128, 50))
    draw.polygon(banana.band(1.08, 1.16, -0.9, 0.9), fill=(84, 62, 36))
    draw.polygon(banana.band(-1.05, -0.93, -1, 1), fill=(66, 48, 32))
    _drop_shadow(image, mask, int(rng.integers(3, 8)))
    image.paste(layer, (0, 0), mask)
    return mask


def _peel(rng: np.random.Generator) -> Color:
    """皮的颜色：多数熟黄，少数青，少数熟过了头。"""
    kind = rng.random()
    low, high = ((216, 176, 40), (252, 218, 96))
    if kind < 0.15:
        low, high = ((160, 178, 48), (196, 204, 90))
    elif kind > 0.88:
        low, high = ((176, 132, 40), (212, 164, 70))
    return tuple(int(rng.integers(a, b)) for a, b in zip(low, high, strict=True))


def _spots(
    draw: ImageDraw.ImageDraw, rng: np.random.Generator, banana: Banana, peel: Color
) -> None:
    """皮上的斑点，有的香蕉没有。"""
    for _ in range(int(rng.integers(0, 9))):
        x, y = banana.at(rng.uniform(-0.8, 0.8), rng.uniform(-0.7, 0.7))
        radius = banana.length * rng.uniform(0.006, 0.022)
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=tinted(peel, 55))


def _drop_shadow(image: Image.Image, mask: Image.Image, shift: int) -> None:
    """影子：遮罩往右下挪一点，模糊，再把底下调暗。"""
    shadow = ImageChops.offset(mask, shift, shift).filter(ImageFilter.GaussianBlur(shift))
    image.paste((16, 14, 20), (0, 0), shadow.point(lambda value: value * 45 // 100))


def draw_others(image: Image.Image, rng: np.random.Generator) -> None:
    """画零到三个别的东西：圆水果或者叶子；没有边界框，检测器要学会不理它们。"""
    for _ in range(int(rng.choice([0, 0, 1, 1, 2, 3]))):
        x, y = rng.uniform(0, image.width, 2)
        radius = image.width * rng.uniform(0.07, 0.15)
        color = ROUND[rng.integers(len(ROUND))]
        if rng.random() < 0.3:
            _leaf(image, (x, y), radius, rng.uniform(0, math.pi))
        else:
            _ball(image, (x, y), radius, tinted(color, int(rng.integers(85, 115))))


def _ball(image: Image.Image, center: Point, radius: float, color: Color) -> None:
    mask = Image.new("L", image.size)
    ImageDraw.Draw(mask).ellipse(_box(center, radius), fill=255)
    _drop_shadow(image, mask, 4)
    draw = ImageDraw.Draw(image)
    for i in range(7):  # 一圈比一圈小，越往左上越亮
        middle = (center[0] - 0.05 * i * radius, center[1] - 0.05 * i * radius)
        draw.ellipse(_box(middle, radius * (1 - 0.12 * i)), fill=tinted(color, 76 + 7 * i))


def _leaf(image: Image.Image, center: Point, radius: float, angle: float) -> None:
    cos, sin = math.cos(angle) * radius, math.sin(angle) * radius
    x, y = center
    half = [(i / 8, 0.42 * math.sin(math.pi * (i / 8 + 1) / 2)) for i in range(-8, 9)]
    edge: Sequence[Point] = [*half, *((a, -b) for a, b in reversed(half))]
    outline = [(x + 1.4 * (a * cos - b * sin), y + 1.4 * (a * sin + b * cos)) for a, b in edge]
    draw = ImageDraw.Draw(image)
    draw.polygon(outline, fill=(62, 128, 58))
    ends = [(x - 1.4 * cos, y - 1.4 * sin), (x + 1.4 * cos, y + 1.4 * sin)]
    draw.line(ends, fill=(140, 180, 110), width=2)


def _box(center: Point, radius: float) -> tuple[float, float, float, float]:
    return center[0] - radius, center[1] - radius, center[0] + radius, center[1] + radius
