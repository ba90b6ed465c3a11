"""造表格用的几件小工具：按比例抽类别、按高低定等级、把一些格子抹成缺失。"""

from __future__ import annotations

import numpy as np

Columns = dict[str, np.ndarray]  # 列名 → 一列
NA = "NA"  # CSV 里缺失的写法


def choose(rng: np.random.RandomState, num: int, shares: dict[str, float]) -> np.ndarray:
    """按比例抽 ``num`` 个类别。

    参数:
        rng: 随机数发生器。
        num: 个数。
        shares: 类别到它的份额；加起来不必是 1。
    """
    weights = np.array(list(shares.values()), float)
    return np.array(list(shares))[rng.choice(len(shares), num, p=weights / weights.sum())]


def grade(score: np.ndarray, cuts: tuple[float, ...], names: tuple[str, ...]) -> np.ndarray:
    """按分数的高低定等级：低于 ``cuts[0]`` 的是 ``names[0]``，依此类推。"""
    return np.array(names)[np.searchsorted(cuts, score)]


def hide(column: np.ndarray, where: np.ndarray) -> np.ndarray:
    """把 ``where`` 为真的格子换成缺失；整数照旧写成整数。"""
    hidden = column.astype(object)
    hidden[where] = NA
    return hidden


def grades(column: np.ndarray) -> np.ndarray:
    """一列当作整数来用，缺失算 0。"""
    return np.where(column == NA, 0, column).astype(int)
