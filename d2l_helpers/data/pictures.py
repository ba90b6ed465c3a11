"""读图片文件：彩色的成张量，调色板的给出各像素的颜色；读不了就说是哪个文件、怎么办。"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from d2l_helpers.data.hub import DataError

if TYPE_CHECKING:
    from PIL import Image

AGAIN = "请删掉数据集的文件夹，重新取得。"


def open_picture(path: Path) -> Image.Image:
    """解开一张图；解不开的各种异常变成一种说法。

    参数:
        path: PNG、JPEG 等 Pillow 认得的文件。

    返回:
        像素已在内存里的 PIL 图像。

    异常:
        DataError: 没有这个文件，或者解不开；消息里有文件名。
    """
    from PIL import Image

    if not path.is_file():
        raise DataError(f"没有图片 {path}；{AGAIN}")
    try:
        with Image.open(path) as image:
            image.load()
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise DataError(
            f"图片 {path} 解不开（{error}），可能不完整；请重新取得，或删去这一张。"
        ) from error
    return image


def read_picture(path: Path) -> torch.Tensor:
    """读一张图，变成三个通道。

    参数:
        path: PNG、JPEG 等 Pillow 认得的文件。

    返回:
        uint8 张量，形状 (3, 高, 宽)，通道依次是红、绿、蓝。

    异常:
        DataError: 没有这个文件，或者解不开；消息里有文件名。
    """
    pixels = np.array(open_picture(path).convert("RGB"))  # (高, 宽, 3)
    return torch.from_numpy(pixels).permute(2, 0, 1).contiguous()


def read_indexed(path: Path) -> tuple[torch.Tensor, torch.Tensor]:
    """读一张调色板图，编号与颜色分开；没有调色板的彩色图，给用到的颜色编号。

    参数:
        path: 图片文件。

    返回:
        编号，int64，形状 (高, 宽)；颜色，uint8，形状 (3, 颜色数)，
        第 ``i`` 列是编号 ``i`` 的红、绿、蓝。

    异常:
        DataError: 没有这个文件，解不开，或者是灰度图。
    """
    image = open_picture(path)
    if image.mode not in ("P", "RGB"):
        raise DataError(
            f"标签图 {path} 的模式是 {image.mode}，应当是调色板图（P）或彩色图（RGB）："
            "类别由颜色给出。"
        )
    pixels = np.array(image)  # (高, 宽) 或 (高, 宽, 3)
    colors = image.getpalette("RGB")
    if pixels.ndim == 3:
        listed, index = np.unique(pixels.reshape(-1, 3), axis=0, return_inverse=True)
        return torch.from_numpy(index.reshape(pixels.shape[:2])), torch.from_numpy(listed.T.copy())
    table = torch.tensor(colors, dtype=torch.uint8).reshape(-1, 3).T  # (3, 颜色数)
    index = torch.from_numpy(pixels).long()
    if index.max() >= table.shape[1]:
        raise DataError(
            f"标签图 {path} 里有编号 {index.max()}，调色板却只有 {table.shape[1]} 种颜色；{AGAIN}"
        )
    return index, table
