"""公开的 ``d2l`` 包（0.17）里读数据的名字：下载交给数据中心，迭代器是 ``DataLoader``。"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch.nn import functional as F
from torch.utils import data

import d2l_helpers as ours
from d2l_helpers.data.hub import RemoteFile, Source, dataset_root, extract
from d2l_helpers.data.hub.catalogue import SOURCES
from d2l_helpers.data.hub.storage import matches
from d2l_helpers.oldnames import near

# ---- 下载 -----------------------------------------------------------------------------------
DATA_URL = "http://d2l-data.s3-accelerate.amazonaws.com/"
_PUBLIC = os.path.join("..", "data")  # noqa: PTH118  那个包的默认文件夹，写法也照旧
_KEYS = {  # 那里的名字 → 本书的数据集
    "kaggle_house_train": "house_prices", "kaggle_house_test": "house_prices",
    "time_machine": "time_machine", "fra-eng": "fra-eng", "airfoil": "airfoil",
    "hotdog": "hotdog", "banana-detection": "banana-detection", "voc2012": "voc2012",
    "cifar10_tiny": "cifar10_tiny", "dog_tiny": "dog_breeds_tiny", "ptb": "ptb",
    "glove.6b.50d": "glove.6b.50d", "glove.6b.100d": "glove.6b.100d", "wiki.en": "wiki.en",
    "wikitext-2": "wikitext-2", "aclImdb": "imdb", "SNLI": "snli",
}  # fmt: skip
_ELSEWHERE = {  # 不在 DATA_URL 上的
    "wikitext-2": "https://s3.amazonaws.com/research.metamind.io/wikitext/",
    "aclImdb": "http://ai.stanford.edu/~amaas/data/sentiment/",
    "SNLI": "https://nlp.stanford.edu/projects/snli/",
}


def _entry(key: str, source: Source) -> tuple[str, str]:
    file = source.files[1 if key == "kaggle_house_test" else 0]
    return _ELSEWHERE.get(key, DATA_URL) + file.filename, file.digest.removeprefix("sha1:")


DATA_HUB: dict[str, tuple[str, str]] = {k: _entry(k, SOURCES[v]) for k, v in _KEYS.items()} | {
    "glove.42b.300d": (
        DATA_URL + "glove.42B.300d.zip",
        "b5116e234e9eb9076672cfeabf5469f3eec904fa",
    ),
    "pokemon": (DATA_URL + "pokemon.zip", "c065c0e2593b8b161a2d7873e42418bf6a21106c"),
}
_KNOWN: dict[str, tuple[Source, RemoteFile]] = {
    file.digest: (source, file)
    for source in SOURCES.values()
    for file in source.files
    if file.digest is not None
}


def _look_up(name: str, folder: Path) -> tuple[str, str | None, Path]:
    """一项登记的地址、摘要，与它在 ``folder`` 里应当叫的名字。"""
    if name not in DATA_HUB:
        close = near(name, DATA_HUB)
        hint = f"是不是想写 {'、'.join(close)}？" if close else ""
        raise ValueError(f"DATA_HUB 里没有 {name!r}；{hint}登记过的有 {'、'.join(DATA_HUB)}。")
    url, sha1 = DATA_HUB[name]
    return url, f"sha1:{sha1}" if sha1 else None, folder / url.split("/")[-1]


def _by_address(url: str, sha1: str | None, folder: Path) -> tuple[str, str | None, Path]:
    """与 ``_look_up`` 相同，只是给的是地址；登记过的文件认得出来。"""
    registered = {known.split("://")[1]: digest for known, digest in DATA_HUB.values()}
    theirs = registered.get(url.split("://", 1)[1])  # http 与 https 都是它
    if sha1 and theirs and sha1 != theirs:
        raise ValueError(f"{url} 登记的 sha1 是 {theirs}，sha1_hash 却是 {sha1}；请核对。")
    sha1 = sha1 or theirs
    return url, f"sha1:{sha1}" if sha1 else None, folder / url.partition("?")[0].split("/")[-1]


def _intact(path: Path, digest: str | None) -> bool:
    return digest is not None and path.is_file() and matches(path, digest)


def download(
    name: str, cache_dir: str | os.PathLike = _PUBLIC, sha1_hash: str | None = None
) -> str:
    """返回 ``DATA_HUB`` 里登记的文件的路径，需要时下载。

    ``cache_dir`` 里已有完整的文件就用它。书里也用的数据集放在本书的缓存里（连不上网时，
    有替身的给替身）；其余的下载到 ``cache_dir``。1.0 版的写法 ``download(地址, 文件夹, sha1)``
    也认：登记过的地址照登记的办，没有登记的照 ``sha1_hash`` 核对。

    异常:
        ValueError: 没有登记这个名字；地址登记过，而 ``sha1_hash`` 与登记的不同。
        DataError: 取不到，又没有替身。
    """
    if "://" in name:
        url, digest, path = _by_address(name, sha1_hash, Path(cache_dir))
    elif sha1_hash is not None:
        raise ValueError(f"{name!r} 的 sha1 由 DATA_HUB 登记；给 sha1_hash 时，请写地址。")
    else:
        url, digest, path = _look_up(name, Path(cache_dir))
    if _intact(path, digest):
        return str(path)
    source, file = _KNOWN.get(digest, (None, None))
    if source is None:
        return str(ours.download(url, cache_dir, digest))
    if file.archive:
        return str(ours.download(source.name, None if str(cache_dir) == _PUBLIC else cache_dir))
    found = dataset_root(source.name) / file.filename
    if str(cache_dir) == _PUBLIC or ours.data_source(source.name) == "standin":
        return str(found)
    path.parent.mkdir(parents=True, exist_ok=True)
    return str(shutil.copy(found, path))


def download_extract(name: str, folder: str | None = None) -> str:
    """下载并解压，返回解出的文件夹，或其中的 ``folder``。

    异常:
        ValueError: 没有登记这个名字。
        DataError: 取不到又没有替身，或者不是压缩包。
    """
    _, digest, path = _look_up(name, Path(_PUBLIC))
    source, file = _KNOWN.get(digest, (None, None))
    if source is not None and file.archive and not _intact(path, digest):
        inside = os.path.relpath(folder or source.root, source.root)
        return os.path.normpath(dataset_root(source.name) / inside)
    archive = Path(download(name))
    stem = archive.name.removesuffix(".gz").removesuffix(".tar").removesuffix(".zip")
    target = extract(archive, archive.parent / f"{stem}-extracted")
    inner = target / (folder or stem)
    return str(inner if folder or inner.is_dir() else target)


def download_all() -> None:
    """下载 ``DATA_HUB`` 里登记的全部文件。"""
    for name in DATA_HUB:
        download(name)


# ---- 迭代器 ---------------------------------------------------------------------------------
TRAIN_SIZE, TEST_SIZE = 60_000, 10_000  # 原始的 Fashion-MNIST 的张数


class _Rows(Sequence):
    """一批样本：整块的几列张量；按下标取则是一个个样本。"""

    def __init__(self, columns: Iterable[torch.Tensor]) -> None:
        self.columns = list(columns)

    def __len__(self) -> int:
        return len(self.columns[0])

    def __getitem__(self, i: int) -> tuple[torch.Tensor, ...]:
        if not -len(self) <= i < len(self):
            raise IndexError(f"这一批只有 {len(self)} 个样本，没有第 {i} 个。")
        return tuple(column[i] for column in self.columns)


def _columns(rows: _Rows) -> list[torch.Tensor]:
    return rows.columns


class _Arrays(data.TensorDataset):
    """内存里的张量；``DataLoader`` 用 ``__getitems__`` 一次取一整批。"""

    def __getitems__(self, indices: list[int]) -> _Rows:
        index = torch.tensor(indices)
        return _Rows(tensor[index.to(tensor.device)] for tensor in self.tensors)


def as_many_as_the_original(
    images: torch.Tensor, labels: torch.Tensor, train: bool
) -> tuple[torch.Tensor, torch.Tensor]:
    """Fashion-MNIST 的替身张数少，从头再来地补足到六万与一万张；真实的原样返回。

    参数:
        images: (张数, 28, 28)。
        labels: (张数,)。
        train: 真为训练集，假为测试集。
    """
    if ours.data_source("fashion_mnist") != "standin":
        return images, labels
    again = torch.arange(TRAIN_SIZE if train else TEST_SIZE) % len(images)
    return images[again], labels[again]


class FashionMNIST(data.Dataset):
    """内存里的 Fashion-MNIST；属性 ``data``、``targets``、``transform`` 等与 torchvision 的同名。

    替身张数少，就从头再来地补足到原始数据的六万与一万张（同样的图，每轮换一种次序遇见几次）：
    一轮有多少步、``len(train_iter)``、学习率与轮数的配合，都与那门课相同。

    参数:
        train: 真为训练集，假为测试集。
        resize: 图像的边长，或 (高, 宽)；``None`` 不变。
    """

    def __init__(self, train: bool, resize: int | Sequence[int] | None) -> None:
        images, labels = ours.fashion_mnist_arrays(train)
        self.data, self.targets = as_many_as_the_original(images, labels, train)
        self.classes = ours.fashion_mnist_labels(range(10))
        self.class_to_idx = {name: i for i, name in enumerate(self.classes)}
        self.train, self._size = train, resize
        self.target_transform: Callable[[int], Any] | None = None
        self._transform: Callable[[Any], Any] | None = None
        self._plain: str | None = None  # 变换原来的样子；还是这样就整批计算

    @property
    def transform(self) -> Callable[[Any], Any] | None:
        """每张图（PIL 图像）经过的变换；可以改，也可以换掉。"""
        if self._plain is None:
            from torchvision import transforms  # 要一两秒，用到时才导入

            resize = [transforms.Resize(self._size)] if self._size else []
            self._transform = transforms.Compose([*resize, transforms.ToTensor()])
            self._plain = repr(self._transform)
        return self._transform

    @transform.setter
    def transform(self, value: Callable[[Any], Any] | None) -> None:
        self._transform, self._plain = value, self._plain or ""

    def __len__(self) -> int:
        return len(self.data)

    def __getitem__(self, i: int) -> tuple[torch.Tensor, int]:
        if self._changed():
            return self._one(i)
        X, y = self._batch([i])[0]
        return X, int(y)

    def __getitems__(self, indices: list[int]) -> _Rows:
        if self._changed():
            return _Rows(data.default_collate([self._one(i) for i in indices]))
        return self._batch(indices)

    def _changed(self) -> bool:
        mine = self._plain is None or repr(self._transform) == self._plain
        return not mine or self.target_transform is not None

    def _one(self, i: int) -> tuple[Any, Any]:
        """一个样本，像 torchvision 那样逐张变换。"""
        X, y = Image.fromarray(self.data[i].numpy()), int(self.targets[i])
        X = self.transform(X) if self.transform is not None else X
        return X, self.target_transform(y) if self.target_transform is not None else y

    def _batch(self, indices: list[int]) -> _Rows:
        index = torch.tensor(indices)
        X = self.data[index].unsqueeze(1) / 255  # (批量, 1, 28, 28)
        if self._size:
            size = (self._size,) * 2 if isinstance(self._size, int) else tuple(self._size)
            X = F.interpolate(X, size=size, mode="bilinear", antialias=True)
        return _Rows((X, self.targets[index]))


def _loader(dataset: data.Dataset, batch_size: int, shuffle: bool) -> data.DataLoader:
    return data.DataLoader(dataset, batch_size, shuffle=shuffle, collate_fn=_columns)


def get_dataloader_workers() -> int:
    """读数据的工作进程数：0，因为数据整个在内存里。"""
    return 0


def load_array(
    data_arrays: Sequence[torch.Tensor], batch_size: int, is_train: bool = True
) -> data.DataLoader:
    """把张量变成数据迭代器，训练时打乱；每一批是列表 ``[X, y, …]``。"""
    return _loader(_Arrays(*data_arrays), batch_size, is_train)


def get_fashion_mnist_labels(labels: Iterable[Any]) -> list[str]:
    """类别编号的英文名。"""
    return ours.fashion_mnist_labels(labels)


def load_data_fashion_mnist(
    batch_size: int, resize: int | Sequence[int] | None = None
) -> tuple[data.DataLoader, data.DataLoader]:
    """返回 Fashion-MNIST 的训练与测试迭代器，图像形状 (批量, 1, 高, 宽)，取值 0–1。"""
    return (
        _loader(FashionMNIST(True, resize), batch_size, True),
        _loader(FashionMNIST(False, resize), batch_size, False),
    )


def synthetic_data(w, b, num_examples: int) -> tuple[torch.Tensor, torch.Tensor]:
    """按 ``y = Xw + b + 噪声`` 造数据；``w`` 是向量或一列。"""
    return ours.synthetic_data(w.reshape(-1), b, num_examples)
