"""旧笔记的做法在 compat 上照样成立：步数与门槛、变换、损失取和、各个版本的调用写法。"""

from __future__ import annotations

import hashlib
from pathlib import Path

import matplotlib as mpl
import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils import data

from d2l_helpers import compat as d2l
from d2l_helpers.compat import datasets
from d2l_helpers.compat import training as compat_training
from d2l_helpers.compat.training import total_loss

mpl.use("Agg")


# ---- 替身的一轮与原来的一轮一样长 -------------------------------------------------------------
@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch) -> list:
    """训练曲线上的点，每轮一行。"""
    rows = []

    class Recorder(d2l.Animator):
        def add(self, x, y) -> None:
            rows.append(y)

    monkeypatch.setattr(compat_training, "Animator", Recorder)
    return rows


def test_an_epoch_on_the_standin_is_as_long_as_the_original(standin_cache) -> None:
    train_iter, test_iter = d2l.load_data_fashion_mnist(256)
    assert (len(train_iter), len(test_iter)) == (235, 40)
    assert (len(train_iter.dataset), len(test_iter.dataset)) == (60_000, 10_000)
    assert train_iter.dataset.data.shape == (60_000, 28, 28)
    counts = torch.bincount(test_iter.dataset.targets)
    assert counts.tolist() == [1000] * 10
    X, y = train_iter.dataset[59_999]
    again = 59_999 % 10_240  # 同样的图，从头再来
    assert torch.equal(X, train_iter.dataset[again][0])
    assert y == train_iter.dataset.targets[again]


def test_the_original_is_left_as_it_is(standin_cache, monkeypatch) -> None:
    monkeypatch.setattr(datasets.ours, "data_source", lambda name: "real")
    assert len(datasets.FashionMNIST(False, None)) == 2000  # 真实的数据不补


def test_the_usual_softmax_recipe_passes_the_course_thresholds(standin_cache, recorded) -> None:
    torch.manual_seed(0)
    train_iter, test_iter = d2l.load_data_fashion_mnist(256)
    net = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))
    nn.init.normal_(net[1].weight, std=0.01)
    updater = torch.optim.SGD(net.parameters(), lr=0.1)
    loss = nn.CrossEntropyLoss(reduction="none")
    d2l.train_ch3(net, train_iter, test_iter, loss, 4, updater)  # 十轮的门槛，四轮已过
    train_loss, train_acc, test_acc = recorded[-1]
    assert train_loss < 0.5
    assert 0.7 < train_acc < 1
    assert 0.7 < test_acc < 1


# ---- 变换 -----------------------------------------------------------------------------------
def test_the_transform_can_be_read(standin_cache) -> None:
    dataset = d2l.load_data_fashion_mnist(16, resize=40)[1].dataset
    before = dataset[3][0]
    names = [type(step).__name__ for step in dataset.transform.transforms]
    assert names == ["Resize", "ToTensor"]
    assert torch.equal(dataset[3][0], before)  # 只是读，结果不变
    picture = d2l.Image.fromarray(dataset.data[3].numpy())
    torch.testing.assert_close(before, dataset.transform(picture), atol=0.02, rtol=0)


@pytest.mark.parametrize("way", ["assign", "append", "replace"])
def test_a_changed_transform_is_used(way: str, standin_cache) -> None:
    test_iter = d2l.load_data_fashion_mnist(8)[1]
    dataset = test_iter.dataset
    X, y = next(iter(test_iter))
    shift = d2l.transforms.Normalize((0.5,), (0.25,))
    if way == "assign":
        dataset.transform = d2l.transforms.Compose([d2l.transforms.ToTensor(), shift])
    elif way == "append":
        dataset.transform.transforms.append(shift)
    else:
        dataset.transform.transforms[0] = lambda image: shift(d2l.transforms.ToTensor()(image))
    changed, labels = next(iter(test_iter))
    torch.testing.assert_close(changed, (X - 0.5) / 0.25)
    assert torch.equal(labels, y)
    torch.testing.assert_close(dataset[2][0], changed[2])
    again = data.DataLoader(dataset, batch_size=8)  # 笔记里会另起一个
    torch.testing.assert_close(next(iter(again))[0], changed)


def test_target_transform_and_no_transform(standin_cache) -> None:
    dataset = d2l.load_data_fashion_mnist(8)[1].dataset
    dataset.target_transform = lambda label: -label
    image, label = dataset[4]
    assert label == -int(dataset.targets[4])
    assert image.shape == (1, 28, 28)
    dataset.transform = None
    assert dataset[4][0].size == (28, 28)  # PIL 图像，与 torchvision 相同
    assert dataset.class_to_idx["coat"] == 4


