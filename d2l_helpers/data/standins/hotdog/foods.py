"""热狗，与容易同它混的面包、香肠、香蕉，以及别的食物。"""

from __future__ import annotations

import math
import random

from d2l_helpers.data.standins.canvas import Canvas, Colour, Point, near, shade

BREAD, SAUSAGE, CHEESE = (210, 155, 85), (170, 75, 50), (240, 190, 70)
MUSTARD, KETCHUP, LETTUCE = (235, 195, 50), (195, 35, 30), (100, 160, 60)


def bar(
    canvas: Canvas, length: float, bend: float, half: float, colour: Colour, dy: float = 0.0
) -> None:
    """一条两头圆的长条，中间弯 ``bend``：面包、香肠、香蕉都用它。"""
    xs = [length * (k / 8 - 1) for k in range(17)]
    middle = [(x, dy + bend * (x * x / length / length - 0.5)) for x in xs]
    width = [half * max(0.0, 1 - (abs(x) / length) ** 4) ** 0.5 for x in xs]
    upper = [(x, y - w) for (x, y), w in zip(middle, width, strict=True)]
    lower = [(x, y + w) for (x, y), w in zip(middle, width, strict=True)]
    canvas.polygon(upper + lower[::-1], colour)


def rounded_bar(
    canvas: Canvas, length: float, bend: float, half: float, colour: Colour, dy: float = 0.0
) -> None:
    """同 :func:`bar`，下面有暗边，上面有亮光，看上去是圆的。"""
    bar(canvas, length, bend, half, shade(colour, 0.72), dy + half * 0.12)
    bar(canvas, length * 0.98, bend, half * 0.9, colour, dy - half * 0.04)
    bar(canvas, length * 0.8, bend, half * 0.3, shade(colour, 1.2), dy - half * 0.45)


def squiggle(
    canvas: Canvas, rng: random.Random, length: float, bend: float, colour: Colour
) -> None:
    """香肠上来回挤出的一道酱。"""
    turns, height = rng.randint(6, 12), rng.uniform(0.04, 0.1)
    points: list[Point] = []
    for k in range(turns * 2 + 1):
        x = length * (k / turns - 1)
        points.append((x, bend * (x * x / length / length - 0.5) + height * (-1) ** k))
    canvas.line(points, colour, rng.uniform(0.04, 0.07))


def hotdog(canvas: Canvas, rng: random.Random) -> None:
    """面包夹香肠：从上面看，或者从侧面看；常有芥末、番茄酱、洋葱。"""
    u = rng.uniform
    bread, meat = near(rng, BREAD, 25), near(rng, SAUSAGE, 25)
    bend, length = u(-0.15, 0.15), u(0.8, 1.0)
    reach = length * u(0.92, 1.15)  # 香肠有的比面包长
    gap = u(0.12, 0.2)
    if rng.random() < 0.7:  # 从上面看，香肠在两半面包之间
        rounded_bar(canvas, length, bend, 0.24, bread, -gap - 0.05)
        rounded_bar(canvas, length, bend, 0.24, shade(bread, 0.95), gap + 0.07)
        bar(canvas, length * 0.94, bend, gap + 0.06, shade(bread, 1.25))
        if rng.random() < 0.3:
            for k in range(9):
                canvas.oval((k / 4 - 1) * 0.8 * length, u(-0.2, 0.2), 0.13, 0.08,
                            near(rng, LETTUCE, 25), u(0, 3))  # fmt: skip
        rounded_bar(canvas, reach, bend, u(0.13, 0.18), meat)
    else:  # 从侧面看，香肠露在面包上面
        rounded_bar(canvas, reach, bend, 0.16, meat, -0.2)
        bar(canvas, length, bend, 0.25, shade(bread, 0.8), -0.04)
        rounded_bar(canvas, length, bend, 0.27, bread, 0.08)
        rounded_bar(canvas, reach * 0.97, bend, 0.1, meat, -0.24)
        if rng.random() < 0.5:
            squiggle(canvas, rng, length * 0.8, bend * 0.6 - 0.5, rng.choice((MUSTARD, KETCHUP)))
        return
    toppings(canvas, rng, length * 0.8, bend)


