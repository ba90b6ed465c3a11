"""compat 里网络与多 GPU 训练的名字：签名、参数的名字，与我们的实现、与手写的一步一致。"""

from __future__ import annotations

import copy
import inspect
import re

import matplotlib as mpl
import pytest
import torch
from torch import nn
from torch.nn import functional as F

import d2l_helpers
from d2l_helpers import compat as d2l
from d2l_helpers.compat import parallel as compat_parallel

mpl.use("Agg")

CLOSE = {"rtol": 1e-5, "atol": 1e-6}
TRAIN_CH13 = "net train_iter test_iter loss trainer num_epochs devices"
SIGNATURES = {
    "Residual": "input_channels num_channels use_1x1conv strides",
    "resnet18": "num_classes in_channels",
    "Benchmark": "description",
    "split_batch": "X y devices",
    "train_batch_ch13": "net X y loss trainer devices",
    "train_ch13": TRAIN_CH13,
}
DEFAULTS = {
    "Residual": {"use_1x1conv": False, "strides": 1},
    "resnet18": {"in_channels": 1},
    "Benchmark": {"description": "Done"},
}


@pytest.mark.parametrize("name", SIGNATURES)
def test_signature(name: str) -> None:
    parameters = inspect.signature(getattr(d2l, name)).parameters
    assert list(parameters) == SIGNATURES[name].split()
    expected = DEFAULTS.get(name, {})
    assert {key: parameters[key].default for key in expected} == expected


def ours_like(theirs: d2l.Residual) -> d2l_helpers.Residual:
    """参数与 ``theirs`` 相同的、我们的残差块：它的卷积没有偏置，近路上多一个批量规范化。"""
    conv1, conv2 = theirs.conv1, theirs.conv2
    net = d2l_helpers.Residual(
        conv1.in_channels, conv1.out_channels, conv1.stride[0],
        use_1x1conv=theirs.conv3 is not None,
    )  # fmt: skip
    pairs = [(0, conv1), (1, theirs.bn1), (3, conv2), (4, theirs.bn2)]
    for index, module in pairs:
        net.residual[index].load_state_dict(module.state_dict(), strict=index in (1, 4))
    for conv in (conv1, conv2, theirs.conv3):
        if conv is not None:
            nn.init.zeros_(conv.bias)
    if theirs.conv3 is not None:
        net.shortcut[0].weight.data.copy_(theirs.conv3.weight)
        net.shortcut[1].eps = 0.0  # 评估模式、均值 0、方差 1：原样通过
    return net


@pytest.fixture(autouse=True)
def seeded() -> None:
    torch.manual_seed(0)


def test_residual_agrees_with_ours_while_training() -> None:
    theirs = d2l.Residual(3, 3)
    ours = copy.deepcopy(ours_like(theirs))
    inputs = [torch.randn(4, 3, 6, 6, requires_grad=True)]
    inputs.append(inputs[0].detach().clone().requires_grad_())
    for net, X in zip((theirs, ours), inputs, strict=True):
        net(X).square().sum().backward()
    torch.testing.assert_close(inputs[0].grad, inputs[1].grad, rtol=1e-4, atol=1e-5)
    assert inputs[0].grad.abs().max() > 0.1
    torch.testing.assert_close(theirs.bn2.running_var, ours.residual[4].running_var, **CLOSE)


@pytest.mark.parametrize("strides", [1, 2])
def test_residual_with_a_convolution_on_the_shortcut(strides: int) -> None:
    theirs = d2l.Residual(3, 5, use_1x1conv=True, strides=strides)
    theirs(torch.randn(8, 3, 7, 7))  # 让批量规范化的统计量不是 0 与 1
    ours = ours_like(theirs)
    X = torch.randn(2, 3, 7, 7)
    Y = theirs.eval()(X)
    assert Y.shape == (2, 5, 7, 7) if strides == 1 else (2, 5, 4, 4)
    torch.testing.assert_close(Y, ours.eval()(X), **CLOSE)
    nn.init.ones_(theirs.conv3.bias)
    assert not torch.allclose(theirs(X), Y)  # 偏置真的在用


def test_residual_keeps_the_names_of_saved_parameters() -> None:
    weights = [f"{layer}.{part}" for layer in ("conv1", "conv2") for part in ("weight", "bias")]
    names = {name for name in d2l.Residual(2, 2).state_dict() if not name.startswith("bn")}
    assert names == set(weights)
    with_conv3 = d2l.Residual(2, 4, True, 2)
    assert {"conv3.weight", "conv3.bias", "bn1.running_mean", "bn2.bias"} < set(
        with_conv3.state_dict()
    )
    assert d2l.Residual(2, 2).conv3 is None


def test_residual_explains_shapes_that_do_not_add_up() -> None:
    for net in (d2l.Residual(2, 4), d2l.Residual(2, 2, strides=2), d2l.Residual(2, 1)):
        with pytest.raises(ValueError, match="use_1x1conv=True"):
            net(torch.randn(1, 2, 6, 6))


