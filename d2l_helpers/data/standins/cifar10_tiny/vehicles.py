"""飞机、汽车、船、卡车，各有几种样子与视角。"""

from __future__ import annotations

import random

from d2l_helpers.data.standins.canvas import Canvas, Colour, near, shade

PAINTS = (
    (225, 225, 225), (200, 40, 40), (40, 60, 120), (50, 50, 55), (150, 155, 165), (210, 170, 50),
    (60, 110, 70), (120, 40, 50),
)  # fmt: skip
GLASS, TYRE = (70, 85, 100), (30, 30, 32)


def paint(rng: random.Random) -> Colour:
    """一种漆色。"""
    return near(rng, rng.choice(PAINTS), 30)


def draw_airplane(canvas: Canvas, rng: random.Random) -> None:
    """侧面、俯视或迎面的飞机。"""
    u, body = rng.uniform, near(rng, rng.choice(((215, 218, 222), *PAINTS[:6])), 25)
    wing, view = shade(body, u(0.65, 0.9)), rng.randrange(3)
    thick = u(0.1, 0.17)
    if view == 0:  # 侧面
        canvas.polygon([(-0.95, 0), (-1.05, -u(0.35, 0.5)), (-0.82, -0.4), (-0.6, -0.05)], wing)
        canvas.oval(0, 0, 1, thick, body)
        canvas.polygon([(0.25, 0.02), (-0.25, 0.02), (-0.65, u(0.4, 0.6)), (-0.4, 0.5)], wing)
        canvas.polygon([(-0.8, 0), (-1, -0.05), (-1.15, 0.1), (-0.95, 0.1)], shade(wing, 0.8))
        canvas.polygon([(0.78, -0.09), (0.92, -0.03), (0.75, -0.02)], GLASS)
    elif view == 1:  # 俯视：机身加一对后掠的翅膀
        sweep, span = u(-0.1, 0.6), u(0.7, 1.0)
        for side in (-1, 1):
            tip = (0.1 - sweep, side * span)
            canvas.polygon([(0.3, 0), tip, (tip[0] - 0.2, tip[1]), (-0.15, 0)], wing)
            canvas.polygon([(-0.7, 0), (-0.95, side * 0.35), (-1.05, side * 0.35), (-0.9, 0)], wing)
        canvas.oval(0, 0, 1, thick * 0.9, body)
    else:  # 迎面
        drop = u(-0.1, 0.15)
        for side in (-1, 1):
            canvas.polygon([(0, -0.05), (side, -drop), (side, 0.04 - drop), (0, 0.12)], wing)
            canvas.oval(side * 0.4, 0.13 - drop * 0.4, 0.08, 0.09, shade(body, 0.6))
        canvas.polygon([(-0.03, 0), (-0.03, -0.55), (0.03, -0.55), (0.03, 0)], shade(body, 0.8))
        canvas.oval(0, 0, 0.2, 0.2, body)
        canvas.polygon([(-0.1, -0.06), (0.1, -0.06), (0.07, -0.14), (-0.07, -0.14)], GLASS)


def wheels(canvas: Canvas, places: tuple[float, ...], y: float, radius: float) -> None:
    """一排轮子。"""
    for x in places:
        canvas.oval(x, y, radius, radius, TYRE)
        canvas.oval(x, y, radius * 0.5, radius * 0.5, (150, 150, 150))


def draw_automobile(canvas: Canvas, rng: random.Random) -> None:
    """侧面（轿车、掀背、厢式）或正面的汽车。"""
    u, body = rng.uniform, paint(rng)
    if rng.random() < 0.65:
        roof, back, front = u(-0.5, -0.3), u(-0.75, -0.4), u(0.1, 0.45)
        hood = u(-0.02, 0.1)
        cabin = [(back - 0.2, 0.0), (back, roof), (front, roof), (front + u(0.15, 0.4), hood)]
        canvas.polygon(cabin, shade(body, 0.9))
        glass = [(back - 0.05, -0.02), (back + 0.05, roof + 0.07), (front, roof + 0.07)]
        canvas.polygon([*glass, (front + 0.18, hood)], GLASS)
        canvas.box((back + front) / 2 - 0.03, roof, (back + front) / 2 + 0.03, hood, body)
        canvas.polygon([(-1, 0.35), (-1, 0.0), (0.5, hood - 0.02), (1, 0.12), (1, 0.35)], body)
        wheels(canvas, (-0.6, 0.6), 0.35, u(0.17, 0.22))
        canvas.box(0.9, 0.12, 1, 0.2, (250, 240, 200))
    else:
        top, width = u(-0.65, -0.45), u(0.45, 0.6)
        canvas.polygon([(-0.72, 0), (-width, top), (width, top), (0.72, 0)], shade(body, 0.9))
        canvas.polygon([(-0.6, -0.03), (0.08 - width, top + 0.08), (width - 0.08, top + 0.08),
                        (0.6, -0.03)], GLASS)  # fmt: skip
        canvas.box(-0.8, -0.03, 0.8, 0.45, body)
        canvas.box(-0.35, 0.12, 0.35, 0.28, shade(body, 0.4))
        for side in (-1, 1):
            canvas.box(side * 0.62 - 0.12, 0.42, side * 0.62 + 0.12, 0.65, TYRE)
            canvas.oval(side * 0.6, 0.14, 0.13, 0.09, (245, 240, 215))