def toppings(canvas: Canvas, rng: random.Random, length: float, bend: float) -> None:
    """酱、洋葱粒、酸黄瓜，或者什么也没有。"""
    draw = rng.random()
    if draw < 0.7:
        squiggle(canvas, rng, length, bend, near(rng, MUSTARD if draw < 0.45 else KETCHUP, 12))
    if draw > 0.55:
        tone = rng.choice(((240, 235, 220), (120, 150, 50), (130, 60, 100)))
        for _ in range(rng.randint(5, 16)):
            canvas.oval(rng.uniform(-length, length), rng.uniform(-0.1, 0.1), 0.05, 0.035,
                        near(rng, tone, 15), rng.uniform(0, 3))  # fmt: skip


# ---- 容易混的 -------------------------------------------------------------------------------
def loaf(canvas: Canvas, rng: random.Random) -> None:
    """长面包，有几道斜的口子。"""
    bread, bend = near(rng, BREAD, 25), rng.uniform(-0.12, 0.12)
    rounded_bar(canvas, 1.0, bend, rng.uniform(0.25, 0.4), bread)
    for k in range(rng.randint(3, 5)):
        x = -0.65 + 0.35 * k
        canvas.line([(x - 0.08, 0.12), (x + 0.1, -0.15)], shade(bread, 1.3), 0.07)


def sausages(canvas: Canvas, rng: random.Random) -> None:
    """没有面包的香肠，一到三根，有的配着豆子或土豆泥。"""
    meat, n = near(rng, SAUSAGE, 25), rng.randint(1, 3)
    tone = rng.choice(((110, 165, 70), (235, 220, 165), (225, 190, 90)))
    for _ in range(rng.choice((0, 14))):
        canvas.oval(rng.uniform(-0.8, 0.8), rng.uniform(0.2, 0.75), 0.11, 0.1, near(rng, tone, 15))
    for k in range(n):
        rounded_bar(
            canvas,
            rng.uniform(0.7, 0.95),
            rng.uniform(-0.3, 0.3),
            0.15,
            near(rng, meat, 12),
            0.36 * (k - (n - 1) / 2) - 0.1,
        )
    if rng.random() < 0.4:
        squiggle(canvas, rng, 0.6, 0.0, rng.choice((MUSTARD, KETCHUP)))


def banana(canvas: Canvas, rng: random.Random) -> None:
    """一两根香蕉。"""
    skin = near(rng, (230, 200, 75), 20)
    for k in range(rng.randint(1, 3)):
        rounded_bar(canvas, 0.95, rng.uniform(0.35, 0.6), 0.17, near(rng, skin, 8), 0.24 * k - 0.1)
    canvas.oval(0.95, 0.3, 0.07, 0.06, (90, 65, 35))


def sandwich(canvas: Canvas, rng: random.Random) -> None:
    """长条的三明治：面包夹着生菜、火腿、奶酪，没有香肠。"""
    bread = near(rng, BREAD, 25)
    rounded_bar(canvas, 1.0, 0, 0.24, bread, 0.24)
    for k, tone in enumerate((LETTUCE, (225, 140, 130), CHEESE)):
        for j in range(8):
            canvas.oval(-0.85 + 0.24 * j, 0.16 - 0.1 * k, 0.17, 0.08, near(rng, tone, 12))
    rounded_bar(canvas, 1.0, 0, 0.27, bread, -0.26)


