"""十类物体的画法；尺寸、颜色、姿势随机，编号是 VOC 自己的。"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from d2l_helpers.data.standins.voc2012.canvas import Color, Pen, mixed, tinted

Draw = Callable[[Pen, np.random.Generator], None]
DARK, GLASS, SKIN = (34, 34, 40), (150, 190, 210), (222, 172, 138)


def paint(rng: np.random.Generator) -> Color:
    """车漆、衣服一类的颜色：鲜明，随机。"""
    color = [int(rng.integers(150, 240)), int(rng.integers(40, 190)), int(rng.integers(20, 110))]
    return tuple(rng.permutation(color).tolist())


def draw_aeroplane(pen: Pen, rng: np.random.Generator) -> None:
    """客机的侧面：机身、机翼、尾翼、一排窗。"""
    body, trim = mixed((212, 216, 224), rng, 22), paint(rng)
    pen.polygon([(-0.72, -0.08), (-1.0, -0.52), (-0.82, -0.52), (-0.5, -0.08)], trim)
    pen.polygon([(0.05, -0.05), (-0.22, -0.42), (-0.08, -0.42), (0.3, -0.05)], tinted(body, 74))
    pen.polygon([(-1, -0.1), (-0.8, -0.17), (0.7, -0.17), (0.92, -0.08), (1, 0.03), (0.85, 0.14),
                 (-0.5, 0.15)], body)  # fmt: skip
    pen.polygon([(-0.95, -0.02), (0.95, 0.02), (0.85, 0.13), (-0.55, 0.14)], tinted(body, 86))
    for i in range(9):
        pen.oval((-0.6 + 0.14 * i, -0.07), 0.03, 0.03, (70, 84, 110))
    pen.polygon([(0.1, 0.04), (-0.55, 0.52), (-0.32, 0.52), (0.42, 0.06)], tinted(body, 66))


def draw_bicycle(pen: Pen, rng: np.random.Generator) -> None:
    """自行车：两个轮圈，菱形的车架，车把与座。"""
    frame, width = paint(rng), 0.1
    for x in (-0.6, 0.6):
        pen.ring((x, 0.3), 0.4, DARK, width)
    pen.line([(-0.6, 0.3), (-0.25, -0.25), (0.38, -0.25), (0.05, 0.3), (-0.6, 0.3)], frame, width)
    pen.line([(0.05, 0.3), (-0.32, -0.42)], frame, width)
    pen.line([(0.6, 0.3), (0.34, -0.45), (0.55, -0.52)], frame, width)
    pen.line([(-0.48, -0.42), (-0.18, -0.42)], DARK, 0.12)


def draw_boat(pen: Pen, rng: np.random.Generator) -> None:
    """小船：船身、桅杆与一两面帆。"""
    hull, sail = paint(rng), mixed((236, 232, 220), rng, 16)
    pen.line([(-0.05, 0.4), (-0.05, -1)], (110, 80, 54), 0.07)
    pen.polygon([(0.02, -0.95), (0.02, 0.3), (0.72, 0.3)], sail)
    if rng.random() < 0.7:
        pen.polygon([(-0.14, -0.7), (-0.14, 0.3), (-0.7, 0.3)], tinted(sail, 82))
    pen.polygon([(-0.95, 0.42), (1, 0.38), (0.68, 0.85), (-0.7, 0.85)], hull)
    pen.polygon([(-0.86, 0.6), (0.86, 0.6), (0.68, 0.85), (-0.7, 0.85)], tinted(hull, 64))


def draw_bottle(pen: Pen, rng: np.random.Generator) -> None:
    """瓶子：圆肩、细颈、瓶盖、标签。"""
    glass = mixed([(40, 110, 62), (120, 66, 30), (70, 120, 170)][rng.integers(3)], rng, 20)
    pen.polygon([(-0.32, 1), (-0.32, -0.2), (-0.12, -0.55), (-0.12, -0.9), (0.12, -0.9),
                 (0.12, -0.55), (0.32, -0.2), (0.32, 1)], glass)  # fmt: skip
    pen.rectangle(-0.26, -0.15, -0.16, 0.95, tinted(glass, 150))
    pen.rectangle(-0.32, 0.1, 0.32, 0.62, mixed((230, 220, 190), rng, 20))
    pen.rectangle(-0.15, -1, 0.15, -0.86, paint(rng))


def draw_car(pen: Pen, rng: np.random.Generator) -> None:
    """轿车的侧面：车身、车窗、车轮、灯。"""
    body, roof = paint(rng), rng.uniform(0.42, 0.58)
    pen.polygon([(-1, 0.3), (-0.98, -0.02), (-0.62, -0.1), (-0.38, -roof), (0.3, -roof),
                 (0.58, -0.08), (0.95, 0.02), (1, 0.3)], body)  # fmt: skip
    pen.polygon([(-0.5, -0.08), (-0.33, 0.08 - roof), (-0.06, 0.08 - roof), (-0.06, -0.08)], GLASS)
    pen.polygon([(0.02, -0.08), (0.02, 0.08 - roof), (0.26, 0.08 - roof), (0.46, -0.08)], GLASS)
    pen.rectangle(-0.99, 0.16, 0.99, 0.3, tinted(body, 70))
    pen.oval((0.94, 0.08), 0.05, 0.05, (250, 240, 180))
    for x in (-0.56, 0.56):
        pen.oval((x, 0.3), 0.23, 0.23, DARK)
        pen.oval((x, 0.3), 0.1, 0.1, (170, 170, 176))


def draw_cat(pen: Pen, rng: np.random.Generator) -> None:
    """坐着的猫：身子、头、耳、尾巴，多数有条纹。"""
    fur = mixed([(196, 134, 70), (96, 92, 92), (60, 52, 50), (222, 206, 184)][rng.integers(4)],
                rng, 16)  # fmt: skip
    pen.line([(0.35, 0.85), (0.78, 0.7), (0.82, 0.2), (0.66, 0.0)], tinted(fur, 90), 0.15)
    pen.oval((0, 0.42), 0.52, 0.56, fur)
    for side in (-1, 1):
        pen.polygon([(side * 0.4, -0.5), (side * 0.38, -1), (side * 0.06, -0.72)], fur)
    pen.oval((0, -0.4), 0.44, 0.4, tinted(fur, 106))
    if rng.random() < 0.7:
        for y in (0.1, 0.34, 0.58):
            pen.line([(-0.4, y - 0.06), (0, y + 0.06), (0.4, y - 0.06)], tinted(fur, 64), 0.07)
    for side in (-1, 1):
        pen.oval((side * 0.17, -0.44), 0.07, 0.08, (196, 210, 90))
        pen.oval((side * 0.18, 0.92), 0.17, 0.08, tinted(fur, 120))
    pen.polygon([(-0.06, -0.28), (0.06, -0.28), (0, -0.2)], (210, 120, 120))


def draw_chair(pen: Pen, rng: np.random.Generator) -> None:
    """木椅：靠背、椅面、四条腿。"""
    wood = mixed([(136, 88, 48), (180, 130, 80), (84, 60, 46)][rng.integers(3)], rng, 18)
    pen.rectangle(-0.5, -0.95, 0.26, -0.7, wood)
    for x in (-0.5, -0.19, 0.12):
        pen.rectangle(x, -0.8, x + 0.14, 0.15, tinted(wood, 88))
    pen.rectangle(-0.5, 0.1, -0.36, 1, wood)
    pen.rectangle(0.12, 0.1, 0.26, 0.85, tinted(wood, 66))
    pen.polygon([(-0.54, 0.1), (0.4, 0.1), (0.62, 0.3), (-0.36, 0.3)], tinted(wood, 116))
    for x in (-0.36, 0.46):
        pen.rectangle(x, 0.28, x + 0.14, 1, wood)


def draw_person(pen: Pen, rng: np.random.Generator) -> None:
    """站着或走着的人：头、发、上衣、裤、四肢。"""
    shirt, trousers = paint(rng), tinted(paint(rng), 55)
    stride, swing = rng.uniform(0.05, 0.3), rng.uniform(0.1, 0.42)
    for side in (-1, 1):
        pen.line([(side * 0.1, 0.15), (side * (0.12 + stride), 0.95)], trousers, 0.19)
        pen.line([(side * 0.22, -0.48), (side * (0.26 + swing), 0.08)], tinted(shirt, 82), 0.14)
        pen.oval((side * (0.26 + swing), 0.12), 0.08, 0.08, SKIN)
        pen.oval((side * (0.14 + stride), 0.96), 0.13, 0.06, DARK)
    pen.polygon([(-0.28, -0.56), (0.28, -0.56), (0.22, 0.2), (-0.22, 0.2)], shirt)
    hair = mixed([(50, 36, 28), (120, 80, 40), (30, 28, 30)][rng.integers(3)], rng, 12)
    pen.oval((0, -0.82), 0.2, 0.2, hair)
    pen.oval((0, -0.76), 0.16, 0.18, mixed(SKIN, rng, 24))


def draw_sheep(pen: Pen, rng: np.random.Generator) -> None:
    """绵羊：一团团的毛，深色的脸与腿。"""
    wool, face = mixed((226, 220, 206), rng, 16), mixed((70, 60, 56), rng, 20)
    for x in (-0.5, -0.25, 0.25, 0.5):
        pen.rectangle(x - 0.07, 0.2, x + 0.07, 0.8, tinted(face, 80))
    for x, y in ((-0.5, -0.1), (-0.2, -0.25), (0.2, -0.25), (0.5, -0.1), (-0.3, 0.15), (0.3, 0.15)):
        pen.oval((x, y), 0.34, 0.3, mixed(wool, rng, 8))
    pen.oval((0.86, -0.2), 0.2, 0.26, face)
    pen.oval((0.74, -0.36), 0.2, 0.13, wool)


def draw_train(pen: Pen, rng: np.random.Generator) -> None:
    """火车的侧面：车厢、一排窗、色带、车轮。"""
    body, band = mixed((196, 200, 204), rng, 22), paint(rng)
    pen.polygon([(-1.3, 0.42), (-1.3, -0.42), (0.95, -0.42), (1.3, 0.1), (1.3, 0.42)], body)
    pen.rectangle(-1.3, 0.12, 1.3, 0.3, band)
    for i in range(5):
        left = -1.2 + 0.4 * i
        pen.rectangle(left, -0.28, left + 0.28, 0.02, (60, 78, 98))
    pen.polygon([(0.86, -0.28), (0.95, -0.28), (1.18, 0.04), (0.86, 0.04)], GLASS)
    for x in (-1.0, -0.65, 0.5, 0.85):
        pen.oval((x, 0.46), 0.14, 0.14, DARK)


FIGURES: dict[int, Draw] = {
    1: draw_aeroplane, 2: draw_bicycle, 4: draw_boat, 5: draw_bottle, 7: draw_car, 8: draw_cat,
    9: draw_chair, 15: draw_person, 17: draw_sheep, 19: draw_train,
}  # fmt: skip
