"""档位：同一份代码，CPU 上用小规模（quick），有 CUDA 时用完整规模（full）。"""

from __future__ import annotations

import os
from typing import TypeVar

import torch

T = TypeVar("T")


def profile() -> str:
    """返回当前档位：``"quick"`` 或 ``"full"``。

    环境变量 ``D2L_PROFILE`` 取 ``quick``、``full`` 或 ``auto``（缺省：有 CUDA 就是 full）。

    异常:
        ValueError: 环境变量取了别的值。
    """
    value = os.environ.get("D2L_PROFILE", "auto")
    if value in ("quick", "full"):
        return value
    if value != "auto":
        raise ValueError(
            f"环境变量 D2L_PROFILE 应当是 quick、full 或 auto，现在是 {value!r}；请改正或删去它。"
        )
    return "full" if torch.cuda.is_available() else "quick"


def pick(*, quick: T, full: T) -> T:
    """按档位取两个值之一；只用于规模与轮数，不用于改变算法。

    参数:
        quick: CPU 上的取值。
        full: 有 CUDA 时的取值。

    返回:
        两者之一。
    """
    return full if profile() == "full" else quick
