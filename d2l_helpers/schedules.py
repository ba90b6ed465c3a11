"""学习率的日程：由步数（从 0 起）给出学习率的函数。"""

from __future__ import annotations

import math
from collections.abc import Callable


def cosine_schedule(
    peak: float, total: int, *, warmup: int = 0, final: float = 0.0
) -> Callable[[int], float]:
    """先线性升温，再照余弦降到 ``final``。

    升温的第 ``t`` 步（从 0 起）是 ``peak·(t + 1)/(warmup + 1)``，头一步就不是零；
    第 ``warmup`` 步恰为 ``peak``，第 ``total`` 步起一直是 ``final``。

    参数:
        peak: 最高的学习率。
        total: 总步数。
        warmup: 升温的步数，小于总步数。
        final: 最低的学习率。

    返回:
        ``步数 → 学习率``。

    异常:
        ValueError: 步数不对。

    出处:
        本书“学习率的日程”；Loshchilov 与 Hutter（2017），arXiv:1608.03983。
    """
    if not 0 <= warmup < total:
        raise ValueError(f"应当 0 ≤ warmup < total，收到的是 {warmup} 与 {total}。")

    def rate(step: int) -> float:
        if step < warmup:
            return peak * (step + 1) / (warmup + 1)
        done = min(1.0, (step - warmup) / (total - warmup))
        return final + (peak - final) * (1 + math.cos(math.pi * done)) / 2

    return rate
