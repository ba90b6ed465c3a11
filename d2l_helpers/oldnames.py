"""公开的 ``d2l`` 包（各个版本）的名字：写错了地方、版本或字母时，说清是哪一种。"""

from __future__ import annotations

import difflib
import functools
import importlib.util
import inspect
from collections.abc import Callable, Iterable
from typing import Any

IMPORT = "from d2l_helpers import compat as d2l"


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


# compat 里有、本书的包里没有的名字（测试核对它与 compat 一致）
OLD = _names(
    """Accumulator AddNorm Animator AttentionDecoder BananasDataset Benchmark DATA_HUB DATA_URL
    Decoder DotProductAttention Encoder F Image MaskedSoftmaxCELoss PositionWiseFFN
    PositionalEncoding RNNModel RNNModelScratch Seq2SeqEncoder SeqDataLoader TransformerEncoder
    VOCSegDataset VOC_COLORMAP abs annotate arange copyfile load_data_bananas load_data_voc
    read_csv_labels read_data_bananas read_voc_images reorg_test reorg_train_valid
    voc_colormap2label voc_label_indices voc_rand_crop
    argmax assign_anchor_to_bbox astype backend_inline batch_matmul bbox_to_rect
    box_center_to_corner box_corner_to_center build_array_nmt collections concat cos cosh
    count_corpus d2l data defaultdict display download_all download_extract evaluate_accuracy
    evaluate_accuracy_gpu evaluate_loss exp expand_dims eye float32 float64 get_data_ch11
    get_dataloader_workers get_fashion_mnist_labels grad_clipping hashlib int32 int64 linreg
    linspace load_array load_corpus_time_machine load_data_fashion_mnist load_data_nmt
    load_data_time_machine log math matmul meshgrid multibox_detection multibox_prior
    multibox_target nn nn_Module normal np numpy offset_boxes offset_inverse ones ones_like os
    pd plt predict_ch3 predict_ch8 predict_seq2seq preprocess_nmt rand randn random re
    read_data_nmt read_time_machine reduce_mean reduce_sum repeat requests reshape
    seq_data_iter_random seq_data_iter_sequential sequence_mask set_axes set_figsize sgd
    show_bboxes show_heatmaps show_list_len_pair_hist show_trace_2d shutil sin sinh size
    split_batch stack swapaxes sys tanh tarfile tensor time to tokenize_nmt torch torchvision
    train_2d train_batch_ch13 train_ch11 train_ch13 train_ch3 train_ch6 train_ch8
    train_concise_ch11 train_epoch_ch3 train_epoch_ch8 train_seq2seq transforms transpose
    transpose_output transpose_qkv truncate_pad use_svg_display zeros zeros_like zipfile"""
)
OURS = {  # 旧名字 → 本书的写法
    "BananasDataset": "d2l.load_bananas",
    "VOCSegDataset": "d2l.load_voc",
    "load_data_bananas": "d2l.load_bananas",
    "load_data_voc": "d2l.load_voc",
    "read_data_bananas": "d2l.bananas",
    "read_voc_images": "d2l.voc_images",
    "voc_label_indices": "d2l.colors_to_classes",
    "assign_anchor_to_bbox": "d2l.match_anchors",
    "box_center_to_corner": "d2l.center_to_corner",
    "box_corner_to_center": "d2l.corner_to_center",
    "get_data_ch11": "d2l.load_airfoil",
    "multibox_detection": "d2l.detect",
    "multibox_prior": "d2l.anchor_boxes",
    "multibox_target": "d2l.anchor_targets",
    "offset_boxes": "d2l.encode_offsets",
    "offset_inverse": "d2l.decode_offsets",
    "DotProductAttention": "d2l.dot_product_attention",
    "MaskedSoftmaxCELoss": "d2l.masked_cross_entropy",
    "PositionalEncoding": "d2l.sinusoids",
    "TransformerEncoder": "d2l.EncoderBlock",
    "load_data_nmt": "d2l.Pairs",
    "predict_seq2seq": "d2l.translate",
    "read_data_nmt": "d2l.interface_pairs",
    "sequence_mask": "d2l.valid_mask",
    "show_heatmaps": "d2l.Heatmap",
    "train_seq2seq": "d2l.train_translator_epoch",
    "Accumulator": "d2l_helpers.metrics.Mean",
    "Animator": "d2l.LiveCurve 或 d2l.plot_history",
    "RNNModel": "d2l_helpers.models.rnn_lm.RNNLM",
    "evaluate_accuracy": "d2l.evaluate",
    "evaluate_accuracy_gpu": "d2l.evaluate",
    "evaluate_loss": "d2l.evaluate",
    "get_fashion_mnist_labels": "d2l.fashion_mnist_labels",
    "grad_clipping": "d2l.clip_gradients",
    "load_array": "d2l.Batches",
    "load_data_fashion_mnist": "d2l.load_fashion_mnist",
    "load_data_time_machine": "d2l.Windows",
    "predict_ch8": "d2l.generate",
    "read_time_machine": "d2l.time_machine",
    "seq_data_iter_random": "d2l.Windows",
    "seq_data_iter_sequential": "d2l.Windows",
    "sgd": "d2l.SGD",
    "show_bboxes": "d2l.show_boxes",
    "train_ch13": "d2l.train",
    "train_ch3": "d2l.train",
    "train_ch6": "d2l.train",
    "train_ch8": "d2l_helpers.language.train_lm",
    "train_epoch_ch3": "d2l.train",
    "train_epoch_ch8": "d2l.train_lm_epoch",
}
# 0.17 里，compat 还没有的名字
LATER = {
    "自然语言处理：预训练": """read_ptb subsample get_centers_and_contexts RandomGenerator batchify
        load_data_ptb TokenEmbedding get_tokens_and_segments BERTEncoder MaskLM NextSentencePred
        BERTModel load_data_wiki""",
    "自然语言处理：应用": """read_imdb load_data_imdb predict_sentiment read_snli SNLIDataset
        load_data_snli predict_snli""",
    "生成对抗网络": "update_D update_G",
}
NEWER = _names(  # 1.0 改用类来写训练，名字与 0.17 不同
    """add_to_class HyperParameters ProgressBoard Module DataModule Trainer SyntheticRegressionData
    LinearRegressionScratch LinearRegression SoftmaxRegressionScratch SoftmaxRegression Classifier
    FashionMNIST SGD WeightDecay MLP DropoutMLP KaggleHouse LeNet AlexNet init_cnn cpu gpu num_gpus
    extract check_len check_shape ResNeXtBlock TimeMachine RNNScratch RNNLMScratch RNN RNNLM
    LSTMScratch GRU MTFraEng Seq2Seq init_seq2seq HPOTrainer HPOScheduler HPOSearcher HPOTuner
    RandomSearcher BasicScheduler"""
)
OTHER = _names(  # 另一个常见的改写，d2lzh_pytorch
    """data_iter FlattenLayer GlobalAvgPool2d train_ch5 train_ch7 train_pytorch_ch7 get_data_ch7
    semilogy show_fashion_mnist load_data_jay_lyrics to_onehot predict_rnn train_and_predict_rnn
    data_iter_consecutive"""
)
EARLIER = {"train_s2s_ch9": "train_seq2seq", "predict_s2s_ch9": "predict_seq2seq"}  # 0.14–0.16
_CHAPTER = {name: chapter for chapter, names in LATER.items() for name in names.split()}


