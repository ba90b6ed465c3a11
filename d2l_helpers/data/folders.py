"""文件夹里的图像：一类一个文件夹，整个读进一个 uint8 张量。"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from d2l_helpers.data.batches import Batches
from d2l_helpers.data.hub import DataError, dataset_root
from d2l_helpers.data.pictures import open_picture

if TYPE_CHECKING:
    from PIL import Image

SUFFIXES = (".png", ".jpg", ".jpeg")


def read_images(paths: Iterable[Path], size: int | None = None) -> torch.Tensor:
    """把若干个图像文件读进一个张量。

    参数:
        paths: PNG 或 JPEG 文件，至少一个。
        size: 短边缩放到这么长（像素），再截取正中的正方形；缺省不变，那时各图应当一样大。

    返回:
        RGB，uint8，形状 (张数, 3, 高, 宽)。

    异常:
        DataError: 有一张解不开；没有给 ``size`` 而大小不一；一个文件也没有。
        ValueError: ``size`` 不是正整数。
    """
    if size is not None and (type(size) is not int or size < 1):
        raise ValueError(f"size 应当是正整数的边长（像素），收到的是 {size!r}。")
    paths, arrays = list(paths), []
    for path in paths:
        arrays.append(np.asarray(_squared(open_picture(path).convert("RGB"), size)))
        if arrays[-1].shape != arrays[0].shape:
            (h, w), (h0, w0) = arrays[-1].shape[:2], arrays[0].shape[:2]
            raise DataError(
                f"{path} 是 {w}×{h} 像素，{paths[0].name} 却是 {w0}×{h0}，放不进一个张量；"
                "请用 size=边长 把它们变成一样大。"
            )
    if not arrays:
        raise DataError("一张图也没有，请检查文件夹的位置。")
    stacked = torch.from_numpy(np.stack(arrays))  # (张数, 高, 宽, 3)
    return stacked.permute(0, 3, 1, 2).contiguous()


def _squared(image: Image.Image, size: int | None) -> Image.Image:
    if size is None:
        return image
    from PIL import Image

    width, height = image.size
    short = min(width, height)
    left, top = (width - short) / 2, (height - short) / 2
    box = (left, top, left + short, top + short)
    return image.resize((size, size), Image.Resampling.BICUBIC, box=box)


def image_files(folder: Path) -> list[Path]:
    """一个文件夹里的图像文件：名字短的在前，同样长的按字母，所以 2.png 在 10.png 之前。

    异常:
        DataError: 没有这个文件夹，或者里面没有图像。
    """
    if not folder.is_dir():
        raise DataError(f"没有文件夹 {folder}；请检查位置，或重新取得数据。")
    files = [path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES]
    if not files:
        raise DataError(f"文件夹 {folder} 里没有图像（{'、'.join(SUFFIXES)}）。")
    return sorted(files, key=lambda path: (len(path.stem), path.stem))


def class_folders(
    root: Path | str, *, size: int | None = None
) -> tuple[torch.Tensor, torch.Tensor, list[str]]:
    """读“一类一个文件夹”的图像：``root/类别/任意名字.png``。

    类别的编号照文件夹名字的次序，从 0 起；以点开头的文件夹不算。

    参数:
        root: 装着各类文件夹的文件夹。
        size: 见 :func:`read_images`；各图大小不一时要给。

    返回:
        图像，uint8，形状 (张数, 3, 高, 宽)，同类的相连；标签，int64，形状 (张数,)；各类的名字。

    异常:
        DataError: 没有类别文件夹、有一类是空的、有一张解不开，或大小不一；消息里有路径。
        ValueError: ``size`` 不是正整数。
    """
    root = Path(root)
    if not root.is_dir():
        raise DataError(f"没有文件夹 {root}；请检查位置，或重新取得数据。")
    folders = sorted(p for p in root.iterdir() if p.is_dir() and not p.name.startswith("."))
    if not folders:
        raise DataError(f"{root} 里没有子文件夹；应当一类一个文件夹，文件夹的名字就是类别。")
    files = [image_files(folder) for folder in folders]
    images = read_images((path for group in files for path in group), size)
    counts = torch.tensor([len(group) for group in files])
    labels = torch.arange(len(folders)).repeat_interleave(counts)  # (张数,)
    return images, labels, [folder.name for folder in folders]


def load_hotdog(batch_size: int, *, size: int = 64) -> tuple[Batches, Batches]:
    """返回热狗数据集的训练与测试迭代器；训练集每轮重新打乱。

    类别 0 是热狗（hotdog），1 不是（not-hotdog）。

    参数:
        batch_size: 批量大小。
        size: 图像的边长，像素；替身画成 64×64。

    返回:
        训练与测试的 :class:`Batches`；每批是 float32 的图像 (批量, 3, size, size)，
        已换算成 (x/255 − 0.5)/0.5，与 int64 的标签 (批量,)。

    异常:
        DataError: 数据取不到或读不了。
        ValueError: ``size`` 或批量大小不对。
    """
    root = dataset_root("hotdog")
    (X, y, _), (X_test, y_test, _) = (
        class_folders(root / part, size=size) for part in ("train", "test")
    )
    return (
        Batches((X, y), batch_size, shuffle=True, transform=_centred),
        Batches((X_test, y_test), batch_size, transform=_centred),
    )


def _centred(images: torch.Tensor, labels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """像素由 0–255 换算到 −1 与 1 之间。"""
    return images.float().div_(127.5).sub_(1), labels
