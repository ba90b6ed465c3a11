"""包里的真实数据与权重：形状、取值、划分，以及读不懂时的话。"""

from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from d2l_helpers.data.digits import mnist_digits
from d2l_helpers.data.hub import DataError
from d2l_helpers.data.photographs import PHOTOGRAPHS, photograph
from d2l_helpers.data.text import idioms, shakespeare
from d2l_helpers.data.translation import interface_pairs
from d2l_helpers.data.weights import (
    efficientnet_lite0_weights,
    minilm_config,
    minilm_vocab,
    minilm_weights,
    mtcnn_weights,
    read_safetensors,
)

pytestmark = pytest.mark.usefixtures("standin_cache")


# ---- 数字 -----------------------------------------------------------------------------------
def test_digits_are_split_evenly_and_apart() -> None:
    images, labels = mnist_digits(train=True)
    held, held_labels = mnist_digits(train=False)
    assert (images.dtype, labels.dtype) == (torch.uint8, torch.int64)
    assert (tuple(images.shape), tuple(held.shape)) == ((4000, 28, 28), (1000, 28, 28))
    assert labels.bincount().tolist() == [400] * 10
    assert held_labels.bincount().tolist() == [100] * 10
    seen = {image.numpy().tobytes() for image in images}
    assert len(seen) == 4000
    assert not seen & {image.numpy().tobytes() for image in held}


def test_digits_belong_to_their_labels() -> None:
    """最近的类平均就认得八成：图没有转置或错位，标签没有对错。"""
    images, labels = mnist_digits(train=True)
    held, held_labels = mnist_digits(train=False)
    means = torch.stack([images[labels == k].float().mean(0) for k in range(10)])  # (10, 28, 28)
    distance = torch.cdist(held.flatten(1).float(), means.flatten(1))
    assert (distance.argmin(1) == held_labels).float().mean() > 0.75
    one = means[1]  # “1”是竖的：竖着看得到笔画，横着看不到
    assert one.sum(0).max() > 2 * one.sum(1).max()
    assert means[:, 0].max() < 26
    assert images.max() == 255


# ---- 照片 -----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("astronaut", (512, 512)),
        ("cat", (451, 300)),
        ("coffee", (600, 400)),
        ("rocket", (640, 427)),
    ],
)
def test_photographs(name: str, size: tuple[int, int]) -> None:
    image = photograph(name)
    assert (image.mode, image.size) == ("RGB", size)
    pixels = np.asarray(image)
    assert pixels.dtype == np.uint8
    assert pixels.shape == (size[1], size[0], 3)
    assert pixels.std() > 30


def test_unknown_photograph() -> None:
    assert len(PHOTOGRAPHS) == 4
    with pytest.raises(ValueError, match=r"'dog'.*astronaut.*cat"):
        photograph("dog")


# ---- 权重 -----------------------------------------------------------------------------------
def test_efficientnet_weights() -> None:
    weights = efficientnet_lite0_weights()
    assert weights["_conv_stem.weight"].shape == (32, 3, 3, 3)
    assert weights["_fc.weight"].shape == (1000, 1280)
    assert len(weights) == 296
    running = ("running_mean", "running_var", "num_batches_tracked")
    trained = [value for name, value in weights.items() if not name.endswith(running)]
    assert sum(value.numel() for value in trained) == 4_652_008
    assert all(value.isfinite().all() for value in trained)


def test_mtcnn_weights() -> None:
    weights = mtcnn_weights()
    counts = {n: sum(v.numel() for v in w.values()) for n, w in weights.items()}
    assert counts == {"pnet": 6632, "rnet": 100_178, "onet": 389_040}
    assert weights["pnet"]["conv4_1.weight"].shape == (2, 32, 1, 1)
    assert all(v.isfinite().all() for w in weights.values() for v in w.values())


def test_minilm_weights_fit_the_configuration_and_the_vocabulary() -> None:
    weights, config, vocab = minilm_weights(), minilm_config(), minilm_vocab()
    words = weights["embeddings.word_embeddings.weight"]
    assert words.shape == (len(vocab), config["hidden_size"]) == (30522, 384)
    layers = {name.split(".")[2] for name in weights if name.startswith("encoder.layer.")}
    assert len(layers) == config["num_hidden_layers"] == 6
    assert vocab[101:104] == ["[CLS]", "[SEP]", "[MASK]"]
    assert len(set(vocab)) == len(vocab)


