"""训练循环：与手写的裸循环得到同样的参数；评估不改动网络；记录说得清。"""

import copy

import matplotlib as mpl
import pytest
import torch
from torch import nn
from torch.nn import functional as F

import d2l_helpers as d2l
from d2l_helpers.progress import progress

mpl.use("Agg")


@pytest.fixture
def batches() -> list[tuple[torch.Tensor, torch.Tensor]]:
    generator = torch.Generator().manual_seed(0)
    X = torch.randn(70, 4, generator=generator)
    y = (X[:, 0] + X[:, 1] > 0).long()
    return list(zip(X.split(32), y.split(32), strict=True))


def make_net() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Dropout(0.5), nn.Linear(8, 2))


def test_train_equals_a_bare_loop(batches) -> None:
    ours, bare = nn.Linear(4, 2), None
    bare = copy.deepcopy(ours)
    history = d2l.train(
        ours,
        batches,
        F.cross_entropy,
        torch.optim.SGD(ours.parameters(), lr=0.5),
        3,
        metrics={"accuracy": d2l.accuracy},
    )
    optimizer, expected = torch.optim.SGD(bare.parameters(), lr=0.5), []
    for _ in range(3):
        total = 0.0
        for X, y in batches:
            loss = F.cross_entropy(bare(X), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(y)
        expected.append(total / 70)
    torch.testing.assert_close(list(ours.parameters()), list(bare.parameters()))
    assert history["train_loss"] == pytest.approx(expected)
    assert history.epochs == 3
    assert history.num_samples == 210
    assert history.samples_per_second > 0


def test_per_sample_loss_is_averaged(batches) -> None:
    a = nn.Linear(4, 2)
    b = copy.deepcopy(a)
    for net, loss in ((a, F.cross_entropy), (b, d2l.cross_entropy)):
        d2l.train(net, batches, loss, d2l.SGD(net.parameters(), 0.1), 2)
    torch.testing.assert_close(a.weight, b.weight)


def test_evaluate_restores_every_mode_and_records_no_gradient(batches) -> None:
    net = make_net()
    net[2].eval()  # 使用者有意冻结的一层
    row = d2l.evaluate(net, batches, {"accuracy": d2l.accuracy})
    assert net.training
    assert not net[2].training
    assert all(param.grad is None for param in net.parameters())
    net.eval()
    again = d2l.evaluate(net, batches, {"accuracy": d2l.accuracy})
    assert row == again
    X, y = (torch.cat(parts) for parts in zip(*batches, strict=True))
    assert row["accuracy"] == pytest.approx(d2l.accuracy(net(X), y).item())


def test_mode_is_restored_after_an_error(batches) -> None:
    net = make_net()

    def broken(y_hat: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        raise RuntimeError("坏掉的度量")

    with pytest.raises(RuntimeError, match="坏掉的度量"):
        d2l.evaluate(net, batches, {"broken": broken})
    assert net.training


def test_plain_functions_can_be_trained_and_evaluated(batches) -> None:
    W = torch.zeros(4, 2, requires_grad=True)
    history = d2l.train(
        lambda X: X @ W,
        batches,
        d2l.cross_entropy,
        d2l.SGD([W], 0.5),
        20,
        valid_batches=batches,
        metrics={"accuracy": d2l.accuracy},
    )
    assert history.last("valid_accuracy") > 0.95
    assert set(history) == {"train_loss", "train_accuracy", "valid_loss", "valid_accuracy"}
    assert "valid_accuracy=" in repr(history)


def test_a_high_loss_is_not_an_error(batches) -> None:
    net = nn.Linear(4, 2)
    history = d2l.train(net, batches, F.cross_entropy, d2l.SGD(net.parameters(), 1e4), 1)
    assert history.last("train_loss") > 1


def test_bad_input_is_explained(batches) -> None:
    net = nn.Linear(4, 2)
    optimizer = d2l.SGD(net.parameters(), 0.1)
    with pytest.raises(ValueError, match="收到的是 0"):
        d2l.train(net, batches, F.cross_entropy, optimizer, 0)
    with pytest.raises(ValueError, match="一批数据也没有"):
        d2l.evaluate(net, [], {"accuracy": d2l.accuracy})
    with pytest.raises(ValueError, match="还没有加入"):
        d2l.train(net, [], F.cross_entropy, optimizer, 1)
    history = d2l.train(net, batches, F.cross_entropy, optimizer, 1)
    with pytest.raises(KeyError, match="train_loss"):
        history["loss"]


def test_on_epoch_sees_the_growing_history(batches) -> None:
    net, seen = nn.Linear(4, 2), []
    d2l.train(
        net,
        batches,
        F.cross_entropy,
        d2l.SGD(net.parameters(), 0.1),
        3,
        on_epoch=lambda history: seen.append(history.epochs),
    )
    assert seen == [1, 2, 3]


def test_progress_bar_stays_silent_on_short_runs(batches, capsys: pytest.CaptureFixture) -> None:
    net = nn.Linear(4, 2)
    d2l.train(net, batches, F.cross_entropy, d2l.SGD(net.parameters(), 0.1), 2)
    assert capsys.readouterr().out == ""


def test_progress_bar_appears_after_two_seconds_unless_disabled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("TQDM_DISABLE", raising=False)
    bar = progress(range(3), desc="试", unit="步")
    assert (bar.delay, bar.disable, bar.leave) == (2, False, False)
    assert list(bar) == [0, 1, 2]
    monkeypatch.setenv("TQDM_DISABLE", "1")
    assert progress(range(3), desc="试", unit="步").disable


def test_plot_draws_each_curve_and_explains_mismatches() -> None:
    x = torch.linspace(0, 1, 5)
    ax = d2l.plot(x, [x, x**2], legend=["a", "b"], xlabel="x", ylim=(0, 2))
    assert [line.get_label() for line in ax.lines] == ["a", "b"]
    assert ax.get_ylim() == (0, 2)
    assert len(d2l.plot(x, x).lines) == 1
    with pytest.raises(ValueError, match=r"2 条曲线.*1 个名字"):
        d2l.plot(x, [x, x], legend=["a"])
    with pytest.raises(ValueError, match=r"\(4,\).*\(5,\)"):
        d2l.plot(x, [x, x[:4]])


def test_plot_history_uses_epoch_numbers() -> None:
    history = d2l.History()
    history.append({"train_loss": 1.0})
    history.append({"train_loss": 0.5})
    ax = d2l.plot_history(history)
    assert list(ax.lines[0].get_xdata()) == [1, 2]
    assert ax.lines[0].get_label() == "train loss"


@pytest.mark.parametrize("shape", [(6, 8, 9), (6, 1, 8, 9), (6, 8, 9, 3), (6, 3, 8, 9)])
def test_show_images_accepts_the_usual_layouts(shape: tuple[int, ...]) -> None:
    axes = d2l.show_images(torch.rand(shape), 2, 3, titles=list("abcdef"))
    assert axes.shape == (2, 3)
    assert axes[0, 0].images[0].get_array().shape[:2] == (8, 9)


def test_show_images_explains_bad_shapes() -> None:
    with pytest.raises(ValueError, match=r"\(5, 8, 9\)"):
        d2l.show_images(torch.rand(2, 5, 8, 9), 1, 2)
    with pytest.raises(ValueError, match="1 个标题"):
        d2l.show_images(torch.rand(2, 8, 9), 1, 2, titles=["a"])
