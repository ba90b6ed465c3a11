"""五种场景：天空、田野、街道与铁路、水面、房间；画面里的东西都不算物体，属于背景。"""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from d2l_helpers.data.standins.voc2012.canvas import Color, mixed, tinted

Size = tuple[int, int]


def _sky(rng: np.random.Generator, size: Size) -> Image.Image:
    """天空：上深下浅，几朵云。"""
    top = mixed([(86, 140, 206), (130, 160, 190), (210, 150, 120)][rng.integers(3)], rng, 22)
    low = tinted(top, 136)
    weight = np.linspace(0, 1, size[1])[:, None, None]
    rows = (1 - weight) * np.array(top) + weight * np.array(low)  # (高, 1, 3)
    pixels = np.broadcast_to(rows, (size[1], size[0], 3)).astype(np.uint8)
    image = Image.fromarray(pixels.copy())
    draw = ImageDraw.Draw(image)
    for _ in range(int(rng.integers(0, 4))):
        x, y = rng.integers(0, size[0]), rng.integers(0, size[1] // 2)
        for _ in range(5):
            dx, dy = rng.integers(-size[0] // 10, size[0] // 10), rng.integers(-6, 7)
            radius = int(rng.integers(size[1] // 24, size[1] // 11))
            box = (x + dx - 2 * radius, y + dy - radius, x + dx + 2 * radius, y + dy + radius)
            draw.ellipse(
                tuple(map(int, box)), fill=tinted((228, 232, 240), int(rng.integers(92, 108)))
            )
    return image


def _ground(image: Image.Image, rng: np.random.Generator, horizon: int, color: Color) -> None:
    """地面：从地平线往下，一道道的纹，越近越宽。"""
    width, height = image.size
    draw, y, step = ImageDraw.Draw(image), horizon, 3
    while y < height:
        shade = tinted(color, int(rng.integers(88, 112)))
        draw.rectangle((0, y, width, y + step), fill=shade)
        y, step = y + step, step + 2


def _far(image: Image.Image, rng: np.random.Generator, horizon: int) -> None:
    """远处：山、树或房子。"""
    width, height = image.size
    draw, kind = ImageDraw.Draw(image), rng.integers(3)
    for _ in range(int(rng.integers(3, 7))):
        x, tall = int(rng.integers(0, width)), int(rng.integers(height // 10, height // 3))
        if kind == 0:
            color = mixed((92, 112, 120), rng, 18)
            draw.polygon(
                [(x - 2 * tall, horizon), (x, horizon - tall), (x + 2 * tall, horizon)], color
            )
        elif kind == 1:
            draw.rectangle((x - 2, horizon - tall // 2, x + 2, horizon), fill=(84, 62, 44))
            radius, green = tall // 2, mixed((58, 108, 58), rng, 24)
            top = horizon - tall
            draw.ellipse((x - radius, top, x + radius, top + 2 * radius), fill=green)
        else:
            wall = mixed((170, 150, 136), rng, 40)
            draw.rectangle((x - tall // 2, horizon - tall, x + tall // 2, horizon), fill=wall)
            for row in range(horizon - tall + 6, horizon - 8, 14):
                for left in range(x - tall // 2 + 5, x + tall // 2 - 8, 14):
                    draw.rectangle((left, row, left + 6, row + 7), fill=(70, 84, 100))


def draw_sky(rng: np.random.Generator, size: Size) -> Image.Image:
    """天空，最下面一线地面。"""
    image = _sky(rng, size)
    if rng.random() < 0.6:
        horizon = int(size[1] * rng.uniform(0.86, 0.95))
        _far(image, rng, horizon)
        _ground(image, rng, horizon, mixed((96, 122, 70), rng, 26))
    return image


def draw_field(rng: np.random.Generator, size: Size) -> Image.Image:
    """田野：远处有山、树或房子，近处是草地或沙地。"""
    image, horizon = _sky(rng, size), int(size[1] * rng.uniform(0.4, 0.6))
    _far(image, rng, horizon)
    ground = [(104, 142, 66), (134, 150, 80), (196, 172, 122)][rng.integers(3)]
    _ground(image, rng, horizon, mixed(ground, rng, 22))
    return image


def draw_road(rng: np.random.Generator, size: Size) -> Image.Image:
    """街道：楼与树的前面是灰色的路面，有的画着白线。"""
    image, horizon = _sky(rng, size), int(size[1] * rng.uniform(0.42, 0.56))
    _far(image, rng, horizon)
    _far(image, rng, horizon)
    _ground(image, rng, horizon, mixed((118, 116, 116), rng, 16))
    if rng.random() < 0.6:
        draw, y = ImageDraw.Draw(image), int(size[1] * rng.uniform(0.82, 0.94))
        for left in range(-int(rng.integers(40)), size[0], 48):
            draw.rectangle((left, y, left + 26, y + 4), fill=(226, 224, 214))
    return image


def draw_water(rng: np.random.Generator, size: Size) -> Image.Image:
    """水面：一道道的波纹，对岸有山或树。"""
    image, horizon = _sky(rng, size), int(size[1] * rng.uniform(0.4, 0.58))
    _far(image, rng, horizon)
    _ground(image, rng, horizon, mixed((62, 116, 150), rng, 26))
    return image


def draw_room(rng: np.random.Generator, size: Size) -> Image.Image:
    """房间：墙、地板，墙上有窗、画或架子。"""
    width, height = size
    wall = mixed([(214, 202, 180), (176, 196, 196), (198, 176, 176), (150, 160, 150)][
        rng.integers(4)], rng, 18)  # fmt: skip
    image, horizon = Image.new("RGB", size, wall), int(height * rng.uniform(0.58, 0.76))
    draw = ImageDraw.Draw(image)
    for _ in range(int(rng.integers(1, 4))):
        left, top = int(rng.integers(0, width)), int(rng.integers(0, height // 3))
        right, low = left + int(rng.integers(30, 90)), top + int(rng.integers(24, 70))
        inside = mixed([(168, 204, 224), (120, 90, 70), (92, 112, 96)][rng.integers(3)], rng, 26)
        draw.rectangle((left, top, right, low), fill=(236, 232, 222))
        draw.rectangle((left + 4, top + 4, right - 4, low - 4), fill=inside)
    _ground(image, rng, horizon, mixed((158, 122, 86), rng, 28))
    draw.rectangle((0, horizon - 4, width, horizon), fill=tinted(wall, 116))
    return image


# 每种场景：画法，可以出现的类，中心的高低（占图高的比例）
SCENES = (
    (draw_sky, (1,), (0.25, 0.7)),
    (draw_field, (2, 15, 17), (0.5, 0.68)),
    (draw_road, (2, 7, 15, 19), (0.5, 0.68)),
    (draw_water, (4,), (0.42, 0.66)),
    (draw_room, (5, 8, 9, 15), (0.5, 0.68)),
)