def conv_norm(k: int, before: int, after: int) -> int:
    """一个带偏置的卷积与一个批量规范化的参数个数。"""
    return k * k * before * after + after + 2 * after


def test_resnet18_has_the_parameters_of_the_public_one() -> None:
    net = d2l.resnet18(10, 3)
    expected, before = conv_norm(3, 3, 64), 64
    for width in (64, 128, 256, 512):
        expected += conv_norm(3, before, width) + 3 * conv_norm(3, width, width)
        expected += 0 if width == before else before * width + width
        before = width
    assert d2l_helpers.count_parameters(net) == expected + 512 * 10 + 10
    blocks = [f"resnet_block{i}" for i in (1, 2, 3, 4)]
    names = [name for name, _ in net.named_children()]
    assert names == ["0", "1", "2", *blocks, "global_avg_pool", "fc"]
    assert {"0.weight", "resnet_block2.0.conv3.weight", "fc.1.bias"} < set(net.state_dict())


def test_resnet18_keeps_small_images_large() -> None:
    net = d2l.resnet18(7)
    table = d2l_helpers.shape_table(net, torch.randn(2, 1, 20, 20)).set_index("层")["输出形状"]
    assert [table[f"resnet_block{i}"][2] for i in (1, 2, 3, 4)] == [20, 10, 5, 3]
    assert table["fc"] == (2, 7)


def test_benchmark_prints_even_when_the_code_fails(capsys: pytest.CaptureFixture) -> None:
    with d2l.Benchmark("后台"):
        pass
    with pytest.raises(ZeroDivisionError), d2l.Benchmark() as done:
        1 / 0  # noqa: B018
    assert done.timer.sum() > 0
    lines = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r"后台: 0\.0\d{3} sec", lines[0])
    assert re.fullmatch(r"Done: \d+\.\d{4} sec", lines[1])


@pytest.mark.parametrize(("samples", "expected"), [(8, [4, 4]), (5, [3, 2]), (1, [1])])
def test_split_batch_cuts_as_scatter_does(samples: int, expected: list[int]) -> None:
    X, y = torch.randn(samples, 3, requires_grad=True), torch.arange(samples)
    X_parts, y_parts = d2l.split_batch(X, y, d2l_helpers.replicas(2))
    assert [len(part) for part in X_parts] == [len(part) for part in y_parts] == expected
    assert torch.equal(torch.cat(X_parts).cpu(), X)
    assert torch.equal(torch.cat(y_parts).cpu(), y)
    sum(part.sum() for part in X_parts).backward()
    assert torch.equal(X.grad, torch.ones_like(X))


def test_split_batch_explains() -> None:
    X = torch.zeros(4, 2)
    with pytest.raises(ValueError, match="4 个样本，y 有 3 个"):
        d2l.split_batch(X, torch.zeros(3), ["cpu"])
    with pytest.raises(ValueError, match="devices 是空的"):
        d2l.split_batch(X, X, [])


def toy(n: int = 200) -> tuple[torch.Tensor, torch.Tensor]:
    X = torch.randn(n, 1, 4, 4)
    return X, (X.flatten(1).sum(1) > 0).long()


def small_net() -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(16, 2))


@pytest.mark.parametrize("reduction", ["none", "mean"])
def test_train_batch_is_a_plain_step(reduction: str) -> None:
    X, y = toy(12)
    net = small_net().eval()
    plain = copy.deepcopy(net)
    loss = nn.CrossEntropyLoss(reduction=reduction)
    trainer = torch.optim.SGD(net.parameters(), lr=0.02)
    net(X).sum().backward()  # 上一步留下的梯度要先清掉
    total, correct = d2l.train_batch_ch13(net, X, y, loss, trainer, ["cpu"])
    scores = plain(X)
    value = F.cross_entropy(scores, y, reduction="mean" if reduction == "mean" else "sum")
    value.backward()
    with torch.no_grad():
        for param in plain.parameters():
            param -= 0.02 * param.grad
    torch.testing.assert_close(list(net.parameters()), list(plain.parameters()), **CLOSE)
    assert total.item() == pytest.approx(
        F.cross_entropy(scores, y, reduction="sum").item(), rel=1e-5
    )
    assert correct == (scores.argmax(1) == y).sum()
    assert net.training


class Pair(nn.Module):
    """输入是两个张量的列表。"""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(3, 2)

    def forward(self, inputs: list[torch.Tensor]) -> torch.Tensor:
        return self.fc(inputs[0] + inputs[1])


