"""语义分割的数据：Pascal VOC2012，图像与逐像素的类别，一起裁成同样大小的小批量。"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch

from d2l_helpers.data.batches import Batches
from d2l_helpers.data.hub import DataError, dataset_root
from d2l_helpers.data.pictures import read_indexed, read_picture

VOC_CLASSES = (
    "background", "aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair",
    "cow", "diningtable", "dog", "horse", "motorbike", "person", "pottedplant", "sheep", "sofa",
    "train", "tvmonitor",
)  # fmt: skip
VOC_COLORS = (  # 红、绿、蓝；第 k 项是第 k 类的颜色
    (0, 0, 0), (128, 0, 0), (0, 128, 0), (128, 128, 0), (0, 0, 128), (128, 0, 128),
    (0, 128, 128), (128, 128, 128), (64, 0, 0), (192, 0, 0), (64, 128, 0), (192, 128, 0),
    (64, 0, 128), (192, 0, 128), (64, 128, 128), (192, 128, 128), (0, 64, 0), (128, 64, 0),
    (0, 192, 0), (128, 192, 0), (0, 64, 128),
)  # fmt: skip
BORDER = 255  # 物体边缘的像素，不归任何一类，算损失与指标时不计
BORDER_COLOR = (224, 224, 192)
Pair = tuple[torch.Tensor, torch.Tensor]


def colors_to_classes(colors: torch.Tensor) -> torch.Tensor:
    """把标签图的颜色换成类别编号。

    参数:
        colors: uint8，形状 (3, …)，例如 (3, 高, 宽)；通道依次是红、绿、蓝。

    返回:
        int64，形状 (…)：0–20 是 ``VOC_CLASSES`` 的编号，255 是物体的边缘。

    异常:
        ValueError: 第 0 轴不是三个通道，不是 uint8，或者有 VOC 没有的颜色；消息里有那种颜色。
    """
    if colors.ndim == 0 or len(colors) != 3 or colors.dtype != torch.uint8:
        raise ValueError(
            f"colors 应当是形状 (3, …) 的 uint8，收到的是 {tuple(colors.shape)} 的 {colors.dtype}；"
            "(高, 宽, 3) 的数组请先 permute(2, 0, 1)。"
        )
    classes = torch.full(colors.shape[1:], -1)  # −1：还没有认出来
    known = [*enumerate(VOC_COLORS), (BORDER, BORDER_COLOR)]
    for index, (red, green, blue) in known:
        same = (colors[0] == red) & (colors[1] == green) & (colors[2] == blue)
        classes[same] = index
    unknown = classes == -1
    if unknown.any():
        color = tuple(colors[:, unknown][:, 0].tolist())
        raise ValueError(
            f"有 {int(unknown.sum())} 个像素的颜色不是 VOC 的，例如 {color}；"
            "标签图不能存成 JPEG，也不能用平滑的插值缩放，那都会造出新的颜色。"
        )
    return classes


def _read_label(path: Path) -> torch.Tensor:
    """一张标签图的类别，uint8，形状 (高, 宽)：只认用到的颜色，再按编号取，比逐像素认快。"""
    index, colors = read_indexed(path)
    used, place = index.unique(return_inverse=True)
    try:
        classes = colors_to_classes(colors[:, used])
    except ValueError as error:
        raise DataError(f"标签图 {path} 里{error}") from error
    return classes.to(torch.uint8)[place]


def split_names(root: Path, train: bool) -> list[str]:
    """一个划分里各图的名字，不带后缀。

    参数:
        root: 数据集的文件夹，``VOCdevkit/VOC2012``。
        train: 真为训练集，假为验证集。

    异常:
        DataError: 没有名单，或者名单是空的。
    """
    listed = root / "ImageSets" / "Segmentation" / ("train.txt" if train else "val.txt")
    if not listed.is_file():
        raise DataError(f"没有名单 {listed}；请检查数据集的文件夹，或删掉它重新取得。")
    names = listed.read_text("utf-8").split()
    if not names:
        raise DataError(f"名单 {listed} 是空的；请重新取得数据集。")
    return names


def _read_split(train: bool) -> list[Pair]:
    """一个划分的图像 (3, 高, 宽) 与标签 (高, 宽)，都是 uint8。"""
    root, pairs = dataset_root("voc2012"), []
    for name in split_names(root, train):
        label_path = root / "SegmentationClass" / f"{name}.png"
        image = read_picture(root / "JPEGImages" / f"{name}.jpg")
        label = _read_label(label_path)
        if label.shape != image.shape[1:]:
            raise DataError(
                f"{name} 的图是 {tuple(image.shape[1:])}、标签 {label_path} 是 {tuple(label.shape)}"
                "（高, 宽），应当一样大；请重新取得，不要只缩放其中一个。"
            )
        pairs.append((image, label))
    return pairs


def voc_images(train: bool) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
    """返回 VOC2012 语义分割的全部图像与标签；大小各不相同，所以是列表。

    参数:
        train: 真为训练集，假为验证集。

    返回:
        图像的列表，各是 uint8 的 (3, 高, 宽)；标签的列表，各是 int64 的 (高, 宽)，
        0 是背景，1–20 是 ``VOC_CLASSES`` 的编号，255 是物体的边缘，不计。

    异常:
        DataError: 文件缺失或解不开，标签里有 VOC 没有的颜色，图与标签大小不同；消息里有文件名。

    出处:
        Everingham 等，Pascal Visual Object Classes Challenge 2012。
    """
    images, labels = zip(*_read_split(train), strict=True)
    return list(images), [label.long() for label in labels]


def crop_together(image: torch.Tensor, label: torch.Tensor, top: int, left: int,
                  size: tuple[int, int]) -> Pair:  # fmt: skip
    """从图与标签（各是 (…, 高, 宽)）的同一处裁下 ``size``（高, 宽）那么大的一块。"""
    rows, columns = slice(top, top + size[0]), slice(left, left + size[1])
    return image[..., rows, columns], label[..., rows, columns]


class _Crops:
    """由一批下标取出图与标签，裁好、摞好、变成浮点数。"""

    def __init__(self, pairs: Sequence[Pair], size: tuple[int, int], *, random: bool) -> None:
        self.pairs, self.size, self.random = pairs, size, random

    def __call__(self, index: torch.Tensor) -> Pair:
        crops = [self._crop(*self.pairs[i]) for i in index.tolist()]
        images, labels = (torch.stack(part) for part in zip(*crops, strict=True))
        return images.to(index.device).float().div_(255), labels.to(index.device).long()

    def _crop(self, image: torch.Tensor, label: torch.Tensor) -> Pair:
        spare = [have - want for have, want in zip(label.shape, self.size, strict=True)]
        if self.random:
            top, left = (int(torch.randint(n + 1, ())) for n in spare)
        else:
            top, left = (n // 2 for n in spare)
        return crop_together(image, label, top, left, self.size)


def load_voc(batch_size: int, crop_size: int | tuple[int, int]) -> tuple[Batches, Batches]:
    """返回 VOC2012 的训练与验证迭代器；图与标签一起裁，不缩放。

    训练时每次随机裁一处，验证时裁正中。比裁剪尺寸小的图丢掉，丢了几张打印出来。
    数据以 uint8 放在内存里，取出一批时才裁剪、变成浮点数。

    参数:
        batch_size: 批量大小。
        crop_size: 裁剪的边长或 (高, 宽)，像素。

    返回:
        训练与验证的 :class:`Batches`；每批是 float32 的图像 (批量, 3, 高, 宽)，
        取值在 0 与 1 之间，与 int64 的标签 (批量, 高, 宽)，见 :func:`voc_images`。

    异常:
        ValueError: 裁剪尺寸不是正整数，比所有的图都大，或批量大小不对。
        DataError: 数据取不到或读不了。
    """
    size = checked_crop(crop_size)
    loaders = []
    for train, name in ((True, "训练集"), (False, "验证集")):
        pairs = _large_enough(_read_split(train), size, name)
        crops = _Crops(pairs, size, random=train)
        index = torch.arange(len(pairs))
        loaders.append(Batches((index,), batch_size, shuffle=train, transform=crops))
    return tuple(loaders)


def _large_enough(pairs: list[Pair], size: tuple[int, int], name: str) -> list[Pair]:
    """留下裁得出 ``size`` 的图。"""
    kept = [p for p in pairs if p[1].shape[0] >= size[0] and p[1].shape[1] >= size[1]]
    if not kept:
        sizes = sorted({tuple(label.shape) for _, label in pairs}, key=lambda s: s[0] * s[1])
        raise ValueError(
            f"{name}里没有一张图裁得出 {size}（高, 宽），最大的是 {sizes[-1]}；"
            "请把 crop_size 改小。"
        )
    if len(kept) < len(pairs):
        print(f"{name}：{len(pairs)} 张里有 {len(pairs) - len(kept)} 张裁不出 {size}，丢掉。")
    return kept


def checked_crop(crop_size: int | Sequence[int]) -> tuple[int, int]:
    """裁剪的尺寸：边长或 (高, 宽)，核对过，变成 (高, 宽)。

    异常:
        ValueError: 不是正整数，或者不是一个、两个。
    """
    size = tuple(crop_size) if isinstance(crop_size, list | tuple) else (crop_size, crop_size)
    if len(size) != 2 or any(type(side) is not int or side < 1 for side in size):
        raise ValueError(f"crop_size 应当是正整数的边长或 (高, 宽)，收到的是 {crop_size!r}。")
    return size
