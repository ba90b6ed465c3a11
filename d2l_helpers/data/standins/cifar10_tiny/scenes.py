"""背景与遮挡：天空、水面、道路、草地、室内，以及挡在前面的草叶、枝干与杂物。"""

from __future__ import annotations

import random

from PIL import Image

from d2l_helpers.data.standins.canvas import Canvas, Colour, blurred, near, shade

SKIES = ((150, 185, 225), (190, 200, 210), (225, 190, 160), (120, 140, 175))
GROUNDS = {
    "water": ((70, 110, 145), (95, 130, 130), (50, 75, 110)),
    "road": ((125, 125, 125), (160, 150, 140), (90, 92, 98)),
    "grass": ((95, 130, 60), (140, 140, 75), (70, 100, 60), (165, 145, 95)),
    "leaf": ((60, 105, 45), (100, 85, 55), (130, 125, 80)),
    "room": ((175, 150, 125), (140, 115, 100), (190, 185, 175), (110, 100, 110)),
}


def scene(rng: random.Random, kind: str, side: int) -> Image.Image:
    """画一张背景，``kind`` 是 sky 或 ``GROUNDS`` 里的一个。"""
    top = near(rng, rng.choice(SKIES), 30)
    if kind == "sky":
        return blurred(rng, side, rng.choice((3, 5)), shade(top, 0.85), shade(top, 1.15))
    ground = near(rng, rng.choice(GROUNDS[kind]), 28)
    if kind in ("leaf", "room"):
        image = blurred(rng, side, rng.choice((3, 6, 9)), shade(ground, 0.6), shade(ground, 1.3))
        if kind == "room" and rng.random() < 0.6:
            _furniture(rng, image)
        return image
    image = blurred(rng, side, 4, shade(top, 0.9), shade(top, 1.1))
    horizon = int(side * rng.uniform(0.05, 0.6))
    texture = blurred(rng, side, rng.choice((6, 10)), shade(ground, 0.8), shade(ground, 1.2))
    image.paste(texture.crop((0, 0, side, side - horizon)), (0, horizon))
    if rng.random() < 0.5:
        _skyline(rng, image, horizon / side, ground)
    return image


def _furniture(rng: random.Random, image: Image.Image) -> None:
    canvas = Canvas(image)
    for _ in range(rng.randint(1, 2)):
        colour = near(rng, rng.choice(GROUNDS["room"]), 50)
        canvas.place(
            rng.random(), rng.random(), rng.uniform(0.2, 0.5), angle=rng.uniform(-0.3, 0.3)
        )
        canvas.box(-1, -0.4, 1, 0.6, colour)


def _skyline(rng: random.Random, image: Image.Image, horizon: float, ground: Colour) -> None:
    """地平线上的一排树或房子。"""
    canvas, colour = Canvas(image), near(rng, shade(ground, 0.7), 20)
    x = rng.uniform(-0.1, 0.1)
    round_ = rng.random() < 0.6
    while x < 1.1:
        height = rng.uniform(0.04, 0.16)
        canvas.place(x, horizon, height)
        if round_:
            canvas.oval(0, -0.3, 1, 0.9, colour)
        else:
            canvas.box(-0.6, -1.2, 0.7, 0.2, near(rng, colour, 25))
        x += height * rng.uniform(0.9, 2.2)


def occlude(rng: random.Random, canvas: Canvas, kind: str) -> None:
    """在物体前面挡上一点东西。"""
    ground = near(rng, rng.choice(GROUNDS.get(kind, GROUNDS["leaf"])), 30)
    choice = rng.randrange(4)
    if choice == 0:  # 下面的草或浪
        canvas.place(0.5, 0.5, 0.5)
        level = rng.uniform(0.35, 0.75)
        points = [(-1 + k * 0.1, level + rng.uniform(-0.15, 0.15)) for k in range(21)]
        canvas.polygon([(-1, 1), *points, (1, 1)], ground)
    elif choice == 1:  # 一根枝干或柱子
        canvas.place(rng.uniform(0.2, 0.8), 0.5, 0.6, angle=rng.uniform(-0.5, 0.5))
        canvas.box(-0.07, -1.2, rng.uniform(0.03, 0.12), 1.2, shade(ground, 0.6))
    elif choice == 2:  # 一团叶子或一个箱子
        canvas.place(rng.uniform(0.1, 0.9), rng.uniform(0.3, 0.9), rng.uniform(0.12, 0.24))
        canvas.oval(0, 0, 1, 0.8, ground, rng.uniform(0, 3))
        canvas.oval(0.5, 0.2, 0.6, 0.5, shade(ground, 1.15), rng.uniform(0, 3))
    else:  # 几片细长的叶子
        for _ in range(rng.randint(3, 6)):
            canvas.place(rng.random(), 1.0, rng.uniform(0.3, 0.6), angle=rng.uniform(-0.6, 0.6))
            canvas.polygon([(-0.06, 0.1), (0, -1), (0.06, 0.1)], near(rng, ground, 25))
