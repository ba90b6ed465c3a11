"""公开的 ``d2l`` 包（0.17）里张量运算的别名。"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

ones, zeros, eye, tensor, arange = torch.ones, torch.zeros, torch.eye, torch.tensor, torch.arange
ones_like, zeros_like = torch.ones_like, torch.zeros_like
meshgrid, linspace, stack, matmul, abs = (
    torch.meshgrid, torch.linspace, torch.stack, torch.matmul, torch.abs,
)  # fmt: skip
sin, sinh, cos, cosh, tanh = torch.sin, torch.sinh, torch.cos, torch.cosh, torch.tanh
exp, log, normal, rand, randn = torch.exp, torch.log, torch.normal, torch.rand, torch.randn
concat, batch_matmul = torch.cat, torch.bmm
int32, int64, float32, float64 = torch.int32, torch.int64, torch.float32, torch.float64


def numpy(x: torch.Tensor, *args: Any, **kwargs: Any) -> np.ndarray:
    """``x.detach().numpy()``；在 GPU 上的张量先取回 CPU。"""
    return x.detach().cpu().numpy(*args, **kwargs)


def size(x: torch.Tensor, *args: Any, **kwargs: Any) -> int:
    """元素个数。"""
    return x.numel(*args, **kwargs)


def _method(name: str) -> Callable[..., torch.Tensor]:
    def call(x: torch.Tensor, *args: Any, **kwargs: Any) -> torch.Tensor:
        return getattr(x, name)(*args, **kwargs)

    call.__name__, call.__doc__ = name, f"``x.{name}(…)``。"
    return call


reshape, to, astype, argmax = map(_method, ("reshape", "to", "type", "argmax"))
reduce_sum, reduce_mean, transpose = map(_method, ("sum", "mean", "t"))
expand_dims, swapaxes, repeat = map(_method, ("unsqueeze", "swapaxes", "repeat"))
