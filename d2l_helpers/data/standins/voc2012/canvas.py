"""画笔：在放大的图上画一个物体，同时记下它盖住的像素；画完再上一层光影。"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

Color = tuple[int, int, int]
Point = tuple[float, float]  # 物体自己的坐标：中心是原点，高或宽大约从 −1 到 1，y 向下
OVAL = 28  # 椭圆用这么多边的多边形代替


@dataclass(frozen=True)
class Place:
    """物体放在哪里。

    参数:
        x, y: 中心，像素。
        size: 物体坐标里的 1 是多少像素。
        mirror: 左右翻转。
        tilt: 转过的角度，弧度。
    """

    x: float
    y: float
    size: float
    mirror: bool = False
    tilt: float = 0.0

    def at(self, point: Point) -> Point:
        """物体坐标换成像素。"""
        x, y = (-point[0] if self.mirror else point[0]), point[1]
        cos, sin = math.cos(self.tilt) * self.size, math.sin(self.tilt) * self.size
        return self.x + x * cos - y * sin, self.y + x * sin + y * cos


class Pen:
    """画一个物体。

    参数:
        size: 画布的宽与高，像素。
        place: 物体放在哪里。

    属性:
        layer: 画了物体的 RGB 图。
        mask: “L”图，物体盖住的地方是 255。
    """

    def __init__(self, size: tuple[int, int], place: Place) -> None:
        self.place = place
        self.layer, self.mask = Image.new("RGB", size), Image.new("L", size)
        self._colors, self._marks = ImageDraw.Draw(self.layer), ImageDraw.Draw(self.mask)

    def polygon(self, points: Sequence[Point], color: Color) -> None:
        """填一个多边形。"""
        pixels = [self.place.at(point) for point in points]
        self._colors.polygon(pixels, fill=color)
        self._marks.polygon(pixels, fill=255)

    def rectangle(self, left: float, top: float, right: float, bottom: float, color: Color) -> None:
        """填一个矩形。"""
        self.polygon([(left, top), (right, top), (right, bottom), (left, bottom)], color)

    def oval(self, center: Point, width: float, height: float, color: Color) -> None:
        """填一个椭圆；``width``、``height`` 是半轴。"""
        turns = [2 * math.pi * i / OVAL for i in range(OVAL)]
        edge = [(center[0] + width * math.cos(t), center[1] + height * math.sin(t)) for t in turns]
        self.polygon(edge, color)

    def line(self, points: Sequence[Point], color: Color, width: float) -> None:
        """画折线，``width`` 用物体的坐标；拐角是圆的。"""
        pixels = [self.place.at(point) for point in points]
        thick = max(2, round(width * self.place.size))
        self._colors.line(pixels, fill=color, width=thick, joint="curve")
        self._marks.line(pixels, fill=255, width=thick, joint="curve")

    def ring(self, center: Point, radius: float, color: Color, width: float) -> None:
        """画一个圆圈，例如车轮；圈里是空的。"""
        turns = [2 * math.pi * i / OVAL for i in range(OVAL + 1)]
        edge = [(center[0] + radius * math.cos(t), center[1] + radius * math.sin(t)) for t in turns]
        self.line(edge, color, width)


def tinted(color: Color, percent: int) -> Color:
    """同一种颜色调亮或调暗：各分量乘上百分数。"""
    return tuple(min(255, max(0, part * percent // 100)) for part in color)


def mixed(color: Color, rng: np.random.Generator, spread: int) -> Color:
    """与 ``color`` 相近的颜色：各分量至多增减 ``spread``。"""
    change = rng.integers(-spread, spread + 1, 3).tolist()
    return tuple(min(255, max(0, a + b)) for a, b in zip(color, change, strict=True))


def lit(image: Image.Image, rng: np.random.Generator, strength: int) -> Image.Image:
    """上光影：一边亮一边暗，加上深浅不匀与细噪声；``strength`` 是增减的幅度，0–255。"""
    width, height = image.size
    grid = rng.integers(0, 256, (4, 4)).astype(np.uint8)
    rough = Image.fromarray(grid).resize(image.size, Image.Resampling.BICUBIC)
    fine = rng.integers(0, 256, (height, width)).astype(np.int32)
    across = np.linspace(-128, 127, width).astype(np.int32) * int(rng.integers(-1, 2))
    light = np.asarray(rough, np.int32) - 128 + (fine - 128) // 2 + across  # (高, 宽)
    pixels = np.asarray(image, np.int32) + (light * strength // 256)[..., None]
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
