"""公开的 ``d2l`` 包（0.17）里机器翻译与编码器—解码器的名字；签名与含义照旧。"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import torch
from matplotlib import pyplot as plt
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from d2l_helpers import translation as ours
from d2l_helpers.compat.attention import EncoderBlock, PositionalEncoding, valid_lens_mask
from d2l_helpers.compat.datasets import download_extract, load_array
from d2l_helpers.compat.plotting import Animator, set_figsize
from d2l_helpers.compat.text import Vocab
from d2l_helpers.compat.training import Accumulator, Timer
from d2l_helpers.language import clip_gradients
from d2l_helpers.training import mode

RESERVED = ["<pad>", "<bos>", "<eos>"]
Lines = list[list[str]]


def read_data_nmt() -> str:
    """英语—法语句对的全文，每行 ``英文\\t法文``；没有网络时是本书拼的替身。"""
    return (Path(download_extract("fra-eng")) / "fra.txt").read_text("utf-8")


def preprocess_nmt(text: str) -> str:
    """小写；不换行空格换成空格；标点与前面的词之间添一个空格。"""
    text = text.replace("\u202f", " ").replace("\xa0", " ").lower()
    return "".join(
        f" {char}" if char in ",.!?" and i and text[i - 1] != " " else char
        for i, char in enumerate(text)
    )


def tokenize_nmt(text: str, num_examples: int | None = None) -> tuple[Lines, Lines]:
    """切成词元：``(源, 目标)``，各是一句一个列表；只取前 ``num_examples`` 句。

    与那个包不同：恰好取 ``num_examples`` 句（那里多取一句）；行里有第三列（出处）时照样认得。
    """
    source, target = [], []
    for line in text.split("\n")[:num_examples]:
        parts = line.split("\t")
        if len(parts) >= 2:
            source.append(parts[0].split(" "))
            target.append(parts[1].split(" "))
    return source, target


def show_list_len_pair_hist(
    legend: Sequence[str], xlabel: str, ylabel: str, xlist: Lines, ylist: Lines
) -> None:
    """两列句子的长度的直方图。"""
    set_figsize()
    plt.hist([[len(row) for row in rows] for rows in (xlist, ylist)], label=list(legend))
    plt.xlabel(xlabel)
    plt.ylabel(ylabel)
    plt.legend()


def truncate_pad(line: list, num_steps: int, padding_token: Any) -> list:
    """截断或补齐到 ``num_steps`` 个。"""
    return line[:num_steps] + [padding_token] * (num_steps - len(line))


def build_array_nmt(
    lines: Lines, vocab: Vocab, num_steps: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """编号 (句数, num_steps)，每句末尾添 ``<eos>``；与有效长度 (句数,)。"""
    rows = [[*vocab[line], vocab["<eos>"]] for line in lines]
    array = torch.tensor([truncate_pad(row, num_steps, vocab["<pad>"]) for row in rows])
    return array, torch.tensor([min(len(row), num_steps) for row in rows])


def load_data_nmt(
    batch_size: int, num_steps: int, num_examples: int = 600
) -> tuple[Iterable, Vocab, Vocab]:
    """一批批的 ``(X, X 的有效长度, Y, Y 的有效长度)``，与两个词表。"""
    source, target = tokenize_nmt(preprocess_nmt(read_data_nmt()), num_examples)
    vocabs = [Vocab(side, min_freq=2, reserved_tokens=RESERVED) for side in (source, target)]
    arrays = [
        part
        for side, vocab in zip((source, target), vocabs, strict=True)
        for part in build_array_nmt(side, vocab, num_steps)
    ]
    return load_array(tuple(arrays), batch_size), *vocabs


class Encoder(nn.Module):
    """编码器的接口。"""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)

    def forward(self, X: torch.Tensor, *args: Any) -> Any:
        """子类来写。"""
        raise NotImplementedError(f"{type(self).__name__} 没有写 forward(X, *args)。")


class Decoder(nn.Module):
    """解码器的接口。"""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)

    def init_state(self, enc_outputs: Any, *args: Any) -> Any:
        """子类来写。"""
        raise NotImplementedError(f"{type(self).__name__} 没有写 init_state(enc_outputs, *args)。")

    def forward(self, X: torch.Tensor, state: Any) -> tuple[torch.Tensor, Any]:
        """子类来写。"""
        raise NotImplementedError(f"{type(self).__name__} 没有写 forward(X, state)。")


class AttentionDecoder(Decoder):
    """带注意力的解码器的接口。"""

    @property
    def attention_weights(self) -> Any:
        """子类来写。"""
        raise NotImplementedError(f"{type(self).__name__} 没有写 attention_weights。")


class EncoderDecoder(nn.Module):
    """编码器接解码器。"""

    def __init__(self, encoder: nn.Module, decoder: nn.Module, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.encoder, self.decoder = encoder, decoder

    def forward(self, enc_X: torch.Tensor, dec_X: torch.Tensor, *args: Any) -> Any:
        """解码器的返回值：``(输出, 状态)``。"""
        return self.decoder(dec_X, self.decoder.init_state(self.encoder(enc_X, *args), *args))


class Seq2SeqEncoder(Encoder):
    """嵌入接 GRU；输入 (批量, 步数)，返回输出 (步数, 批量, 隐藏) 与末状态 (层数, 批量, 隐藏)。

    与那个包不同：第二个参数给了有效长度时，末状态停在最后一个有效词元，补齐之处的输出是零；那里
    不看有效长度，末状态是读完补齐之后的。
    """

    def __init__(
        self,
        vocab_size: int,
        embed_size: int,
        num_hiddens: int,
        num_layers: int,
        dropout: float = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.embedding = nn.Embedding(vocab_size, embed_size)
        self.rnn = nn.GRU(embed_size, num_hiddens, num_layers, dropout=dropout)

    def forward(self, X: torch.Tensor, *args: Any) -> tuple[torch.Tensor, torch.Tensor]:
        """``args`` 的第一个是有效长度 (批量,)，可以没有。"""
        embedded = self.embedding(X).permute(1, 0, 2)
        if not args or args[0] is None:
            return self.rnn(embedded)
        lengths = args[0].cpu().clamp(1, X.shape[1])
        packed = pack_padded_sequence(embedded, lengths, enforce_sorted=False)
        outputs, state = self.rnn(packed)
        return pad_packed_sequence(outputs, total_length=X.shape[1])[0], state


class TransformerEncoder(Encoder):
    """Transformer 的编码器；各块的注意力权重在 ``attention_weights``。"""

    def __init__(
        self,
        vocab_size: int,
        key_size: int,
        query_size: int,
        value_size: int,
        num_hiddens: int,
        norm_shape: int | Iterable[int],
        ffn_num_input: int,
        ffn_num_hiddens: int,
        num_heads: int,
        num_layers: int,
        dropout: float,
        use_bias: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.num_hiddens = num_hiddens
        self.embedding = nn.Embedding(vocab_size, num_hiddens)
        self.pos_encoding = PositionalEncoding(num_hiddens, dropout)
        sizes = (key_size, query_size, value_size, num_hiddens, norm_shape)
        self.blks = nn.Sequential()
        for i in range(num_layers):
            block = EncoderBlock(
                *sizes, ffn_num_input, ffn_num_hiddens, num_heads, dropout, use_bias
            )
            self.blks.add_module(f"block{i}", block)

    def forward(self, X: torch.Tensor, valid_lens: torch.Tensor | None, *args: Any) -> Any:
        """(批量, 步数, num_hiddens)。"""
        X = self.pos_encoding(self.embedding(X) * math.sqrt(self.num_hiddens))
        self.attention_weights: list[torch.Tensor] = []
        for block in self.blks:
            X = block(X, valid_lens)
            self.attention_weights.append(block.attention.attention.attention_weights)
        return X


def sequence_mask(X: torch.Tensor, valid_len: torch.Tensor, value: float = 0) -> torch.Tensor:
    """第 i 行有效长度之后的都换成 ``value``；``X`` 是 (批量, 步数, …)。就地改写，也返回它。"""
    mask = valid_lens_mask(valid_len, X.shape[1])[:, 0]
    X[~mask] = value
    return X


class MaskedSoftmaxCELoss(nn.CrossEntropyLoss):
    """遮住补齐的交叉熵，逐句：有效词元的损失之和除以**步数**（不是有效长度）。

    与那个包相同：每个有效词元的分量一样，句子的损失求和再除以步数；想要每个有效词元的平均，
    求和之后乘以步数、除以有效词元的总数（``train_seq2seq`` 打印的就是这样换算过的）。
    """

    def forward(
        self, pred: torch.Tensor, label: torch.Tensor, valid_len: torch.Tensor
    ) -> torch.Tensor:
        """``pred`` (批量, 步数, 词表)，``label`` (批量, 步数)，返回 (批量,)。"""
        weights = sequence_mask(torch.ones_like(label, dtype=pred.dtype), valid_len)
        loss = nn.functional.cross_entropy(pred.permute(0, 2, 1), label, reduction="none")
        return (loss * weights).mean(dim=1)


def _xavier(module: nn.Module) -> None:
    if isinstance(module, nn.Linear):
        nn.init.xavier_uniform_(module.weight)
    elif isinstance(module, nn.GRU):
        for name, param in module.named_parameters():
            if "weight" in name:
                nn.init.xavier_uniform_(param)


def train_seq2seq(
    net: nn.Module, data_iter: Iterable, lr: float, num_epochs: int, tgt_vocab: Vocab, device: Any
) -> None:
    """教师强制地训练，每十轮画一点，最后打印每个有效词元的损失与速度。

    与那个包不同：打印与画出来的是每个有效词元的平均损失（那里还除了一次步数）；更新完全相同。
    """
    net.apply(_xavier)
    net.to(device)
    optimizer = torch.optim.Adam(net.parameters(), lr=lr)
    loss = MaskedSoftmaxCELoss()
    animator = Animator(xlabel="epoch", ylabel="loss", xlim=[10, num_epochs])
    with mode(net, training=True):
        for epoch in range(num_epochs):
            timer, metric = Timer(), Accumulator(2)
            for batch in data_iter:
                X, X_valid_len, Y, Y_valid_len = (part.to(device) for part in batch)
                bos = torch.full((len(Y), 1), tgt_vocab["<bos>"], device=device)
                Y_hat, _ = net(X, torch.cat([bos, Y[:, :-1]], dim=1), X_valid_len)
                total = loss(Y_hat, Y, Y_valid_len).sum()
                optimizer.zero_grad()
                total.backward()
                clip_gradients(net.parameters(), 1)
                optimizer.step()
                metric.add(total.item() * Y.shape[1], int(Y_valid_len.sum()))
            if (epoch + 1) % 10 == 0:
                animator.add(epoch + 1, [metric[0] / metric[1]])
    loss_per_token, speed = metric[0] / metric[1], metric[1] / timer.stop()
    print(f"损失 {loss_per_token:.3f}, {speed:.1f} 词元/秒，在 {device!s} 上")


def predict_seq2seq(
    net: nn.Module,
    src_sentence: str,
    src_vocab: Vocab,
    tgt_vocab: Vocab,
    num_steps: int,
    device: Any,
    save_attention_weights: bool = False,
) -> tuple[str, list]:
    """贪心地译一句，返回译文与各步的注意力权重（``save_attention_weights`` 为真时）。

    与那个包不同：结束后恢复网络原来的模式；句子比 ``num_steps`` 长时有效长度不超过它；解码器里的
    ``PositionalEncoding`` 知道写到了第几步。笔记里自己写的解码器块若只在训练时用因果遮罩，
    这里一次喂一个词元，不受影响；拿它在评估模式下整句地算损失才会看见未来。
    """
    tokens = [*src_vocab[src_sentence.lower().split(" ")], src_vocab["<eos>"]]
    valid_len = torch.tensor([min(len(tokens), num_steps)], device=device)
    source = torch.tensor([truncate_pad(tokens, num_steps, src_vocab["<pad>"])], device=device)
    places = [m for m in net.decoder.modules() if isinstance(m, PositionalEncoding)]
    fresh = torch.tensor([[tgt_vocab["<bos>"]]], device=device)
    written, weights = [], []
    try:
        with mode(net, training=False), torch.no_grad():
            state = net.decoder.init_state(net.encoder(source, valid_len), valid_len)
            for step in range(num_steps):
                for place in places:
                    place.offset = step
                Y, state = net.decoder(fresh, state)
                fresh = Y.argmax(dim=2)
                if save_attention_weights:
                    weights.append(net.decoder.attention_weights)
                if fresh.item() == tgt_vocab["<eos>"]:
                    break
                written.append(fresh.item())
    finally:
        for place in places:
            place.offset = 0
    return " ".join(tgt_vocab.to_tokens(written)), weights


def bleu(pred_seq: str, label_seq: str, k: int) -> float:
    """一句的 BLEU，两句都是空格隔开的词元；短于 k 时只算到较短的一句的长度（那个包会除以零）。"""
    return ours.bleu(pred_seq.split(), label_seq.split(), k)
