"""鸟、猫、鹿、狗、蛙、马；四条腿的几种只在比例、耳朵、尾巴上有别，像真的那样容易混。"""

from __future__ import annotations

import random
from dataclasses import dataclass

from d2l_helpers.data.standins.canvas import Canvas, Colour, near, shade

DARK = (25, 22, 20)
FURS = (
    (60, 50, 45),
    (150, 115, 80),
    (200, 165, 120),
    (215, 210, 200),
    (120, 115, 110),
    (165, 95, 50),
)


@dataclass
class Build:
    """一种四条腿的动物：以体长的一半为单位的各项平均比例，画时各有出入。"""

    leg: float  # 腿长
    neck: float  # 头高出背多少
    girth: float  # 躯干的半高
    head: float  # 头的半径
    muzzle: float  # 口鼻伸出多少
    limb: float  # 腿的粗细


BUILDS = {
    "cat": Build(0.42, 0.22, 0.27, 0.25, 0.06, 0.13),
    "dog": Build(0.52, 0.32, 0.29, 0.23, 0.24, 0.14),
    "deer": Build(0.78, 0.55, 0.25, 0.17, 0.24, 0.08),
    "horse": Build(0.74, 0.58, 0.31, 0.18, 0.36, 0.11),
}


def quadruped(canvas: Canvas, rng: random.Random, kind: str, coat: Colour) -> None:
    """侧面站着（或卧着）的四足动物。"""
    u, build = rng.uniform, BUILDS[kind]
    leg, neck = build.leg * u(0.75, 1.2), build.neck * u(0.5, 1.25)
    girth, head = build.girth * u(0.85, 1.2), build.head * u(0.85, 1.15)
    dark = shade(coat, 0.75)
    long_ = u(0.55, 0.72)
    lying = rng.random() < (0.3 if kind in ("cat", "dog") else 0.1)
    if lying:
        leg *= 0.25
    grazing = kind in ("deer", "horse") and rng.random() < 0.25
    x, y = (long_ + 0.35, 0.2) if grazing else (long_ + neck * 0.35 + 0.05, -girth - neck)
    _tail(canvas, rng, kind, coat, -long_, -girth * 0.4)
    for place, tone in ((-0.7, dark), (-0.85, coat), (0.55, dark), (0.75, coat)):
        foot = place * long_ + u(-0.1, 0.1)
        canvas.line([(place * long_, 0), (foot, girth + leg)], tone, build.limb * u(0.85, 1.15))
    canvas.oval(0, 0, long_ * 1.1, girth, coat)
    canvas.polygon(
        [
            (long_ * 0.5, -girth * 0.9),
            (x - head * 0.7, y - head * 0.3),
            (x + head * 0.3, y + head * 0.8),
            (long_, girth * 0.5),
        ],
        coat,
    )
    _markings(canvas, rng, kind, coat, long_, girth)
    _head(canvas, rng, kind, coat, (x, y, head, build.muzzle * u(0.6, 1.25)))


def _tail(canvas: Canvas, rng: random.Random, kind: str, coat: Colour, x: float, y: float) -> None:
    u = rng.uniform
    if kind == "cat":
        canvas.line(
            [(x, y), (x - 0.25, y - u(-0.3, 0.5)), (x - u(0.1, 0.45), y - u(0.1, 0.9))], coat, 0.09
        )
    elif kind == "dog":
        canvas.line([(x, y), (x - u(0.15, 0.3), y - u(-0.1, 0.5))], coat, u(0.07, 0.15))
    elif kind == "deer":
        canvas.oval(x, y + 0.05, 0.1, 0.12, (225, 215, 200))
    else:
        tone = shade(coat, u(0.3, 0.9))
        canvas.line([(x, y), (x - u(0.15, 0.3), y + 0.25), (x - 0.15, y + u(0.5, 0.8))], tone, 0.13)


def _markings(
    canvas: Canvas, rng: random.Random, kind: str, coat: Colour, long_: float, girth: float
) -> None:
    """条纹、斑块、浅色的肚子，或者什么也没有。"""
    draw, other = rng.random(), near(rng, rng.choice(FURS), 20)
    if draw < 0.25 and kind == "cat":
        for k in range(4):
            x = -long_ * 0.7 + k * 0.3
            canvas.line([(x, -girth * 0.8), (x + 0.05, girth * 0.3)], shade(coat, 0.6), 0.06)
    elif draw < 0.45 and kind != "deer":
        for _ in range(rng.randint(1, 3)):
            spot = rng.uniform(-0.7, 0.6) * long_
            canvas.oval(
                spot, rng.uniform(-0.5, 0.3) * girth, rng.uniform(0.1, 0.25), girth * 0.5, other
            )
    elif draw < 0.8:
        canvas.oval(0, girth * 0.65, long_ * 0.7, girth * 0.3, shade(coat, 1.3))


