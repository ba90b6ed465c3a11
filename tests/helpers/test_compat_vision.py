"""compat 里检测、分割与竞赛的数据：签名与形状照旧，改对的各有一例，坏输入说得出原因。"""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest
import torch
from PIL import Image
from torch.nn import functional as F
from torchvision import transforms

import d2l_helpers as ours
from d2l_helpers import compat as d2l
from d2l_helpers.compat import vision
from d2l_helpers.data.hub import DataError

SIGNATURES = {
    "read_data_bananas": "(is_train=True)",
    "BananasDataset": "(is_train)",
    "load_data_bananas": "(batch_size)",
    "voc_colormap2label": "()",
    "voc_label_indices": "(colormap, colormap2label)",
    "voc_rand_crop": "(feature, label, height, width)",
    "VOCSegDataset": "(is_train, crop_size, voc_dir)",
    "load_data_voc": "(batch_size, crop_size)",
    "read_voc_images": "(voc_dir, is_train=True)",
    "read_csv_labels": "(fname)",
    "copyfile": "(filename, target_dir)",
    "reorg_train_valid": "(data_dir, labels, valid_ratio)",
    "reorg_test": "(data_dir)",
}


@pytest.mark.parametrize("name", SIGNATURES)
def test_signature(name: str) -> None:
    plain = inspect.signature(getattr(d2l, name))
    parameters = [p.replace(annotation=p.empty) for p in plain.parameters.values()]
    assert str(inspect.Signature(parameters)) == SIGNATURES[name]


# ---- 香蕉 -----------------------------------------------------------------------------------
@pytest.mark.usefixtures("standin_cache")
def test_bananas_have_the_old_shapes(capsys: pytest.CaptureFixture[str]) -> None:
    images, targets = d2l.read_data_bananas(is_train=False)
    assert isinstance(images, list)
    assert images[0].shape == (3, 256, 256)
    assert images[0].dtype == torch.uint8
    assert targets.shape == (len(images), 1, 5)
    small, labels = ours.bananas(train=False)
    assert (images[3][:, ::4, ::4] == small[3]).all()
    assert (targets[..., 0] == 0).all()
    assert (targets[..., 1:] == labels[..., 1:]).all()
    capsys.readouterr()
    train_iter, val_iter = d2l.load_data_bananas(32)
    lines = capsys.readouterr().out.splitlines()
    assert lines == ["read 400 training examples", "read 80 validation examples"]
    X, y = next(iter(train_iter))
    assert X.shape == (32, 3, 256, 256)
    assert y.shape == (32, 1, 5)
    assert X.dtype == y.dtype == torch.float32
    assert X.max() > 200  # 没有除以 255：旧笔记画图时自己除
    assert sum(len(X) for X, _ in val_iter) == 80
    assert (next(iter(val_iter))[0][5] == images[5]).all()


@pytest.mark.usefixtures("standin_cache")
def test_banana_labels_fit_the_old_targets() -> None:
    labels = d2l.BananasDataset(is_train=False).labels[:2]
    anchors = d2l.multibox_prior(torch.zeros(1, 3, 8, 8), [0.2, 0.4], [1, 2, 0.5])
    classes = d2l.multibox_target(anchors, labels)[2]
    assert [set(row.tolist()) for row in classes] == [{0, 1}, {0, 1}]


# ---- VOC ------------------------------------------------------------------------------------
def test_colors_and_classes_are_the_old_lists() -> None:
    assert len(d2l.VOC_COLORMAP) == len(d2l.VOC_CLASSES) == 21
    assert d2l.VOC_COLORMAP[1] == [128, 0, 0]
    assert d2l.VOC_CLASSES[:2] == ["background", "aeroplane"]
    assert d2l.VOC_CLASSES[16::4] == ["potted plant", "tv/monitor"]
    assert torch.tensor(d2l.VOC_COLORMAP)[torch.tensor([[1, 0]]), :].shape == (1, 2, 3)


def test_label_indices_agree_with_the_book() -> None:
    table = d2l.voc_colormap2label()
    assert table.shape == (256**3,)
    assert table.dtype == torch.int64
    colors = torch.tensor([*d2l.VOC_COLORMAP, (224, 224, 192)], dtype=torch.uint8)
    image = colors.T.reshape(3, 2, 11)
    indices = d2l.voc_label_indices(image, table)
    book = ours.colors_to_classes(image)
    assert indices.dtype == torch.int64
    assert (indices == torch.where(book == 255, 0, book)).all()  # 边缘算背景，照旧
    assert indices.flatten().tolist() == [*range(21), 0]
    blurred = image.clone()
    blurred[:, 1, 2] = torch.tensor([64, 0, 1])
    with pytest.raises(ValueError, match=r"有 1 个像素.*\[64, 0, 1\]"):
        d2l.voc_label_indices(blurred, table)
    for bad in (image[0], image.permute(1, 2, 0)[..., :2]):
        with pytest.raises(ValueError, match="应当是"):
            d2l.voc_label_indices(bad, table)


