"""分割的数据：颜色与类别一一对应，图与标签裁在同一处，坏文件说得清，替身每次相同。"""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
import torchvision
from PIL import Image

import d2l_helpers as d2l
from d2l_helpers.data import segmentation
from d2l_helpers.data.hub import DataError, registry
from d2l_helpers.data.pictures import read_indexed
from d2l_helpers.data.segmentation import BORDER_COLOR, crop_together
from d2l_helpers.data.standins import voc2012 as standin


# ---- 颜色与类别 -----------------------------------------------------------------------------
def test_colors_follow_the_rule_of_the_palette() -> None:
    palette = np.array(standin.palette()).reshape(256, 3).tolist()
    assert [list(color) for color in d2l.VOC_COLORS] == palette[:21]
    assert list(BORDER_COLOR) == palette[255]
    assert len(d2l.VOC_CLASSES) == len(set(d2l.VOC_CLASSES)) == 21
    pairs = dict(zip(d2l.VOC_CLASSES, d2l.VOC_COLORS, strict=True))
    assert pairs["background"] == (0, 0, 0)
    assert pairs["person"] == (192, 128, 128)
    assert pairs["tvmonitor"] == (0, 64, 128)


def test_colors_to_classes_and_back() -> None:
    generator = torch.Generator().manual_seed(0)
    classes = torch.randint(0, 22, (2, 5, 7), generator=generator)
    table = torch.tensor([*d2l.VOC_COLORS, BORDER_COLOR], dtype=torch.uint8)
    colors = table[classes].permute(3, 0, 1, 2)  # (3, 2, 5, 7)
    expected = classes.masked_fill(classes == 21, 255)
    assert torch.equal(d2l.colors_to_classes(colors), expected)
    assert d2l.colors_to_classes(colors).dtype == torch.int64
    assert d2l.colors_to_classes(colors[:, :0]).shape == (0, 5, 7)


def test_colors_outside_the_palette() -> None:
    colors = torch.zeros(3, 4, 4, dtype=torch.uint8)
    colors[:, 1, 2] = torch.tensor([127, 0, 0])
    with pytest.raises(ValueError, match=r"有 1 个像素.*\(127, 0, 0\).*JPEG"):
        d2l.colors_to_classes(colors)
    for bad in (torch.zeros(4, 4, 3, dtype=torch.uint8), torch.zeros(3, 4, 4), torch.tensor(3)):
        with pytest.raises(ValueError, match=r"形状 \(3, …\) 的 uint8"):
            d2l.colors_to_classes(bad)


# ---- 读取 -----------------------------------------------------------------------------------
@pytest.mark.usefixtures("standin_cache")
def test_images_are_those_of_the_files() -> None:
    root = d2l.dataset_root("voc2012")
    for train, name in ((True, "train"), (False, "val")):
        images, labels = d2l.voc_images(train)
        names = (root / "ImageSets" / "Segmentation" / f"{name}.txt").read_text().split()
        assert len(images) == len(labels) == len(names)
        for image, label, stem in zip(images, labels, names, strict=True):
            pixels = np.asarray(Image.open(root / "JPEGImages" / f"{stem}.jpg"))
            index = np.asarray(Image.open(root / "SegmentationClass" / f"{stem}.png"))
            assert (image.dtype, label.dtype) == (torch.uint8, torch.int64)
            assert np.array_equal(image.permute(1, 2, 0).numpy(), pixels)
            assert np.array_equal(label.numpy(), index)


@pytest.mark.usefixtures("standin_cache")
def test_crops_are_taken_from_the_same_place() -> None:
    """标签里的类别正是图上那一处的：在原图里找得到裁下的一块，标签也是那里的。"""
    images, labels = d2l.voc_images(train=True)
    d2l.seed(3)
    train, valid = d2l.load_voc(8, (60, 50))
    assert (train.num_samples, valid.num_samples) == (300, 60)
    X, y = next(iter(train))
    assert (X.shape, y.shape) == ((8, 3, 60, 50), (8, 60, 50))
    assert (X.dtype, y.dtype) == (torch.float32, torch.int64)
    pixels, places = (X * 255).round().to(torch.uint8), set()
    for crop, label in zip(pixels, y, strict=True):
        found = [
            (i, top, left)
            for i, image in enumerate(images)
            for top, left in _spots(image, crop)
            if torch.equal(image[:, top : top + 60, left : left + 50], crop)
        ]
        assert len(found) == 1
        i, top, left = found[0]
        assert torch.equal(labels[i][top : top + 60, left : left + 50], label)
        places.add((top, left))
    assert len(places) > 4  # 每张裁在不同的地方