def draw_truck(canvas: Canvas, rng: random.Random) -> None:
    """厢式货车、皮卡、拖挂车的侧面，或车头的正面。"""
    u, cab, load = rng.uniform, paint(rng), paint(rng)
    view, top = rng.randrange(4), u(-0.75, -0.35)
    if view == 3:  # 正面
        canvas.box(-0.6, -0.85, 0.6, 0.5, cab)
        canvas.box(-0.5, -0.7, 0.5, -0.15, GLASS)
        canvas.box(-0.4, 0.05, 0.4, 0.32, shade(cab, 0.45))
        for side in (-1, 1):
            canvas.box(side * 0.45 - 0.12, 0.45, side * 0.45 + 0.12, 0.75, TYRE)
            canvas.oval(side * 0.5, 0.2, 0.08, 0.08, (245, 240, 215))
        return
    split = u(0.3, 0.5)
    if view == 1:  # 皮卡：后面是矮的车斗
        split = u(-0.25, 0.05)
        canvas.box(-1, -0.05, split, 0.35, shade(cab, 0.95))
    else:
        canvas.box(-1, top, split - 0.04, 0.35, load)
        if rng.random() < 0.5:
            canvas.box(-0.8, top * 0.6, split - 0.25, top * 0.2, near(rng, load, 60))
    roof = u(-0.45, -0.25)
    nose = split + u(0.25, 0.4)
    shape = [(split, 0.35), (split, roof), (nose, roof), (nose + 0.12, 0.02), (1, 0.08), (1, 0.35)]
    canvas.polygon(shape, cab)
    canvas.polygon([(split + 0.1, 0), (split + 0.1, roof + 0.08), (nose, roof + 0.08),
                    (nose + 0.06, 0)], GLASS)  # fmt: skip
    places = (-0.75, -0.45, 0.7) if view == 2 else (-0.6, 0.65)
    wheels(canvas, places, 0.37, u(0.15, 0.21))


def draw_ship(canvas: Canvas, rng: random.Random) -> None:
    """货轮、客轮、帆船或快艇。"""
    u, hull, view = rng.uniform, paint(rng), rng.randrange(4)
    white = near(rng, (225, 225, 220), 25)
    deck, stern = u(0.0, 0.15), u(-1, -0.85)
    if view == 2:  # 帆船
        canvas.line([(0, 0.2), (0, -1)], (110, 90, 70), 0.05)
        canvas.polygon([(0.05, -0.95), (0.05, 0.05), (u(0.45, 0.7), 0.05)], white)
        canvas.polygon([(-0.05, -0.8), (-0.05, 0.05), (-u(0.35, 0.6), 0.05)], near(rng, white, 40))
        canvas.polygon([(-0.7, 0.15), (0.8, 0.15), (0.5, 0.4), (-0.55, 0.4)], hull)
        return
    if view == 0:  # 货轮：甲板上的箱子
        for k in range(rng.randint(3, 5)):
            canvas.box(-0.4 + k * 0.24, -u(0.05, 0.3), -0.2 + k * 0.24, deck, paint(rng))
        canvas.box(stern + 0.1, -0.5, stern + 0.4, deck, white)
    elif view == 1:  # 客轮：层层向里收
        for k in range(3):
            left, right = -0.75 + 0.12 * k, 0.6 - 0.2 * k
            canvas.box(
                left, deck - 0.18 * (k + 1), right, deck - 0.18 * k, shade(white, 1 - 0.07 * k)
            )
            canvas.line(
                [(left, deck - 0.18 * k - 0.08), (right, deck - 0.18 * k - 0.08)], GLASS, 0.05
            )
        canvas.box(-0.25, -0.8, -0.05, deck - 0.5, shade(hull, 0.8))
    else:  # 快艇
        canvas.polygon([(-0.5, deck), (-0.3, -0.25), (0.2, -0.25), (0.45, deck)], white)
        canvas.polygon([(-0.25, -0.05), (-0.2, -0.2), (0.15, -0.2), (0.28, -0.05)], GLASS)
    canvas.polygon([(stern, deck), (1, deck - u(0.02, 0.12)), (0.72, 0.45), (-0.8, 0.45)], hull)
    canvas.line([(-0.85, 0.38), (0.76, 0.38)], shade(hull, 0.6), 0.08)
