"""彩色的画布：在物体自己的坐标里画，画布负责转动、缩放、翻转；放大了画，最后缩小，边缘平滑。"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

Point = tuple[float, float]  # (横, 纵)，横向右、纵向下
Colour = tuple[int, int, int]
CIRCLE = [(math.cos(k * math.pi / 12), math.sin(k * math.pi / 12)) for k in range(24)]


class Canvas:
    """画在一张 RGB 图上；:meth:`place` 之后，坐标以物体的中心为原点，1 约是物体的半长。"""

    def __init__(self, image: Image.Image) -> None:
        self.image = image
        self._draw = ImageDraw.Draw(image)
        self.place(0.5, 0.5, 0.5)

    def place(
        self,
        x: float,
        y: float,
        scale: float,
        *,
        angle: float = 0.0,
        flip: bool = False,
        squeeze: float = 1.0,
    ) -> None:
        """把坐标系放到图中的 (x, y)，以边长为单位；``angle`` 是弧度，``squeeze`` 压缩横向。"""
        side = self.image.width
        self._origin, self._unit = (x * side, y * side), scale * side
        cos, sin, sign = math.cos(angle), math.sin(angle), -1 if flip else 1
        self._across = (cos * self._unit * sign * squeeze, sin * self._unit * sign * squeeze)
        self._down = (-sin * self._unit, cos * self._unit)

    def _at(self, points: Sequence[Point]) -> list[Point]:
        (x0, y0), (ax, ay), (dx, dy) = self._origin, self._across, self._down
        return [(x0 + ax * x + dx * y, y0 + ay * x + dy * y) for x, y in points]

    def polygon(self, points: Sequence[Point], colour: Colour) -> None:
        """填一个多边形。"""
        self._draw.polygon(self._at(points), fill=colour)

    def oval(
        self, x: float, y: float, rx: float, ry: float, colour: Colour, tilt: float = 0.0
    ) -> None:
        """填一个椭圆；``tilt`` 是它自己转过的弧度。"""
        c, s = math.cos(tilt), math.sin(tilt)
        ring = [(x + rx * u * c - ry * v * s, y + rx * u * s + ry * v * c) for u, v in CIRCLE]
        self.polygon(ring, colour)

    def line(self, points: Sequence[Point], colour: Colour, width: float) -> None:
        """画折线，线宽与坐标同单位。"""
        pixels = max(1, round(width * self._unit))
        self._draw.line(self._at(points), fill=colour, width=pixels, joint="curve")

    def box(self, left: float, top: float, right: float, bottom: float, colour: Colour) -> None:
        """填一个矩形。"""
        self.polygon([(left, top), (right, top), (right, bottom), (left, bottom)], colour)


def shade(colour: Colour, factor: float) -> Colour:
    """亮一点（大于 1）或暗一点（小于 1）的同一种颜色。"""
    return tuple(max(0, min(255, int(value * factor))) for value in colour)


def near(rng: random.Random, colour: Colour, spread: int = 22) -> Colour:
    """``colour`` 附近的一种颜色；各通道一起变亮变暗，再各自变一点。"""
    common = rng.randint(-spread, spread)
    return tuple(
        max(0, min(255, value + common + rng.randint(-spread // 2, spread // 2)))
        for value in colour
    )


def blurred(rng: random.Random, side: int, grid: int, low: Colour, high: Colour) -> Image.Image:
    """两种颜色之间随机起伏的一张图：``grid``×``grid`` 的随机数放大而成。"""
    noise = np.frombuffer(rng.randbytes(grid * grid), np.uint8).reshape(grid, grid, 1)
    span = np.array(high, np.int32) - np.array(low, np.int32)
    small = (np.array(low) + noise.astype(np.int32) * span // 255).astype(np.uint8)
    return Image.fromarray(small).resize((side, side), Image.Resampling.BICUBIC)