def test_train_batch_takes_lists_and_labels_per_position() -> None:
    net, y = Pair(), torch.tensor([0, 1])
    trainer = torch.optim.SGD(net.parameters(), lr=0.0)
    X = [torch.ones(2, 3), torch.zeros(2, 3)]
    total, _ = d2l.train_batch_ch13(net, X, y, F.cross_entropy, trainer, ["cpu"])
    assert total.item() == pytest.approx(2 * F.cross_entropy(net.fc(X[0]), y).item(), rel=1e-5)
    segment = nn.Conv2d(1, 2, 1)  # 每个像素一个标签
    trainer = torch.optim.SGD(segment.parameters(), lr=0.0)
    images, labels = torch.randn(3, 1, 4, 4), torch.ones(3, 4, 4, dtype=torch.long)
    per_image = lambda scores, y: F.cross_entropy(scores, y, reduction="none").mean((1, 2))  # noqa: E731
    total, correct = d2l.train_batch_ch13(segment, images, labels, per_image, trainer, ["cpu"])
    expected = F.cross_entropy(segment(images), labels) * 3
    assert total.item() == pytest.approx(expected.item(), rel=1e-5)
    assert correct == (segment(images).argmax(1) == labels).sum()


@pytest.mark.parametrize("devices", [None, ["cpu", "cpu"]])
def test_train_ch13_learns_and_reports(
    devices, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("d2l_helpers.num_gpus", lambda: 0)
    batches = d2l.load_array(toy(1000), 20)
    net = small_net()
    trainer = torch.optim.Adam(net.parameters(), lr=0.02)
    loss = nn.CrossEntropyLoss(reduction="none")
    arguments = (net, batches, batches, loss, trainer, 2)
    d2l.train_ch13(*arguments) if devices is None else d2l.train_ch13(*arguments, devices)
    first, second = capsys.readouterr().out.splitlines()
    pattern = r"loss (\d\.\d{3}), train acc (\d\.\d{3}), test acc (\d\.\d{3})"
    value, train_acc, test_acc = map(float, re.fullmatch(pattern, first).groups())
    assert value < 0.3
    assert min(train_acc, test_acc) > 0.9
    assert test_acc == pytest.approx(d2l.evaluate_accuracy(net, batches), abs=6e-4)
    assert re.match(r"\d+\.\d examples/sec on \[", second)
    assert "cpu" in second
    assert not net.training


def test_train_ch13_draws_five_times_an_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = []

    class Recorder(d2l.Animator):
        def add(self, x, y) -> None:
            drawn.append((x, y))

    monkeypatch.setattr(compat_parallel, "Animator", Recorder)
    X, y = toy(100)
    batches = list(zip(X.split(10), y.split(10), strict=True))
    net = small_net()
    trainer = torch.optim.SGD(net.parameters(), lr=0.0)
    d2l.train_ch13(net, batches, batches[:5], F.cross_entropy, trainer, 2, ["cpu"])
    assert [x for x, _ in drawn] == pytest.approx(
        [0.2, 0.4, 0.6, 0.8, 1, 1, 1.2, 1.4, 1.6, 1.8, 2, 2]
    )
    net_loss = F.cross_entropy(net(X), y).item()
    assert drawn[4][1][0] == pytest.approx(net_loss, rel=1e-5)  # 整轮的平均
    assert drawn[5][1][:2] == (None, None)
    assert drawn[5][1][2] == pytest.approx(d2l.evaluate_accuracy(net, batches[:5]))


def test_several_gpus_get_data_parallel(monkeypatch: pytest.MonkeyPatch) -> None:
    class Anywhere(nn.Linear):
        def to(self, device: object) -> Anywhere:
            self.where = device
            return self

    monkeypatch.setattr(nn, "DataParallel", lambda net, devices: ("各一份", net, devices))
    net, gpus = Anywhere(2, 2), [torch.device("cuda", i) for i in range(2)]
    assert compat_parallel._spread(net, gpus) == ("各一份", net, gpus)
    assert net.where == gpus[0]
    assert compat_parallel._spread(net, gpus[:1]) is net


def test_training_explains() -> None:
    X, y = toy(8)
    net = small_net()
    trainer = torch.optim.SGD(net.parameters(), lr=0.1)
    with pytest.raises(ValueError, match="num_epochs 应当至少是 1，收到的是 0"):
        d2l.train_ch13(net, [(X, y)], [(X, y)], F.cross_entropy, trainer, 0)
    with pytest.raises(ValueError, match="devices 是空的"):
        d2l.train_ch13(net, [(X, y)], [(X, y)], F.cross_entropy, trainer, 1, [])
    with pytest.raises(ValueError, match="devices 是空的"):
        d2l.train_batch_ch13(net, X, y, F.cross_entropy, trainer, [])


def test_corr2d_takes_integers_and_agrees_with_the_framework() -> None:
    X, K = torch.randint(0, 256, (6, 7), dtype=torch.uint8), torch.tensor([[1, -1], [2, 0]])
    expected = F.conv2d(X.float()[None, None], K.float()[None, None])[0, 0]
    torch.testing.assert_close(d2l.corr2d(X, K), expected)
    assert d2l.corr2d(X.double(), K).dtype == torch.float64
    with pytest.raises(ValueError, match="放不进"):
        d2l.corr2d(X[:1], K)
