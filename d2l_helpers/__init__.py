"""《动手学深度学习》的辅助包：章节写 ``import d2l_helpers as d2l``。"""

from d2l_helpers.anchors import (
    anchor_boxes,
    anchor_targets,
    decode_offsets,
    detect,
    encode_offsets,
    match_anchors,
)
from d2l_helpers.attention import (
    AdditiveAttention,
    MultiHeadAttention,
    causal_mask,
    dot_product_attention,
    masked_softmax,
    sinusoids,
    valid_mask,
)
from d2l_helpers.boxes import (
    batched_nms,
    box_iou,
    center_to_corner,
    corner_to_center,
    nms,
)
from d2l_helpers.checking import agree, agree_optimizer, expect_error, glue
from d2l_helpers.data.augment import random_crop, random_flip
from d2l_helpers.data.batches import Batches
from d2l_helpers.data.competitions import check_submission, load_competition
from d2l_helpers.data.detection import bananas, load_bananas
from d2l_helpers.data.folders import load_hotdog
from d2l_helpers.data.hub import data_source, dataset_root, datasets, download
from d2l_helpers.data.numbers import number_pairs
from d2l_helpers.data.pairs import Pairs, chinese_tokens, english_tokens
from d2l_helpers.data.photographs import photograph
from d2l_helpers.data.segmentation import (
    VOC_CLASSES,
    VOC_COLORS,
    colors_to_classes,
    load_voc,
    voc_images,
)
from d2l_helpers.data.synthetic import synthetic_data
from d2l_helpers.data.tabular import load_airfoil, load_house_prices, load_house_tiny
from d2l_helpers.data.text import idioms, time_machine
from d2l_helpers.data.translation import interface_pairs, read_pairs
from d2l_helpers.data.vision import (
    fashion_mnist_arrays,
    fashion_mnist_labels,
    load_fashion_mnist,
)
from d2l_helpers.data.vocab import Vocab, letters, tokenize
from d2l_helpers.data.weights import mtcnn_weights
from d2l_helpers.data.windows import Windows
from d2l_helpers.descent import descend, digits, digits_net, set_lr, try_optimizer
from d2l_helpers.device import (
    device_name,
    num_gpus,
    replicas,
    synchronize,
    try_all_gpus,
    try_gpu,
)
from d2l_helpers.heatmap import Heatmap
from d2l_helpers.inspection import count_calls, count_flops, count_parameters, shape_table
from d2l_helpers.language import (
    clip_gradients,
    detach_state,
    generate,
    perplexity,
    train_lm_epoch,
)
from d2l_helpers.layers import Residual, bilinear_kernel, corr2d, init_he
from d2l_helpers.losses import cross_entropy, squared_loss
from d2l_helpers.metrics import (
    Timer,
    accuracy,
    fastest,
    take_turns,
)
from d2l_helpers.models.alexnet import alexnet
from d2l_helpers.models.attention_seq2seq import AttentionSeq2Seq
from d2l_helpers.models.densenet import densenet
from d2l_helpers.models.efficientnet import efficientnet_lite0, imagenet_name
from d2l_helpers.models.encoder_decoder import EncoderDecoder
from d2l_helpers.models.fcn import FCN
from d2l_helpers.models.googlenet import googlenet
from d2l_helpers.models.lenet import lenet
from d2l_helpers.models.nin import nin
from d2l_helpers.models.resnet import resnet, resnet18
from d2l_helpers.models.rnn_lm import RNNLM
from d2l_helpers.models.seq2seq import Seq2Seq
from d2l_helpers.models.ssd import TinySSD, ssd_loss
from d2l_helpers.models.transformer import EncoderBlock, Transformer
from d2l_helpers.models.vgg import vgg
from d2l_helpers.oldnames import OLD, explain_missing, explain_old
from d2l_helpers.optim import SGD, Adadelta, Adagrad, Adam, AdamW, Momentum, RMSprop
from d2l_helpers.parallel import allreduce, launch
from d2l_helpers.plotting import (
    LiveCurve,
    overlay,
    plot,
    plot_history,
    show_boxes,
    show_images,
    use_style,
)
from d2l_helpers.profiles import pick, profile
from d2l_helpers.schedules import cosine_schedule
from d2l_helpers.segmentation import class_ious, confusion_matrix, mean_iou
from d2l_helpers.trails import plot_bands, plot_paths
from d2l_helpers.training import History, evaluate, seed, train
from d2l_helpers.translation import (
    beam_search,
    bleu,
    masked_cross_entropy,
    train_translator_epoch,
    translate,
)

