"""一类一个文件夹的图像，与热狗的替身：布局、确定性、坏输入的话。"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import d2l_helpers as d2l
from d2l_helpers.data.folders import class_folders, load_hotdog, read_images
from d2l_helpers.data.hub import DataError
from d2l_helpers.data.standins import hotdog


def save(path: Path, colour: tuple[int, int, int], size: tuple[int, int] = (6, 4)) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, colour).save(path)
    return path


def test_folder_names_are_the_classes(tmp_path: Path) -> None:
    for i in (1, 2, 10):
        save(tmp_path / "b" / f"{i}.png", (i, 0, 0))
    save(tmp_path / "a" / "x.jpg", (0, 0, 200))
    Image.new("L", (6, 4), 9).save(tmp_path / "a" / "y.png")  # 灰度的也读成三个通道
    (tmp_path / "b" / "note.txt").write_text("不是图像")
    (tmp_path / ".cache").mkdir()
    images, labels, names = class_folders(tmp_path)
    assert names == ["a", "b"]
    assert (images.dtype, tuple(images.shape)) == (torch.uint8, (5, 3, 4, 6))
    assert labels.tolist() == [0, 0, 1, 1, 1]
    assert labels.dtype == torch.int64
    assert images[2:, 0, 0, 0].tolist() == [1, 2, 10]  # 2 在 10 之前
    assert images[1].unique().tolist() == [9]
    assert images.is_contiguous()


def test_size_scales_the_short_side_and_crops_the_middle(tmp_path: Path) -> None:
    image = Image.new("RGB", (12, 4), (255, 0, 0))
    image.paste((0, 255, 0), (4, 0, 8, 4))  # 正中的三分之一是绿的
    (tmp_path / "a").mkdir()
    image.save(tmp_path / "a" / "wide.png")
    save(tmp_path / "a" / "tall.png", (0, 255, 0), (4, 9))
    images, _, _ = class_folders(tmp_path, size=8)
    assert images.shape == (2, 3, 8, 8)
    assert images[:, 1].min() > 190  # 绿的；边上一列的插值看得到外面一点
    assert images[:, 0].max() < 65
    assert images[:, 1, :, 1:-1].min() == 255


def test_broken_folders_are_explained(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"没有文件夹 .*nowhere"):
        class_folders(tmp_path / "nowhere")
    with pytest.raises(DataError, match="没有子文件夹"):
        class_folders(tmp_path)
    save(tmp_path / "a" / "1.png", (1, 1, 1))
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match=r"empty 里没有图像"):
        class_folders(tmp_path)
    save(tmp_path / "empty" / "2.png", (1, 1, 1), (5, 5))
    with pytest.raises(DataError, match=r"2\.png 是 5×5 像素，1\.png 却是 6×4.*size="):
        class_folders(tmp_path)
    for bad in (0, -3, 2.5, True):
        with pytest.raises(ValueError, match="正整数的边长"):
            class_folders(tmp_path, size=bad)
    with pytest.raises(DataError, match="一张图也没有"):
        read_images([])


@pytest.mark.parametrize("keep", [0, 20, 60])
def test_undecodable_picture_is_named(tmp_path: Path, keep: int) -> None:
    path = save(tmp_path / "a" / "bad.png", (1, 2, 3), (40, 40))
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(DataError, match=r"bad\.png 解不开"):
        class_folders(tmp_path)
    path.write_bytes(b"<html>404</html>")
    with pytest.raises(DataError, match=r"bad\.png 解不开"):
        class_folders(tmp_path)


# ---- 热狗 -----------------------------------------------------------------------------------
def test_hotdog_layout_and_loader(standin_cache) -> None:
    root = d2l.dataset_root("hotdog")
    assert sorted(p.name for p in root.iterdir() if p.is_dir()) == ["test", "train"]
    images, labels, names = class_folders(root / "train")
    assert names == ["hotdog", "not-hotdog"]
    assert images.shape == (2 * hotdog.NUM_TRAIN, 3, 64, 64)
    assert labels.bincount().tolist() == [hotdog.NUM_TRAIN] * 2
    train, test = load_hotdog(32, size=48)
    X, y = next(iter(train))
    assert (X.dtype, tuple(X.shape)) == (torch.float32, (32, 3, 48, 48))
    assert -1 <= X.min() < -0.5
    assert 0.5 < X.max() <= 1
    assert 0 < y.sum() < 32  # 打乱了
    assert test.num_samples == 2 * hotdog.NUM_TEST
    assert next(iter(test))[1].sum() == 0  # 测试集没有打乱


def test_hotdogs_are_drawn_the_same_every_time() -> None:
    once = hotdog.draw_class("hotdog", 12, seed=5)
    assert np.array_equal(once, hotdog.draw_class("hotdog", 12, seed=5))
    assert not np.array_equal(once, hotdog.draw_class("hotdog", 12, seed=6))
    assert len({image.tobytes() for image in once}) == 12
    assert once.std(axis=(1, 2, 3)).min() > 10  # 不是空的


def test_hotdogs_cannot_be_told_by_mean_colour(standin_cache) -> None:
    """只看平均颜色（最近的类平均），对不了多少：要看形状。"""
    (X, y, _), (X_test, y_test, _) = (
        class_folders(d2l.dataset_root("hotdog") / part) for part in ("train", "test")
    )
    colour, held = X.float().mean((2, 3)), X_test.float().mean((2, 3))
    centres = torch.stack([colour[y == k].mean(0) for k in range(2)])
    right = (torch.cdist(held, centres).argmin(1) == y_test).float().mean()
    assert right < 0.65