def _spots(image: torch.Tensor, crop: torch.Tensor) -> list[tuple[int, int]]:
    """左上角四个像素相同的地方。"""
    height, width = image.shape[1] - crop.shape[1] + 1, image.shape[2] - crop.shape[2] + 1
    same = torch.ones(height, width, dtype=torch.bool)
    for k in range(4):
        part = image[:, :height, k : k + width]
        same &= (part == crop[:, 0, k, None, None]).all(0)
    return [tuple(place) for place in same.nonzero().tolist()]


@pytest.mark.usefixtures("standin_cache")
def test_validation_takes_the_middle_and_small_ones_are_dropped(
    capsys: pytest.CaptureFixture,
) -> None:
    images, labels = d2l.voc_images(train=False)
    train, valid = d2l.load_voc(4, (64, 96))
    kept = [i for i, label in enumerate(labels) if label.shape[1] >= 96]
    assert valid.num_samples == len(kept) < 60
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"训练集：300 张里有 {300 - train.num_samples} 张裁不出 (64, 96)")
    assert lines[1].startswith(f"验证集：60 张里有 {60 - len(kept)} 张")
    X, y = next(iter(valid))
    for i, crop, label in zip(kept, X, y, strict=False):
        top = (labels[i].shape[0] - 64) // 2
        assert torch.equal(crop, images[i][:, top : top + 64] / 255)
        assert torch.equal(label, labels[i][top : top + 64])
    again = next(iter(valid))
    assert torch.equal(X, again[0])
    d2l.load_voc(4, 64)  # 都够大，就什么也不说
    assert capsys.readouterr().out == ""


@pytest.mark.usefixtures("standin_cache")
def test_random_crops_follow_the_seed() -> None:
    train, _ = d2l.load_voc(16, 40)
    batches = []
    for seed in (1, 1, 2):
        d2l.seed(seed)
        batches.append(next(iter(train)))
    assert torch.equal(batches[0][0], batches[1][0])
    assert torch.equal(batches[0][1], batches[1][1])
    assert not torch.equal(batches[0][1], batches[2][1])
    assert train.to("meta").device.type == "meta"


def test_every_place_can_be_cropped() -> None:
    image = torch.arange(3 * 5 * 6, dtype=torch.uint8).view(3, 5, 6)
    label = torch.arange(30).view(5, 6)
    crops = segmentation._Crops([(image, label)], (4, 4), random=True)
    d2l.seed(0)
    corners = {crops(torch.tensor([0]))[1][0, 0, 0].item() for _ in range(200)}
    assert corners == {0, 1, 2, 6, 7, 8}  # 两个上边、三个左边，含最后一处
    X, y = crop_together(image, label, 1, 2, (4, 4))
    assert torch.equal(X, image[:, 1:5, 2:6])
    assert torch.equal(y, label[1:5, 2:6])


@pytest.mark.parametrize("size", [0, -3, 2.5, True, (64,), (64, 0), "64", None])
def test_bad_crop_size(size: object) -> None:
    with pytest.raises(ValueError, match="crop_size 应当是正整数"):
        d2l.load_voc(4, size)


@pytest.mark.usefixtures("standin_cache")
def test_crop_larger_than_every_picture() -> None:
    with pytest.raises(ValueError, match=r"训练集里没有一张图裁得出 \(97, 97\).*最大的是 \("):
        d2l.load_voc(4, 97)


# ---- 坏文件 ---------------------------------------------------------------------------------
@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """造一个小小的、可以弄坏的 VOC：一张 8×6（宽×高）的图。"""
    for folder in ("JPEGImages", "SegmentationClass", "ImageSets/Segmentation"):
        (tmp_path / folder).mkdir(parents=True)
    monkeypatch.setattr(segmentation, "dataset_root", lambda name: tmp_path)

    def make(label: Image.Image, names: str = "a\n") -> Path:
        Image.new("RGB", (8, 6), "gray").save(tmp_path / "JPEGImages" / "a.jpg")
        label.save(tmp_path / "SegmentationClass" / "a.png")
        (tmp_path / "ImageSets" / "Segmentation" / "train.txt").write_text(names)
        return tmp_path

    return make


def test_label_colors_not_indices_count(small: Callable[..., Path]) -> None:
    """调色板换了次序，或者干脆存成彩色图，类别仍由颜色给出。"""
    index = np.arange(48, dtype=np.uint8).reshape(6, 8) % 3
    moved = Image.fromarray(index)
    moved.putpalette([*d2l.VOC_COLORS[15], *BORDER_COLOR, *d2l.VOC_COLORS[0]])
    expected = torch.tensor([15, 255, 0])[torch.from_numpy(index).long()]
    for label in (moved, moved.convert("RGB")):
        small(label)
        assert torch.equal(d2l.voc_images(train=True)[1][0], expected)


