"""带注意力的序列到序列：解码的每一步，重新到源句里取一次。"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from d2l_helpers.attention import AdditiveAttention, valid_mask
from d2l_helpers.models.encoder_decoder import EncoderDecoder

State = tuple[torch.Tensor, torch.Tensor, torch.Tensor]


class BidirectionalEncoder(nn.Module):
    """双向 GRU 编码器：源句的每一步各留下一个读过左右两边的向量。

    参数:
        vocab_size, embed_size: 源词表的大小、嵌入的宽度。
        num_hiddens: 每一步的宽度；两个方向各一半，所以要是偶数。
        dropout: 嵌入上丢掉的比例。

    ``forward(source, source_len)`` 返回每一步的记忆 (批量, 源步数, 隐藏)，补齐的步是零，
    与两个方向各自的末状态拼成的一个向量 (批量, 隐藏)。

    异常:
        ValueError: ``num_hiddens`` 是奇数。

    出处:
        本书“Bahdanau 注意力”；Bahdanau、Cho、Bengio，ICLR 2015。
    """

    def __init__(
        self, vocab_size: int, embed_size: int, num_hiddens: int, dropout: float = 0.0
    ) -> None:
        super().__init__()
        if num_hiddens % 2:
            raise ValueError(f"隐藏单元数 {num_hiddens} 是奇数，两个方向分不匀；请换成偶数。")
        self.embedding = nn.Embedding(vocab_size, embed_size)
        self.dropout = nn.Dropout(dropout)
        self.rnn = nn.GRU(embed_size, num_hiddens // 2, batch_first=True, bidirectional=True)

    def forward(
        self, source: torch.Tensor, source_len: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        X = self.dropout(self.embedding(source))  # (批量, 源步数, 嵌入)
        packed = pack_padded_sequence(X, source_len.cpu(), batch_first=True, enforce_sorted=False)
        outputs, ends = self.rnn(packed)  # ends: (2, 批量, 隐藏/2)，两个方向各自的末状态
        memory, _ = pad_packed_sequence(outputs, batch_first=True, total_length=source.shape[1])
        return memory, torch.cat([*ends], dim=-1)  # (批量, 源步数, 隐藏)，(批量, 隐藏)


class AttentionSeq2Seq(EncoderDecoder):
    """编码器是双向 GRU；解码器每一步拿自己上一步的隐状态作查询，在源句各步上做加性注意力。

    参数:
        source_size, target_size: 两边词表的大小。
        embed_size, num_hiddens: 嵌入的宽度、隐藏单元数；编码器每个方向各一半，所以要是偶数。
        dropout: 嵌入上丢掉的比例。

    状态是 ``(memory, mask, hidden)``：(批量, 源步数, 隐藏)、布尔 (批量, 1, 源步数)、(批量, 隐藏)。
    最近一次 ``decode`` 的注意力权重留在 ``weights`` 里，(批量, 目标步数, 源步数)。

    异常:
        ValueError: 隐藏单元数是奇数。

    出处:
        本书“Bahdanau 注意力”；Bahdanau、Cho、Bengio，ICLR 2015。
    """

    def __init__(
        self,
        source_size: int,
        target_size: int,
        embed_size: int = 64,
        num_hiddens: int = 128,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.encoder = BidirectionalEncoder(source_size, embed_size, num_hiddens, dropout)
        self.embedding = nn.Embedding(target_size, embed_size)
        self.dropout = nn.Dropout(dropout)
        self.attention = AdditiveAttention(num_hiddens, num_hiddens, num_hiddens)
        self.cell = nn.GRUCell(embed_size + num_hiddens, num_hiddens)
        self.output = nn.Linear(num_hiddens, target_size)

    def encode(self, source: torch.Tensor, source_len: torch.Tensor) -> State:
        memory, hidden = self.encoder(source, source_len)
        return memory, valid_mask(source_len, source.shape[1])[:, None, :], hidden

    def decode(self, inputs: torch.Tensor, state: State) -> tuple[torch.Tensor, State]:
        memory, mask, hidden = state
        outputs, weights = [], []
        for x in self.dropout(self.embedding(inputs)).unbind(dim=1):  # (批量, 嵌入)
            context, weight = self.attention(hidden[:, None, :], memory, memory, mask)
            hidden = self.cell(torch.cat([x, context[:, 0]], dim=-1), hidden)
            outputs.append(hidden)
            weights.append(weight[:, 0].detach())
        self.weights = torch.stack(weights, dim=1)  # (批量, 目标步数, 源步数)，给人看的
        return self.output(torch.stack(outputs, dim=1)), (memory, mask, hidden)
