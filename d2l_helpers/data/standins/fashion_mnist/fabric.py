"""布料：给画好的图乘上条纹、格子与深浅不匀，再加噪声。

全部用整数（或精确的小整数浮点）计算，所以同一个种子在任何机器上得到同样的字节。
"""

from __future__ import annotations

import numpy as np

SIDE = 28
ONE = 256  # 定点数里的 1
DIAGONAL = 181  # ONE / √2
DIRECTIONS = ((ONE, 0), (0, ONE), (DIAGONAL, DIAGONAL), (DIAGONAL, -DIAGONAL))


def weave(images: np.ndarray, patterned: np.ndarray, seed: int) -> np.ndarray:
    """返回有质地的图像，uint8，形状 (张数, 28, 28)。

    参数:
        images: 画好的图，uint8，形状 (张数, 28, 28)。
        patterned: 每张图有花纹的可能，百分数，形状 (张数,)。
        seed: 随机数的种子。
    """
    rng = np.random.RandomState(seed)  # 它的随机数序列不随 NumPy 的版本变
    factor = ONE + _pattern(rng, patterned)  # (张数, 28, 28)
    factor *= ONE + _blotches(rng, len(images))
    pixels = images.astype(np.int32) * (factor >> 8) >> 8
    pixels += np.where(images > 8, _noise(rng, images.shape, 5), 0)
    return np.clip(pixels, 0, 255).astype(np.uint8)


def _noise(rng: np.random.RandomState, shape: tuple[int, ...], scale: float) -> np.ndarray:
    """近似正态的整数噪声：四个均匀字节之和，标准差约为 ``scale``。"""
    bytes_ = np.frombuffer(rng.bytes(4 * int(np.prod(shape))), np.uint8).reshape(4, *shape)
    total = bytes_.sum(0, dtype=np.int32) - 510  # 标准差 148
    return total * round(scale * ONE / 148) >> 8


def _pattern(rng: np.random.RandomState, patterned: np.ndarray) -> np.ndarray:
    """条纹、格子（占花纹的四分之一）或素色，以 1/256 计的增减，形状 (张数, 28, 28)。"""
    n = len(patterned)
    draw, strength = rng.randint(0, 100, n), rng.randint(36, 90, n)
    step, phase = rng.randint(24, 91, n), rng.randint(0, ONE, (n, 2))
    direction = np.array(DIRECTIONS)[rng.randint(0, 4, n)]
    pattern = np.zeros((n, SIDE, SIDE), np.int32)
    y, x = np.mgrid[:SIDE, :SIDE]
    for i in np.flatnonzero(draw < patterned):
        a, b = direction[i]
        along = np.where(_wave(a * x + b * y, step[i], phase[i, 0]), 1, -1)
        across = np.where(_wave(a * y - b * x, step[i], phase[i, 1]), 1, -1)
        pattern[i] = strength[i] * (along * across if draw[i] % 4 == 0 else along)
    return pattern


def _wave(position: np.ndarray, step: int, phase: int) -> np.ndarray:
    """方波：每像素相位前进 ``step``/256 圈。"""
    return ((position * step // ONE + phase) & (ONE - 1)) < ONE // 2


def _blotches(rng: np.random.RandomState, n: int) -> np.ndarray:
    """大块的深浅不匀：4×4 的随机数双线性放大到 28×28，标准差约 0.1，以 1/256 计。"""
    coarse = _noise(rng, (n, 4, 4), 26).astype(np.float32)
    position = np.arange(SIDE)[:, None] - 9 * np.arange(4)  # 相邻两点相距 9 像素
    weight = np.maximum(9 - np.abs(position), 0).astype(np.float32)  # (28, 4)，整数
    return (weight @ coarse @ weight.T / 81).astype(np.int32)
