"""手写的优化器与 ``torch.optim`` 逐步相同，每个选项都试。"""

from __future__ import annotations

from typing import Any

import pytest
import torch

import d2l_helpers as d2l
from d2l_helpers.schedules import cosine_schedule

PAIRS: list[tuple[Any, Any, dict[str, Any]]] = [
    (d2l.Momentum, torch.optim.SGD, {"lr": 0.1, "momentum": 0.9}),
    (d2l.Momentum, torch.optim.SGD, {"lr": 0.1, "momentum": 0.0}),
    (d2l.Momentum, torch.optim.SGD, {"lr": 0.1, "momentum": 0.8, "nesterov": True}),
    (d2l.Momentum, torch.optim.SGD, {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.3}),
    (
        d2l.Momentum,
        torch.optim.SGD,
        {"lr": 0.1, "momentum": 0.5, "weight_decay": 0.1, "nesterov": True},
    ),
    (d2l.Adagrad, torch.optim.Adagrad, {"lr": 0.1}),
    (d2l.Adagrad, torch.optim.Adagrad, {"lr": 0.1, "eps": 0.1}),
    (d2l.RMSprop, torch.optim.RMSprop, {"lr": 0.01}),
    (d2l.RMSprop, torch.optim.RMSprop, {"lr": 0.01, "alpha": 0.9, "eps": 0.1}),
    (d2l.RMSprop, torch.optim.RMSprop, {"lr": 0.01, "momentum": 0.9}),
    (d2l.Adadelta, torch.optim.Adadelta, {}),
    (d2l.Adadelta, torch.optim.Adadelta, {"lr": 0.5, "rho": 0.8, "eps": 0.01}),
    (d2l.Adam, torch.optim.Adam, {}),
    (d2l.Adam, torch.optim.Adam, {"lr": 0.1, "betas": (0.5, 0.9), "eps": 0.1}),
    (d2l.AdamW, torch.optim.AdamW, {}),
    (d2l.AdamW, torch.optim.AdamW, {"lr": 0.1, "betas": (0.8, 0.9), "weight_decay": 0.5}),
]


@pytest.mark.parametrize(("ours", "reference", "options"), PAIRS)
def test_twenty_steps_agree(ours: Any, reference: Any, options: dict[str, Any]) -> None:
    d2l.agree_optimizer(
        lambda params: ours(params, **options),
        lambda params: reference(params, **options),
        name=ours.__name__,
    )


@pytest.mark.parametrize("kind", sorted({ours for ours, _, _ in PAIRS}, key=lambda k: k.__name__))
def test_a_parameter_without_gradient_stays(kind: Any) -> None:
    used, idle = (torch.ones(2, requires_grad=True) for _ in range(2))
    optimizer = kind([used, idle], 0.1)
    used.sum().backward()
    optimizer.step()
    assert idle.tolist() == [1.0, 1.0]
    assert used.tolist() != [1.0, 1.0]


def test_cosine_with_warmup() -> None:
    rate = cosine_schedule(0.8, 20, warmup=4, final=0.2)
    assert [rate(t) for t in range(5)] == pytest.approx([0.16, 0.32, 0.48, 0.64, 0.8])
    assert rate(12) == pytest.approx(0.5)
    assert rate(20) == rate(99) == pytest.approx(0.2)
    x = torch.zeros(1, requires_grad=True)
    optimizer = torch.optim.SGD([x], 0.8)
    reference = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 16, eta_min=0.2)
    for step in range(4, 21):
        assert rate(step) == pytest.approx(optimizer.param_groups[0]["lr"])
        optimizer.step()
        reference.step()
    with pytest.raises(ValueError, match="5 与 5"):
        cosine_schedule(1.0, 5, warmup=5)
