"""公开的 ``d2l`` 包（0.17）里检测、分割与图像竞赛的数据：香蕉、VOC2012、标签文件与分文件夹。

签名、返回的形状与类型照旧，图与文件由本书的读取函数来读。替身画得小，这里放大到那门课的尺寸，
笔记里写死的 256 与 (320, 480) 照样能用；张数不补。
"""

from __future__ import annotations

import math
import shutil
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import torch
from torch.utils import data

import d2l_helpers as ours
from d2l_helpers.compat.datasets import download_extract
from d2l_helpers.data.detection import BANANA
from d2l_helpers.data.folders import image_files
from d2l_helpers.data.hub import DataError
from d2l_helpers.data.pictures import read_picture
from d2l_helpers.data.rows import read_rows
from d2l_helpers.data.segmentation import BORDER_COLOR, checked_crop, crop_together, split_names

BANANA_SIDE = 256  # 原件的边长，像素
VOC_ZOOM = 5  # 替身的长边 96 放大到 480，原件是 500
VOC_COLORMAP = [list(color) for color in ours.VOC_COLORS]
VOC_CLASSES = [
    {"pottedplant": "potted plant", "tvmonitor": "tv/monitor"}.get(name, name)
    for name in ours.VOC_CLASSES
]
MEAN = torch.tensor([0.485, 0.456, 0.406]).reshape(3, 1, 1)  # ImageNet 的，像素在 0 与 1 之间
STD = torch.tensor([0.229, 0.224, 0.225]).reshape(3, 1, 1)
UNKNOWN = -1


def _enlarged(images: torch.Tensor, times: int) -> torch.Tensor:
    """(…, 高, 宽) 的每个像素重复成 ``times`` × ``times`` 个：不造新的颜色。"""
    return images.repeat_interleave(times, dim=-1).repeat_interleave(times, dim=-2)