__all__ = [
    # 设备与档位
    "device_name",
    "num_gpus",
    "pick",
    "profile",
    "replicas",
    "synchronize",
    "try_all_gpus",
    "try_gpu",
    # 数据
    "Batches",
    "check_submission",
    "data_source",
    "dataset_root",
    "datasets",
    "download",
    "fashion_mnist_arrays",
    "fashion_mnist_labels",
    "load_airfoil",
    "load_competition",
    "load_fashion_mnist",
    "load_hotdog",
    "load_house_prices",
    "load_house_tiny",
    "mtcnn_weights",
    "photograph",
    "random_crop",
    "random_flip",
    "synthetic_data",
    # 检测与分割的数据
    "VOC_CLASSES",
    "VOC_COLORS",
    "bananas",
    "colors_to_classes",
    "load_bananas",
    "load_voc",
    "voc_images",
    # 文本
    "Pairs",
    "Vocab",
    "Windows",
    "chinese_tokens",
    "english_tokens",
    "idioms",
    "interface_pairs",
    "read_pairs",
    "letters",
    "number_pairs",
    "time_machine",
    "tokenize",
    # 数据并行
    "allreduce",
    "launch",
    # 损失、优化、度量
    "SGD",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Momentum",
    "RMSprop",
    "Timer",
    "accuracy",
    "cosine_schedule",
    "cross_entropy",
    "fastest",
    "squared_loss",
    "take_turns",
    # 优化一章的试验
    "descend",
    "digits",
    "digits_net",
    "set_lr",
    "try_optimizer",
    # 层与模型
    "FCN",
    "Residual",
    "alexnet",
    "bilinear_kernel",
    "corr2d",
    "densenet",
    "efficientnet_lite0",
    "googlenet",
    "imagenet_name",
    "init_he",
    "lenet",
    "nin",
    "resnet",
    "resnet18",
    "vgg",
    # 语言模型
    "RNNLM",
    "clip_gradients",
    "detach_state",
    "generate",
    "perplexity",
    "train_lm_epoch",
    # 注意力
    "AdditiveAttention",
    "Heatmap",
    "MultiHeadAttention",
    "causal_mask",
    "dot_product_attention",
    "masked_softmax",
    "sinusoids",
    "valid_mask",
    # 翻译
    "AttentionSeq2Seq",
    "EncoderBlock",
    "EncoderDecoder",
    "Seq2Seq",
    "Transformer",
    "beam_search",
    "bleu",
    "masked_cross_entropy",
    "train_translator_epoch",
    "translate",
    # 目标检测
    "TinySSD",
    "anchor_boxes",
    "anchor_targets",
    "batched_nms",
    "box_iou",
    "center_to_corner",
    "corner_to_center",
    "decode_offsets",
    "detect",
    "encode_offsets",
    "match_anchors",
    "nms",
    "ssd_loss",
    # 语义分割
    "class_ious",
    "confusion_matrix",
    "mean_iou",
    "overlay",
    # 看清一个网络
    "count_calls",
    "count_flops",
    "count_parameters",
    "shape_table",
    # 训练
    "History",
    "evaluate",
    "seed",
    "train",
    # 作图
    "LiveCurve",
    "plot",
    "plot_bands",
    "plot_history",
    "plot_paths",
    "show_boxes",
    "show_images",
    "use_style",
    # 对拍
    "agree",
    "agree_optimizer",
    "expect_error",
    "glue",
]


def __getattr__(name: str) -> object:
    message = f"d2l_helpers 里没有 {name!r}。"
    if not name.startswith("_"):
        missing = name not in OLD
        message = explain_missing(name, __all__, "d2l_helpers") if missing else explain_old(name)
    raise AttributeError(message, name=name)
