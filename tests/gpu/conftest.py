"""需要 CUDA GPU 的检查：``make test-gpu``。没有 GPU 就失败并说明，不悄悄跳过。"""

from __future__ import annotations

import pytest
import torch

import d2l_helpers as d2l


@pytest.fixture(scope="session", autouse=True)
def cuda() -> torch.device:
    """第一个 GPU。"""
    if d2l.num_gpus() == 0:
        pytest.fail("这台机器上没有 CUDA GPU；make test-gpu 只在有 GPU 的机器上运行。")
    return torch.device("cuda", 0)