def _head(
    canvas: Canvas,
    rng: random.Random,
    kind: str,
    coat: Colour,
    place: tuple[float, float, float, float],
) -> None:
    x, y, head, muzzle = place
    u, dark = rng.uniform, shade(coat, 0.65)
    if kind == "horse" and rng.random() < 0.8:  # 鬃毛
        mane = shade(coat, rng.choice((0.35, 0.6, 1.4)))
        canvas.line([(x - head, y - head * 0.6), (x - 0.45, y + 0.5)], mane, 0.13)
    canvas.oval(x, y, head, head * 0.9, coat)
    canvas.oval(x + head * 0.4 + muzzle / 2, y + head * 0.25, muzzle / 2 + head * 0.35,
                head * 0.5, shade(coat, u(0.8, 1.2)), 0.25)  # fmt: skip
    canvas.oval(x + head * 0.25, y - head * 0.2, 0.04, 0.04, DARK)
    if muzzle > 0.1:
        canvas.oval(x + head * 0.7 + muzzle, y + head * 0.25, 0.05, 0.05, DARK)
    pointed = {"cat": 1.0, "dog": 0.45, "deer": 1.0, "horse": 1.0}[kind]
    if rng.random() < pointed:
        tall = head * u(0.5, 0.8) * (1.2 if kind in ("cat", "deer") else 1)
        for dx in (-0.6, 0.15):
            base = x + dx * head
            canvas.polygon([(base - head * 0.3, y - head * 0.5), (base, y - head * 0.7 - tall),
                            (base + head * 0.35, y - head * 0.6)], dark)  # fmt: skip
    else:
        canvas.oval(x - head * 0.6, y + head * 0.15, head * 0.32, head * u(0.6, 0.9), dark, 0.2)
    if kind == "deer" and rng.random() < 0.6:  # 有角的是雄鹿
        horn = near(rng, (125, 100, 70), 15)
        for dx in (-0.12, 0.1):
            tip = (x + dx * 3, y - head - u(0.35, 0.6))
            canvas.line(
                [(x + dx * 0.5, y - head * 0.7), (x + dx * 2.5, y - head - 0.25), tip], horn, 0.05
            )
            canvas.line(
                [(x + dx * 2.5, y - head - 0.25), (tip[0] + dx * 2, tip[1] + 0.15)], horn, 0.04
            )


def face(canvas: Canvas, rng: random.Random, kind: str, coat: Colour) -> None:
    """猫或狗的正脸特写。"""
    u, dark = rng.uniform, shade(coat, 0.7)
    wide = u(0.62, 0.8)
    canvas.oval(0, 0.75, wide * u(0.8, 1.1), 0.6, shade(coat, 0.9))
    pointed = kind == "cat" or rng.random() < 0.4
    for side in (-1, 1):
        if pointed:
            tip = (side * wide * u(0.75, 1.0), -u(0.85, 1.05))
            canvas.polygon([(side * wide * 0.95, -0.1), tip, (side * wide * 0.2, -0.5)], dark)
        else:
            canvas.oval(side * wide * 0.95, u(-0.15, 0.1), 0.22, u(0.45, 0.6), dark, -side * 0.25)
    canvas.oval(0, 0, wide, 0.62, coat)
    muzzle = shade(coat, u(1.1, 1.5))
    if kind == "dog":
        canvas.oval(0, 0.28, wide * u(0.45, 0.6), u(0.32, 0.42), muzzle)
        canvas.oval(0, 0.14, 0.15, 0.1, DARK)
        if rng.random() < 0.35:
            canvas.oval(0, 0.55, 0.1, 0.18, (215, 110, 120))
    else:
        for side in (-1, 1):
            canvas.oval(side * 0.15, 0.27, 0.2, 0.16, muzzle)
            canvas.line([(side * 0.2, 0.25), (side * 0.75, 0.2)], shade(muzzle, 1.3), 0.03)
        canvas.oval(0, 0.15, 0.08, 0.06, (190, 120, 120))
    iris = (rng.choice(((150, 170, 80), (120, 140, 170), (60, 45, 35))) if kind == "cat"
            else rng.choice(((60, 45, 35), (40, 32, 28))))  # fmt: skip
    for side in (-1, 1):
        canvas.oval(side * 0.3, -0.12, 0.13, 0.12, iris)
        canvas.oval(side * 0.3, -0.12, 0.05 if kind == "cat" else 0.08, 0.11, DARK)


def draw_pet(canvas: Canvas, rng: random.Random, kind: str) -> None:
    """猫或狗：正脸，或者侧面。"""
    coat = near(rng, rng.choice(FURS), 22)
    (face if rng.random() < 0.45 else quadruped)(canvas, rng, kind, coat)


