"""compat：公开 d2l 包 0.17 的名字、签名与含义；像旧笔记那样使用它们。"""

import inspect

import matplotlib as mpl
import numpy as np
import pytest
import torch
from torch import nn

from d2l_helpers import compat as d2l

mpl.use("Agg")

# 名字 → 参数名；来自公开包的签名
SIGNATURES = {
    "use_svg_display": "",
    "set_figsize": "figsize",
    "set_axes": "axes xlabel ylabel xlim ylim xscale yscale legend",
    "plot": "X Y xlabel ylabel legend xlim ylim xscale yscale fmts figsize axes",
    "show_images": "imgs num_rows num_cols titles scale",
    "get_fashion_mnist_labels": "labels",
    "get_dataloader_workers": "",
    "load_data_fashion_mnist": "batch_size resize",
    "load_array": "data_arrays batch_size is_train",
    "synthetic_data": "w b num_examples",
    "linreg": "X w b",
    "squared_loss": "y_hat y",
    "sgd": "params lr batch_size",
    "accuracy": "y_hat y",
    "evaluate_accuracy": "net data_iter",
    "evaluate_accuracy_gpu": "net data_iter device",
    "evaluate_loss": "net data_iter loss",
    "train_epoch_ch3": "net train_iter loss updater",
    "train_ch3": "net train_iter test_iter loss num_epochs updater",
    "predict_ch3": "net test_iter n",
    "train_ch6": "net train_iter test_iter num_epochs lr device",
    "try_gpu": "i",
    "try_all_gpus": "",
    "corr2d": "X K",
    "download": "name cache_dir",
    "download_extract": "name folder",
    "Accumulator": "n",
    "Animator": "xlabel ylabel legend xlim ylim xscale yscale fmts nrows ncols figsize",
    "Timer": "",
}


@pytest.mark.parametrize("name", SIGNATURES)
def test_signature(name: str) -> None:
    expected = SIGNATURES[name].split()
    parameters = list(inspect.signature(getattr(d2l, name)).parameters)
    assert parameters[: len(expected)] == expected


def test_aliases_mean_what_they_meant() -> None:
    x = d2l.arange(6, dtype=d2l.float32)
    X = d2l.reshape(x, (2, 3))
    assert d2l.size(X) == 6
    assert d2l.reduce_sum(X, axis=0, keepdims=True).tolist() == [[3.0, 5.0, 7.0]]
    assert d2l.reduce_mean(X).item() == 2.5
    assert d2l.argmax(X, axis=1).tolist() == [2, 2]
    assert d2l.astype(X, d2l.int32).dtype == torch.int32
    assert d2l.transpose(X).shape == (3, 2)
    assert d2l.concat([X, X], dim=0).shape == (4, 3)
    assert d2l.expand_dims(x, 0).shape == (1, 6)
    assert d2l.to(X, "cpu") is X
    assert isinstance(d2l.numpy(X.requires_grad_()), np.ndarray)
    assert d2l.np is np
    assert d2l.nn_Module is nn.Module
    assert d2l.plt.plot
    assert d2l.tensor([1]).tolist() == d2l.ones(1, dtype=d2l.int64).tolist()
    for name in ("zeros", "eye", "sin", "exp", "log", "normal", "rand", "matmul", "stack", "abs"):
        assert getattr(d2l, name) is getattr(torch, name)


def test_linear_regression_note_runs() -> None:
    """一份旧笔记的骨架：合成数据、手写模型与 sgd。"""
    torch.manual_seed(0)
    true_w, true_b = torch.tensor([1.5, -2.0]), 0.7
    features, labels = d2l.synthetic_data(true_w, true_b, 500)
    assert features.shape == (500, 2)
    assert labels.shape == (500, 1)
    w = torch.zeros(2, 1, requires_grad=True)
    b = torch.zeros(1, requires_grad=True)
    for _ in range(4):
        for X, y in d2l.load_array((features, labels), 10):
            d2l.squared_loss(d2l.linreg(X, w, b), y).sum().backward()
            d2l.sgd([w, b], 0.05, 10)
    torch.testing.assert_close(w.reshape(-1), true_w, atol=0.01, rtol=0)
    loss = d2l.evaluate_loss(
        lambda X: d2l.linreg(X, w, b),
        d2l.load_array((features, labels), 64, False),
        d2l.squared_loss,
    )
    mean = d2l.squared_loss(d2l.linreg(features, w, b), labels).mean().item()
    assert loss == pytest.approx(mean, rel=1e-5)
    whole = d2l.evaluate_loss(nn.Linear(2, 1), [(features, labels)], nn.MSELoss())
    assert whole > loss


def softmax_batches(n: int = 96) -> list[tuple[torch.Tensor, torch.Tensor]]:
    X = torch.randn(n, 1, 4, 4, generator=torch.Generator().manual_seed(1))
    y = (X.flatten(1).sum(1) > 0).long()
    return list(zip(X.split(40), y.split(40), strict=True))


def test_accuracy_counts_and_accumulator_adds() -> None:
    y_hat = torch.tensor([[0.1, 0.9], [0.9, 0.1], [0.2, 0.8]])
    assert d2l.accuracy(y_hat, torch.tensor([1, 1, 1])) == pytest.approx(2.0)
    metric = d2l.Accumulator(2)
    metric.add(torch.tensor(2.0), 3)
    metric.add(1, 1)
    assert (metric[0], metric[1]) == (3.0, 4.0)
    metric.reset()
    assert metric.data == [0.0, 0.0]


