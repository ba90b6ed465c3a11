"""把一只狗画成侧面站着、侧面坐着或正脸。"""

from __future__ import annotations

import math
import random

from d2l_helpers.data.standins.canvas import Canvas, Colour, near, shade
from d2l_helpers.data.standins.dog_breeds_tiny.breeds import Breed, Colours

NOSE, TONGUE = (30, 26, 26), (215, 105, 115)


class Dog:
    """一只狗：它的品种、各处的颜色，与画它的笔。"""

    def __init__(self, canvas: Canvas, rng: random.Random, breed: Breed, colours: Colours) -> None:
        self.canvas, self.rng, self.breed, self.tones = canvas, rng, breed, colours

    def fur(
        self, x: float, y: float, rx: float, ry: float, colour: Colour, tilt: float = 0.0
    ) -> None:
        """一个椭圆；毛长的，边上有一簇簇的毛。"""
        fluff = self.breed.fluff * 0.06
        self.canvas.oval(x, y, rx, ry, colour, tilt)
        if not fluff:
            return
        for k in range(26):
            t = k * math.pi / 13 + self.rng.uniform(-0.1, 0.1)
            u, v = rx * math.cos(t), ry * math.sin(t)
            px = x + u * math.cos(tilt) - v * math.sin(tilt)
            py = y + u * math.sin(tilt) + v * math.cos(tilt)
            tone = shade(colour, self.rng.uniform(0.93, 1.05))
            self.canvas.oval(px, py, fluff * 1.15, fluff * 0.85, tone, math.atan2(v, u))

    # ---- 尾巴、腿 ---------------------------------------------------------------------------
    def tail(self, x: float, y: float) -> None:
        """从 (x, y) 伸出的尾巴。"""
        u, tone, kind = self.rng.uniform, self.tones.saddle, self.breed.tail
        thick = 0.07 + 0.08 * self.breed.fluff
        if kind == "stub":
            self.canvas.oval(x - 0.02, y, 0.06, 0.05, tone)
        elif kind == "curl":
            for k in range(9):
                t = math.pi * (1.05 + k / 9)
                self.canvas.oval(
                    x + 0.12 + 0.2 * math.cos(t),
                    y - 0.12 + 0.17 * math.sin(t),
                    thick * 0.8,
                    thick * 0.8,
                    shade(tone, 1 + 0.02 * (k % 3)),
                )
        elif kind == "plume":
            drop = u(-0.1, 0.35)
            for k in range(8):
                s = k / 7
                wide = thick * (0.6 + math.sin(math.pi * s) * 0.6)
                hair = shade(tone, 1 + 0.02 * (k % 2))
                self.canvas.oval(x - 0.42 * s, y + drop * s * s + 0.05 * s, 0.09, wide, hair, 0.4)
        elif kind == "whip":
            self.canvas.line(
                [(x, y), (x - 0.25, y + 0.05), (x - 0.5, y + u(-0.2, 0.2))], tone, 0.075
            )
        else:  # flag：向上翘，末端是白的
            tip = (x - u(0.1, 0.25), y - u(0.35, 0.5))
            self.canvas.line([(x, y), (x - 0.12, y - 0.2), tip], tone, 0.07)
            self.canvas.oval(*tip, 0.05, 0.06, self.tones.belly)

    def limb(self, x: float, top: float, bottom: float, lean: float, tone: float) -> None:
        """一条腿：上半截是身子的颜色，下半截与脚是小腿的颜色。"""
        tones, wide = self.tones, 0.06 + 0.16 * self.breed.girth
        knee = (x + lean * 0.4, (top + bottom * 2) / 3)
        upper = tones.legs if self.breed.pattern == "tricolour" else tones.coat
        self.canvas.line([(x, top), knee], shade(upper, tone), wide * 1.1)
        self.canvas.line([knee, (x + lean, bottom)], shade(tones.legs, tone), wide * 0.85)
        self.canvas.oval(x + lean + 0.03, bottom, wide * 0.65, wide * 0.42, shade(tones.legs, tone))

    # ---- 头 ---------------------------------------------------------------------------------
    def head_aside(self, x: float, y: float) -> None:
        """侧面的头。"""
        breed, tones, canvas = self.breed, self.tones, self.canvas
        r, reach = breed.head * 0.92, breed.muzzle * self.rng.uniform(0.9, 1.1)
        if breed.ear == "prick":
            self._prick(x - r * 0.15, y - r * 0.6, r, 0.75, tone=0.7)
        self.fur(x, y, r, r * 0.92, tones.cap)
        if breed.pattern == "mask":
            canvas.oval(x + r * 0.35, y + r * 0.25, r * 0.6, r * 0.55, tones.face)
        canvas.oval(
            x + r * 0.6 + reach * 0.4,
            y + r * 0.3,
            reach * 0.6 + r * 0.25,
            r * 0.4,
            tones.face,
            0.12,
        )
        canvas.oval(x + r * 0.8 + reach, y + r * 0.2, 0.045, 0.04, NOSE)
        canvas.line(
            [(x + r * 0.7, y + r * 0.52), (x + r * 0.75 + reach, y + r * 0.45)],
            shade(tones.face, 0.6),
            0.015,
        )
        self._eye(x + r * 0.42, y - r * 0.15, 0.036)
        if breed.pattern == "points":
            canvas.oval(x + r * 0.45, y - r * 0.42, 0.035, 0.025, tones.face)
        if breed.ear == "prick":
            self._prick(x - r * 0.45, y - r * 0.5, r, 1.0)
        else:
            drop = (0.75 if breed.ear == "drop" else 1.15) * r * breed.ear_size
            canvas.oval(
                x - r * 0.35,
                y + drop * 0.55 - r * 0.25,
                r * 0.36,
                drop * 0.75,
                shade(tones.cap, 0.8),
                0.15,
            )

    def _prick(self, x: float, y: float, r: float, size: float, tone: float = 0.85) -> None:
        tall = r * 0.95 * self.breed.ear_size * size
        self.canvas.polygon(
            [(x - r * 0.3, y + r * 0.2), (x - r * 0.05, y - tall), (x + r * 0.32, y)],
            shade(self.tones.cap, tone),
        )

    def _eye(self, x: float, y: float, size: float) -> None:
        self.canvas.oval(x, y, size, size, self.breed.eye)
        self.canvas.oval(x, y, size * 0.55, size * 0.6, NOSE)
        self.canvas.oval(x + size * 0.2, y - size * 0.3, size * 0.25, size * 0.25, (245, 245, 245))

    # ---- 三种姿势 ---------------------------------------------------------------------------
    def standing(self) -> None:
        """侧面站着或走着。"""
        breed, tones, u = self.breed, self.tones, self.rng.uniform
        long_, girth = breed.length * u(0.93, 1.07), breed.girth * u(0.93, 1.08)
        y = 0.3 - breed.leg * 0.55
        foot, stride = y + girth * 0.7 + breed.leg, u(0.0, 0.16)
        self.tail(-long_ * 0.98, y - girth * 0.45)
        for x, sign in ((-0.72, 1), (0.62, -1)):
            self.limb(x * long_, y + girth * 0.3, foot - 0.02, sign * stride, 0.75)
        self.fur(-long_ * 0.12, y, long_ * 0.92, girth, tones.coat)
        self.fur(long_ * 0.5, y - girth * 0.05, girth * 1.05, girth * 1.08, tones.coat)
        self.canvas.oval(0, y + girth * 0.68, long_ * 0.6, girth * 0.25, tones.belly)
        if tones.saddle != tones.coat:
            self.fur(-long_ * 0.15, y - girth * 0.4, long_ * 0.72, girth * 0.55, tones.saddle)
        for x, sign in ((-0.82, -1), (0.52, 1)):
            self.limb(x * long_, y + girth * 0.2, foot, sign * stride, 1.0)
        hx, hy = long_ * 0.78 + u(0.0, 0.12), y - girth * 0.9 - u(0.12, 0.3)
        self.neck((long_ * 0.5, y - girth * 0.2), (hx, hy), girth)
        self.head_aside(hx, hy)

    def neck(self, start: tuple[float, float], end: tuple[float, float], girth: float) -> None:
        """颈；白胸的在前面有一片白。"""
        for k in range(7):
            s = k / 6
            x, y = start[0] + (end[0] - start[0]) * s, start[1] + (end[1] - start[1]) * s
            self.canvas.oval(
                x, y, girth * (0.85 - 0.25 * s), girth * (0.8 - 0.2 * s), self.tones.coat
            )
        if self.breed.pattern in ("chest", "mask"):
            self.fur(
                start[0] + girth * 0.55,
                start[1] + girth * 0.2,
                girth * 0.42,
                girth * 0.75,
                self.tones.belly,
                0.3,
            )
        if self.breed.pattern == "points":
            self.canvas.oval(
                start[0] + girth * 0.7,
                start[1] + girth * 0.45,
                girth * 0.22,
                girth * 0.2,
                self.tones.face,
            )

    def sitting(self) -> None:
        """侧面坐着：身子斜着立起来。"""
        breed, tones, u = self.breed, self.tones, self.rng.uniform
        girth, tall = breed.girth * u(0.95, 1.08), 0.3 + breed.leg * 0.5
        ground = 0.8
        self.tail(-0.38, ground - 0.12)
        self.limb(0.22, ground - tall, ground - 0.02, 0.04, 0.75)
        self.fur(-0.02, ground - tall * 0.75 - 0.05, girth * 0.95, tall * 0.85, tones.coat, 0.45)
        self.fur(-0.2, ground - girth * 0.75, girth * 1.15, girth * 0.85, tones.coat, -0.2)
        if tones.saddle != tones.coat:
            self.fur(-0.15, ground - tall * 0.8, girth * 0.6, tall * 0.7, tones.saddle, 0.45)
        self.canvas.oval(-0.05, ground - 0.03, 0.22, 0.07, tones.legs)
        self.limb(0.3, ground - tall, ground, 0.06, 1.0)
        top = ground - tall * 1.5 - 0.12
        self.neck((0.2, ground - tall - 0.05), (0.3, top), girth)
        self.head_aside(0.32, top - 0.02)

    def face(self) -> None:
        """正脸。"""
        breed, tones, canvas = self.breed, self.tones, self.canvas
        wide, deep = 0.36 + breed.head * 0.75, 0.56
        self.fur(0, 0.85, wide * (0.7 + breed.girth), 0.5, tones.coat)
        if breed.pattern in ("chest", "mask", "tricolour"):
            self.fur(0, 0.9, wide * 0.5, 0.45, tones.belly)
        self._ears(wide)
        self.fur(0, 0, wide, deep, tones.cap)
        self._mask(wide)
        long_ = breed.muzzle * 1.1
        canvas.oval(0, 0.28, wide * 0.48, 0.14 + long_, tones.face)
        canvas.oval(0, 0.18, 0.1, 0.075, NOSE)
        canvas.line([(0, 0.22), (0, 0.25 + long_ * 0.6)], shade(tones.face, 0.55), 0.02)
        if self.rng.random() < 0.35:
            canvas.oval(0, 0.38 + long_ * 0.7, 0.075, 0.13, TONGUE)
        for side in (-1, 1):
            self._eye(side * wide * 0.45, -0.12, 0.068)

    def _ears(self, wide: float) -> None:
        """正脸的两只耳朵。"""
        breed, tones, canvas, u = self.breed, self.tones, self.canvas, self.rng.uniform
        for side in (-1, 1):
            if breed.ear == "prick":
                tall, spread = 0.42 * breed.ear_size, u(0.7, 0.85)
                tip = (side * wide * spread, -0.35 - tall)
                canvas.polygon(
                    [(side * wide * 0.98, -0.08), tip, (side * wide * 0.25, -0.42)],
                    shade(tones.cap, 0.8),
                )
                canvas.polygon(
                    [
                        (side * wide * 0.85, -0.2),
                        (tip[0], tip[1] + 0.12),
                        (side * wide * 0.45, -0.4),
                    ],
                    shade(tones.cap, 1.15),
                )
            else:
                drop = (0.32 if breed.ear == "drop" else 0.52) * breed.ear_size
                canvas.oval(
                    side * wide * 1.0,
                    -0.22 + drop,
                    0.15,
                    drop + 0.08,
                    shade(tones.cap, 0.78),
                    -side * 0.2,
                )

    def _mask(self, wide: float) -> None:
        """脸上的花纹：白脸、白鼻梁，或眉上的两点。"""
        canvas, tones, pattern = self.canvas, self.tones, self.breed.pattern
        if pattern == "mask":
            for side in (-1, 1):
                canvas.oval(side * wide * 0.48, 0.05, wide * 0.45, 0.34, tones.face, side * 0.3)
            canvas.polygon([(-0.06, 0.1), (0, -0.45), (0.06, 0.1)], tones.cap)
        elif pattern in ("chest", "tricolour") and tones.face != tones.cap:
            canvas.polygon([(-0.13, 0.25), (-0.05, -0.48), (0.05, -0.48), (0.13, 0.25)], tones.face)
        elif pattern == "points":
            for side in (-1, 1):
                canvas.oval(side * wide * 0.42, -0.3, 0.07, 0.045, tones.face)
                canvas.oval(side * wide * 0.6, 0.25, 0.12, 0.18, tones.face)


def backdrop(canvas: Canvas, rng: random.Random) -> None:
    """背景里的一两样东西：沙发、树、栅栏、球。"""
    for _ in range(rng.randint(0, 2)):
        tone = near(
            rng, rng.choice(((120, 90, 70), (80, 110, 70), (150, 150, 155), (140, 60, 60))), 30
        )
        canvas.place(
            rng.random(), rng.uniform(0.2, 0.9), rng.uniform(0.1, 0.3), angle=rng.uniform(-0.2, 0.2)
        )
        if rng.random() < 0.5:
            canvas.box(-1, -0.8, 1, 0.8, tone)
        else:
            canvas.oval(0, 0, 1, 0.8, tone)
