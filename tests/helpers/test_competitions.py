"""两场竞赛：读取、替身、坏输入的话，与提交文件的核对。"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from d2l_helpers.data.competitions import (
    CIFAR10,
    check_submission,
    load_competition,
    read_competition,
)
from d2l_helpers.data.hub import DataError
from d2l_helpers.data.standins import cifar10_tiny, dog_breeds_tiny


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """三张训练图、两张测试图的竞赛。"""
    for part, ids in (("train", (1, 2, 10)), ("test", (3, 11))):
        (tmp_path / part).mkdir()
        for i in ids:
            Image.new("RGB", (4, 4), (i, 0, 0)).save(tmp_path / part / f"{i}.png")
    (tmp_path / "labels.csv").write_text("id,label\n10,cat\n1,dog\n2,cat\n")
    return tmp_path


# ---- 读取 -----------------------------------------------------------------------------------
def test_labels_follow_the_pictures(small: Path) -> None:
    data = read_competition(small, "labels.csv", "label")
    assert data.ids == ["1", "2", "10"]
    assert data.test_ids == ["3", "11"]
    assert data.classes == ["cat", "dog"]
    assert data.labels.tolist() == [1, 0, 0]
    assert data.images[:, 0, 0, 0].tolist() == [1, 2, 10]
    assert data.test_images[:, 0, 0, 0].tolist() == [3, 11]
    assert data.images.dtype == torch.uint8
    known = read_competition(small, "labels.csv", "label", ["ant", "cat", "dog"], size=2)
    assert known.labels.tolist() == [2, 1, 1]
    assert known.images.shape == (3, 3, 2, 2)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("", r"少了 'id'、'label' 列；表头是 空的"),
        ("id,breed\n1,cat\n", r"少了 'label' 列；表头是 id,breed"),
        ("id,label\n", "只有表头"),
        ("id,label\n1,cat\n2,cat,x\n", "第 3 行有 3 格，表头却有 2 格"),
        ("id,label\n1,cat\n2,cat\n1,dog\n10,cat\n", "编号 '1' 出现了不止一次"),
        ("id,label\n1,cat\n2,cat\n", "没有图像 '10' 的标签"),
        ("id,label\n1,cat\n2,cat\n10,dog\n7,dog\n", r"编号 '7'，train/ 里却没有"),
        ("id,label\n1,cat\n2,catt\n10,dog\n", r"不认得的类 'catt'；应当是 cat、dog"),
    ],
)
def test_bad_label_files(small: Path, table: str, message: str) -> None:
    (small / "labels.csv").write_text(table)
    with pytest.raises(DataError, match=message):
        read_competition(small, "labels.csv", "label", ["cat", "dog"])


def test_missing_and_broken_files(small: Path) -> None:
    with pytest.raises(DataError, match=r"没有文件 .*other\.csv"):
        read_competition(small, "other.csv", "label")
    (small / "labels.csv").write_bytes(b"id,label\n1,\xff\xfe\n")
    with pytest.raises(DataError, match="不是 UTF-8"):
        read_competition(small, "labels.csv", "label")
    (small / "labels.csv").write_text("\ufeffid,label\r\n10,cat\r\n1,dog\r\n2,cat\r\n", "utf-8")
    assert len(read_competition(small, "labels.csv", "label").ids) == 3
    (small / "train" / "1.jpg").write_bytes((small / "train" / "1.png").read_bytes())
    with pytest.raises(DataError, match="编号 '1' 有不止一个图像文件"):
        read_competition(small, "labels.csv", "label")
    (small / "train" / "1.jpg").unlink()
    (small / "test" / "3.png").write_bytes(b"half")
    with pytest.raises(DataError, match=r"3\.png 解不开"):
        read_competition(small, "labels.csv", "label")


def test_unknown_competition() -> None:
    with pytest.raises(ValueError, match=r"'cifar'.*cifar10_tiny"):
        load_competition("cifar")


# ---- 替身 -----------------------------------------------------------------------------------
def test_cifar_stand_in(standin_cache) -> None:
    data = load_competition("cifar10_tiny")
    assert tuple(data.classes) == CIFAR10 == tuple(cifar10_tiny.CLASSES)
    assert data.images.shape == (cifar10_tiny.NUM_TRAIN, 3, 32, 32)
    assert data.test_images.shape == (cifar10_tiny.NUM_TEST, 3, 32, 32)
    assert data.labels.bincount().tolist() == [cifar10_tiny.NUM_TRAIN // 10] * 10
    assert data.ids[:3] == data.test_ids[:3] == ["1", "2", "3"]
    assert data.ids[-1] == str(cifar10_tiny.NUM_TRAIN)
    seen = {image.numpy().tobytes() for image in data.images}
    assert len(seen) == len(data.images)
    assert not seen & {image.numpy().tobytes() for image in data.test_images}


def test_cifar_stand_in_needs_more_than_colours(standin_cache) -> None:
    """最近的类平均只对三成上下：比瞎猜好，离会了还远。"""
    data = load_competition("cifar10_tiny")
    X, y = data.images.flatten(1).float(), data.labels
    means = torch.stack([X[:2000][y[:2000] == k].mean(0) for k in range(10)])
    right = (torch.cdist(X[2000:], means).argmin(1) == y[2000:]).float().mean()
    assert 0.15 < right < 0.45


def test_dog_stand_in(standin_cache) -> None:
    data = load_competition("dog_breeds_tiny")
    assert data.classes == sorted(dog_breeds_tiny.BREEDS)
    assert data.images.shape == (12 * dog_breeds_tiny.NUM_TRAIN, 3, 96, 96)
    assert data.labels.bincount().tolist() == [dog_breeds_tiny.NUM_TRAIN] * 12
    assert len(data.test_ids) == 12 * dog_breeds_tiny.NUM_TEST
    assert all(len(id_) == 32 and int(id_, 16) >= 0 for id_ in data.ids + data.test_ids)
    assert not set(data.ids) & set(data.test_ids)
    assert load_competition("dog_breeds_tiny", size=48).images.shape[2:] == (48, 48)


@pytest.mark.parametrize(
    "draw",
    [
        lambda seed: cifar10_tiny.draw_set(30, seed),
        lambda seed: dog_breeds_tiny.draw_set(2, seed),
    ],
    ids=["cifar10_tiny", "dog_breeds_tiny"],
)
def test_same_seed_same_pixels(draw: Callable[[int], tuple]) -> None:
    images, labels = draw(5)[:2]
    again, same = draw(5)[:2]
    assert np.array_equal(images, again)
    assert labels == same
    other, _ = draw(6)[:2]
    assert not np.array_equal(images, other)
    assert images.std(axis=(1, 2, 3)).min() > 5  # 不是空的


# ---- 提交 -----------------------------------------------------------------------------------
IDS, CLASSES = ["1", "2", "10"], ["cat", "dog"]


def check(folder: Path, text: str, *, probabilities: bool = False) -> int:
    path = folder / "submission.csv"
    path.write_text(text, "utf-8")
    return check_submission(path, IDS, CLASSES, probabilities=probabilities)


def test_good_submissions(tmp_path: Path) -> None:
    assert check(tmp_path, "id,label\n10,cat\n2,dog\n1,cat\n") == 3
    assert check(tmp_path, "label,id\ncat,10\ndog,2\ncat,1\n") == 3
    rows = "id,dog,cat\n1,0.25,0.75\n2,1,0\n10,0.3333,0.6667\n"
    assert check(tmp_path, rows, probabilities=True) == 3
    path = tmp_path / "submission.csv"
    path.write_text("id,label\n1,cat\n2,cat\n3,cat\n")
    assert check_submission(path, [1, 2, 3], CLASSES) == 3  # 编号写成整数也行


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "列不对：少了 'id'、'label'"),
        ("id,breed\n1,cat\n", "列不对：少了 'label'，多了 'breed'"),
        ("id,label,label\n1,cat,cat\n", "列不对：重复了 'label'"),
        ("id,label\n1,cat\n2,cat\n", r"编号不对：少了 '10'；测试集的 3 张"),
        ("id,label\n1,cat\n2,cat\n10,dog\n7,dog\n", "编号不对：多了 '7'"),
        ("id,label\n1,cat\n2,cat\n2,cat\n10,dog\n", "编号不对：重复了 '2'"),
        ("id,label\n1,cat\n2,cow\n10,dog\n", r"编号 '2' 那一行不对：没有 'cow' 这一类"),
        ("id,label\n1,cat\n2,0\n10,dog\n", r"编号 '2' 那一行不对：没有 '0' 这一类"),
    ],
)
def test_bad_label_submissions(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        check(tmp_path, text)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("0.5,0.6", r"概率之和是 1\.1000，应当是 1"),
        ("0.5,0.498", r"概率之和是 0\.9980"),
        ("1.5,-0.5", r"cat 的概率 1\.5 不在 0 与 1 之间"),
        ("nan,1", "cat 的概率 nan 不在 0 与 1 之间"),
        ("yes,1", "cat 的概率 'yes' 不是数"),
        (",1", "cat 的概率 '' 不是数"),
    ],
)
def test_bad_probabilities(tmp_path: Path, row: str, message: str) -> None:
    with pytest.raises(ValueError, match=rf"编号 '2' 那一行不对：{message}"):
        check(tmp_path, f"id,cat,dog\n1,1,0\n2,{row}\n10,0,1\n", probabilities=True)


def test_submission_that_is_not_there_or_not_a_table(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"没有文件 .*nothing\.csv"):
        check_submission(tmp_path / "nothing.csv", IDS, CLASSES)
    with pytest.raises(DataError, match="第 2 行有 1 格，表头却有 2 格"):
        check(tmp_path, "id,label\n1\n")
    path = tmp_path / "p.csv"
    path.write_text("id,cat,dog\n1,1,0\n")
    with pytest.raises(ValueError, match="少了 'cow'"):
        check_submission(path, ["1"], ["cat", "cow", "dog"], probabilities=True)
