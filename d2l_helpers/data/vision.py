"""图像数据：读 IDX 文件，把整个数据集放进一个 uint8 张量，按批变成浮点数。"""

from __future__ import annotations

import gzip
import math
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import BinaryIO

import torch
from torch.nn import functional as F

from d2l_helpers.data.batches import Batches
from d2l_helpers.data.hub import DataError, dataset_root

LABELS = (
    "t-shirt", "trouser", "pullover", "dress", "coat",
    "sandal", "shirt", "sneaker", "bag", "ankle boot",
)  # fmt: skip
SIDE = 28  # 图像的边长，像素
CHUNK = 1 << 20  # 一次读入的字节数
GZIP_RATIO = 1100  # gzip 至多压缩到约 1/1032


def read_idx(path: Path) -> torch.Tensor:
    """读一个元素为 uint8 的 IDX 文件（MNIST 一族的格式），可以是 gzip 压缩的。

    文件头是四个字节 ``0, 0, 元素类型, 维数``，再是每一维的大小（四字节，大端），然后是数据。
    数据直接读进张量的内存，不另存一份。

    参数:
        path: 文件；名字以 ``.gz`` 结尾的边读边解压。

    返回:
        uint8 张量，形状由文件头给出。

    异常:
        DataError: 文件打不开、不是这种格式、不完整，或末尾有多余的字节；消息里有文件名。
    """
    path = Path(path)
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            data = torch.empty(_read_shape(file, path), dtype=torch.uint8)
            _fill(data, file, path)
    except FileNotFoundError as error:
        raise DataError(f"没有文件 {path}；请检查数据集的文件夹，或重新下载。") from error
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(f"{path} 解压失败（{error}）；请删去这个文件，重新下载。") from error
    return data


def _read_shape(file: BinaryIO, path: Path) -> tuple[int, ...]:
    magic = file.read(4)
    if len(magic) < 4 or magic[:2] != b"\0\0":
        raise DataError(f"{path} 不是 IDX 文件：开头应当是两个零字节，实际是 {magic!r}。")
    kind, ndim = magic[2], magic[3]
    if kind != 0x08:
        raise DataError(f"{path} 的元素类型是 0x{kind:02x}，这里只读 uint8（0x08）。")
    sizes = file.read(4 * ndim)
    if ndim == 0 or len(sizes) < 4 * ndim:
        raise DataError(f"{path} 的文件头不完整：{ndim} 维，却只有 {len(sizes)} 字节的大小。")
    shape = tuple(int.from_bytes(sizes[i : i + 4], "big") for i in range(0, 4 * ndim, 4))
    limit = path.stat().st_size * (GZIP_RATIO if path.suffix == ".gz" else 1)
    if math.prod(shape) > limit:  # 先核对再申请内存：坏的文件头会要走几百 GB
        raise DataError(
            f"{path} 不完整：文件头说形状是 {shape}，文件却只有 {path.stat().st_size} 字节；"
            "请重新下载。"
        )
    return shape


def _fill(data: torch.Tensor, file: BinaryIO, path: Path) -> None:
    """把文件余下的内容逐块读进 ``data``；多一个字节或少一个字节都是错。"""
    memory, done = memoryview(data.reshape(-1).numpy()), 0
    while chunk := file.read(CHUNK):
        if done + len(chunk) > len(memory):
            raise DataError(f"{path} 比文件头说的长（应有 {len(memory)} 字节数据）；请重新下载。")
        memory[done : done + len(chunk)] = chunk
        done += len(chunk)
    if done < len(memory):
        raise DataError(
            f"{path} 不完整：文件头说有 {len(memory)} 字节数据，只读到 {done} 字节；请重新下载。"
        )


def _find(folder: Path, name: str) -> Path:
    """解压好的文件优先，其次是下载来的 ``.gz``。"""
    packed = folder / f"{name}.gz"
    return packed if packed.exists() and not (folder / name).exists() else folder / name


