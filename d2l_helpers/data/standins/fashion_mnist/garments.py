"""衣裤：五种上装共用一个裁剪图，只是尺寸与细节的分布不同，而且彼此重叠。

原始数据里衬衫、外套、套头衫、T 恤就难分；这里的重叠是照着那种难度调的：
线性模型约 0.80，多层感知机约 0.85，LeNet 约 0.89。
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

from d2l_helpers.data.standins.fashion_mnist.canvas import Canvas

MIDDLE = 0.5  # 左右对称轴
FLOOR = 0.97  # 下摆至多到这里
Range = tuple[float, float]


@dataclass(frozen=True)
class Cut:
    """一种上装的裁剪：尺寸是取值范围，细节是出现的概率。

    参数:
        length: 衣长。
        sleeve: 袖长；``None`` 表示无袖。
        waist, hem: 腰宽与下摆宽，相对于肩宽。
        odd_sleeve: 少数反常的袖长。
        odd: 袖长反常的概率。
        shoulder: 肩宽的一半。
        neck_depth: 领口深。
        placket, collar, pockets, print_: 门襟、翻领、口袋、胸前印花出现的概率。
    """

    length: Range
    sleeve: Range | None
    waist: Range
    hem: Range
    odd_sleeve: Range
    odd: float
    placket: float
    collar: float
    pockets: float
    print_: float
    shoulder: Range = (0.20, 0.27)
    neck_depth: Range = (0.02, 0.08)


CUTS = {
    "t-shirt": Cut(
        length=(0.55, 0.80), sleeve=(0.12, 0.30), odd_sleeve=(0.30, 0.60), odd=0.05,
        waist=(0.85, 1.02), hem=(0.90, 1.10),
        placket=0.03, collar=0.08, pockets=0.10, print_=0.40,
    ),
    "pullover": Cut(
        length=(0.60, 0.78), sleeve=(0.52, 0.75), odd_sleeve=(0.20, 0.40), odd=0.03,
        waist=(0.88, 1.05), hem=(0.85, 1.08),
        placket=0.03, collar=0.04, pockets=0.04, print_=0.40,
    ),
    "dress": Cut(
        length=(0.80, 0.90), sleeve=None, odd_sleeve=(0.08, 0.70), odd=0.40,
        waist=(0.65, 0.95), hem=(1.00, 2.20),
        placket=0.08, collar=0.10, pockets=0.02, print_=0.08,
        shoulder=(0.11, 0.20), neck_depth=(0.03, 0.14),
    ),
    "coat": Cut(
        length=(0.76, 0.88), sleeve=(0.58, 0.80), odd_sleeve=(0.58, 0.80), odd=0.0,
        waist=(0.88, 1.08), hem=(1.00, 1.28),
        placket=0.95, collar=0.30, pockets=0.75, print_=0.02,
    ),
    "shirt": Cut(
        length=(0.60, 0.84), sleeve=(0.50, 0.75), odd_sleeve=(0.12, 0.35), odd=0.25,
        waist=(0.85, 1.03), hem=(0.90, 1.12),
        placket=0.85, collar=0.85, pockets=0.05, print_=0.05,
    ),
}  # fmt: skip


def cloth_shade(rng: random.Random) -> float:
    """布的亮度：多数亮，少数暗。"""
    return rng.uniform(140, 255) if rng.random() < 0.9 else rng.uniform(60, 140)


@dataclass(frozen=True)
class _Body:
    """量好的衣身：领口两点、肩、腰、下摆。"""

    top: float
    shoulder: float
    waist: float
    hem: float
    neck: float
    neck_depth: float
    length: float

    @property
    def bottom(self) -> float:
        return min(self.top + self.length, FLOOR)

    def outline(self) -> list[tuple[float, float]]:
        """从左领口逆时针一圈，领口是圆的。"""
        side = [
            (self.neck, self.top),
            (self.shoulder, self.top + 0.03),
            (self.shoulder, self.top + 0.2),
            (self.waist, self.top + self.length * 0.55),
            (self.hem, self.bottom),
        ]
        collar = [
            (0.7 * self.neck, self.top + 0.7 * self.neck_depth),
            (0.0, self.top + self.neck_depth),
            (-0.7 * self.neck, self.top + 0.7 * self.neck_depth),
        ]
        points = [(-x, y) for x, y in side] + side[::-1] + collar
        return [(MIDDLE + x, y) for x, y in points]


def draw_top(canvas: Canvas, rng: random.Random, kind: str) -> None:
    """画一件上装（``CUTS`` 里的一种）。"""
    cut, between = CUTS[kind], rng.uniform
    shoulder = between(*cut.shoulder)
    body = _Body(
        top=between(0.06, 0.16),
        shoulder=shoulder,
        waist=shoulder * between(*cut.waist),
        hem=shoulder * between(*cut.hem),
        neck=min(between(0.05, 0.10), 0.8 * shoulder),
        neck_depth=between(*cut.neck_depth),
        length=between(*cut.length),
    )
    shade = cloth_shade(rng)
    sleeve = cut.odd_sleeve if rng.random() < cut.odd else cut.sleeve
    if sleeve is not None:
        arm_shade = shade * between(0.85, 1.05) if rng.random() < 0.9 else between(90, 255)
        _draw_sleeves(canvas, rng, body, between(*sleeve), arm_shade)
    canvas.polygon(body.outline(), shade)
    _draw_details(canvas, rng, cut, body, shade)


def _draw_sleeves(
    canvas: Canvas, rng: random.Random, body: _Body, length: float, shade: float
) -> None:
    """两只袖子，短袖张得更开。"""
    angle = rng.uniform(0.4, 1.2) if length < 0.35 else rng.uniform(0.9, 1.5)
    width = rng.uniform(0.07, 0.12)
    reach, drop = math.cos(angle) * length, math.sin(angle) * length
    top = body.top + 0.03
    for side in (-1, 1):
        x = MIDDLE + side * body.shoulder
        cuff = [
            (x + side * reach, top + drop - 0.2 * width),
            (x + side * (reach - 0.8 * width), top + drop + 0.4 * width),
        ]
        upper, under = (x - side * 0.06, top - 0.015), (x - side * 0.02, top + 1.9 * width)
        canvas.polygon([upper, *cuff, under], shade)


def _draw_details(canvas: Canvas, rng: random.Random, cut: Cut, body: _Body, shade: float) -> None:
    """门襟、翻领、口袋、印花，各以自己的概率出现。"""
    between, chance = rng.uniform, rng.random
    tone = shade * (between(0.25, 0.65) if chance() < 0.8 else between(1.2, 1.7))
    if chance() < cut.placket:
        double = cut is CUTS["coat"] and chance() < 0.75
        ends = [(MIDDLE, body.top + body.neck_depth), (MIDDLE, body.bottom)]
        canvas.line(ends, tone, 2 if double else 1)
    if chance() < cut.collar:
        lapel = shade * between(1.1, 1.5)
        for side in (-1, 1):
            corners = ((body.neck, -0.02), (0.01, body.neck_depth))
            tip = (body.neck + 0.03, body.neck_depth + 0.07)
            points = [(MIDDLE + side * x, body.top + y) for x, y in (*corners, tip)]
            canvas.polygon(points, lapel)
    if chance() < cut.pockets:
        y = body.top + body.length * between(0.55, 0.70)
        for side in (-1, 1):
            ends = [(MIDDLE + side * body.shoulder * t, y) for t in (0.3, 0.8)]
            canvas.line(ends, tone)
    if chance() < cut.print_:
        where = (MIDDLE + between(-0.05, 0.05), body.top + between(0.22, 0.40))
        canvas.disc(where, between(0.04, 0.12), tone)


def draw_trousers(canvas: Canvas, rng: random.Random) -> None:
    """画一条裤子；少数两腿并拢，只看得见中缝。"""
    between = rng.uniform
    shade = cloth_shade(rng)
    waist, length, gap = between(0.11, 0.20), between(0.82, 0.93), between(0.0, 0.09)
    leg, flare = between(0.08, 0.13), between(-0.03, 0.12)
    closed = rng.random() < 0.15
    seam = shade * between(0.4, 0.8)
    for side in (-1, 1):
        outside = [(side * waist, 0.05), (side * (waist + flare), length)]
        inside = [(0.0, length)] if closed else [(side * (waist + flare - leg), length)]
        points = [(0.0, 0.05), *outside, *inside, (side * 0.3 * gap, 0.25)]
        canvas.polygon([(MIDDLE + x, y) for x, y in points], shade)
    if closed:
        canvas.line([(MIDDLE, 0.2), (MIDDLE, length)], seam)
    canvas.line([(MIDDLE - waist, 0.08), (MIDDLE + waist, 0.08)], seam)
