"""进度条：超过两秒才出现，结束后消失。"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TypeVar

from tqdm.auto import tqdm

T = TypeVar("T")


def bars_disabled() -> bool:
    """环境变量 ``TQDM_DISABLE`` 是否要求不显示进度条（tqdm 的 notebook 版自己不看它）。"""
    return os.environ.get("TQDM_DISABLE", "") not in ("", "0")


def progress(items: Iterable[T], *, desc: str, unit: str) -> Iterable[T]:
    """给一个循环加上进度条，例如 ``for epoch in progress(range(10), desc="训练", unit="轮")``。

    参数:
        items: 要遍历的东西，能取长度时显示百分比。
        desc: 在做什么。
        unit: 每一步的单位。

    返回:
        同样的元素。
    """
    return tqdm(items, desc=desc, unit=unit, delay=2, leave=False, disable=bars_disabled())
