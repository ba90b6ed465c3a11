"""公开的 ``d2l`` 包（0.17）里设备的名字：没有 GPU 就是 CPU。"""

from __future__ import annotations

import torch

import d2l_helpers as ours


def try_gpu(i: int = 0) -> torch.device:
    """第 ``i`` 个 CUDA GPU；没有就是 CPU。"""
    return torch.device("cuda", i) if i < ours.num_gpus() else torch.device("cpu")


def try_all_gpus() -> list[torch.device]:
    """全部 CUDA GPU；没有就是 ``[cpu]``。"""
    return [try_gpu(i) for i in range(ours.num_gpus())] or [torch.device("cpu")]
