"""十二个犬种：六对，每对只差一两处（尾巴、耳朵、胖瘦、毛的长短），所以是细粒度的分类。"""

from __future__ import annotations

import random
from dataclasses import dataclass

from d2l_helpers.data.standins.canvas import Colour, near, shade

BLACK, WHITE, TAN = (45, 42, 42), (236, 232, 224), (185, 115, 60)
ORANGE, GOLD, CREAM = (205, 130, 65), (205, 160, 95), (228, 205, 160)
GREY, BROWN, RED = (120, 122, 128), (105, 70, 48), (165, 95, 50)


@dataclass(frozen=True)
class Breed:
    """一种狗，长度以画面的半边长为单位。

    ``ear`` 是 prick（竖）、drop（垂）、long（长垂）；``tail`` 是 stub（秃）、curl（卷在背上）、
    plume（下垂的大尾）、whip（细长）、flag（向上翘）；``pattern`` 见 :func:`colours`。
    """

    leg: float
    length: float
    girth: float
    head: float
    muzzle: float
    ear: str
    ear_size: float
    tail: str
    pattern: str
    coats: tuple[Colour, ...]
    fluff: float = 0.0
    eye: Colour = (45, 30, 22)


BREEDS = {
    # 柯基两种：差在尾巴与毛色的多少
    "pembroke": Breed(0.22, 0.55, 0.25, 0.23, 0.17, "prick", 1.0, "stub", "chest",
                      (ORANGE, RED), 0.2),
    "cardigan": Breed(0.22, 0.60, 0.25, 0.23, 0.19, "prick", 1.15, "plume", "chest",
                      (ORANGE, BROWN, GREY, BLACK), 0.2),
    # 雪橇犬两种：差在胖瘦、尾巴、眼睛
    "siberian_husky": Breed(0.50, 0.52, 0.23, 0.22, 0.18, "prick", 0.8, "plume", "mask",
                            (GREY, BLACK, RED), 0.4, (110, 165, 215)),
    "malamute": Breed(0.46, 0.54, 0.30, 0.26, 0.17, "prick", 0.6, "curl", "mask",
                      (GREY, BLACK, BROWN), 0.7),
    # 黑底棕斑的两种：差在胖瘦与耳朵
    "doberman": Breed(0.58, 0.50, 0.20, 0.19, 0.26, "prick", 1.1, "stub", "points", (BLACK, BROWN)),
    "rottweiler": Breed(0.46, 0.53, 0.29, 0.25, 0.18, "drop", 0.7, "stub", "points", (BLACK,)),
    # 三色猎犬两种：差在腿长与耳长
    "beagle": Breed(0.40, 0.48, 0.24, 0.22, 0.19, "drop", 1.0, "flag", "tricolour", (TAN, ORANGE)),
    "basset": Breed(0.20, 0.58, 0.26, 0.23, 0.23, "long", 1.2, "flag", "tricolour", (TAN, RED)),
    # 寻回犬两种：差在毛的长短
    "golden_retriever": Breed(0.48, 0.52, 0.26, 0.23, 0.20, "drop", 0.9, "plume", "solid",
                              (GOLD, ORANGE, CREAM), 0.6),
    "labrador_retriever": Breed(0.48, 0.52, 0.26, 0.23, 0.20, "drop", 0.8, "whip", "solid",
                                (CREAM, GOLD, BLACK, BROWN)),
    # 长毛的白狗两种：差在耳朵与尾巴
    "samoyed": Breed(0.44, 0.50, 0.27, 0.24, 0.15, "prick", 0.7, "curl", "solid", (WHITE,), 0.9),
    "great_pyrenees": Breed(0.46, 0.54, 0.29, 0.25, 0.18, "drop", 0.8, "plume", "solid",
                            (WHITE, CREAM), 0.9),
}  # fmt: skip


@dataclass(frozen=True)
class Colours:
    """一只狗各处的颜色。"""

    coat: Colour  # 身子
    saddle: Colour  # 背
    legs: Colour  # 小腿与脚
    belly: Colour
    cap: Colour  # 头顶与耳朵
    face: Colour  # 口鼻


def colours(breed: Breed, rng: random.Random) -> Colours:
    """按花纹定各处的颜色。

    solid 全身一色；chest 白胸白脚白口鼻；mask 白脸白肚、深色的帽；points 黑身、棕色的脚与口鼻；
    tricolour 白脚白肚、黑背、棕头。
    """
    coat = near(rng, rng.choice(breed.coats), 20)
    white, tan = near(rng, WHITE, 10), near(rng, TAN, 18)
    if breed.pattern == "chest":
        return Colours(coat, coat, white, white, coat, white)
    if breed.pattern == "mask":
        return Colours(coat, shade(coat, 0.85), white, white, shade(coat, 0.9), white)
    if breed.pattern == "points":
        return Colours(coat, coat, tan, coat, coat, tan)
    if breed.pattern == "tricolour":
        black = near(rng, BLACK, 12)
        saddle = black if rng.random() < 0.8 else coat
        return Colours(white, saddle, white, white, coat, white if rng.random() < 0.7 else coat)
    return Colours(coat, coat, shade(coat, 1.05), shade(coat, 1.08), coat, shade(coat, 1.05))
