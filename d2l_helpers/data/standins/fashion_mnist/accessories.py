"""鞋与包：凉鞋、运动鞋、短靴都是侧面，大小相近，高矮与鞋跟的分布彼此重叠。"""

from __future__ import annotations

import random
from dataclasses import dataclass

from d2l_helpers.data.standins.fashion_mnist.canvas import Canvas, Point, rounded
from d2l_helpers.data.standins.fashion_mnist.garments import MIDDLE, cloth_shade


@dataclass(frozen=True)
class _Shoe:
    """量好的鞋：脚跟与脚尖的横坐标、鞋底、鞋口的高与长。"""

    heel: float
    toe: float
    ground: float
    height: float
    opening: float
    sole: float

    @property
    def top(self) -> float:
        return self.ground - self.height


def _measure(rng: random.Random, height: tuple[float, float], ground: tuple[float, float]) -> _Shoe:
    return _Shoe(
        heel=rng.uniform(0.04, 0.10),
        toe=rng.uniform(0.90, 0.97),
        ground=rng.uniform(*ground),
        height=rng.uniform(*height),
        opening=rng.uniform(0.28, 0.42),
        sole=rng.uniform(0.03, 0.07),
    )


def _low_upper(shoe: _Shoe) -> list[Point]:
    """低帮鞋面：后跟、鞋口凹处、鞋舌，再沿脚背斜到脚尖。"""
    heel, toe, ground, height = shoe.heel, shoe.toe, shoe.ground, shoe.height
    return [
        (heel, ground),
        (heel, shoe.top),
        (heel + 0.07, shoe.top - 0.02),
        (heel + shoe.opening * 0.55, ground - height * 0.62),
        (heel + shoe.opening, ground - height * 0.88),
        (toe - 0.30, ground - height * 0.52),
        (toe - 0.07, ground - height * 0.40),
        (toe + 0.02, ground - 0.04),
        (toe, ground),
    ]


def _finish(canvas: Canvas, rng: random.Random) -> None:
    """多数鞋尖朝右，少数朝左。"""
    if rng.random() < 0.15:
        canvas.mirror()


def draw_sneaker(canvas: Canvas, rng: random.Random) -> None:
    """画一只运动鞋：鞋面、另一种颜色的鞋底、几道鞋带或条纹。"""
    shoe, shade = _measure(rng, (0.22, 0.38), (0.62, 0.78)), cloth_shade(rng)
    canvas.polygon(rounded(_low_upper(shoe)), shade)
    _draw_sole(canvas, rng, shoe)
    _draw_stitches(canvas, rng, shoe, shade)
    _finish(canvas, rng)


def draw_boot(canvas: Canvas, rng: random.Random) -> None:
    """画一只短靴；少数鞋筒很矮，看着像运动鞋。"""
    between = rng.uniform
    shoe, shade = _measure(rng, (0.50, 0.72), (0.80, 0.90)), cloth_shade(rng)
    heel, toe, ground = shoe.heel, shoe.toe, shoe.ground
    top = ground - 0.38 if rng.random() < 0.12 else shoe.top
    instep = ground - between(0.22, 0.32)
    outline = [
        (heel, ground), (heel, top + 0.05), (heel + 0.02, top),
        (heel + shoe.opening - 0.04, top), (heel + shoe.opening, top + 0.04),
        (heel + shoe.opening + between(0, 0.06), instep),
        (toe - 0.10, ground - between(0.14, 0.22)), (toe + 0.02, ground - 0.05), (toe, ground),
    ]  # fmt: skip
    canvas.polygon(rounded(outline), shade)
    _draw_sole(canvas, rng, shoe)
    if between(0, 0.12) > 0.03:  # 鞋跟与前掌之间的空隙
        arch = [(heel + 0.30, -0.5 * shoe.sole), (toe - 0.40, -0.5 * shoe.sole)]
        arch += [(toe - 0.45, 0.01), (heel + 0.32, 0.01)]
        canvas.polygon([(x, ground + y) for x, y in arch], 0)
    _draw_stitches(canvas, rng, shoe, shade)
    _finish(canvas, rng)


