"""目标检测的数据：香蕉检测，每张图一根香蕉和它的边界框。"""

from __future__ import annotations

from pathlib import Path

import torch

from d2l_helpers.data.batches import Batches
from d2l_helpers.data.hub import DataError, dataset_root
from d2l_helpers.data.pictures import read_picture
from d2l_helpers.data.rows import read_rows

EDGES = ("xmin", "ymin", "xmax", "ymax")
COLUMNS = ("img_name", "label", *EDGES)
BANANA = 1  # 类别 0 是背景；文件里的 label 从 0 数起


def bananas(train: bool) -> tuple[torch.Tensor, torch.Tensor]:
    """返回香蕉检测的全部图像与边界框。

    参数:
        train: 真为训练集，假为验证集。

    返回:
        图像，uint8，形状 (样本, 3, 高, 宽)；标签，float32，形状 (样本, 1, 5)，依次是类别
        （香蕉是 1，0 留给背景）与归一化的 xmin、ymin、xmax、ymax：横的除以宽，纵的除以高。

    异常:
        DataError: 文件缺失或解不开，CSV 缺列，图像大小不一，框不成框或在图外；
            消息里有文件、行号与那个值。

    出处:
        布局与 d2l 课程公开的 banana-detection.zip 相同。
    """
    folder = dataset_root("banana-detection") / ("bananas_train" if train else "bananas_val")
    path = folder / "label.csv"
    rows = _read_rows(path)
    images, labels = None, torch.empty(len(rows), 1, 5)
    for i, row in enumerate(rows):
        name = folder / "images" / row["img_name"]
        image = read_picture(name)
        if images is None:
            images = torch.empty(len(rows), *image.shape, dtype=torch.uint8)
        if image.shape != images.shape[1:]:
            raise DataError(
                f"{name} 的形状是 {tuple(image.shape)}，第一张是 {tuple(images.shape[1:])}；"
                "图要一样大才放得进一个张量，请先缩放到同一大小，框也一起缩放。"
            )
        images[i] = image
        labels[i, 0] = _label(row, image.shape[-2:], f"{path} 第 {i + 2} 行（{name.name}）")
    return images, labels


def _read_rows(path: Path) -> list[dict[str, str]]:
    """读 CSV，一行一张图；列不全、没有行、图重复都是错。"""
    names, rows = read_rows(path)
    if missing := [name for name in COLUMNS if name not in names]:
        raise DataError(
            f"{path} 缺少 {'、'.join(missing)} 列；第一行应当是 {','.join(COLUMNS)}，"
            f"实际是 {','.join(names)!r}。"
        )
    if not rows:
        raise DataError(f"{path} 只有表头，一张图也没有；请重新取得数据集。")
    seen: set[str] = set()
    for number, row in enumerate(rows, start=2):
        if not row["img_name"] or row["img_name"] in seen:
            raise DataError(
                f"{path} 第 {number} 行的图是 {row['img_name']!r}，空着或者前面已经有了；"
                "一张图只许一行，一行一个框。"
            )
        seen.add(row["img_name"])
    return rows


def _label(row: dict[str, str], size: torch.Size, where: str) -> torch.Tensor:
    """一行的类别与归一化的框，形状 (5,)；``size`` 是图的 (高, 宽)。"""
    try:
        kind, *box = [float(row[name]) for name in ("label", *EDGES)]
    except (TypeError, ValueError) as error:
        raise DataError(f"{where}里有不是数的一项：{row}；各列应当是数，单位像素。") from error
    if kind != 0:
        raise DataError(f"{where}的 label 是 {row['label']}；这里只有香蕉一类，应当是 0。")
    (xmin, ymin, xmax, ymax), (height, width) = box, size
    if not (xmin < xmax and ymin < ymax):
        raise DataError(
            f"{where}的框是 {tuple(box)}，不成框：应当 xmin < xmax、ymin < ymax；"
            "请看两角是否写反了，或者删去这一行。"
        )
    if not (xmin >= 0 and ymin >= 0 and xmax <= width and ymax <= height):
        raise DataError(
            f"{where}的框是 {tuple(box)}，伸到图外了：图宽 {width}、高 {height}；"
            "请看单位是不是像素、图有没有缩放过，或者把框裁到图里。"
        )
    scale = torch.tensor([width, height, width, height])
    return torch.cat([torch.tensor([float(BANANA)]), torch.tensor(box) / scale])


def load_bananas(batch_size: int) -> tuple[Batches, Batches]:
    """返回香蕉检测的训练与验证迭代器；训练集每轮重新打乱。

    数据以 uint8 放在内存里，取出一批时才变成浮点数。

    参数:
        batch_size: 批量大小。

    返回:
        训练与验证的 :class:`Batches`；每批是 float32 的图像 (批量, 3, 高, 宽)，
        取值在 0 与 1 之间，与 float32 的标签 (批量, 1, 5)，见 :func:`bananas`。

    异常:
        ValueError: 批量大小不对。
        DataError: 数据取不到或读不了。
    """
    train, valid = bananas(train=True), bananas(train=False)
    return (
        Batches(train, batch_size, shuffle=True, transform=_to_float),
        Batches(valid, batch_size, transform=_to_float),
    )


def _to_float(images: torch.Tensor, labels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """uint8 的一批图变成 0 与 1 之间的浮点数。"""
    return images.float().div_(255), labels
