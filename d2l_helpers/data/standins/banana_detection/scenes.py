"""背景：桌布、木板、瓷砖、草叶、虚化的光斑；颜色、疏密、明暗每张不同。"""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter

Color = tuple[int, int, int]
LIMIT = 255


def draw_scene(rng: np.random.Generator, side: int) -> Image.Image:
    """画一张没有香蕉的背景。

    参数:
        rng: 随机数发生器。
        side: 边长，像素。

    返回:
        RGB 图像，(side, side)。
    """
    draw = SCENES[rng.integers(len(SCENES))]
    return mottle(draw(rng, side), rng, 40)


def random_color(rng: np.random.Generator, low: int = 30, high: int = 236) -> Color:
    """随便一种颜色，三个分量各在 ``low`` 与 ``high`` 之间。"""
    return tuple(rng.integers(low, high, 3).tolist())


def tinted(color: Color, percent: int) -> Color:
    """同一种颜色调亮或调暗：各分量乘上百分数。"""
    return tuple(min(LIMIT, max(0, part * percent // 100)) for part in color)


def smooth_noise(rng: np.random.Generator, side: int, columns: int, rows: int) -> Image.Image:
    """平滑的彩色噪声：一小张随机的图放大，``columns`` 乘 ``rows`` 格。"""
    grid = rng.integers(0, 256, (rows, columns, 3)).astype(np.uint8)
    return Image.fromarray(grid).resize((side, side), Image.Resampling.BICUBIC)


def mottle(image: Image.Image, rng: np.random.Generator, strength: int) -> Image.Image:
    """让颜色深浅不匀：各像素至多增减 ``strength``/2。"""
    rough = smooth_noise(rng, image.width, 6, 6).convert("L")
    fine = rng.integers(0, 256, (image.height, image.width)).astype(np.uint8)
    both = np.asarray(rough, np.int32) * 3 + fine - 510  # 大块的占四分之三
    pixels = np.asarray(image, np.int32) + (both * strength // 1020)[..., None]
    return Image.fromarray(np.clip(pixels, 0, LIMIT).astype(np.uint8))


def _cloth(rng: np.random.Generator, side: int) -> Image.Image:
    """格子桌布：两组半透明的条纹交叠，再转一个角度。"""
    ground, stripe = random_color(rng, 150, 250), random_color(rng)
    image = Image.new("RGB", (2 * side, 2 * side), ground)
    step = int(rng.integers(side // 10, side // 4))
    for across in range(1 + int(rng.integers(2))):
        bands = Image.new("L", image.size)
        draw = ImageDraw.Draw(bands)
        for start in range(0, 2 * side, 2 * step):
            ends = (start, 0, start + step, 2 * side)
            draw.rectangle(ends if not across else (0, start, 2 * side, start + step), fill=130)
        image.paste(stripe, (0, 0), bands)
    turned = image.rotate(int(rng.integers(90)), Image.Resampling.BILINEAR)
    return turned.crop((side // 2, side // 2, side // 2 + side, side // 2 + side))


def _wood(rng: np.random.Generator, side: int) -> Image.Image:
    """木板：几条深浅不同的板，顺着板有细纹。"""
    base = [(150, 105, 60), (185, 140, 90), (110, 75, 50), (205, 175, 130)][rng.integers(4)]
    image = Image.new("RGB", (side, side))
    draw, top = ImageDraw.Draw(image), 0
    while top < side:
        height = int(rng.integers(side // 7, side // 3))
        draw.rectangle((0, top, side, top + height), fill=tinted(base, int(rng.integers(82, 116))))
        draw.line((0, top, side, top), fill=tinted(base, 50), width=max(1, side // 80))
        top += height
    grain = smooth_noise(rng, side, 3, side // 4).convert("L").convert("RGB")
    image = Image.blend(image, ImageChops.multiply(image, grain), 0.45)
    return image.transpose(Image.Transpose.ROTATE_90) if rng.random() < 0.5 else image


def _tiles(rng: np.random.Generator, side: int) -> Image.Image:
    """瓷砖：一格一格，颜色略有出入，缝是浅色的。"""
    base, image = random_color(rng, 60, 220), Image.new("RGB", (side, side), (225, 222, 215))
    draw, step = ImageDraw.Draw(image), int(rng.integers(side // 6, side // 3))
    gap, shift = max(2, side // 50), int(rng.integers(step))
    for row in range(side // step + 2):
        offset = shift + (step // 2 if row % 2 else 0)
        for left in range(-offset, side, step):
            top = row * step - shift
            fill = tinted(base, int(rng.integers(84, 116)))
            draw.rectangle((left, top, left + step - gap, top + step - gap), fill=fill)
    return image


def _leaves(rng: np.random.Generator, side: int) -> Image.Image:
    """草叶：深绿的底上许多细长的叶子。"""
    image = Image.new("RGB", (side, side), (30, int(rng.integers(60, 100)), 35))
    draw = ImageDraw.Draw(image)
    for _ in range(160):
        x, y = rng.integers(0, side, 2).tolist()
        dx, dy = rng.integers(-side // 7, side // 7 + 1, 2).tolist()
        green = (
            int(rng.integers(30, 130)), int(rng.integers(90, 190)), int(rng.integers(20, 80))
        )  # fmt: skip
        width = side // 40 + 1
        draw.polygon([(x, y), (x + dx - width, y + dy), (x + 2 * dx, y + 2 * dy),
                      (x + dx + width, y + dy)], fill=green)  # fmt: skip
    return image


def _lights(rng: np.random.Generator, side: int) -> Image.Image:
    """虚化的背景：几团颜色，加上模糊的光斑。"""
    image = smooth_noise(rng, side, 4, 4)
    image = Image.blend(image, Image.new("RGB", image.size, random_color(rng)), 0.5)
    glow = Image.new("RGB", image.size)
    draw = ImageDraw.Draw(glow)
    for _ in range(int(rng.integers(4, 14))):
        x, y = rng.integers(0, side, 2).tolist()
        radius = int(rng.integers(side // 30, side // 9))
        draw.ellipse(
            (x - radius, y - radius, x + radius, y + radius), fill=random_color(rng, 0, 90)
        )
    return ImageChops.add(image, glow.filter(ImageFilter.GaussianBlur(side / 100)))


SCENES = (_cloth, _wood, _tiles, _leaves, _lights)