# ---- 香蕉检测 -------------------------------------------------------------------------------
def read_data_bananas(is_train: bool = True) -> tuple[list[torch.Tensor], torch.Tensor]:
    """返回图像的列表，各是 uint8 的 (3, 256, 256)，与标签 (样本, 1, 5)：类别 0 与归一化的四角。

    与那个包不同：四角除以图的宽、高，而不是写死的 256；写反的、伸出图外的框报错。替身画成 64×64，
    这里放大到 256×256。

    异常:
        DataError: 取不到或读不了数据。
    """
    images, labels = ours.bananas(is_train)
    labels[..., 0] -= BANANA  # 那里从 0 起，本书从 1 起
    if ours.data_source("banana-detection") == "standin":
        images = _enlarged(images, BANANA_SIDE // images.shape[-1])
    return list(images), labels


class BananasDataset(data.Dataset):
    """香蕉检测；每项是 float32 的图 (3, 256, 256)，取值 0–255，与标签 (1, 5)。

    像素没有除以 255，与那个包相同：旧笔记画图时自己除，训练与预测都不除。

    参数:
        is_train: 真为训练集，假为验证集。
    """

    def __init__(self, is_train: bool) -> None:
        self.features, self.labels = read_data_bananas(is_train)
        print(f"read {len(self)} {'training' if is_train else 'validation'} examples")

    def __getitem__(self, idx: int) -> tuple[torch.Tensor, torch.Tensor]:
        return self.features[idx].float(), self.labels[idx]

    def __len__(self) -> int:
        return len(self.features)


def load_data_bananas(batch_size: int) -> tuple[data.DataLoader, data.DataLoader]:
    """返回香蕉检测的训练与验证迭代器，图 (批量, 3, 256, 256)、标签 (批量, 1, 5)。"""
    return (
        data.DataLoader(BananasDataset(is_train=True), batch_size, shuffle=True),
        data.DataLoader(BananasDataset(is_train=False), batch_size),
    )


# ---- VOC2012 语义分割 -----------------------------------------------------------------------
def read_voc_images(
    voc_dir: str | Path, is_train: bool = True
) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
    """返回全部图像与标签图，都是 uint8 的 (3, 高, 宽)，标签是颜色；一对图一样大。

    替身的长边是 96，这里每个像素重复成 5×5 个，所以 320×480 也裁得出。

    异常:
        DataError: 名单或图缺失、解不开，图与标签大小不同；消息里有路径。
    """
    root = Path(voc_dir)
    times = VOC_ZOOM if (root / "STAND-IN.txt").is_file() else 1
    features, labels = [], []
    for name in split_names(root, is_train):
        image = read_picture(root / "JPEGImages" / f"{name}.jpg")
        label = read_picture(root / "SegmentationClass" / f"{name}.png")
        if image.shape != label.shape:
            sizes = f"{tuple(image.shape[1:])} 与 {tuple(label.shape[1:])}"
            raise DataError(f"{root} 里 {name} 的图与标签一个大小才对，现在是 {sizes}（高, 宽）。")
        features.append(_enlarged(image, times))
        labels.append(_enlarged(label, times))
    return features, labels


def voc_colormap2label() -> torch.Tensor:
    """颜色 → 类别的表，int64，长 256³：下标是 (红 × 256 + 绿) × 256 + 蓝。

    物体边缘的颜色是 0（背景），与那个包相同；要在损失里略去边缘，用 ``d2l_helpers.load_voc``。
    与那个包不同：VOC 没有的颜色是 −1，不冒充背景。
    """
    table = torch.full((256**3,), UNKNOWN)
    for i, color in enumerate([*VOC_COLORMAP, BORDER_COLOR]):
        table[(color[0] * 256 + color[1]) * 256 + color[2]] = i if i < len(VOC_COLORMAP) else 0
    return table


def voc_label_indices(colormap: torch.Tensor, colormap2label: torch.Tensor) -> torch.Tensor:
    """标签图 (3, 高, 宽) → 各像素的类别，int64 的 (高, 宽)。

    异常:
        ValueError: 形状不对，或者有 VOC 没有的颜色（那个包把它当作背景）。
    """
    if colormap.ndim != 3 or len(colormap) != 3:
        raise ValueError(f"colormap 应当是 (3, 高, 宽)，收到的是 {tuple(colormap.shape)}。")
    red, green, blue = colormap.long()
    indices = colormap2label[(red * 256 + green) * 256 + blue]
    if (unknown := indices == UNKNOWN).any():
        color = colormap[:, unknown][:, 0].tolist()
        raise ValueError(
            f"有 {int(unknown.sum())} 个像素的颜色不是 VOC 的，例如 {color}；"
            "标签图不能存成 JPEG，也不能用平滑的插值缩放。"
        )
    return indices


def voc_rand_crop(
    feature: torch.Tensor, label: torch.Tensor, height: int, width: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """从图与标签（…, 高, 宽）的同一处随机裁下 (height, width)。

    随机数与 ``torchvision.transforms.RandomCrop`` 取得一样，同一个种子裁在同一处。与那个包不同：
    图与标签大小不同、图比要裁的小，说出两边的大小。

    异常:
        ValueError: 大小不同，裁不出，或 ``height``、``width`` 不是正整数。
    """
    return _cut(feature, label, checked_crop((height, width)), random=True)


def _cut(
    feature: torch.Tensor, label: torch.Tensor, size: tuple[int, int], *, random: bool
) -> tuple[torch.Tensor, torch.Tensor]:
    """两张图的同一处；``random`` 为假时是正中。"""
    have = tuple(feature.shape[-2:])
    if tuple(label.shape[-2:]) != have:
        raise ValueError(f"图是 {have}、标签是 {tuple(label.shape[-2:])}（高, 宽），应当一样大。")
    spare = [a - b for a, b in zip(have, size, strict=True)]
    if min(spare) < 0:
        raise ValueError(f"图是 {have}（高, 宽），裁不出 {size}；请把尺寸改小，或略去这张图。")
    if random and any(spare):
        top, left = (int(torch.randint(0, n + 1, (1,))) for n in spare)
    else:
        top, left = (n // 2 for n in spare)
    return crop_together(feature, label, top, left, size)


class VOCSegDataset(data.Dataset):
    """VOC2012 语义分割；每项是规范化的图 (3, 高, 宽) 与类别 (高, 宽)，裁成同样大小。

    与那个包不同，三处：像素先除以 255，再减均值、除以标准差（早些的版本漏了，白色成了 1111）；
    验证集裁正中，每次量出来都一样，那里也随机裁；``features`` 里是没有规范化的 uint8，取出时才算，
    内存是四分之一。

    参数:
        is_train: 真为训练集，假为验证集。
        crop_size: (高, 宽) 或边长；比它小的图丢掉，读到几张打印出来。
        voc_dir: 数据集的文件夹。

    异常:
        ValueError: ``crop_size`` 不对，或者没有一张图裁得出。
        DataError: 见 :func:`read_voc_images`。
    """

    def __init__(self, is_train: bool, crop_size: Sequence[int], voc_dir: str | Path) -> None:
        self.crop_size, self.is_train = checked_crop(crop_size), is_train
        features, labels = read_voc_images(voc_dir, is_train=is_train)
        self.features, self.labels = self.filter(features), self.filter(labels)
        if not self.features:
            largest = max((tuple(image.shape[1:]) for image in features), key=math.prod)
            raise ValueError(
                f"没有一张图裁得出 {self.crop_size}（高, 宽），最大的是 {largest}；请改小。"
            )
        self.colormap2label = voc_colormap2label()
        print(f"read {len(self)} examples")

    def normalize_image(self, img: torch.Tensor) -> torch.Tensor:
        """0–255 的图 (3, 高, 宽) → 除以 255，减均值，除以标准差。"""
        return (img.float() / 255 - MEAN.to(img.device)) / STD.to(img.device)

    def filter(self, imgs: Sequence[torch.Tensor]) -> list[torch.Tensor]:
        """留下裁得出 ``crop_size`` 的图。"""
        height, width = self.crop_size
        return [img for img in imgs if img.shape[1] >= height and img.shape[2] >= width]

    def __getitem__(self, idx: int) -> tuple[torch.Tensor, torch.Tensor]:
        pair = self.features[idx], self.labels[idx]
        feature, label = _cut(*pair, self.crop_size, random=self.is_train)
        return self.normalize_image(feature), voc_label_indices(label, self.colormap2label)

    def __len__(self) -> int:
        return len(self.features)


def load_data_voc(
    batch_size: int, crop_size: Sequence[int]
) -> tuple[data.DataLoader, data.DataLoader]:
    """返回 VOC2012 的训练与验证迭代器，图 (批量, 3, 高, 宽)、类别 (批量, 高, 宽)。

    训练时丢掉不满的最后一批；与那个包不同，验证时不丢，每张图都算数。

    异常:
        ValueError: ``crop_size`` 不对，没有一张图裁得出，或训练的图凑不满一批。
    """
    voc_dir = download_extract("voc2012", "VOCdevkit/VOC2012")
    train, valid = (VOCSegDataset(part, crop_size, voc_dir) for part in (True, False))
    if batch_size > len(train):
        raise ValueError(f"训练集只有 {len(train)} 张图，凑不满一批 {batch_size}；请改小。")
    return (
        data.DataLoader(train, batch_size, shuffle=True, drop_last=True),
        data.DataLoader(valid, batch_size),
    )


# ---- 图像竞赛 -------------------------------------------------------------------------------
def read_csv_labels(fname: str | Path) -> dict[str, str]:
    """读标签文件，返回编号 → 类别；第一行是表头，往后一行两项。

    异常:
        DataError: 没有这个文件，不是两列，有一行的项数不对，或者编号重复；消息里有行号。
    """
    (header, rows), labels = read_rows(Path(fname)), {}
    if len(header) != 2 or header[0] == header[1]:
        raise DataError(f"{fname} 的表头是 {','.join(header)!r}，应当是“编号,类别”两项。")
    for number, row in enumerate(rows, 2):
        key, label = row.values()
        if key in labels:
            raise DataError(f"{fname} 第 {number} 行的编号 {key!r} 前面有过了；编号不能重复。")
        labels[key] = label
    return labels


def copyfile(filename: str | Path, target_dir: str | Path) -> None:
    """把文件复制到文件夹里；文件夹没有就新建。"""
    Path(target_dir).mkdir(parents=True, exist_ok=True)
    shutil.copy(filename, target_dir)


def reorg_train_valid(data_dir: str | Path, labels: dict[str, str], valid_ratio: float) -> int:
    """把 ``train/`` 的图按类别复制进 ``train_valid_test/`` 的 train、valid、train_valid。

    每一类拿同样多张作验证集：最少的一类的 ``valid_ratio``，去掉零头，至少一张；返回这个张数。
    与那个包不同：文件按编号的次序取，分法不随机器变；换了比例再分一次，挪走的图不会两边都有。

    异常:
        DataError: 没有图。
        ValueError: ``valid_ratio`` 不在 0 与 1 之间，或有图没有标签。
    """
    if not 0 < valid_ratio < 1:
        raise ValueError(f"valid_ratio 应当在 0 与 1 之间，收到的是 {valid_ratio}。")
    files, target = image_files(Path(data_dir) / "train"), Path(data_dir) / "train_valid_test"
    if bare := [file.name for file in files if file.stem not in labels]:
        raise ValueError(f"有 {len(bare)} 张图没有标签，例如 {bare[0]}；编号是不带后缀的文件名。")
    each = max(1, math.floor(min(Counter(labels.values()).values()) * valid_ratio))
    taken: Counter[str] = Counter()
    for file in files:
        label = labels[file.stem]
        taken[label] += 1
        here, other = ("valid", "train") if taken[label] <= each else ("train", "valid")
        copyfile(file, target / "train_valid" / label)
        copyfile(file, target / here / label)
        (target / other / label / file.name).unlink(missing_ok=True)
    return each


def reorg_test(data_dir: str | Path) -> None:
    """把 ``test/`` 的图复制进 ``train_valid_test/test/unknown``。

    异常:
        DataError: 没有图。
    """
    target = Path(data_dir) / "train_valid_test" / "test" / "unknown"
    for file in image_files(Path(data_dir) / "test"):
        copyfile(file, target)
