"""序列到序列：一个 GRU 把源句读成一个向量，另一个 GRU 由它写出目标句。"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

from d2l_helpers.models.encoder_decoder import EncoderDecoder

State = tuple[torch.Tensor, torch.Tensor]


class Seq2Seq(EncoderDecoder):
    """两个 GRU，中间只有一个定长的上下文向量。

    上下文是编码器顶层在最后一个**有效**词元之后的隐状态，解码的每一步都把它接在词元的嵌入后面，
    从头到尾不变；编码器各层的末状态是解码器的初状态。

    参数:
        source_size, target_size: 两边词表的大小。
        embed_size, num_hiddens, num_layers: 嵌入的宽度、隐藏单元数、层数。
        dropout: 嵌入上、层与层之间丢掉的比例。

    状态是 ``(context, hidden)``：(批量, 隐藏) 与 (层数, 批量, 隐藏)。

    出处:
        本书“序列到序列学习”；Cho 等，EMNLP 2014；Sutskever 等，NeurIPS 2014。
    """

    def __init__(
        self,
        source_size: int,
        target_size: int,
        embed_size: int = 64,
        num_hiddens: int = 128,
        num_layers: int = 1,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        between = dropout if num_layers > 1 else 0.0
        shared = {"num_layers": num_layers, "dropout": between, "batch_first": True}
        self.source_embedding = nn.Embedding(source_size, embed_size)
        self.target_embedding = nn.Embedding(target_size, embed_size)
        self.dropout = nn.Dropout(dropout)
        self.encoder = nn.GRU(embed_size, num_hiddens, **shared)
        self.decoder = nn.GRU(embed_size + num_hiddens, num_hiddens, **shared)
        self.output = nn.Linear(num_hiddens, target_size)

    def encode(self, source: torch.Tensor, source_len: torch.Tensor) -> State:
        X = self.dropout(self.source_embedding(source))  # (批量, 源步数, 嵌入)
        packed = pack_padded_sequence(X, source_len.cpu(), batch_first=True, enforce_sorted=False)
        _, hidden = self.encoder(packed)  # (层数, 批量, 隐藏)，停在各自的最后一个有效词元
        return hidden[-1], hidden

    def decode(self, inputs: torch.Tensor, state: State) -> tuple[torch.Tensor, State]:
        context, hidden = state
        X = self.dropout(self.target_embedding(inputs))  # (批量, 步数, 嵌入)
        every = context[:, None, :].expand(-1, X.shape[1], -1)  # 每一步都是同一个
        outputs, hidden = self.decoder(torch.cat([X, every], dim=-1), hidden)
        return self.output(outputs), (context, hidden)