def fashion_mnist_arrays(train: bool) -> tuple[torch.Tensor, torch.Tensor]:
    """返回 Fashion-MNIST 的全部图像与标签。

    参数:
        train: 真为训练集，假为测试集。

    返回:
        图像，uint8，形状 (样本, 28, 28)；标签，int64，形状 (样本,)，取值 0–9。

    异常:
        DataError: 文件缺失、损坏，或形状与取值不对。

    出处:
        原始数据：Xiao、Rasul 与 Vollgraf，arXiv:1708.07747；文件格式：MNIST 主页的 IDX。
    """
    folder = dataset_root("fashion_mnist") / "FashionMNIST" / "raw"
    prefix = "train" if train else "t10k"
    image_file = _find(folder, f"{prefix}-images-idx3-ubyte")
    label_file = _find(folder, f"{prefix}-labels-idx1-ubyte")
    images, labels = read_idx(image_file), read_idx(label_file)
    if images.ndim != 3 or images.shape[1:] != (SIDE, SIDE) or len(images) == 0:
        raise DataError(
            f"{image_file} 的形状是 {tuple(images.shape)}，应当是 (样本, {SIDE}, {SIDE})。"
        )
    if labels.shape != images.shape[:1]:
        raise DataError(
            f"{label_file} 的形状是 {tuple(labels.shape)}，图像有 {len(images)} 张，应当相等。"
        )
    if labels.max() >= len(LABELS):
        raise DataError(
            f"{label_file} 里有标签 {labels.max()}，应当在 0 与 {len(LABELS) - 1} 之间。"
        )
    return images, labels.long()


def fashion_mnist_labels(indices: Iterable[int | torch.Tensor]) -> list[str]:
    """返回各类别的英文名，供图中使用。

    参数:
        indices: 类别编号，0–9；可以是整数的序列，也可以是一维张量。

    返回:
        英文名的列表，与 ``indices`` 等长。

    异常:
        ValueError: 编号超出范围；消息里有那个值。
    """
    names = []
    for index in (int(i) for i in indices):
        if not 0 <= index < len(LABELS):
            raise ValueError(f"类别编号应当在 0 与 {len(LABELS) - 1} 之间，收到的是 {index}。")
        names.append(LABELS[index])
    return names


def load_fashion_mnist(
    batch_size: int,
    *,
    resize: int | tuple[int, int] | None = None,
    standardize: bool = False,
) -> tuple[Batches, Batches]:
    """返回 Fashion-MNIST 的训练与测试迭代器；训练集每轮重新打乱。

    数据以 uint8 放在内存里，取出一批时才变成浮点数、改变大小、标准化。

    参数:
        batch_size: 批量大小。
        resize: 把图像放大或缩小到这么大（像素）：边长，或 (高, 宽)；缺省不变。
        standardize: 是否减去训练集像素的平均值、除以标准差。

    返回:
        训练与测试的 :class:`Batches`；每批是 float32 的图像 (批量, 1, 高, 宽)，
        不标准化时取值在 0 与 1 之间，与 int64 的标签 (批量,)。

    异常:
        ValueError: 大小不是正整数，或批量大小不对。
        DataError: 数据取不到或读不了。
    """
    size = _checked_resize(resize)
    (X, y), (X_test, y_test) = fashion_mnist_arrays(train=True), fashion_mnist_arrays(train=False)
    mean, std = _pixel_statistics(X) if standardize else (0.0, 1.0)
    transform = _to_float(size, mean, std)
    return (
        Batches((X.unsqueeze(1), y), batch_size, shuffle=True, transform=transform),
        Batches((X_test.unsqueeze(1), y_test), batch_size, transform=transform),
    )


def _checked_resize(resize: int | tuple[int, int] | None) -> tuple[int, int] | None:
    if resize is None:
        return None
    size = tuple(resize) if isinstance(resize, list | tuple) else (resize, resize)
    if len(size) != 2 or any(type(side) is not int or side < 1 for side in size):
        raise ValueError(f"resize 应当是正整数的边长或 (高, 宽)，收到的是 {resize!r}。")
    return size


def _pixel_statistics(images: torch.Tensor) -> tuple[float, float]:
    """像素（缩放到 0–1）的平均值与标准差，由 256 个灰度各有多少算出，不必先变成浮点数。"""
    counts = torch.stack([im.reshape(-1).bincount(minlength=256) for im in images.split(4096)])
    weights = counts.sum(0).double() / images.numel()  # (256,)
    levels = torch.arange(256, dtype=torch.float64) / 255
    mean = float(weights @ levels)
    return mean, math.sqrt(float(weights @ (levels - mean) ** 2))


def _to_float(
    size: tuple[int, int] | None, mean: float, std: float
) -> Callable[[torch.Tensor, torch.Tensor], tuple[torch.Tensor, torch.Tensor]]:
    """返回对一批图像 (批量, 1, 28, 28) 的变换：uint8 → [0, 1] → 标准化 → 改变大小。"""
    scale, shift = 1 / (255 * std), mean / std  # (像素/255 − mean)/std = 像素·scale − shift

    def transform(images: torch.Tensor, labels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        X = images.float().mul_(scale)  # (批量, 1, 28, 28)，原地乘省一份内存
        if shift:
            X.sub_(shift)
        if size is not None:
            X = F.interpolate(X, size=size, mode="bilinear", antialias=True)  # (批量, 1, 高, 宽)
        return X, labels

    return transform