def test_crops_are_taken_from_the_same_place_as_torchvision() -> None:
    image = torch.arange(3 * 7 * 9).reshape(3, 7, 9)
    label = image[0] * 10
    for seed in range(5):
        torch.manual_seed(seed)
        top, left, height, width = transforms.RandomCrop.get_params(image, (4, 5))
        torch.manual_seed(seed)
        crop, below = d2l.voc_rand_crop(image, label, 4, 5)
        assert (crop == image[:, top : top + height, left : left + width]).all()
        assert (below == crop[0] * 10).all()
    torch.manual_seed(0)
    corners = {int(d2l.voc_rand_crop(image, label, 6, 8)[0][0, 0, 0]) for _ in range(60)}
    assert corners == {0, 1, 9, 10}  # 四处都裁得到
    assert (d2l.voc_rand_crop(image, label, 7, 9)[0] == image).all()


@pytest.mark.parametrize(
    ("label", "size", "said"),
    [
        ((7, 9), (8, 5), r"裁不出 \(8, 5\)"),
        ((7, 9), (4, 10), "裁不出"),
        ((7, 8), (4, 5), "应当一样大"),
        ((7, 9), (0, 5), "crop_size 应当是正整数"),
        ((7, 9), (4.0, 5), "crop_size 应当是正整数"),
    ],
)
def test_crops_that_cannot_be(label: tuple, size: tuple, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        d2l.voc_rand_crop(torch.zeros(3, 7, 9), torch.zeros(label), *size)


@pytest.mark.usefixtures("standin_cache")
def test_the_old_segmentation_note_runs(capsys: pytest.CaptureFixture[str]) -> None:
    crop_size = (320, 480)
    train_iter, test_iter = d2l.load_data_voc(32, crop_size)
    train, valid = train_iter.dataset, test_iter.dataset
    said = [row for row in capsys.readouterr().out.splitlines() if row.startswith("read")]
    assert said == [f"read {len(train)} examples", f"read {len(valid)} examples"]
    assert len(train_iter) == len(train) // 32
    assert len(test_iter) == -(-len(valid) // 32)  # 最后一批不丢
    X, y = next(iter(train_iter))
    assert X.shape == (32, 3, *crop_size)
    assert y.shape == (32, *crop_size)
    assert y.dtype == torch.int64
    assert -2.2 < X.min() < X.max() < 2.7  # 先除以 255
    loss = F.cross_entropy(torch.zeros(32, 21, *crop_size), y, reduction="none")
    assert loss.mean(1).mean(1).shape == (32,)
    one, again = valid[0], valid[0]
    assert all((a == b).all() for a, b in zip(one, again, strict=True))  # 验证时裁正中
    voc_dir = d2l.download_extract("voc2012", "VOCdevkit/VOC2012")
    images, labels = d2l.read_voc_images(voc_dir, False)
    assert images[0].shape == labels[0].shape
    assert images[0].dtype == labels[0].dtype == torch.uint8
    white = torch.full((3, 2, 2), 255, dtype=torch.uint8)
    expected = transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])(white / 255)
    torch.testing.assert_close(valid.normalize_image(white), expected)


def small_voc(root: Path, sizes: list[tuple[int, int]]) -> Path:
    """几张图的 VOC，大小是 (宽, 高)；标签全是第一类。"""
    for folder in ("ImageSets/Segmentation", "JPEGImages", "SegmentationClass"):
        (root / folder).mkdir(parents=True)
    names = [f"p{i}" for i in range(len(sizes))]
    for name, size in zip(names, sizes, strict=True):
        Image.new("RGB", size, (255, 255, 255)).save(root / f"JPEGImages/{name}.jpg")
        Image.new("RGB", size, (128, 0, 0)).save(root / f"SegmentationClass/{name}.png")
    for part in ("train", "val"):
        (root / f"ImageSets/Segmentation/{part}.txt").write_text("\n".join(names))
    return root


def test_real_images_are_not_enlarged_and_small_ones_are_dropped(tmp_path: Path) -> None:
    root = small_voc(tmp_path, [(12, 8), (8, 12), (16, 10)])
    dataset = d2l.VOCSegDataset(True, (8, 12), root)
    assert len(dataset) == len(dataset.labels) == 2
    feature, label = dataset[1]
    assert feature.shape == (3, 8, 12)
    assert (label == 1).all()
    torch.testing.assert_close(feature[0].mean().item(), (1 - 0.485) / 0.229, atol=1e-3, rtol=0)
    with pytest.raises(ValueError, match=r"最大的是 \(10, 16\)"):
        d2l.VOCSegDataset(True, (11, 17), root)
    assert d2l.VOCSegDataset(True, 8, root)[0][1].shape == (8, 8)  # 一个数是正方形
    with pytest.raises(ValueError, match="crop_size 应当是正整数"):
        d2l.VOCSegDataset(True, (8, 8, 8), root)


