"""画布：用边长为 1 的坐标画灰度图，放大三倍来画，再缩到 28×28，边缘因此平滑。"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

from PIL import Image, ImageDraw

SIDE = 28  # 成品的边长，像素
ZOOM = 3  # 画的时候放大的倍数
BIG = SIDE * ZOOM

Point = tuple[float, float]  # (横, 纵)，原点在左上角，1 是整条边


class Canvas:
    """一张黑底的灰度图；长度都以边长为单位，线宽以成品的像素为单位。"""

    def __init__(self) -> None:
        self.image = Image.new("L", (BIG, BIG))
        self._draw = ImageDraw.Draw(self.image)

    def polygon(self, points: Sequence[Point], shade: float) -> None:
        """填一个多边形。"""
        self._draw.polygon(_scaled(points), fill=_grey(shade))

    def line(self, points: Sequence[Point], shade: float, width: float = 1.0) -> None:
        """画折线，线宽以成品的像素计。"""
        self._draw.line(_scaled(points), fill=_grey(shade), width=max(1, int(width * ZOOM)))

    def disc(self, center: Point, radius: float, shade: float) -> None:
        """填一个圆。"""
        self._draw.ellipse(_box(center, radius, radius), fill=_grey(shade))

    def arch(
        self, center: Point, half_width: float, height: float, shade: float, width: float
    ) -> None:
        """画椭圆的上半圈，例如手提包的提手。"""
        box = _box(center, half_width, height)
        self._draw.arc(box, 180, 360, fill=_grey(shade), width=max(1, int(width * ZOOM)))

    def mirror(self) -> None:
        """左右翻转。"""
        self.image = self.image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        self._draw = ImageDraw.Draw(self.image)

    def finish(self, rng: random.Random) -> bytes:
        """随机转一点、放大一点、错切一点、挪一点，缩到 28×28，返回 784 个字节。"""
        angle, scale = rng.uniform(-0.06, 0.06), rng.uniform(0.95, 1.12)
        stretch, shear = rng.uniform(0.92, 1.08), rng.uniform(-0.08, 0.08)
        dx, dy = (rng.uniform(-0.045, 0.045) * BIG for _ in range(2))
        cos, sin, mid = math.cos(angle), math.sin(angle), BIG / 2
        a, b = cos * scale * stretch, (shear - sin) * scale
        d, e = sin * scale * stretch, cos * scale
        back = (a, b, mid - a * mid - b * mid + dx, d, e, mid - d * mid - e * mid + dy)
        moved = self.image.transform(
            (BIG, BIG), Image.Transform.AFFINE, back, Image.Resampling.BILINEAR
        )
        return moved.resize((SIDE, SIDE), Image.Resampling.BOX).tobytes()


def rounded(points: Sequence[Point], times: int = 1) -> list[Point]:
    """磨圆闭合折线的角：每条边换成它的四分之一与四分之三处两点（Chaikin 切角）。"""
    shape = list(points)
    for _ in range(times):
        nexts = shape[1:] + shape[:1]
        shape = [
            (p[0] + t * (q[0] - p[0]), p[1] + t * (q[1] - p[1]))
            for p, q in zip(shape, nexts, strict=True)
            for t in (0.25, 0.75)
        ]
    return shape


def _scaled(points: Sequence[Point]) -> list[Point]:
    return [(x * BIG, y * BIG) for x, y in points]


def _box(center: Point, half_width: float, half_height: float) -> list[float]:
    x, y = center
    return [
        (x - half_width) * BIG, (y - half_height) * BIG,
        (x + half_width) * BIG, (y + half_height) * BIG,
    ]  # fmt: skip


def _grey(shade: float) -> int:
    return max(0, min(255, int(shade)))
