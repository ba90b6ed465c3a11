"""检测的数据：读到的与文件里的一致，坏文件说得清，替身每次相同、框贴着香蕉。"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import d2l_helpers as d2l
from d2l_helpers.data import detection
from d2l_helpers.data.hub import DataError, registry
from d2l_helpers.data.pictures import read_indexed, read_picture
from d2l_helpers.data.standins import banana_detection as standin

HEADER = "img_name,label,xmin,ymin,xmax,ymax"


# ---- 读取 -----------------------------------------------------------------------------------
@pytest.mark.usefixtures("standin_cache")
def test_bananas_are_those_of_the_files() -> None:
    for train, folder in ((True, "bananas_train"), (False, "bananas_val")):
        root = d2l.dataset_root("banana-detection") / folder
        images, labels = d2l.bananas(train)
        rows = list(csv.DictReader((root / "label.csv").open()))
        assert len(images) == len(labels) == len(rows)
        assert (images.dtype, labels.dtype) == (torch.uint8, torch.float32)
        for image, label, row in zip(images, labels, rows, strict=True):
            pixels = np.asarray(Image.open(root / "images" / row["img_name"]).convert("RGB"))
            assert np.array_equal(image.permute(1, 2, 0).numpy(), pixels)
            height, width = pixels.shape[:2]
            scaled = label[0, 1:] * torch.tensor([width, height, width, height])
            box = [float(row[name]) for name in ("xmin", "ymin", "xmax", "ymax")]
            torch.testing.assert_close(scaled, torch.tensor(box))
            assert label[0, 0] == 1  # 0 留给背景


@pytest.mark.usefixtures("standin_cache")
def test_load_bananas() -> None:
    train, valid = d2l.load_bananas(32)
    images, labels = d2l.bananas(train=False)
    X, y = next(iter(valid))
    assert (X.dtype, X.shape, y.shape) == (torch.float32, (32, 3, 64, 64), (32, 1, 5))
    assert torch.equal(X, images[:32] / 255)
    assert torch.equal(y, labels[:32])
    assert (train.shuffle, valid.shuffle) == (True, False)
    assert (train.num_samples, valid.num_samples) == (400, 80)
    with pytest.raises(ValueError, match="batch_size"):
        d2l.load_bananas(0)


# ---- 坏文件 ---------------------------------------------------------------------------------
@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """造一个小小的、可以弄坏的香蕉数据集；默认一张 40×30（宽×高）的图。"""
    folder = tmp_path / "bananas_train"
    (folder / "images").mkdir(parents=True)
    monkeypatch.setattr(detection, "dataset_root", lambda name: tmp_path)

    def make(*lines: str, header: str = HEADER, sizes: tuple = ((40, 30),)) -> Path:
        for i, size in enumerate(sizes):
            Image.new("RGB", size, (9, 8, 7)).save(folder / "images" / f"{i}.png")
        text = "\n".join([header, *lines]) + "\n"
        (folder / "label.csv").write_text(text, "utf-8")
        return folder

    return make


def test_a_box_may_touch_the_edges_and_is_scaled_by_each_side(small: Callable[..., Path]) -> None:
    small("1.png,0,0,0,40,30", "0.png,0,10,3,20,27", sizes=((40, 30), (40, 30)))
    images, labels = d2l.bananas(train=True)
    assert images.shape == (2, 3, 30, 40)
    expected = torch.tensor([[[1, 0, 0, 1, 1]], [[1, 0.25, 0.1, 0.5, 0.9]]])
    torch.testing.assert_close(labels, expected)


def test_columns_may_come_in_another_order(small: Callable[..., Path]) -> None:
    small("20,27,10,3,0,0.png", header="\ufeffxmax,ymax,xmin,ymin,label,img_name")
    labels = d2l.bananas(train=True)[1]
    torch.testing.assert_close(labels, torch.tensor([[[1, 0.25, 0.1, 0.5, 0.9]]]))


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("0.png,0,20,3,20,27", r"第 2 行（0\.png）的框是 \(20.*不成框"),
        ("0.png,0,30,3,20,27", r"不成框：应当 xmin < xmax"),
        ("0.png,0,10,28,20,27", r"\(10\.0, 28\.0, 20\.0, 27\.0\)，不成框"),
        ("0.png,0,nan,3,20,27", r"\(nan.*不成框"),
        ("0.png,0,-1,3,20,27", r"\(-1\.0.*图外了：图宽 40、高 30.*像素"),
        ("0.png,0,10,3,41,27", r"图外了：图宽 40"),
        ("0.png,0,10,3,20,31", r"图外了.*高 30"),
        ("0.png,0,10,3,20,inf", "图外了"),
        ("0.png,0,10,3,twenty,27", "不是数.*twenty"),
        ("0.png,0,10,3,20", "第 2 行有 5 格，表头却有 6 格"),
        ("0.png,1,10,3,20,27", "label 是 1；这里只有香蕉"),
        ("7.png,0,10,3,20,27", r"没有图片.*7\.png.*重新取得"),
        (",0,10,3,20,27", "第 2 行的图是 ''"),
    ],
)
def test_bad_rows(small: Callable[..., Path], line: str, words: str) -> None:
    small(line)
    with pytest.raises(DataError, match=words) as caught:
        d2l.bananas(train=True)
    assert "bananas_train" in str(caught.value)


def test_bad_tables(small: Callable[..., Path]) -> None:
    folder = small("0.png,0,1,2", header="img_name,label,xmin,ymin")
    with pytest.raises(DataError, match=r"label\.csv 缺少 xmax、ymax 列.*'img_name,label,xmin"):
        d2l.bananas(train=True)
    small()
    with pytest.raises(DataError, match="只有表头"):
        d2l.bananas(train=True)
    small("0.png,0,1,2,3,4", "0.png,0,1,2,3,4")
    with pytest.raises(DataError, match=r"第 3 行的图是 '0\.png'.*一行一个框"):
        d2l.bananas(train=True)
    (folder / "label.csv").write_text("")
    with pytest.raises(DataError, match="缺少 img_name"):
        d2l.bananas(train=True)
    (folder / "label.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DataError, match=r"label\.csv 不是 UTF-8"):
        d2l.bananas(train=True)
    (folder / "label.csv").unlink()
    with pytest.raises(DataError, match=r"没有文件.*label\.csv"):
        d2l.bananas(train=True)


def test_pictures_of_different_sizes(small: Callable[..., Path]) -> None:
    small("0.png,0,1,2,3,4", "1.png,0,1,2,3,4", sizes=((40, 30), (30, 40)))
    with pytest.raises(DataError, match=r"1\.png 的形状是 \(3, 40, 30\)，第一张是 \(3, 30, 40\)"):
        d2l.bananas(train=True)


@pytest.mark.parametrize("way", ["empty", "text", "cut", "flipped"])
def test_broken_pictures(tmp_path: Path, way: str) -> None:
    path = tmp_path / "0.png"
    noise = np.random.default_rng(0).integers(0, 256, (50, 40, 3)).astype(np.uint8)
    Image.fromarray(noise).save(path)
    content = path.read_bytes()
    broken = {
        "empty": b"",
        "text": b"<html>sorry</html>",
        "cut": content[: len(content) // 2],
        "flipped": content[:60] + bytes([content[60] ^ 255]) * 40 + content[100:],
    }
    path.write_bytes(broken[way])
    for read in (read_picture, read_indexed):
        with pytest.raises(DataError, match=r"图片 .*0\.png 解不开.*重新取得"):
            read(path)


def test_grey_and_transparent_pictures_become_three_channels(tmp_path: Path) -> None:
    for mode, color in (("L", 7), ("RGBA", (7, 7, 7, 255)), ("P", 0)):
        Image.new(mode, (4, 3), color).save(tmp_path / "a.png")
        image = read_picture(tmp_path / "a.png")
        assert image.shape == (3, 3, 4)
        assert len(image.unique()) == 1


# ---- 替身 -----------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bananas")
    standin.generate(folder)
    return folder


def digest(folder: Path) -> str:
    """全部像素与表格的散列；不看 PNG 的压缩，它随 zlib 的版本变。"""
    total = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.suffix == ".png":
            total.update(np.asarray(Image.open(path)).tobytes())
        elif path.suffix == ".csv":
            total.update(path.read_bytes())
    return total.hexdigest()


def test_layout_is_that_of_the_original(root: Path) -> None:
    source = registry.find("banana-detection")
    assert source.root == "banana-detection"  # 原件的 zip 里多一层同名的文件夹
    assert sorted(path.name for path in root.iterdir()) == ["bananas_train", "bananas_val"]
    for folder, number in standin.SPLITS:
        names = {path.name for path in (root / folder / "images").iterdir()}
        assert names == {f"{i}.png" for i in range(number)}
        lines = (root / folder / "label.csv").read_text("utf-8").splitlines()
        assert lines[0] == HEADER
        assert [line.split(",")[:2] for line in lines[1:]] == [
            [f"{i}.png", "0"] for i in range(number)
        ]


def test_same_pixels_again(root: Path, tmp_path: Path) -> None:
    standin.generate(tmp_path)
    assert digest(root) == digest(tmp_path)
    image, box = standin.draw_picture(np.random.default_rng([5, 0]))
    again, same = standin.draw_picture(np.random.default_rng([5, 0]))
    other, _ = standin.draw_picture(np.random.default_rng([5, 1]))
    assert (image.tobytes(), box) == (again.tobytes(), same)
    assert image.tobytes() != other.tobytes()


def test_pictures_differ_and_boxes_vary(root: Path) -> None:
    pictures = [p.read_bytes() for p in root.rglob("*.png")]
    assert len(set(pictures)) == 480
    rows = list(csv.DictReader((root / "bananas_train" / "label.csv").open()))
    edges = ("xmin", "ymin", "xmax", "ymax")
    boxes = np.array([[int(row[name]) for name in edges] for row in rows])
    assert boxes.min() >= 0
    assert boxes.max() <= standin.SIDE
    size = boxes[:, 2:] - boxes[:, :2]
    assert size.min() >= 6
    assert size.max() >= 35
    shape = size[:, 0] / size[:, 1]  # 横的、竖的、方的都有
    assert min((shape > 1.5).mean(), (shape < 1 / 1.5).mean()) > 0.15
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2
    assert (np.ptp(middle, axis=0) > 30).all()


def test_boxes_fit_the_bananas(monkeypatch: pytest.MonkeyPatch) -> None:
    """用纯色的背景、去掉别的水果：与背景不同的像素就是香蕉与影子，框贴着香蕉的外缘。"""
    monkeypatch.setattr(standin, "draw_scene", lambda rng, n: Image.new("RGB", (n, n), "white"))
    monkeypatch.setattr(standin, "draw_others", lambda image, rng: None)
    monkeypatch.setattr(standin, "mottle", lambda image, rng, strength: image)
    for seed in range(60):
        image, (xmin, ymin, xmax, ymax) = standin.draw_picture(np.random.default_rng(seed))
        pixels = np.asarray(image).astype(int)
        colored = np.ptp(pixels, axis=2) > 48  # 影子是灰的
        rows, columns = np.flatnonzero(colored.any(1)), np.flatnonzero(colored.any(0))
        seen = (columns[0], rows[0], columns[-1] + 1, rows[-1] + 1)
        assert np.abs(np.array(seen) - (xmin, ymin, xmax, ymax)).max() <= 2
