"""替身：同一个种子同样的字节，torchvision 读得懂，难度在说好的范围里。"""

import hashlib
from pathlib import Path

import numpy as np
import pytest
import torch
import torchvision
from torch import nn
from torch.nn import functional as F

import d2l_helpers as d2l
from d2l_helpers.data.hub import obtain
from d2l_helpers.data.hub.registry import find
from d2l_helpers.data.standins import fashion_mnist as fashion
from d2l_helpers.data.standins import house_tiny
from d2l_helpers.data.standins.fashion_mnist.canvas import rounded
from d2l_helpers.data.standins.fashion_mnist.fabric import weave
from d2l_helpers.data.vision import read_idx


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fashion")
    fashion.generate(folder)
    return folder


def arrays(root: Path, prefix: str) -> tuple[torch.Tensor, torch.Tensor]:
    raw = root / "FashionMNIST" / "raw"
    images = read_idx(raw / f"{prefix}-images-idx3-ubyte")
    return images, read_idx(raw / f"{prefix}-labels-idx1-ubyte").long()


def test_torchvision_reads_it(root: Path) -> None:
    for train, prefix, n in ((True, "train", fashion.NUM_TRAIN), (False, "t10k", fashion.NUM_TEST)):
        theirs = torchvision.datasets.FashionMNIST(root, train=train, download=False)
        images, labels = arrays(root, prefix)
        assert len(theirs) == len(images) == n
        assert torch.equal(theirs.data, images)
        assert torch.equal(theirs.targets, labels)


def test_note_says_what_it_is(root: Path) -> None:
    note = (root / "FashionMNIST" / "STAND-IN.txt").read_text("utf-8")
    assert "不是 Fashion-MNIST" in note
    assert str(fashion.NUM_TRAIN) in note


def test_same_seed_same_bytes() -> None:
    images, labels = fashion.draw_set(40, seed=5)
    again, same = fashion.draw_set(40, seed=5)
    assert np.array_equal(images, again)
    assert np.array_equal(labels, same)
    assert not np.array_equal(images, fashion.draw_set(40, seed=6)[0])


def test_fabric_is_the_same_on_every_machine() -> None:
    """布料只用整数算，字节是固定的；内容有意改动时，VERSION 加一并改这里。"""
    flat = np.full((64, 28, 28), 180, np.uint8)
    woven = weave(flat, np.full(64, 60), seed=3)
    assert hashlib.sha256(woven.tobytes()).hexdigest()[:16] == "6a1f3795facca471"
    assert weave(np.zeros_like(flat), np.full(64, 60), seed=3).max() == 0  # 背景仍是黑的


def test_classes_are_balanced_and_sets_do_not_overlap(root: Path) -> None:
    train, train_labels = arrays(root, "train")
    test, test_labels = arrays(root, "t10k")
    for labels in (train_labels, test_labels):
        assert labels.bincount(minlength=10).unique().numel() == 1
    seen = {image.numpy().tobytes() for image in train}
    assert len(seen) == len(train)
    assert not seen & {image.numpy().tobytes() for image in test}
    assert len(train) % 256 == 0  # 没有零头的小批量


def test_pictures_are_drawn_not_blank(root: Path) -> None:
    images, labels = arrays(root, "t10k")
    ink = (images > 32).float().flatten(1).mean(1)  # 每张图有笔墨的比例
    assert ink.min() > 0.02
    assert ink.max() < 0.85
    shape = torch.stack([(images[labels == k] > 32).float().mean(0) for k in range(10)])
    rows, columns = shape.mean(2).argmax(1), shape.mean(1)
    assert min(rows[k] for k in (5, 7)) > 14  # 凉鞋与运动鞋在下半张
    assert columns[1][14] < columns[1][10]  # 裤腿之间是空的
    assert ink[labels == 4].mean() > ink[labels == 0].mean()  # 外套比 T 恤长


def test_rounded_cuts_corners() -> None:
    square = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)]
    shape = rounded(square)
    assert len(shape) == 8
    assert shape[:2] == [(0.25, 0.0), (0.75, 0.0)]
    assert len(rounded(square, 2)) == 16


def fit(root: Path, net: nn.Module, optimizer: torch.optim.Optimizer, epochs: int) -> torch.Tensor:
    """训练之后各类的召回率。"""
    (X, y), (X_test, y_test) = arrays(root, "train"), arrays(root, "t10k")
    batches = d2l.Batches(
        (X, y), 256, shuffle=True, transform=lambda a, b: (a[:, None].float() / 255, b)
    )
    d2l.train(net, batches, F.cross_entropy, optimizer, epochs)
    with torch.inference_mode():
        right = net(X_test[:, None].float() / 255).argmax(1) == y_test
    return torch.stack([right[y_test == k].float().mean() for k in range(10)])


def test_difficulty(root: Path) -> None:
    d2l.seed(0)
    linear = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))
    recall = fit(root, linear, torch.optim.SGD(linear.parameters(), 0.1), 10)
    assert 0.78 < recall.mean() < 0.83
    assert recall.argmin() == 6  # 衬衫最难
    assert recall[[1, 3, 8]].min() > 0.85  # 裤子、连衣裙、包容易
    mlp = nn.Sequential(nn.Flatten(), nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 10))
    better = fit(root, mlp, torch.optim.Adam(mlp.parameters(), 1e-3), 8)
    assert 0.84 < better.mean() < 0.90
    assert better.mean() > recall.mean() + 0.03


def test_house_tiny_is_written_as_is(tmp_path: Path) -> None:
    house_tiny.generate(tmp_path)
    assert (tmp_path / "house_tiny.csv").read_bytes() == house_tiny.TABLE.encode()
    widths = {line.count(",") for line in house_tiny.TABLE.splitlines()}
    assert widths == {4}


@pytest.mark.parametrize(("name", "counts"), [("canvas.py", True), ("vision.py", False)])
def test_shared_code_is_part_of_the_stamp(
    monkeypatch: pytest.MonkeyPatch, name: str, counts: bool
) -> None:
    """共用的画布改了，替身就作废；别的模块改了不作废。"""
    source, read = find("hotdog"), Path.read_bytes
    before = obtain._generator(source)[2]

    def changed(path: Path) -> bytes:
        return read(path) + b"#" * (path.name == name)

    monkeypatch.setattr(Path, "read_bytes", changed)
    assert (obtain._generator(source)[2] != before) == counts
