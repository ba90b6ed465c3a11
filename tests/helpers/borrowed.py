"""借用别的实现的权重：比较两个网络的输出。"""

from __future__ import annotations

import torch
from torch import nn


def assert_same_outputs(
    ours: nn.Module, reference: nn.Module, X: torch.Tensor, training: bool = False
) -> None:
    """把 ``reference`` 的参数与缓冲区按次序抄给 ``ours``，要求二者对 ``X`` 的输出相同。"""
    values = reference.state_dict().values()
    ours.load_state_dict(dict(zip(ours.state_dict(), values, strict=True)))
    ours.train(training)
    reference.train(training)
    with torch.no_grad():
        torch.testing.assert_close(ours(X), reference(X))