def taco(canvas: Canvas, rng: random.Random) -> None:
    """对折的饼，露着馅。"""
    shell = near(rng, (225, 180, 85), 20)
    arc = [
        (math.cos(t) * 0.95, -math.sin(t) * 0.75 + 0.35)
        for t in [k * math.pi / 12 for k in range(13)]
    ]
    canvas.polygon(arc, shade(shell, 0.75))
    for k in range(11):
        t = math.pi * (k + 1) / 12
        tone = rng.choice((LETTUCE, KETCHUP, (120, 75, 50), CHEESE))
        canvas.oval(math.cos(t) * 0.85, -math.sin(t) * 0.68 + 0.33, 0.13, 0.1, near(rng, tone, 15))
    canvas.polygon([(x * 0.93, y * 0.85 + 0.1) for x, y in arc], shell)


# ---- 别的食物 -------------------------------------------------------------------------------
def burger(canvas: Canvas, rng: random.Random) -> None:
    """侧面的汉堡。"""
    bread = near(rng, BREAD, 25)
    canvas.oval(0, 0.42, 0.85, 0.25, shade(bread, 0.85))
    canvas.oval(0, 0.22, 0.9, 0.18, near(rng, (95, 55, 40), 12))
    canvas.polygon([(-0.85, 0.1), (0.85, 0.1), (0.5, 0.32), (0.1, 0.12), (-0.4, 0.3)], CHEESE)
    for k in range(9):
        canvas.oval(-0.8 + 0.2 * k, 0.06, 0.15, 0.08, near(rng, LETTUCE, 20))
    canvas.oval(0, -0.2, 0.85, 0.42, bread)
    canvas.oval(-0.15, -0.35, 0.45, 0.16, shade(bread, 1.15))
    for _ in range(12):
        canvas.oval(rng.uniform(-0.55, 0.55), rng.uniform(-0.5, -0.2), 0.04, 0.025, (245, 230, 190))


def pizza(canvas: Canvas, rng: random.Random) -> None:
    """整张或一角的比萨。"""
    crust, sauce = near(rng, (205, 150, 80), 20), near(rng, (205, 70, 40), 20)
    whole = rng.random() < 0.6
    if whole:
        canvas.oval(0, 0, 0.95, 0.9, crust)
        canvas.oval(0, 0, 0.82, 0.77, sauce)
        canvas.oval(0, 0, 0.78, 0.73, near(rng, CHEESE, 15))
    else:
        canvas.polygon([(-0.95, -0.5), (0.95, -0.5), (0, 1)], near(rng, CHEESE, 15))
        canvas.line([(-0.95, -0.5), (0.95, -0.5)], crust, 0.2)
    for _ in range(rng.randint(5, 9)):
        t, r = rng.uniform(0, 6.3), rng.uniform(0.1, 0.6)
        x, y = (
            (r * math.cos(t), r * math.sin(t))
            if whole
            else (0.4 * r * math.cos(t), 0.1 + 0.5 * r * math.sin(t))
        )
        canvas.oval(x, y, 0.12, 0.11, near(rng, rng.choice((SAUSAGE, (180, 50, 40), LETTUCE)), 15))


def doughnut(canvas: Canvas, rng: random.Random) -> None:
    """甜甜圈，撒着糖粒。"""
    dough = near(rng, (200, 145, 85), 20)
    icing = near(rng, rng.choice(((235, 150, 175), (95, 55, 40), (240, 235, 225))), 15)
    canvas.oval(0, 0.04, 0.8, 0.75, dough)
    canvas.oval(0, 0, 0.74, 0.68, icing)
    for _ in range(18):
        t, r = rng.uniform(0, 6.3), rng.uniform(0.35, 0.65)
        tone = rng.choice((MUSTARD, KETCHUP, (80, 140, 200), (245, 245, 240)))
        canvas.oval(r * math.cos(t), r * math.sin(t) * 0.9, 0.06, 0.025, tone, rng.uniform(0, 3))
    canvas.oval(0, 0, 0.25, 0.22, shade(dough, 0.5))


