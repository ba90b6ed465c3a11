# ruff: noqa: F401  那个包也带出下面这些名字：notebook 写 d2l.np、d2l.math 照样可用；
# 所以这里的模块不可与它们同名（d2l.data 是 torch.utils.data，读数据的模块就叫 datasets）
"""公开的 ``d2l`` 包（0.17，PyTorch 版）的名字，薄薄一层接在我们的实现上。

为它写的笔记与 notebook 把导入行改成 ``from d2l_helpers import compat as d2l`` 就能运行；
这里有它前十三章（到“计算机视觉”）的名字。签名、返回值与含义照旧，有意不同的是：

* 读数据不需要工作进程，数据在内存里一批一批整块取出；改了 ``dataset.transform`` 就逐张变换；
* 没有网络时，有替身的数据集用替身（见 ``D2L_DATA``）；下载到的内容总要核对。
  Fashion-MNIST 的替身从头再来地补足到六万与一万张：批量 256 时一轮仍是 235 步，那门课的学习率、
  轮数与门槛照旧适用；
* 《时光机器》的替身是《哈姆雷特》，字数相近；词表不让保留词元占两个编号，续写在评估模式下进行；
* 英语—法语句对的替身由几条语法规则拼出；编码器的末状态停在最后一个有效词元，解码时位置编码接着
  往后数，有效长度为 0 的一行权重全是零；
* 损失高时不报错；损失逐样本、取平均、取和都可以，训练记录里都是对样本的平均；
* 评估之后网络恢复原来的模式；``train_ch3``、``train_ch6``、``train_ch13`` 结束时网络处于评估模式，
  与那个包相同；
* 在 notebook 里，训练曲线到这一格结束都是 pyplot 的当前图；``plot`` 不擦它，另起一张；
* ``train_concise_ch11`` 训练的损失也带二分之一，学习率与 ``train_ch11`` 的是一回事；
* 没有面积的框报错，不进对数；补齐的空行不占锚框；``multibox_detection`` 各类各做各的抑制；
* 香蕉与 VOC2012 的替身放大到那门课的尺寸；VOC 的图先除以 255 再规范化，验证时裁正中、不丢最后一批；
  标签图里没有见过的颜色报错；竞赛的图按编号的次序分进训练与验证；
* 没有 GPU，或只有一个时，``try_gpu``、``try_all_gpus``、``split_batch``、``train_ch13`` 照样能用；
* 别的版本的写法认得两处：``train_ch6`` 不写设备（0.14–0.16），``download(地址, 文件夹, sha1)``
  （1.0）；其余的名字说明是哪一章、哪一版的，或者相近的名字。

笔记里不经过它的调用，它改不了：没有 GPU 的机器上，``torch.cuda.synchronize()``、写死的 ``cuda:1``
与 ``nn.parallel.scatter`` 照样出错（换成 ``d2l_helpers.synchronize``、``try_gpu()``、
``split_batch``）；自己用 ``torchvision``、``requests``、``urllib`` 下载数据，照样要联网。
想一个字不改先跑一遍，用 ``python -m d2l_helpers.notes 笔记``。

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
from typing import Any

import numpy as np
import torch
from IPython import display
from matplotlib import pyplot as plt
from matplotlib_inline import backend_inline
from PIL import Image
from torch import nn
from torch.nn import functional as F
from torch.utils import data

from d2l_helpers.compat.attention import (
    AdditiveAttention,
    AddNorm,
    DotProductAttention,
    EncoderBlock,
    MultiHeadAttention,
    PositionalEncoding,
    PositionWiseFFN,
    masked_softmax,
    show_heatmaps,
    transpose_output,
    transpose_qkv,
)
from d2l_helpers.compat.datasets import (
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
from d2l_helpers.compat.detection import (
    assign_anchor_to_bbox,
    bbox_to_rect,
    box_center_to_corner,
    box_corner_to_center,
    box_iou,
    multibox_detection,
    multibox_prior,
    multibox_target,
    nms,
    offset_boxes,
    offset_inverse,
    show_bboxes,
)
from d2l_helpers.compat.devices import try_all_gpus, try_gpu
from d2l_helpers.compat.models import Residual, corr2d, linreg, resnet18
from d2l_helpers.compat.optimization import (
    annotate,
    get_data_ch11,
    show_trace_2d,
    train_2d,
    train_ch11,
    train_concise_ch11,
)
from d2l_helpers.compat.parallel import (
    Benchmark,
    split_batch,
    train_batch_ch13,
    train_ch13,
)
from d2l_helpers.compat.plotting import (
    Animator,
    plot,
    set_axes,
    set_figsize,
    show_images,
    use_svg_display,
)
from d2l_helpers.compat.recurrent import (
    RNNModel,
    RNNModelScratch,
    grad_clipping,
    predict_ch8,
    train_ch8,
    train_epoch_ch8,
)
from d2l_helpers.compat.tensors import (
    abs,
    arange,
    argmax,
    astype,
    batch_matmul,
    concat,
    cos,
    cosh,
    exp,
    expand_dims,
    eye,
    float32,
    float64,
    int32,
    int64,
    linspace,
    log,
    matmul,
    meshgrid,
    normal,
    numpy,
    ones,
    ones_like,
    rand,
    randn,
    reduce_mean,
    reduce_sum,
    repeat,
    reshape,
    sin,
    sinh,
    size,
    stack,
    swapaxes,
    tanh,
    tensor,
    to,
    transpose,
    zeros,
    zeros_like,
)  # fmt: skip
from d2l_helpers.compat.text import (
    SeqDataLoader,
    Vocab,
    count_corpus,
    load_corpus_time_machine,
    load_data_time_machine,
    read_time_machine,
    seq_data_iter_random,
    seq_data_iter_sequential,
    tokenize,
)
from d2l_helpers.compat.training import (
    Accumulator,
    Timer,
    accuracy,
    evaluate_accuracy,
    evaluate_accuracy_gpu,
    evaluate_loss,
    predict_ch3,
    sgd,
    train_ch3,
    train_ch6,
    train_epoch_ch3,
)
from d2l_helpers.compat.translation import (
    AttentionDecoder,
    Decoder,
    Encoder,
    EncoderDecoder,
    MaskedSoftmaxCELoss,
    Seq2SeqEncoder,
    TransformerEncoder,
    bleu,
    build_array_nmt,
    load_data_nmt,
    predict_seq2seq,
    preprocess_nmt,
    read_data_nmt,
    sequence_mask,
    show_list_len_pair_hist,
    tokenize_nmt,
    train_seq2seq,
    truncate_pad,
)
from d2l_helpers.compat.vision import (
    VOC_CLASSES,
    VOC_COLORMAP,
    BananasDataset,
    VOCSegDataset,
    copyfile,
    load_data_bananas,
    load_data_voc,
    read_csv_labels,
    read_data_bananas,
    read_voc_images,
    reorg_test,
    reorg_train_valid,
    voc_colormap2label,
    voc_label_indices,
    voc_rand_crop,
)
from d2l_helpers.losses import squared_loss
from d2l_helpers.oldnames import explain_missing

nn_Module = nn.Module
d2l = sys.modules[__name__]
_LAZY = {  # 导入要半秒到两秒多，用到时才导入
    "pd": "pandas", "requests": "requests", "torchvision": "torchvision",
    "transforms": "torchvision.transforms",
}  # fmt: skip
_OWN = {  # 只在这里用的
    "Any", "annotations", "attention", "datasets", "detection", "devices", "explain_missing",
    "importlib", "models", "optimization", "parallel", "plotting", "recurrent", "tensors", "text",
    "training", "translation", "vision",
}  # fmt: skip
# import * 也带出上面导入的包，与那个包相同
__all__ = sorted({name for name in globals() if not name.startswith("_")} - _OWN | set(_LAZY))


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return importlib.import_module(_LAZY[name])
    raise AttributeError(explain_missing(name, __all__, "compat"), name=name)