@pytest.mark.parametrize("reduction", ["none", "mean"])
@pytest.mark.parametrize("by_function", [True, False])
def test_train_epoch_with_optimizer_or_updater(reduction: str, by_function: bool) -> None:
    torch.manual_seed(0)
    net = nn.Sequential(nn.Flatten(), nn.Linear(16, 2))
    params = list(net.parameters())

    def updater(batch_size: int) -> None:
        d2l.sgd(params, 0.5, batch_size if reduction == "none" else 1)

    for param in params:
        param.grad = torch.zeros_like(param)
    optimizer = updater if by_function else torch.optim.SGD(params, lr=0.5)
    loss, first = nn.CrossEntropyLoss(reduction=reduction), None
    for _ in range(15):
        value, acc = d2l.train_epoch_ch3(net, softmax_batches(), loss, optimizer)
        first = first or value
    assert value < first / 2
    assert acc > 0.9


def test_train_ch3_draws_and_never_asserts_on_the_loss(capsys: pytest.CaptureFixture) -> None:
    net = nn.Sequential(nn.Flatten(), nn.Linear(16, 2))
    batches = softmax_batches()
    loss = nn.CrossEntropyLoss(reduction="none")
    d2l.train_ch3(net, batches, batches, loss, 2, torch.optim.SGD(net.parameters(), lr=1e4))
    d2l.predict_ch3(net, [(X.reshape(-1, 1, 4, 4), y) for X, y in batches], n=3)


def test_train_ch6_reports(capsys: pytest.CaptureFixture) -> None:
    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(64, 2))
    batches = softmax_batches()
    d2l.train_ch6(net, batches, batches, 5, 0.3, d2l.try_gpu())
    out = capsys.readouterr().out
    assert "test acc" in out
    assert "examples/sec" in out


def test_evaluate_accuracy_restores_mode_and_takes_functions() -> None:
    net = nn.Sequential(nn.Flatten(), nn.Dropout(0.5), nn.Linear(16, 2))
    batches = softmax_batches()
    value = d2l.evaluate_accuracy_gpu(net, batches)
    assert net.training
    plain = d2l.evaluate_accuracy_gpu(lambda X: net[2](X.flatten(1)), batches)
    assert value == pytest.approx(plain)
    assert d2l.evaluate_accuracy(net, batches) == pytest.approx(value)


def test_corr2d_by_hand() -> None:
    X = torch.arange(9.0).reshape(3, 3)
    K = torch.tensor([[1.0, 0.0], [0.0, -2.0]])
    assert d2l.corr2d(X, K).tolist() == [[-8.0, -9.0], [-11.0, -12.0]]


def test_devices_fall_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("d2l_helpers.num_gpus", lambda: 0)
    assert d2l.try_gpu(10) == torch.device("cpu")
    assert d2l.try_all_gpus() == [torch.device("cpu")]


def test_plot_accepts_the_usual_forms() -> None:
    d2l.set_figsize()
    x = np.arange(0, 3, 0.1)
    d2l.plot(x, [x, 2 * x], "x", "f(x)", legend=["f", "g"])
    assert len(d2l.plt.gca().lines) == 2
    d2l.plot([1.0, 2.0, 4.0])
    assert d2l.plt.gca().lines[0].get_xdata().tolist() == [0, 1, 2]
    d2l.plot(torch.arange(3.0), torch.arange(3.0, requires_grad=True), yscale="log")
    assert d2l.plt.gca().get_yscale() == "log"
    d2l.plot([[1, 2], [1, 2, 3]], [[1, 2], [3, 2, 1]])
    assert len(d2l.plt.gca().lines) == 2


def test_animator_updates_in_place(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = []

    class Handle:
        def update(self, figure) -> None:
            shown.append("更新")

    def display(figure, **kwargs) -> Handle:
        shown.append("显示")
        return Handle()

    monkeypatch.setattr("IPython.display.display", display)
    animator = d2l.Animator(xlabel="epoch", legend=["a", "b"], xlim=[1, 3])
    animator.add(1, (0.5, None))
    animator.add(2, (0.25, 0.75))
    assert shown == ["显示", "更新"]
    assert animator.X == [[1, 2], [2]]
    assert animator.Y == [[0.5, 0.25], [0.75]]


def test_timer_starts_at_once_and_no_workers_are_needed() -> None:
    timer = d2l.Timer()
    assert timer.stop() > 0
    assert timer.avg() == timer.sum()
    assert d2l.get_dataloader_workers() == 0


def test_fashion_mnist(standin_cache) -> None:
    train_iter, test_iter = d2l.load_data_fashion_mnist(32, resize=32)
    X, y = next(iter(train_iter))
    assert X.shape == (32, 1, 32, 32)
    assert X.dtype == torch.float32
    assert y.dtype == torch.int64
    assert len(d2l.get_fashion_mnist_labels(y)) == 32
    titles = d2l.get_fashion_mnist_labels(y[:6])
    axes = d2l.show_images(X[:6].reshape(6, 32, 32), 2, 3, titles=titles)
    assert len(axes) == 6
    assert len(test_iter) * 32 >= 2000