def ice_cream(canvas: Canvas, rng: random.Random) -> None:
    """蛋筒冰激凌。"""
    cone = near(rng, (205, 150, 85), 18)
    canvas.polygon([(-0.4, 0.05), (0.4, 0.05), (0, 1)], cone)
    for k in range(4):
        canvas.line([(-0.3 + 0.2 * k, 0.05), (0.05 * k, 0.6)], shade(cone, 0.75), 0.03)
    for k in range(rng.randint(1, 3)):
        scoop = near(
            rng, rng.choice(((245, 235, 205), (235, 160, 180), (110, 65, 45), (150, 205, 160))), 12
        )
        canvas.oval(0, -0.1 - 0.36 * k, 0.46 - 0.05 * k, 0.4 - 0.04 * k, scoop)
        canvas.oval(-0.12, -0.22 - 0.36 * k, 0.13, 0.1, shade(scoop, 1.12))


def fruit(canvas: Canvas, rng: random.Random) -> None:
    """几个苹果、橙子或番茄。"""
    tone = rng.choice(((195, 45, 40), (235, 145, 40), (140, 175, 60), (200, 60, 45)))
    for _ in range(rng.randint(1, 4)):
        x, y, r = rng.uniform(-0.5, 0.5), rng.uniform(-0.4, 0.4), rng.uniform(0.3, 0.5)
        skin = near(rng, tone, 15)
        canvas.oval(x + 0.03, y + 0.05, r, r, shade(skin, 0.6))
        canvas.oval(x, y, r * 0.97, r * 0.95, skin)
        canvas.oval(x - r * 0.3, y - r * 0.35, r * 0.25, r * 0.18, shade(skin, 1.35))
        canvas.line([(x, y - r * 0.8), (x + 0.06, y - r * 1.15)], (90, 65, 40), 0.05)


def fries(canvas: Canvas, rng: random.Random) -> None:
    """一盒薯条。"""
    for _ in range(16):
        x = rng.uniform(-0.45, 0.45)
        canvas.line(
            [(x * 0.8, 0.3), (x * 1.2, rng.uniform(-0.85, -0.3))],
            near(rng, (235, 195, 95), 18),
            0.12,
        )
    box = near(rng, rng.choice(((200, 40, 35), (235, 235, 230))), 12)
    canvas.polygon(
        [(-0.6, -0.15), (-0.2, 0.02), (0.2, 0.02), (0.6, -0.15), (0.45, 0.9), (-0.45, 0.9)], box
    )


def eggs(canvas: Canvas, rng: random.Random) -> None:
    """煎蛋，有的旁边有两片培根。"""
    for x in (-0.3, 0.35)[: rng.randint(1, 2)]:
        for _ in range(5):
            canvas.oval(
                x + rng.uniform(-0.2, 0.2), rng.uniform(-0.2, 0.2), 0.34, 0.3, (248, 246, 238)
            )
        canvas.oval(x, 0, 0.2, 0.19, near(rng, (245, 180, 50), 12))
    for k in range(rng.choice((0, 2))):
        bar(canvas, 0.7, 0.15 * (-1) ** k, 0.12, near(rng, (175, 80, 65), 15), 0.55 + 0.22 * k)


def cake(canvas: Canvas, rng: random.Random) -> None:
    """一角蛋糕，顶上一颗果子。"""
    sponge = near(rng, rng.choice(((225, 185, 120), (105, 65, 45))), 18)
    cream = near(rng, rng.choice(((245, 240, 230), (240, 175, 190))), 12)
    canvas.polygon([(-0.9, -0.1), (0.8, -0.3), (0.8, 0.5), (-0.9, 0.6)], sponge)
    for y in (0.02, 0.3):
        canvas.line([(-0.9, y + 0.12), (0.8, y - 0.05)], cream, 0.09)
    canvas.polygon([(-0.9, -0.1), (0.8, -0.3), (0.4, -0.6)], cream)
    canvas.oval(0.35, -0.5, 0.15, 0.14, KETCHUP)


CONFUSING = (loaf, sausages, banana, sandwich, taco)
OTHERS = (burger, pizza, doughnut, ice_cream, fruit, fries, eggs, cake)