def test_bad_labels(small: Callable[..., Path]) -> None:
    index = Image.fromarray(np.full((6, 8), 1, np.uint8))
    index.putpalette([0, 0, 0, 1, 2, 3])
    for label in (index, Image.new("RGB", (8, 6), (1, 2, 3))):
        small(label)
        with pytest.raises(DataError, match=r"a\.png 里有 \d+ 个像素.*\(1, 2, 3\)"):
            d2l.voc_images(train=True)
    small(Image.new("L", (8, 6), 15))
    with pytest.raises(DataError, match=r"a\.png 的模式是 L.*调色板图"):
        d2l.voc_images(train=True)
    small(Image.new("RGB", (6, 8)))
    with pytest.raises(DataError, match=r"a 的图是 \(6, 8\)、标签 .*a\.png 是 \(8, 6\)"):
        d2l.voc_images(train=True)


def test_missing_files(small: Callable[..., Path]) -> None:
    root = small(Image.new("RGB", (8, 6)), names="a\nb\n")
    with pytest.raises(DataError, match=r"没有图片.*b\.jpg"):
        d2l.voc_images(train=True)
    with pytest.raises(DataError, match=r"没有名单.*val\.txt"):
        d2l.voc_images(train=False)
    small(Image.new("RGB", (8, 6)), names="\n")
    with pytest.raises(DataError, match=r"名单 .*train\.txt 是空的"):
        d2l.voc_images(train=True)
    (root / "SegmentationClass" / "a.png").write_bytes(b"\x89PNG\r\n\x1a\nhalf")
    (root / "ImageSets" / "Segmentation" / "train.txt").write_text("a")
    with pytest.raises(DataError, match=r"a\.png 解不开"):
        d2l.voc_images(train=True)


def test_indices_beyond_the_palette(tmp_path: Path) -> None:
    """两种颜色的调色板，像素却有编号 5；Pillow 存不出这样的文件，所以一块一块地拼。"""

    def chunk(name: bytes, data: bytes) -> bytes:
        content = name + data
        return struct.pack(">I", len(data)) + content + struct.pack(">I", zlib.crc32(content))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 2, 2, 8, 3, 0, 0, 0))
    colors = chunk(b"PLTE", bytes([0, 0, 0, 128, 0, 0]))
    pixels = chunk(b"IDAT", zlib.compress(bytes([0, 1, 1, 0, 1, 5])))
    path = tmp_path / "a.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + head + colors + pixels + chunk(b"IEND", b""))
    with pytest.raises(DataError, match=r"a\.png 里有编号 5，调色板却只有 2 种颜色"):
        read_indexed(path)


# ---- 替身 -----------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("voc") / "VOCdevkit" / "VOC2012"
    folder.mkdir(parents=True)
    standin.generate(folder)
    return folder


def test_torchvision_reads_it(root: Path) -> None:
    assert registry.find("voc2012").root == "VOCdevkit/VOC2012"
    for name, number in standin.SPLITS:
        theirs = torchvision.datasets.VOCSegmentation(root.parents[1], "2012", name)
        assert len(theirs) == number
        image, label = theirs[number - 1]
        assert image.size == label.size
        assert (image.mode, label.mode) == ("RGB", "P")
        assert label.getpalette() == standin.palette()


def labels_of(root: Path) -> list[np.ndarray]:
    return [np.asarray(Image.open(p)) for p in sorted((root / "SegmentationClass").iterdir())]


def test_same_pixels_again(root: Path, tmp_path: Path) -> None:
    standin.generate(tmp_path)
    for mine, again in zip(labels_of(root), labels_of(tmp_path), strict=True):
        assert np.array_equal(mine, again)
    pictures = [standin.draw_picture(np.random.default_rng([5, i]))[0].tobytes() for i in (0, 0, 1)]
    assert pictures[0] == pictures[1] != pictures[2]
    drawn = {hashlib.sha256(p.read_bytes()).digest() for p in (root / "JPEGImages").iterdir()}
    assert len(drawn) == 360  # 训练与验证没有相同的图


def test_contents_are_varied(root: Path) -> None:
    labels = labels_of(root)
    assert {label.shape for label in labels} == {(72, 96), (96, 72), (64, 96)}
    train, valid = labels[:300], labels[300:]
    for part, least in ((train, 20), (valid, 2)):
        for kind in sorted(set(standin.CLASSES)):
            assert sum(bool((label == kind).any()) for label in part) >= least, kind
    counts = np.bincount(np.concatenate([label.ravel() for label in train]), minlength=256)
    share = counts / counts.sum()
    assert set(np.flatnonzero(counts)) == {0, 255, *standin.CLASSES}
    assert 0.7 < share[0] < 0.85  # 背景最多，与原件相近
    assert 0.03 < share[255] < 0.08


def test_objects_are_ringed_by_the_border(root: Path) -> None:
    """背景与物体不挨着，中间总隔着边缘；两个物体之间也一样。"""
    for label in labels_of(root)[:60]:
        for a, b in ((label[1:], label[:-1]), (label[:, 1:], label[:, :-1])):
            apart = (a == b) | (a == standin.BORDER) | (b == standin.BORDER)
            assert apart.all()
