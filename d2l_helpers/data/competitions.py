"""图像分类竞赛：照竞赛的文件布局读数据，提交之前核对提交文件。"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from d2l_helpers.data.folders import image_files, read_images
from d2l_helpers.data.hub import DataError, dataset_root
from d2l_helpers.data.rows import read_rows

CIFAR10 = (
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
)  # fmt: skip
# 竞赛 → （标签文件、标签那一列、类别；空的表示出现过的就是全部）
LAYOUTS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "cifar10_tiny": ("trainLabels.csv", "label", CIFAR10),
    "dog_breeds_tiny": ("labels.csv", "breed", ()),
    "dog_breeds": ("labels.csv", "breed", ()),
}
SUM_TOLERANCE = 1e-3  # 概率写成四位小数、百来类时，舍入之和也不过如此
SHOWN = 3  # 消息里至多举几个例子


@dataclass(frozen=True)
class Competition:
    """一场图像分类竞赛的全部数据，都在内存里。

    属性:
        images: 训练图像，uint8，形状 (张数, 3, 高, 宽)。
        labels: 训练标签，int64，形状 (张数,)。
        ids: 训练图像的编号，与 ``images`` 次序相同。
        test_images, test_ids: 测试图像与编号；没有标签，要交上去才知道对错。
        classes: 类别名，下标就是标签。
    """

    images: torch.Tensor
    labels: torch.Tensor
    ids: list[str]
    test_images: torch.Tensor
    test_ids: list[str]
    classes: list[str]


def load_competition(name: str, *, size: int | None = None) -> Competition:
    """读一场竞赛的训练与测试数据。

    参数:
        name: ``"cifar10_tiny"``、``"dog_breeds_tiny"`` 或 ``"dog_breeds"``（要登录后自己下载）。
        size: 短边缩放到这么长，再截取正中的正方形；缺省不变，那时各图应当一样大。

    返回:
        :class:`Competition`；图像按编号排列（2 在 10 之前），类别按字母。

    异常:
        ValueError: 没有这场竞赛，或 ``size`` 不是正整数。
        DataError: 取不到数据；标签文件缺列、编号重复、有不认得的类；图与标签对不上，或解不开。
    """
    if name not in LAYOUTS:
        raise ValueError(f"没有名为 {name!r} 的竞赛；有的是 {'、'.join(LAYOUTS)}。")
    return read_competition(dataset_root(name), *LAYOUTS[name], size=size)


def read_competition(
    root: Path, labels_file: str, column: str, known: Sequence[str] = (), *, size: int | None = None
) -> Competition:
    """读一个文件夹里的竞赛数据：标签文件，``train/编号.png``，``test/编号.png``（或 .jpg）。

    参数:
        root: 竞赛的文件夹。
        labels_file: 标签文件的名字，CSV，有 ``id`` 列。
        column: 标签那一列。
        known: 全部类别；空的表示标签里出现过的就是全部。
        size: 见 :func:`load_competition`。

    返回、异常: 见 :func:`load_competition`。
    """
    path = root / labels_file
    table = _read_labels(path, column)
    classes = sorted(known) if known else sorted(set(table.values()))
    if unknown := sorted(set(table.values()) - set(classes)):
        raise DataError(
            f"{path} 里有不认得的类 {_some(unknown)}；应当是 {'、'.join(classes)} 之一。"
        )
    train, test = image_files(root / "train"), image_files(root / "test")
    ids = [file.stem for file in train]
    _same_ids(ids, table, path)
    labels = torch.tensor([classes.index(table[id_]) for id_ in ids])
    images, test_images = read_images(train, size), read_images(test, size)
    return Competition(images, labels, ids, test_images, [file.stem for file in test], classes)


def _read_labels(path: Path, column: str) -> dict[str, str]:
    """编号 → 类别名。"""
    header, rows = read_rows(path)
    if absent := [name for name in ("id", column) if name not in header]:
        raise DataError(f"{path} 少了 {_some(absent)} 列；表头是 {','.join(header) or '空的'}。")
    ids = [row["id"] for row in rows]
    if again := _repeated(ids):
        raise DataError(f"{path} 里编号 {_some(again)} 出现了不止一次；一张图只应有一个标签。")
    if not rows:
        raise DataError(f"{path} 只有表头，没有标签。")
    return {row["id"]: row[column] for row in rows}


def _same_ids(ids: Sequence[str], table: dict[str, str], path: Path) -> None:
    if again := _repeated(ids):
        raise DataError(f"{path.parent / 'train'} 里编号 {_some(again)} 有不止一个图像文件。")
    if bare := [id_ for id_ in ids if id_ not in table]:
        raise DataError(f"{path} 里没有图像 {_some(bare)} 的标签。")
    pictured = set(ids)
    if missing := [id_ for id_ in table if id_ not in pictured]:
        raise DataError(f"{path} 里有编号 {_some(missing)}，train/ 里却没有它的图像。")


def _repeated(values: Sequence[str]) -> list[str]:
    return [value for value, count in Counter(values).items() if count > 1]


def _some(values: Sequence[str]) -> str:
    """举几个例子，再说一共几个。"""
    shown = "、".join(map(repr, values[:SHOWN]))
    return shown if len(values) <= SHOWN else f"{shown} 等 {len(values)} 个"


# ---- 提交 -----------------------------------------------------------------------------------
def check_submission(
    path: Path | str, ids: Sequence[str], classes: Sequence[str], *, probabilities: bool = False
) -> int:
    """核对一个提交文件；有错就说出错在哪里。

    两种格式都是 CSV，行与列的次序随意：只交类别的，两列 ``id,label``；交概率的，一列 ``id``
    加上每类一列，每行的概率在 0 与 1 之间，和为 1。

    参数:
        path: 提交文件。
        ids: 测试集的全部编号，每个恰好一行。
        classes: 全部类别名。
        probabilities: 真为交概率，假为只交类别。

    返回:
        行数。

    异常:
        DataError: 没有这个文件，或者不是 CSV。
        ValueError: 列名不对，编号有重复、缺少或多余，有不认得的类，或者概率不对。
    """
    path = Path(path)
    header, rows = read_rows(path)
    wanted = ["id", *classes] if probabilities else ["id", "label"]
    if problem := _differences(header, wanted):
        raise ValueError(f"{path.name} 的列不对：{problem}。")
    if problem := _differences([row["id"] for row in rows], list(map(str, ids))):
        raise ValueError(f"{path.name} 的编号不对：{problem}；测试集的 {len(ids)} 张各占一行。")
    for row in rows:
        problem = _wrong_probability(row, classes) if probabilities else _wrong_label(row, classes)
        if problem:
            raise ValueError(f"{path.name} 里编号 {row['id']!r} 那一行不对：{problem}。")
    return len(rows)


def _differences(found: Sequence[str], wanted: Sequence[str]) -> str:
    """两列名字之差，用话说；没有差别是空串。"""
    present, allowed = set(found), set(wanted)
    parts = {
        "少了": [name for name in wanted if name not in present],
        "多了": [name for name in found if name not in allowed],
        "重复了": _repeated(found),
    }
    return "，".join(f"{word} {_some(names)}" for word, names in parts.items() if names)


def _wrong_label(row: dict[str, str], classes: Sequence[str]) -> str:
    return "" if row["label"] in classes else f"没有 {row['label']!r} 这一类"


def _wrong_probability(row: dict[str, str], classes: Sequence[str]) -> str:
    total = 0.0
    for name in classes:
        try:
            value = float(row[name])
        except ValueError:
            return f"{name} 的概率 {row[name]!r} 不是数"
        if not 0 <= value <= 1:  # NaN 也不满足
            return f"{name} 的概率 {row[name]} 不在 0 与 1 之间"
        total += value
    if math.isclose(total, 1, abs_tol=SUM_TOLERANCE, rel_tol=0):
        return ""
    return f"概率之和是 {total:.4f}，应当是 1"
