"""优化一章的试验：路径、小网络的试验、优化器的对拍、两种图。"""

from __future__ import annotations

import matplotlib.pyplot as plt
import pytest
import torch

import d2l_helpers as d2l
from d2l_helpers.optim import Optimizer

CURVATURE = torch.tensor([1.0, 25.0], dtype=torch.float64)


def bowl(x: torch.Tensor) -> torch.Tensor:
    return 0.5 * (CURVATURE * x * x).sum(-1)


def test_the_path_on_a_quadratic_is_the_power_of_its_factors() -> None:
    start = torch.tensor([10.0, 1.0], dtype=torch.float64)
    path = d2l.descend(bowl, start, lambda p: d2l.SGD(p, 0.05), 7)
    expected = torch.stack([start * (1 - 0.05 * CURVATURE) ** k for k in range(8)])
    torch.testing.assert_close(path, expected)
    assert torch.equal(start, torch.tensor([10.0, 1.0], dtype=torch.float64))


def test_trials_repeat_and_differ_by_seed() -> None:
    first = d2l.try_optimizer(lambda p: d2l.SGD(p, 0.3), seeds=2, epochs=1)
    again = d2l.try_optimizer(lambda p: torch.optim.SGD(p, 0.3), seeds=2, epochs=1)
    assert first.loss.shape == (2, 2)
    assert first.accuracy.shape == (2,)
    torch.testing.assert_close(first.loss, again.loss, rtol=1e-3, atol=1e-3)
    assert first.loss[0, 0] != first.loss[1, 0]
    assert (first.loss[:, 1] < 1.5).all()


def test_divergence_is_recorded_not_nan() -> None:
    trial = d2l.try_optimizer(lambda p: d2l.SGD(p, 1e20), seeds=1, epochs=1)
    assert trial.loss[0, 1] == 10**6


def test_schedules_set_the_rate_of_both_kinds() -> None:
    still = d2l.try_optimizer(lambda p: d2l.SGD(p, 9.0), seeds=1, epochs=1, schedule=lambda t: 0.0)
    assert still.loss[0, 0] == still.loss[0, 1]
    reference = torch.optim.SGD([torch.zeros(1, requires_grad=True)], 1.0)
    d2l.set_lr(reference, 0.25)
    assert reference.param_groups[0]["lr"] == 0.25


def test_optimizers_that_differ_are_told_apart(capsys: pytest.CaptureFixture[str]) -> None:
    d2l.agree_optimizer(lambda p: d2l.SGD(p, 0.1), lambda p: torch.optim.SGD(p, 0.1), name="SGD")
    assert "✓ SGD，20 步" in capsys.readouterr().out
    adam = torch.optim.Adam
    for other in ({"eps": 1e-7}, {"betas": (0.9, 0.99)}, {"weight_decay": 1e-3}, {"amsgrad": True}):
        with pytest.raises(AssertionError, match="不一致"):
            d2l.agree_optimizer(
                lambda p, other=other: adam(p, 0.1, **other), lambda p: adam(p, 0.1), name="Adam"
            )


def test_the_base_class_checks_its_arguments() -> None:
    x = torch.zeros(2, requires_grad=True)
    with pytest.raises(ValueError, match="只能用一次"):
        Optimizer([], 0.1)
    with pytest.raises(ValueError, match="收到的是 -1"):
        Optimizer([x], -1)
    x.sum().backward()
    Optimizer([x], 0.1).zero_grad()
    assert x.grad is None


def test_plots_of_bands_and_paths() -> None:
    ax = d2l.plot_bands(range(3), {"a": torch.rand(2, 3)}, yscale="log")
    assert ax.get_yscale() == "log"
    assert len(ax.lines) == 1
    assert all(tick == round(tick) for tick in ax.get_xticks())  # 没有半轮
    ax = d2l.plot_bands(range(3), {"a": torch.tensor([[2.3, 0.4, 0.15]])}, yscale="log")
    ax.figure.canvas.draw()
    labels = {label.get_text() for label in ax.get_yticklabels()}
    assert {"0.2", "0.5", "1", "2"} <= labels
    assert not any(label.get_text() for label in ax.get_yticklabels(minor=True))
    with pytest.raises(ValueError, match=r"应当是 \(重复, 点数\)"):
        d2l.plot_bands(range(3), {"a": torch.rand(3)})
    ax = d2l.plot_paths(bowl, {"": torch.rand(4, 2)}, xlim=(-1, 1), ylim=(-2, 2))
    assert ax.get_xlim() == (-1, 1)
    assert ax.get_legend() is None
    plt.close("all")