def draw_deer(canvas: Canvas, rng: random.Random) -> None:
    """鹿，有的有角。"""
    quadruped(canvas, rng, "deer", near(rng, rng.choice(FURS[1:3] + FURS[4:]), 22))


def draw_horse(canvas: Canvas, rng: random.Random) -> None:
    """马，多数有鬃毛。"""
    quadruped(canvas, rng, "horse", near(rng, rng.choice(FURS), 22))


def draw_bird(canvas: Canvas, rng: random.Random) -> None:
    """站着的、飞着的，或者长腿长颈的鸟。"""
    u, view = rng.uniform, rng.randrange(3)
    coat = near(
        rng, rng.choice(((70, 75, 85), (180, 60, 45), (60, 100, 160), (190, 170, 90), *FURS)), 25
    )
    wing, beak = shade(coat, u(0.6, 0.85)), near(rng, (215, 160, 60), 25)
    if view == 1:  # 飞：张开两翼
        lift = u(0.3, 0.9)
        for side, far in ((-1, 0.9), (1, 1.0)):
            canvas.polygon(
                [(0.2, 0), (side * far, -lift), (side * far * 0.6, -lift * 0.3), (-0.2, 0.1)], wing
            )
        canvas.oval(0, 0.05, 0.5, 0.17, coat)
        canvas.polygon([(-0.35, 0), (-0.85, -0.05), (-0.8, 0.2)], wing)
        canvas.oval(0.5, -0.02, 0.16, 0.14, coat)
        canvas.polygon([(0.62, -0.06), (0.85, 0.02), (0.62, 0.06)], beak)
        return
    tall = view == 2
    leg, neck = (u(0.5, 0.8), u(0.4, 0.75)) if tall else (u(0.2, 0.4), u(0.1, 0.2))
    for x in (-0.05, 0.12):
        canvas.line([(x, 0.2), (x + u(-0.04, 0.06), 0.3 + leg)], shade(beak, 0.7), 0.05)
    canvas.polygon([(-0.4, -0.05), (-1, u(-0.2, 0.3)), (-0.95, 0.25), (-0.3, 0.25)], wing)
    canvas.oval(0, 0.05, 0.55, 0.32, coat, -0.3)
    canvas.oval(-0.12, 0.05, 0.38, 0.18, wing, 0.1)
    x, y = 0.5, -0.15 - neck
    canvas.line([(0.35, 0), (0.45, -neck * 0.6), (x, y)], coat, 0.16 if tall else 0.3)
    canvas.oval(x, y, 0.19, 0.17, coat)
    canvas.polygon([(x + 0.13, y - 0.07), (x + u(0.35, 0.6), y + 0.04), (x + 0.13, y + 0.08)], beak)
    canvas.oval(x + 0.06, y - 0.04, 0.04, 0.04, DARK)


def draw_frog(canvas: Canvas, rng: random.Random) -> None:
    """侧面蹲着，或者从上面看的蛙。"""
    u = rng.uniform
    skin = near(rng, rng.choice(((95, 140, 60), (130, 115, 70), (70, 85, 55), (160, 150, 90))), 25)
    dark, eye = shade(skin, 0.7), near(rng, (210, 190, 90), 25)
    if rng.random() < 0.5:  # 侧面
        canvas.polygon(
            [(-0.85, 0.3), (-0.5, -0.2), (0.4, -0.55), (0.85, -0.3), (0.8, 0.05), (0.2, 0.45)], skin
        )
        canvas.oval(-0.4, 0.25, 0.42, 0.27, shade(skin, 0.85), -0.3)
        canvas.line([(-0.7, 0.45), (0.1, 0.5)], dark, 0.13)
        canvas.line([(0.4, 0.1), (0.5, 0.5), (0.7, 0.52)], dark, 0.13)
        canvas.oval(0.45, -0.5, 0.15, 0.15, eye)
        canvas.oval(0.48, -0.5, 0.07, 0.09, DARK)
        canvas.line([(0.85, -0.15), (0.4, -0.05)], dark, 0.05)
    else:  # 俯视：四肢张开
        for side in (-1, 1):
            canvas.line(
                [(-0.3, side * 0.3), (-0.1, side * 0.8), (-0.75, side * u(0.6, 0.9))], dark, 0.18
            )
            canvas.line([(0.4, side * 0.25), (0.6, side * 0.65), (0.85, side * 0.6)], dark, 0.13)
        canvas.oval(0, 0, 0.75, 0.45, skin)
        for side in (-1, 1):
            canvas.oval(0.5, side * 0.25, 0.13, 0.13, eye)
            canvas.oval(0.52, side * 0.25, 0.06, 0.08, DARK)
    for _ in range(rng.randint(0, 6)):
        canvas.oval(u(-0.5, 0.3), u(-0.15, 0.2), 0.07, 0.06, dark)
