"""桌面与盘子：食物放在什么上面。"""

from __future__ import annotations

import math
import random

from PIL import Image

from d2l_helpers.data.standins.canvas import Canvas, Colour, blurred, near, shade

TABLES = (
    (140, 95, 60), (190, 155, 115), (70, 60, 58), (205, 200, 190), (90, 110, 130), (120, 50, 45),
    (100, 125, 85), (170, 170, 175),
)  # fmt: skip


def table(rng: random.Random, side: int) -> Image.Image:
    """木桌、桌布、石板之类的底。"""
    colour = near(rng, rng.choice(TABLES), 25)
    grid = rng.choice((3, 5, 9))
    image = blurred(rng, side, grid, shade(colour, 0.75), shade(colour, 1.2))
    canvas, kind = Canvas(image), rng.randrange(4)
    canvas.place(0.5, 0.5, 1.0, angle=rng.uniform(0, math.pi))
    step = rng.uniform(0.15, 0.3)
    if kind == 0:  # 木板的缝
        for k in range(-4, 5):
            canvas.line([(-1, k * step), (1, k * step)], shade(colour, 0.6), 0.012)
    elif kind == 1:  # 格子桌布
        other = near(rng, rng.choice(TABLES), 40)
        for k in range(-4, 5):
            canvas.box(-1, k * step, 1, k * step + step / 2, shade(other, 0.95))
        for k in range(-4, 5):
            canvas.line([(k * step, -1), (k * step, 1)], shade(colour, 1.15), step / 3)
    return image


def plate(canvas: Canvas, rng: random.Random) -> None:
    """盘子、纸托、砧板，或者什么也不垫；坐标以盘子的半径为 1。"""
    white = near(rng, rng.choice(((235, 235, 230), (220, 225, 235), (200, 215, 205))), 18)
    kind = rng.randrange(5)
    if kind <= 1:  # 圆盘
        canvas.oval(0.04, 0.07, 1.15, 1.1, (45, 40, 38))
        canvas.oval(0, 0, 1.15, 1.1, white)
        canvas.oval(0, 0, 0.85, 0.8, shade(white, 0.93))
        canvas.oval(0, 0, 0.81, 0.76, shade(white, 1.03))
    elif kind == 2:  # 纸托
        paper: Colour = near(rng, rng.choice(((235, 235, 230), (215, 190, 150))), 18)
        canvas.polygon([(-1.2, -0.6), (1.2, -0.6), (1.05, 0.65), (-1.05, 0.65)], shade(paper, 0.8))
        canvas.polygon([(-1.05, -0.5), (1.05, -0.5), (0.95, 0.5), (-0.95, 0.5)], paper)
        if rng.random() < 0.5:
            for k in range(-4, 5):
                canvas.box(k * 0.24, 0.5, k * 0.24 + 0.12, 0.64, (190, 50, 45))
    elif kind == 3:  # 砧板
        wood = near(rng, (175, 130, 85), 20)
        canvas.box(-1.2, -0.85, 1.2, 0.85, shade(wood, 0.7))
        canvas.box(-1.17, -0.82, 1.17, 0.78, wood)


def garnish(canvas: Canvas, rng: random.Random) -> None:
    """旁边的一点东西：生菜、番茄、薯条、酱碟。"""
    x, y = rng.choice((-0.75, 0.75)), rng.choice((-0.65, 0.65))
    kind = rng.randrange(4)
    if kind == 0:
        for _ in range(4):
            canvas.oval(x + rng.uniform(-0.2, 0.2), y + rng.uniform(-0.15, 0.15), 0.22, 0.15,
                        near(rng, (95, 155, 60), 25), rng.uniform(0, 3))  # fmt: skip
    elif kind == 1:
        canvas.oval(x, y, 0.22, 0.2, (185, 50, 40))
        canvas.oval(x, y, 0.17, 0.15, (215, 90, 70))
    elif kind == 2:
        for _ in range(6):
            fx, fy, t = x + rng.uniform(-0.2, 0.2), y + rng.uniform(-0.2, 0.2), rng.uniform(0, 3)
            end = (fx + 0.3 * math.cos(t), fy + 0.3 * math.sin(t))
            canvas.line([(fx, fy), end], near(rng, (230, 190, 90), 20), 0.08)
    else:
        canvas.oval(x, y, 0.24, 0.22, (225, 225, 225))
        canvas.oval(x, y, 0.18, 0.16, rng.choice(((180, 35, 30), (225, 180, 40), (235, 225, 200))))