def _draw_sole(canvas: Canvas, rng: random.Random, shoe: _Shoe) -> None:
    top = shoe.ground - shoe.sole
    corners = [(shoe.heel, top), (shoe.toe, top), (shoe.toe, shoe.ground), (shoe.heel, shoe.ground)]
    canvas.polygon(corners, rng.uniform(40, 255))


def _draw_stitches(canvas: Canvas, rng: random.Random, shoe: _Shoe, shade: float) -> None:
    tone = shade * rng.uniform(0.4, 0.8)
    for _ in range(rng.randrange(4)):
        x = rng.uniform(0.2, 0.7)
        upper = (x, shoe.ground - shoe.height * rng.uniform(0.3, 0.9))
        canvas.line([upper, (x + rng.uniform(-0.1, 0.15), shoe.ground - shoe.sole)], tone)


def draw_sandal(canvas: Canvas, rng: random.Random) -> None:
    """画一只凉鞋：或平或高的鞋底，几条带子；少数有完整的鞋面，像运动鞋。"""
    between = rng.uniform
    shoe, shade = _measure(rng, (0.22, 0.45), (0.62, 0.78)), cloth_shade(rng)
    heel, toe, ground, sole = shoe.heel, shoe.toe, shoe.ground, shoe.sole
    lift = between(0.0, 0.22)  # 跟高
    bed = [
        (heel, -lift - sole), (heel + 0.3, -lift - sole), (toe - 0.3, -sole), (toe, -sole),
        (toe, 0), (toe - 0.35, 0), (heel + 0.3, -lift), (heel + 0.1, -lift),
        (heel + 0.08, 0), (heel, 0),
    ]  # fmt: skip
    canvas.polygon([(x, ground + y) for x, y in bed], shade)

    def slope(x: float) -> float:
        """鞋床在 ``x`` 处的高度，脚跟为 1，前掌为 0。"""
        return min(1.0, max(0.0, (toe - 0.3 - x) / (toe - heel - 0.6)))

    for _ in range(rng.randint(1, 4)):
        left = between(heel + 0.02, toe - 0.2)
        right = min(left + between(0.1, 0.35), toe)
        peak = (left + between(-0.1, 0.2), shoe.top + between(-0.05, 0.15))
        ends = [(x, ground - sole - lift * slope(x)) for x in (left, right)]
        canvas.line([ends[0], peak, ends[1]], between(80, 255), between(1.0, 2.6))
    if rng.random() < 0.25:
        canvas.polygon(rounded(_low_upper(shoe)), shade * between(0.4, 0.8))
    _finish(canvas, rng)


def draw_bag(canvas: Canvas, rng: random.Random) -> None:
    """画一只包：梯形的包身，多数有提手，有的有翻盖与扣子。"""
    between, chance = rng.uniform, rng.random
    shade = cloth_shade(rng)
    width, height, middle = between(0.26, 0.44), between(0.20, 0.36), between(0.55, 0.68)
    top, bottom, taper = middle - height, middle + height, between(0.75, 1.1)
    if chance() < 0.85:
        size = between(0.1, 0.3), between(0.12, 0.4)
        canvas.arch((MIDDLE, top), *size, between(60, 255), between(1, 3))
    corners = [(-width * taper, top), (width * taper, top)]
    body = [*corners, (width, bottom), (-width, bottom)]
    canvas.polygon([(MIDDLE + x, y) for x, y in body], shade)
    if chance() < 0.5:
        flap = [*corners, (0.0, middle + height * between(-0.2, 0.6))]
        canvas.polygon([(MIDDLE + x, y) for x, y in flap], shade * between(0.4, 0.8))
    if chance() < 0.4:
        canvas.disc((MIDDLE, middle), between(0.02, 0.08), between(0, 255))