def test_broken_voc_folders_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DataError, match="没有名单"):
        d2l.read_voc_images(tmp_path)
    root = small_voc(tmp_path / "voc", [(12, 8), (12, 8)])
    monkeypatch.setattr(vision, "download_extract", lambda *_: str(root))
    with pytest.raises(ValueError, match="只有 2 张图，凑不满一批 3"):
        d2l.load_data_voc(3, (8, 12))
    Image.new("RGB", (5, 5)).save(root / "SegmentationClass/p1.png")
    with pytest.raises(DataError, match=r"p1 .*\(8, 12\) 与 \(5, 5\)"):
        d2l.read_voc_images(root)


# ---- 竞赛 -----------------------------------------------------------------------------------
def competition(root: Path, breeds: str, test: int = 3) -> Path:
    """一场小竞赛：``breeds`` 的每个字母是一张图的类别，编号从 1 起。"""
    for folder, count in (("train", len(breeds)), ("test", test)):
        (root / folder).mkdir(parents=True)
        for i in range(1, count + 1):
            Image.new("RGB", (2, 2)).save(root / folder / f"{i}.png")
    rows = [f"{i},{kind}" for i, kind in enumerate(breeds, start=1)]
    (root / "labels.csv").write_text("\n".join(["id,breed", *rows, ""]))
    return root


def names(folder: Path) -> dict[str, list[int]]:
    """各类里图的编号，由小到大。"""
    return {
        kind.name: sorted(int(path.stem) for path in kind.iterdir())
        for kind in sorted(folder.iterdir())
    }


def test_files_are_split_by_class(tmp_path: Path) -> None:
    root = competition(tmp_path, "aabbabaabbba")  # a 与 b 各六张
    labels = d2l.read_csv_labels(root / "labels.csv")
    assert labels["10"] == "b"
    assert len(labels) == 12
    assert d2l.reorg_train_valid(root, labels, 0.4) == 2
    d2l.reorg_test(str(root))
    split = root / "train_valid_test"
    assert names(split / "valid") == {"a": [1, 2], "b": [3, 4]}  # 编号在前的，与机器无关
    assert names(split / "train") == {"a": [5, 7, 8, 12], "b": [6, 9, 10, 11]}
    assert names(split / "train_valid") == {"a": [1, 2, 5, 7, 8, 12], "b": [3, 4, 6, 9, 10, 11]}
    assert names(split / "test") == {"unknown": [1, 2, 3]}
    assert d2l.reorg_train_valid(str(root), labels, 0.1) == 1  # 再分一次，两边不重
    assert names(split / "valid") == {"a": [1], "b": [3]}
    assert names(split / "train") == {"a": [2, 5, 7, 8, 12], "b": [4, 6, 9, 10, 11]}


def test_the_smallest_class_decides(tmp_path: Path) -> None:
    root = competition(tmp_path, "aaaaaaaabb")
    labels = d2l.read_csv_labels(root / "labels.csv")
    assert d2l.reorg_train_valid(root, labels, 0.9) == 1
    assert names(root / "train_valid_test/valid") == {"a": [1], "b": [9]}


@pytest.mark.usefixtures("standin_cache")
def test_both_competitions_are_read() -> None:
    for name, file, classes in (("cifar10_tiny", "trainLabels.csv", 10),
                                ("dog_tiny", "labels.csv", 12)):  # fmt: skip
        labels = d2l.read_csv_labels(Path(d2l.download_extract(name), file))
        assert len(set(labels.values())) == classes
        assert len(labels) > 100


def test_bad_competitions_are_explained(tmp_path: Path) -> None:
    root = competition(tmp_path / "few", "ab")
    labels = d2l.read_csv_labels(root / "labels.csv")
    for ratio in (0, 1, -0.1, float("nan")):
        with pytest.raises(ValueError, match="valid_ratio"):
            d2l.reorg_train_valid(root, labels, ratio)
    with pytest.raises(ValueError, match=r"有 1 张图没有标签，例如 2\.png"):
        d2l.reorg_train_valid(root, {"1": "a"}, 0.5)
    assert not (root / "train_valid_test").exists()  # 出错之前什么也没有写
    for absent in (lambda: d2l.reorg_test(tmp_path), lambda: d2l.read_csv_labels(tmp_path / "no")):
        with pytest.raises(DataError, match="没有"):
            absent()
    table = tmp_path / "labels.csv"
    for text, line in (("id,breed\n1,a\n2\n", 3), ("id,breed\n1,a,b\n", 2),
                       ("id,breed\n1,a\n1,b\n", 3)):  # fmt: skip
        table.write_text(text)
        with pytest.raises(DataError, match=f"第 {line} 行"):
            d2l.read_csv_labels(table)


def test_copyfile_makes_the_folder(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("hi")
    d2l.copyfile(tmp_path / "a.txt", tmp_path / "x" / "y")
    d2l.copyfile(str(tmp_path / "a.txt"), str(tmp_path / "x" / "y"))
    assert (tmp_path / "x/y/a.txt").read_text() == "hi"