def near(name: str, known: Iterable[str]) -> list[str]:
    """``known`` 里与 ``name`` 写法相近的名字，至多三个，最像的在前；大小写不计。"""
    lower = {other.lower(): other for other in known}
    found = difflib.get_close_matches(name.lower(), lower, 3, 0.75)
    return [lower[key] for key in found]


def explain_missing(name: str, known: Iterable[str], where: str) -> str:
    """``where`` 里没有 ``name``：是后面的章节、1.0 的写法、笔误，还是从来没有。

    参数:
        name: 写的名字。
        known: ``where`` 里有的名字。
        where: 在哪里找的，``"compat"`` 或 ``"d2l_helpers"``。

    返回:
        一段中文说明，可作错误消息。
    """
    if name in _CHAPTER:
        return (
            f"{where} 里没有 {name!r}：它是公开 d2l 包“{_CHAPTER[name]}”一章的名字，compat 目前"
            "有前十三章（到“计算机视觉”）的；请先把它的定义从那一章抄进笔记。"
        )
    if name in EARLIER:
        return (
            f"{where} 里没有 {name!r}：它是公开 d2l 包 0.14–0.16 版的名字，0.17 起叫 "
            f"{EARLIER[name]}；参数也不同，请照 compat.{EARLIER[name]} 的文档改。"
        )
    if name in NEWER:
        return (
            f"{where} 里没有 {name!r}：它是公开 d2l 包 1.0 版的名字，那一版改用类来写训练"
            "（Module、Trainer）；compat 照 0.17 版，请按 0.17 的写法改，或改用 d2l_helpers。"
        )
    if name in OTHER:
        return f"{where} 里没有 {name!r}：它是 d2lzh_pytorch 的名字；compat 照公开 d2l 包 0.17 版。"
    if where == "d2l_helpers" and importlib.util.find_spec(f"d2l_helpers.{name}"):
        return f"{name} 是 d2l_helpers 的一个模块，要单独导入：from d2l_helpers import {name}。"
    if found := near(name, [*known, *OLD]):
        only = " 与 ".join(other for other in found if other not in known)
        hint = f"（{only} 是公开 d2l 包的名字，要 {IMPORT}）" if only else ""
        return f"{where} 里没有 {name!r}；是不是想写 {'、'.join(found)}？{hint}"
    if found := near(name, _CHAPTER):
        listed = "、".join(f"{other}（“{_CHAPTER[other]}”一章）" for other in found)
        return f"{where} 里没有 {name!r}；写法相近的有 {listed}，不过 compat 还没有接上。"
    return (
        f"{where} 里没有 {name!r}，公开 d2l 包的 0.17 与 1.0 版里也没听说过这个名字；"
        "请看它是在哪里定义的：也许是笔记自己的函数，前面漏写了 d2l 之外的导入。"
    )


