"""compat 里优化算法的名字：签名照旧，轨迹与手算的一致，同一个学习率在两个训练函数里是一回事。"""

from __future__ import annotations

import inspect

import matplotlib as mpl
import pytest
import torch

from d2l_helpers import compat as d2l
from d2l_helpers.compat import optimization

mpl.use("Agg")

SIGNATURES = {
    "annotate": "(text, xy, xytext)",
    "train_2d": "(trainer, steps=20, f_grad=None)",
    "show_trace_2d": "(f, results)",
    "get_data_ch11": "(batch_size=10, n=1500)",
    "train_ch11": "(trainer_fn, states, hyperparams, data_iter, feature_dim, num_epochs=2)",
    "train_concise_ch11": "(trainer_fn, hyperparams, data_iter, num_epochs=4)",
}


@pytest.mark.parametrize("name", SIGNATURES)
def test_signature(name: str) -> None:
    plain = inspect.signature(getattr(d2l, name))
    parameters = [p.replace(annotation=p.empty) for p in plain.parameters.values()]
    assert str(inspect.Signature(parameters)) == SIGNATURES[name]


def test_train_2d_starts_at_the_same_point_and_keeps_the_state(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def momentum(x1, x2, s1, s2):
        s1, s2 = 0.5 * s1 + x1, 0.5 * s2 + x2
        return x1 - 0.5 * s1, x2 - 0.25 * s2, s1, s2

    # s1：−5，−5；x1：−5 → −2.5 → 0。s2：−2，−2.5；x2：−2 → −1.5 → −0.875
    assert d2l.train_2d(momentum, 2) == [(-5, -2), (-2.5, -1.5), (0.0, -0.875)]
    assert capsys.readouterr().out == "epoch 2, x1: 0.000000, x2: -0.875000\n"


def test_train_2d_passes_the_gradient_and_takes_tensors() -> None:
    def step(x1, x2, s1, s2, f_grad):
        g1, g2 = f_grad(x1, x2)
        return x1 - 0.5 * g1, x2 - 0.5 * g2, 0, 0

    path = d2l.train_2d(step, f_grad=lambda x1, x2: (torch.tensor(1.0) * x1, x2))
    assert len(path) == 21
    assert float(path[1][0]) == -2.5
    assert d2l.train_2d(step, steps=0, f_grad=None) == [(-5, -2)]


@pytest.mark.filterwarnings("error::UserWarning", "error::RuntimeWarning")  # 作图与数值的
@pytest.mark.parametrize("last", [(0.0, 0.0), (4.0, -7.0), (float("inf"), 1.0)])
def test_the_trace_and_its_contours_are_drawn(last: tuple[float, float]) -> None:
    d2l.plt.figure()
    d2l.show_trace_2d(lambda x1, x2: 0.1 * x1**2 + 2 * torch.cosh(x2 / 5), [(-5, -2), last])
    d2l.annotate("here", (-5, -2), (-3, 0))
    axes = d2l.plt.gca()
    (line,) = axes.lines
    assert len(line.get_xdata()) == (1 if last[0] == float("inf") else 2)
    (low, high) = axes.get_xlim()
    assert low <= -5.5
    assert high > (4 if last[0] == 4 else 0.89)
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("x1", "x2")
    assert [text.get_text() for text in axes.texts] == ["here"]
    d2l.plt.close()


def test_the_wing_data() -> None:
    data_iter, width = d2l.get_data_ch11(batch_size=7)
    assert width == 5
    X, y = next(iter(data_iter))
    assert (X.shape, y.shape, len(data_iter)) == ((7, 5), (7,), 215)
    rows = [torch.cat(column) for column in zip(*data_iter, strict=True)]
    assert rows[0].shape == (1500, 5)
    torch.testing.assert_close(rows[0].mean(dim=0), torch.zeros(5), atol=1e-4, rtol=0)
    assert len(d2l.get_data_ch11(10, 95)[0].dataset) == 95
    with pytest.raises(ValueError, match="1501"):
        d2l.get_data_ch11(n=1501)


def sgd(params, states, hyperparams) -> None:
    for p in params:
        p.data.sub_(hyperparams["lr"] * p.grad)
        p.grad.data.zero_()


@pytest.mark.parametrize(("batch_size", "epochs", "points"), [(10, 2, 15), (1500, 3, 3), (7, 1, 8)])
def test_a_point_every_two_hundred_samples(
    batch_size: int, epochs: int, points: int, capsys: pytest.CaptureFixture[str]
) -> None:
    data_iter, width = d2l.get_data_ch11(batch_size)
    seconds, losses = d2l.train_ch11(sgd, None, {"lr": 0.05}, data_iter, width, epochs)
    assert len(seconds) == len(losses) == points
    assert seconds == sorted(seconds)
    out = capsys.readouterr().out
    assert out.startswith(f"loss: {losses[-1]:.3f}, ")
    assert out.endswith(f"{seconds[-1] / epochs:.3f} sec/epoch\n")
    d2l.plt.close("all")


def test_one_learning_rate_means_one_step_in_both(monkeypatch: pytest.MonkeyPatch) -> None:
    """全批量、权重从 0 起，两个函数各走三步：参数逐位相同，也与手写的三步相同。"""
    X, y = d2l.get_data_ch11(1500)[0].dataset.tensors
    data_iter = d2l.load_array((X, y), 1500, is_train=False)
    seen = {}
    monkeypatch.setattr(torch, "normal", lambda *a, **k: torch.zeros(5, 1, requires_grad=True))
    monkeypatch.setattr(optimization.nn.init, "normal_", lambda w, **k: w.data.zero_())

    def scratch(params, states, hyperparams):
        sgd(params, states, hyperparams)
        seen["scratch"] = torch.cat([p.detach().reshape(-1) for p in params])

    class Recorded(torch.optim.SGD):
        def step(self) -> None:
            super().step()
            params = self.param_groups[0]["params"]
            seen["concise"] = torch.cat([p.detach().reshape(-1) for p in params])

    d2l.train_ch11(scratch, None, {"lr": 0.3}, data_iter, 5, 3)
    assert d2l.train_concise_ch11(Recorded, {"lr": 0.3}, data_iter, 3) is None
    torch.testing.assert_close(seen["scratch"], seen["concise"])
    A, w = torch.cat([X, torch.ones(1500, 1)], dim=1), torch.zeros(6)
    for _ in range(3):
        w -= 0.3 * A.T @ (A @ w - y) / 1500
    torch.testing.assert_close(seen["scratch"], w, rtol=1e-4, atol=1e-5)
    d2l.plt.close("all")


def test_no_epochs_is_explained() -> None:
    data_iter, width = d2l.get_data_ch11(100)
    with pytest.raises(ValueError, match="轮数"):
        d2l.train_ch11(sgd, None, {"lr": 0.1}, data_iter, width, 0)
    d2l.plt.close("all")