# ---- 损失取和 -------------------------------------------------------------------------------
class Own(nn.Module):
    """自己写的损失，没有 ``reduction``。"""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind

    def forward(self, out: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return F.cross_entropy(out, y, reduction=self.kind)


def losses(kind: str) -> list:
    module = nn.CrossEntropyLoss(reduction=kind)
    return [module, Own(kind), lambda out, y: F.cross_entropy(out, y, reduction=kind)]


def scored(n: int = 23) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(5)
    X = torch.randn(n, 1, 3, 3, generator=generator)
    return X, torch.randint(0, 4, (n,), generator=generator)


@pytest.mark.parametrize("way", range(3), ids=["module", "own class", "function"])
@pytest.mark.parametrize("kind", ["none", "mean", "sum"])
def test_every_reduction_is_recorded_as_the_mean(kind: str, way: int) -> None:
    torch.manual_seed(1)
    X, y = scored()
    batches = list(zip(X.split(9), y.split(9), strict=True))  # 9、9、5
    net = nn.Sequential(nn.Flatten(), nn.Linear(9, 4))
    expected = F.cross_entropy(net(X), y).item()
    loss = losses(kind)[way]
    frozen = torch.optim.SGD(net.parameters(), lr=0.0)
    assert d2l.train_epoch_ch3(net, batches, loss, frozen)[0] == pytest.approx(expected, rel=1e-5)
    assert d2l.evaluate_loss(net, batches, loss) == pytest.approx(expected, rel=1e-5)
    total, _ = d2l.train_batch_ch13(net, X, y, loss, frozen, ["cpu"])
    assert total.item() == pytest.approx(23 * expected, rel=1e-5)
    assert not total.requires_grad


def test_squared_losses_are_recorded_per_element() -> None:
    X, Y = torch.randn(7, 3), torch.randn(7, 2)
    net = nn.Linear(3, 2)
    expected = F.mse_loss(net(X), Y).item()
    for kind in ("none", "mean", "sum"):
        value = d2l.evaluate_loss(net, [(X, Y)], nn.MSELoss(reduction=kind))
        assert value == pytest.approx(expected, rel=1e-5)


def test_a_zero_or_negative_loss_is_told_apart_too() -> None:
    out, y = torch.zeros(5), torch.zeros(5)
    for value, kind, expected in [(0.0, "sum", 0.0), (-2.0, "sum", -10.0), (-2.0, "mean", -10.0)]:
        reduce = torch.sum if kind == "sum" else torch.mean
        loss = lambda a, b, r=reduce, v=value: r(torch.full((len(a),), v))  # noqa: E731
        assert float(total_loss(loss, loss(out, y), out, y, 5)) == pytest.approx(expected)


def test_summed_gradients_are_those_of_the_old_package() -> None:
    X, y = scored(6)
    net = nn.Sequential(nn.Flatten(), nn.Linear(9, 4))
    F.cross_entropy(net(X), y, reduction="sum").backward()
    expected = net[1].weight.detach() - 0.01 * net[1].weight.grad
    net.zero_grad()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
    d2l.train_epoch_ch3(net, [(X, y)], nn.CrossEntropyLoss(reduction="sum"), optimizer)
    torch.testing.assert_close(net[1].weight.detach(), expected)


# ---- 各个版本的调用写法 -----------------------------------------------------------------------
def test_train_ch6_without_a_device(monkeypatch, capsys: pytest.CaptureFixture) -> None:
    monkeypatch.setattr("d2l_helpers.num_gpus", lambda: 0)
    X, y = scored()
    net = nn.Sequential(nn.Conv2d(1, 2, 2), nn.Sigmoid(), nn.Flatten(), nn.Linear(8, 4))
    d2l.train_ch6(net, [(X, y)], [(X, y)], 1, 0.1)
    out = capsys.readouterr().out
    assert out.startswith("training on cpu\nloss ")


@pytest.mark.parametrize(
    "arguments", [((64,), {}), ((64,), {"use_1x1conv": True, "strides": 2}), ((64, True, 2), {})]
)
def test_a_residual_of_the_newer_package_is_explained(arguments) -> None:
    with pytest.raises(TypeError, match=r"1\.0 版的写法.*Residual\(64, 64\)"):
        d2l.Residual(*arguments[0], **arguments[1])


def test_download_by_address_as_in_the_newer_package(notes: Path, monkeypatch) -> None:
    path = notes / "data" / "table.csv"
    path.write_text("x\n1\n")
    sha1 = hashlib.sha1(path.read_bytes()).hexdigest()
    url = "http://example.invalid/files/table.csv"
    assert Path(d2l.download(url, notes / "data", sha1)) == path
    assert Path(d2l.download(url, "../data", sha1_hash=sha1)).samefile(path)
    monkeypatch.setitem(d2l.DATA_HUB, "table", (url, sha1))
    assert Path(d2l.download(url.replace("http:", "https:"))).samefile(path)  # 登记过的，摘要已知
    with pytest.raises(ValueError, match=r"登记的 sha1 是.*sha1_hash 却是"):
        d2l.download(url, notes / "data", "0" * 40)
    with pytest.raises(ValueError, match="请写地址"):
        d2l.download("table", notes / "data", sha1)
    with pytest.raises(OSError, match="standin 不许联网"):
        d2l.download("http://example.invalid/other.csv", notes / "data", "1" * 40)


def test_a_known_address_comes_from_the_hub(notes: Path, monkeypatch) -> None:
    made = notes / "made"
    made.mkdir()
    (made / "kaggle_house_pred_train.csv").write_text("Id\n")
    monkeypatch.setattr(datasets, "dataset_root", lambda name: made)
    url, sha1 = d2l.DATA_HUB["kaggle_house_train"]
    for arguments in ((url,), (url, "../data"), (url, notes / "data", sha1)):
        assert Path(d2l.download(*arguments)) == made / "kaggle_house_pred_train.csv"


def test_a_mistyped_key_gets_the_near_one() -> None:
    with pytest.raises(ValueError, match="是不是想写 kaggle_house_train、kaggle_house_test？"):
        d2l.download("kaggle_house_trian")
