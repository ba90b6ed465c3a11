# ruff: noqa: F401  那个包也带出下面这些名字：notebook 写 d2l.np、d2l.math 照样可用
"""公开的 ``d2l`` 包（0.17，PyTorch 版）的名字，薄薄一层接在我们的实现上。

为它写的笔记与 notebook 把导入行改成 ``from d2l_helpers import compat as d2l`` 就能运行；
这里有它前七章（预备知识到现代卷积神经网络）与“计算性能”一章用到的名字，还有几章共用的
``train_ch13``。签名、返回值与含义照旧，有意不同的是：

* 读数据不需要工作进程，数据在内存里一批一批整块取出；
* 没有网络时，有替身的数据集用替身（见 ``D2L_DATA``）；下载到的内容总要核对；
* 损失高时不报错；给平均损失或逐样本的损失，训练记录里都是对样本的平均；
* 评估之后网络恢复原来的模式；``train_ch3``、``train_ch6``、``train_ch13`` 结束时网络处于评估模式，
  与那个包相同；
* 没有 GPU，或只有一个，多 GPU 的代码也能运行：``split_batch`` 与 ``train_ch13`` 接受 CPU。

新代码请直接用 ``d2l_helpers``。
"""

from __future__ import annotations

import collections
import hashlib
import importlib
import math
import os
import random
import re
import shutil
import sys
import tarfile
import time
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pandas as pd
import torch
from IPython import display
from matplotlib import pyplot as plt
from matplotlib_inline import backend_inline
from PIL import Image
from torch import nn
from torch.nn import functional as F
from torch.utils import data

import d2l_helpers as ours
from d2l_helpers.compat_data import (
    DATA_HUB,
    DATA_URL,
    download,
    download_all,
    download_extract,
    get_dataloader_workers,
    get_fashion_mnist_labels,
    load_array,
    load_data_fashion_mnist,
    synthetic_data,
)
from d2l_helpers.compat_models import Residual, resnet18
from d2l_helpers.compat_parallel import (
    Benchmark,
    split_batch,
    train_batch_ch13,
    train_ch13,
    try_all_gpus,
    try_gpu,
)
from d2l_helpers.compat_plotting import (
    Animator,
    plot,
    set_axes,
    set_figsize,
    show_images,
    use_svg_display,
)
from d2l_helpers.compat_training import (
    Accumulator,
    Timer,
    accuracy,
    evaluate_accuracy,
    evaluate_accuracy_gpu,
    evaluate_loss,
    predict_ch3,
    train_ch3,
    train_ch6,
    train_epoch_ch3,
)
from d2l_helpers.losses import squared_loss

# ---- 张量运算的别名 -------------------------------------------------------------------------
nn_Module = nn.Module
ones, zeros, eye, tensor, arange = torch.ones, torch.zeros, torch.eye, torch.tensor, torch.arange
ones_like, zeros_like = torch.ones_like, torch.zeros_like
meshgrid, linspace, stack, matmul, abs = (
    torch.meshgrid, torch.linspace, torch.stack, torch.matmul, torch.abs,
)  # fmt: skip
sin, sinh, cos, cosh, tanh = torch.sin, torch.sinh, torch.cos, torch.cosh, torch.tanh
exp, log, normal, rand, randn = torch.exp, torch.log, torch.normal, torch.rand, torch.randn
concat, batch_matmul = torch.cat, torch.bmm
int32, int64, float32, float64 = torch.int32, torch.int64, torch.float32, torch.float64


def numpy(x: torch.Tensor, *args: Any, **kwargs: Any) -> np.ndarray:
    """``x.detach().numpy()``；在 GPU 上的张量先取回 CPU。"""
    return x.detach().cpu().numpy(*args, **kwargs)


def size(x: torch.Tensor, *args: Any, **kwargs: Any) -> int:
    """元素个数。"""
    return x.numel(*args, **kwargs)


def _method(name: str) -> Callable[..., torch.Tensor]:
    def call(x: torch.Tensor, *args: Any, **kwargs: Any) -> torch.Tensor:
        return getattr(x, name)(*args, **kwargs)

    call.__name__, call.__doc__ = name, f"``x.{name}(…)``。"
    return call


reshape, to, astype, argmax = map(_method, ("reshape", "to", "type", "argmax"))
reduce_sum, reduce_mean, transpose = map(_method, ("sum", "mean", "t"))
expand_dims, swapaxes, repeat = map(_method, ("unsqueeze", "swapaxes", "repeat"))


# ---- 模型与优化 -----------------------------------------------------------------------------
def linreg(X: torch.Tensor, w: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """线性回归。"""
    return X @ w + b


@torch.no_grad()
def sgd(params: Iterable[torch.Tensor], lr: float, batch_size: int) -> None:
    """一步小批量随机梯度下降；梯度是批内之和，所以除以批量大小，之后清零。"""
    for param in params:
        param -= lr * param.grad / batch_size
        param.grad.zero_()


def corr2d(X: torch.Tensor, K: torch.Tensor) -> torch.Tensor:
    """二维互相关，``X`` 与 ``K`` 的形状是 (高, 宽)；整数先变成 float32。"""
    dtype = torch.promote_types(X.dtype, K.dtype)
    dtype = dtype if dtype.is_floating_point else torch.float32
    return ours.corr2d(X.to(dtype), K.to(dtype))


def __getattr__(name: str) -> Any:
    if name in ("torchvision", "transforms"):  # 导入它要两秒多，用到时才导入
        return importlib.import_module(name.replace("transforms", "torchvision.transforms"))
    raise AttributeError(
        f"compat 里没有 {name!r}：这里只有公开 d2l 包前七章与“计算性能”一章用到的名字；"
        "其余章节的模型与数据读取，请看本书对应的一章。",
        name=name,
        obj=sys.modules[__name__],
    )
