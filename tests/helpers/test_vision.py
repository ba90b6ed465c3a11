"""图像与表格的读取：格式、取值、变换，以及每一种坏文件的消息。"""

import gzip
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
import torch
import torchvision
from torchvision.transforms.v2 import functional

import d2l_helpers as d2l
from d2l_helpers.data import vision
from d2l_helpers.data.hub import DataError
from d2l_helpers.data.vision import read_idx

HEADER = bytes([0, 0, 8, 3]) + b"".join(n.to_bytes(4, "big") for n in (2, 3, 4))
PIXELS = bytes(range(24))


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


@pytest.mark.parametrize("name", ["a-ubyte", "a-ubyte.gz"])
def test_read_idx(tmp_path: Path, name: str) -> None:
    data = read_idx(write(tmp_path / name, HEADER + PIXELS))
    assert data.dtype == torch.uint8
    assert data.tolist() == torch.arange(24).reshape(2, 3, 4).tolist()


@pytest.mark.parametrize("name", ["a-ubyte", "a-ubyte.gz"])
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "不是 IDX"),
        (b"\x89PNG" + HEADER + PIXELS, "不是 IDX.*PNG"),
        (bytes([0, 0, 13, 3]) + HEADER[4:] + PIXELS, "0x0d"),
        (HEADER[:9], "文件头不完整"),
        (bytes([0, 0, 8, 0]), "文件头不完整"),
        (HEADER + PIXELS[:-1], "不完整.*24.*23"),
        (HEADER + PIXELS + b"x", "比文件头说的长.*24"),
        (HEADER[:4] + b"\x7f" * 12, "不完整.*2139062143"),
    ],
)
def test_broken_idx_names_the_file(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    path = write(tmp_path / name, content)
    with pytest.raises(DataError, match=words) as caught:
        read_idx(path)
    assert str(path) in str(caught.value)


def test_broken_gzip_and_missing_file(tmp_path: Path) -> None:
    whole = gzip.compress(HEADER + bytes(10**5))
    for content in (whole[:-20], b"not gzip at all", whole[:30] + b"\xff" * 9 + whole[39:]):
        path = tmp_path / "broken.gz"
        path.write_bytes(content)
        with pytest.raises(DataError, match=r"broken\.gz"):
            read_idx(path)
    with pytest.raises(DataError, match=r"没有文件.*none-ubyte"):
        read_idx(tmp_path / "none-ubyte")


@pytest.mark.skipif(sys.platform != "linux", reason="峰值内存取自 /proc")
def test_reading_needs_no_second_copy(tmp_path: Path) -> None:
    """在子进程里读 60000 张图，内存的峰值不超过数组的 1.3 倍。"""
    n = 60_000 * 784
    path = tmp_path / "big-ubyte"
    with path.open("wb") as file:
        file.write(bytes([0, 0, 8, 3]) + b"".join(i.to_bytes(4, "big") for i in (60_000, 28, 28)))
        file.truncate(16 + n)
    code = (
        "import re, sys; from pathlib import Path; from d2l_helpers.data.vision import read_idx\n"
        "def peak():\n"
        "    status = Path('/proc/self/status').read_text()\n"
        "    return int(re.search(r'VmHWM:\\s+(\\d+) kB', status)[1]) * 1024\n"
        "before = peak(); data = read_idx(sys.argv[1]); print(peak() - before)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, path], capture_output=True, text=True, check=True
    )
    assert 0.9 < int(run.stdout) / n <= 1.3


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """造一个小小的、可以弄坏的 Fashion-MNIST。"""
    raw = tmp_path / "FashionMNIST" / "raw"
    raw.mkdir(parents=True)
    monkeypatch.setattr(vision, "dataset_root", lambda name: tmp_path)

    def make(images: torch.Tensor, labels: torch.Tensor, suffix: str = "") -> None:
        for prefix in ("train", "t10k"):
            for name, data in (("images-idx3", images), ("labels-idx1", labels)):
                sizes = b"".join(n.to_bytes(4, "big") for n in data.shape)
                content = bytes([0, 0, 8, data.ndim]) + sizes + data.numpy().tobytes()
                write(raw / f"{prefix}-{name}-ubyte{suffix}", content)

    return make


def test_packed_files_are_read_as_downloaded(small: Callable[..., None]) -> None:
    images = torch.randint(0, 256, (20, 28, 28), dtype=torch.uint8)
    labels = torch.arange(20, dtype=torch.uint8) % 10
    small(images, labels, ".gz")
    X, y = d2l.fashion_mnist_arrays(train=False)
    assert torch.equal(X, images)
    assert torch.equal(y, labels.long())
    small(255 - images, labels)  # 解压好的优先
    assert torch.equal(d2l.fashion_mnist_arrays(train=False)[0], 255 - images)


@pytest.mark.parametrize(
    ("shape", "labels", "words"),
    [
        ((5, 28, 27), [0] * 5, r"images.*\(5, 28, 27\)"),
        ((5, 784), [0] * 5, r"images.*\(5, 784\)"),
        ((0, 28, 28), [], r"images.*\(0, 28, 28\)"),
        ((5, 28, 28), [0] * 4, r"labels.*\(4,\).*5"),
        ((5, 28, 28), [0, 1, 2, 3, 10], "labels.*10"),
    ],
)
def test_wrong_arrays(
    small: Callable[..., None], shape: tuple[int, ...], labels: list[int], words: str
) -> None:
    small(torch.zeros(shape, dtype=torch.uint8), torch.tensor(labels, dtype=torch.uint8))
    with pytest.raises(DataError, match=words):
        d2l.fashion_mnist_arrays(train=True)


def test_label_names_follow_the_original_numbering() -> None:
    original = torchvision.datasets.FashionMNIST.classes
    ours = d2l.fashion_mnist_labels(range(10))
    assert [name.split("/")[0].lower() for name in original] == ours
    assert d2l.fashion_mnist_labels(torch.tensor([9, 0])) == ["ankle boot", "t-shirt"]
    assert d2l.fashion_mnist_labels([]) == []
    for bad in (10, -1):
        with pytest.raises(ValueError, match=f"收到的是 {bad}。"):
            d2l.fashion_mnist_labels([3, bad])


def test_load_fashion_mnist(standin_cache: None) -> None:
    train, test = d2l.load_fashion_mnist(256)
    X, y = next(iter(test))
    assert (X.shape, X.dtype, y.dtype) == ((256, 1, 28, 28), torch.float32, torch.int64)
    images, labels = d2l.fashion_mnist_arrays(train=False)
    torch.testing.assert_close(X[:, 0], images[:256] / 255)
    assert X.max() <= 1.0
    assert torch.equal(y, labels[:256])
    assert (train.shuffle, test.shuffle) == (True, False)
    assert train.num_samples > test.num_samples == len(images)


@pytest.mark.parametrize(
    ("resize", "shape"), [(32, (32, 32)), (14, (14, 14)), ((40, 20), (40, 20))]
)
def test_resize(standin_cache: None, resize: int | tuple, shape: tuple) -> None:
    _, test = d2l.load_fashion_mnist(8, resize=resize)
    X, _ = next(iter(test))
    assert X.shape == (8, 1, *shape)
    images = d2l.fashion_mnist_arrays(train=False)[0][:8, None] / 255
    reference = functional.resize(images, list(shape), antialias=True)
    torch.testing.assert_close(X, reference)


@pytest.mark.parametrize("resize", [0, -1, 2.5, True, (28,), (28, 0), "28"])
def test_bad_resize(standin_cache: None, resize: object) -> None:
    with pytest.raises(ValueError, match="resize 应当是正整数"):
        d2l.load_fashion_mnist(8, resize=resize)


def test_standardize_by_the_training_set(standin_cache: None) -> None:
    train, test = d2l.load_fashion_mnist(512, standardize=True)
    X = torch.cat([X for X, _ in train])
    assert X.mean().item() == pytest.approx(0, abs=1e-4)
    assert X.std().item() == pytest.approx(1, abs=1e-4)
    pixels = d2l.fashion_mnist_arrays(train=True)[0] / 255
    images = d2l.fashion_mnist_arrays(train=False)[0][:512] / 255
    reference = (images - pixels.mean()) / pixels.std()
    torch.testing.assert_close(next(iter(test))[0][:, 0], reference, atol=1e-4, rtol=1e-4)


def test_house_tiny_is_worth_cleaning(standin_cache: None) -> None:
    path = d2l.load_house_tiny()
    table = pd.read_csv(path)
    assert list(table.columns) == ["rooms", "area", "year", "facing", "price"]
    missing = table.isna().sum()
    worst = missing.nlargest(2)
    assert worst.index[0] == "year"  # 缺得最多的只有一列，而且是数值列
    assert worst.iloc[0] > worst.iloc[1] > 0
    assert pd.api.types.is_numeric_dtype(table["year"])
    assert not pd.api.types.is_numeric_dtype(table["facing"])
    assert missing["price"] == 0
    assert 0 < missing["facing"] < len(table) == 12