def test_minilm_words_mean_something() -> None:
    """字节的次序、起点错了，都不会这样：意思相近的词，向量也相近。"""
    words, vocab = minilm_weights()["embeddings.word_embeddings.weight"], minilm_vocab()
    vectors = {w: words[vocab.index(w)] for w in ("cat", "dog", "monday", "tuesday", "iron")}

    def similarity(a: str, b: str) -> float:
        return F.cosine_similarity(vectors[a], vectors[b], dim=0).item()

    assert similarity("monday", "tuesday") > similarity("monday", "iron") + 0.2
    assert similarity("cat", "dog") > similarity("cat", "iron") + 0.1


def safetensors(entries: dict[str, object], data: bytes) -> bytes:
    header = json.dumps(entries).encode()
    return struct.pack("<Q", len(header)) + header + data


def entry(dtype: str, shape: list[int], begin: int, end: int) -> dict[str, object]:
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


def test_safetensors_of_several_types(tmp_path: Path) -> None:
    path = tmp_path / "small.safetensors"
    half = torch.tensor([1.5, -2.0]).bfloat16().view(torch.uint8).numpy().tobytes()
    data = b"\x07" + struct.pack("<3f", 1, 2, 3) + half + struct.pack("<q", -5)  # 没有对齐
    entries = {
        "__metadata__": {"format": "pt"},
        "byte": entry("U8", [1], 0, 1),
        "row": entry("F32", [1, 3], 1, 13),
        "half": entry("BF16", [2], 13, 17),
        "number": entry("I64", [], 17, 25),
        "none": entry("F32", [0, 4], 25, 25),
    }
    path.write_bytes(safetensors(entries, data))
    tensors = read_safetensors(path)
    assert list(tensors) == ["byte", "row", "half", "number", "none"]
    assert tensors["row"].tolist() == [[1, 2, 3]]
    assert tensors["half"].tolist() == [1.5, -2.0]
    assert tensors["half"].dtype == torch.bfloat16
    assert tensors["number"].item() == -5
    assert tensors["none"].shape == (0, 4)
    tensors["row"].zero_()  # 各有自己的内存
    assert read_safetensors(path)["row"].sum() == 6
    assert tensors["byte"].tolist() == [7]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "0 字节"),
        (b"\x10\0\0", "3 字节"),
        (struct.pack("<Q", 50) + b"{", "目录读不懂"),
        (safetensors({"w": entry("F32", [2], 0, 8)}, bytes(4)), r"不完整.*w 到第 8 字节"),
        (safetensors({"w": entry("F4", [2], 0, 1)}, bytes(1)), "元素类型是 F4"),
        (safetensors({"w": entry("F32", [3], 0, 8)}, bytes(8)), r"有 2 个数，排不成 \[3\]"),
    ],
)
def test_broken_safetensors_are_refused(content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.safetensors"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"bad\.safetensors.*" + message):
        read_safetensors(path)


# ---- 文本 -----------------------------------------------------------------------------------
def test_shakespeare_one_work_and_all() -> None:
    hamlet, everything = shakespeare("hamlet"), shakespeare()
    assert "To be, or not to be" in hamlet
    assert hamlet.isascii()
    assert "\r" not in everything
    assert hamlet in everything
    assert 5_000_000 < len(everything) < 5_100_000
    assert "Shall I compare thee to a summer's day?" in shakespeare("sonnets")
    assert "utenberg" not in everything


def test_unknown_work_names_the_near_ones() -> None:
    with pytest.raises(ValueError, match=r"'hamelt'.*hamlet"):
        shakespeare("hamelt")


def test_idioms_are_distinct_and_of_four_characters() -> None:
    words = idioms()
    assert len(words) == len(set(words)) == 29_502
    assert all(len(word) == 4 for word in words)
    assert "守株待兔" in words


def test_interface_pairs_are_clean() -> None:
    pairs = interface_pairs()
    assert 2600 < len(pairs) < 2800
    assert len({english for english, _ in pairs}) == len(pairs)
    table = dict(pairs)
    assert table["Find"] == "查找"
    for english, chinese in pairs:
        assert english == " ".join(english.split())
        assert english[0].isprintable()
        assert chinese.strip() == chinese
        assert not set("%{}<>") & set(english + chinese)
    assert interface_pairs() == pairs