def explain_old(name: str) -> str:
    """``name`` 是 compat 的名字，却在 ``d2l_helpers`` 里找。"""
    ours = f"本书的写法是 {OURS[name]}。" if name in OURS else ""
    return (
        f"d2l_helpers 里没有 {name!r}：它是公开 d2l 包的名字，请把导入行换成 {IMPORT}。\n"
        f"{ours}"
        "两边都有、含义却不同的：accuracy 在这里是比例，在那里是个数；"
        "plot、show_images、Residual、resnet18、Vocab、tokenize，以及注意力与编码器—解码器的各个类、"
        "masked_softmax、bleu 的参数也不同。"
    )


def old_calls(hint: str) -> Callable[[Callable], Callable]:
    """装饰一个与旧包同名的函数：照旧包的参数调用时，说这是旧写法、该怎么写。

    参数:
        hint: 这里的写法。

    返回:
        装饰器；参数对得上时，与原来的函数一样。
    """

    def wrap(function: Callable) -> Callable:
        signature = inspect.signature(function)

        @functools.wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            try:
                signature.bind(*args, **kwargs)
            except TypeError as error:
                raise TypeError(
                    f"{function.__name__} 不能这样调用（{error}）。这里的写法是 {hint}；"
                    f"照公开 d2l 包的写法，请把导入行换成 {IMPORT}。"
                ) from error
            return function(*args, **kwargs)

        return call

    return wrap
