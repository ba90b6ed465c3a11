"""公开的 ``d2l`` 包（0.17）里注意力的名字：打分、多头、位置编码、编码器；签名与含义照旧。

遮罩在那个包里是有效长度 ``valid_lens``：(批量,)，或者每个查询各一个 (批量, 查询数)；``None`` 是
都看得见。我们的实现用布尔遮罩，这里换算。
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import torch
from matplotlib import pyplot as plt
from torch import nn

from d2l_helpers import attention as ours
from d2l_helpers.compat.plotting import use_svg_display


def show_heatmaps(
    matrices: torch.Tensor,
    xlabel: str,
    ylabel: str,
    titles: list[str] | None = None,
    figsize: tuple[float, float] = (2.5, 2.5),
    cmap: str = "Reds",
) -> None:
    """画几行几列热图；``matrices`` 的形状是 (行, 列, 查询数, 键数)。"""
    use_svg_display()
    rows, columns = matrices.shape[:2]
    figure, axes = plt.subplots(
        rows, columns, figsize=figsize, sharex=True, sharey=True, squeeze=False
    )
    for i, (row_axes, row) in enumerate(zip(axes, matrices, strict=True)):
        for j, (ax, matrix) in enumerate(zip(row_axes, row, strict=True)):
            image = ax.imshow(matrix.detach().cpu().numpy(), cmap=cmap)
            if i == rows - 1:
                ax.set_xlabel(xlabel)
            if j == 0:
                ax.set_ylabel(ylabel)
            if titles:
                ax.set_title(titles[j])
    figure.colorbar(image, ax=axes, shrink=0.6)


def valid_lens_mask(valid_lens: torch.Tensor | None, num_keys: int) -> torch.Tensor | None:
    """有效长度换成布尔遮罩 (批量, 1 或查询数, 键数)；``None`` 照旧。"""
    if valid_lens is None:
        return None
    lengths = valid_lens[:, None] if valid_lens.dim() == 1 else valid_lens
    return torch.arange(num_keys, device=valid_lens.device) < lengths[..., None]


def masked_softmax(X: torch.Tensor, valid_lens: torch.Tensor | None) -> torch.Tensor:
    """沿最后一个轴做 softmax，超出有效长度的权重恰为零；``X`` 是 (批量, 查询数, 键数)。

    与那个包不同：有效长度是 0 的行得到全零；那里把遮住的得分换成 −10⁶，一行全被遮住时反而成了
    均匀的权重。不改写 ``X``。
    """
    return ours.masked_softmax(X, valid_lens_mask(valid_lens, X.shape[-1]))


class AdditiveAttention(nn.Module):
    """加性注意力；最近一次（暂退之前）的权重在 ``attention_weights``。"""

    def __init__(
        self, key_size: int, query_size: int, num_hiddens: int, dropout: float, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.W_k = nn.Linear(key_size, num_hiddens, bias=False)
        self.W_q = nn.Linear(query_size, num_hiddens, bias=False)
        self.w_v = nn.Linear(num_hiddens, 1, bias=False)
        self.dropout = nn.Dropout(dropout)

    def forward(
        self,
        queries: torch.Tensor,
        keys: torch.Tensor,
        values: torch.Tensor,
        valid_lens: torch.Tensor | None,
    ) -> torch.Tensor:
        """(批量, 查询数, 值的宽度)。"""
        features = self.W_q(queries)[:, :, None, :] + self.W_k(keys)[:, None, :, :]
        scores = self.w_v(torch.tanh(features)).squeeze(-1)
        self.attention_weights = masked_softmax(scores, valid_lens)
        return torch.bmm(self.dropout(self.attention_weights), values)


class DotProductAttention(nn.Module):
    """缩放点积注意力；最近一次（暂退之前）的权重在 ``attention_weights``。"""

    def __init__(self, dropout: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.dropout = nn.Dropout(dropout)

    def forward(
        self,
        queries: torch.Tensor,
        keys: torch.Tensor,
        values: torch.Tensor,
        valid_lens: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """(批量, 查询数, 值的宽度)。"""
        scores = torch.bmm(queries, keys.transpose(1, 2)) / math.sqrt(queries.shape[-1])
        self.attention_weights = masked_softmax(scores, valid_lens)
        return torch.bmm(self.dropout(self.attention_weights), values)


def transpose_qkv(X: torch.Tensor, num_heads: int) -> torch.Tensor:
    """(批量, 步数, 宽度) → (批量 × 头, 步数, 每头的宽度)；同一条的各头挨在一起。"""
    return X.unflatten(-1, (num_heads, -1)).transpose(1, 2).flatten(0, 1)


def transpose_output(X: torch.Tensor, num_heads: int) -> torch.Tensor:
    """``transpose_qkv`` 的逆。"""
    return X.unflatten(0, (-1, num_heads)).transpose(1, 2).flatten(2)


class MultiHeadAttention(nn.Module):
    """多头注意力；各头的权重在 ``attention.attention_weights``，(批量 × 头, 查询数, 键数)。

    异常:
        ValueError: 头数不整除 ``num_hiddens``；那个包要到前向时才在变形处出错。
    """

    def __init__(
        self,
        key_size: int,
        query_size: int,
        value_size: int,
        num_hiddens: int,
        num_heads: int,
        dropout: float,
        bias: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if num_hiddens % num_heads:
            raise ValueError(f"num_hiddens={num_hiddens} 不能被 num_heads={num_heads} 整除。")
        self.num_heads = num_heads
        self.attention = DotProductAttention(dropout)
        self.W_q = nn.Linear(query_size, num_hiddens, bias=bias)
        self.W_k = nn.Linear(key_size, num_hiddens, bias=bias)
        self.W_v = nn.Linear(value_size, num_hiddens, bias=bias)
        self.W_o = nn.Linear(num_hiddens, num_hiddens, bias=bias)

    def forward(
        self,
        queries: torch.Tensor,
        keys: torch.Tensor,
        values: torch.Tensor,
        valid_lens: torch.Tensor | None,
    ) -> torch.Tensor:
        """(批量, 查询数, num_hiddens)。"""
        split = [
            transpose_qkv(layer(X), self.num_heads)
            for layer, X in ((self.W_q, queries), (self.W_k, keys), (self.W_v, values))
        ]
        if valid_lens is not None:  # 同一条的各头挨在一起，所以逐条重复
            valid_lens = valid_lens.repeat_interleave(self.num_heads, dim=0)
        return self.W_o(transpose_output(self.attention(*split, valid_lens), self.num_heads))


class PositionalEncoding(nn.Module):
    """加上正弦位置编码，再暂退；编码在 ``P``，(1, max_len, num_hiddens)。

    与那个包不同：宽度可以是奇数；``predict_seq2seq`` 一次只喂一个词元，它会先把 ``offset`` 设成已经
    写了几个，所以第几步就加第几个位置的编码（那里每一步加的都是第 0 个）。

    异常:
        ValueError: 序列比 ``max_len`` 长。
    """

    def __init__(self, num_hiddens: int, dropout: float, max_len: int = 1000) -> None:
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        self.P = ours.sinusoids(max_len, num_hiddens)[None]
        self.offset = 0

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        """形状不变。"""
        stop = self.offset + X.shape[1]
        if stop > self.P.shape[1]:
            raise ValueError(f"序列到了第 {stop} 步，位置编码只有 {self.P.shape[1]} 步。")
        return self.dropout(X + self.P[:, self.offset : stop].to(X.device))


class PositionWiseFFN(nn.Module):
    """逐位置的前馈网络。"""

    def __init__(
        self, ffn_num_input: int, ffn_num_hiddens: int, ffn_num_outputs: int, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.dense1 = nn.Linear(ffn_num_input, ffn_num_hiddens)
        self.relu = nn.ReLU()
        self.dense2 = nn.Linear(ffn_num_hiddens, ffn_num_outputs)

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        """最后一个轴由 ``ffn_num_input`` 变成 ``ffn_num_outputs``。"""
        return self.dense2(self.relu(self.dense1(X)))


class AddNorm(nn.Module):
    """残差连接之后层规范化：``LN(暂退(Y) + X)``。

    ``normalized_shape`` 写成 [步数, 宽度] 时，规范化跨过了时间，会把后面的词元漏给前面的；
    训练解码器请只写宽度。
    """

    def __init__(
        self, normalized_shape: int | Iterable[int], dropout: float, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.dropout = nn.Dropout(dropout)
        self.ln = nn.LayerNorm(normalized_shape)

    def forward(self, X: torch.Tensor, Y: torch.Tensor) -> torch.Tensor:
        """形状不变。"""
        return self.ln(self.dropout(Y) + X)


class EncoderBlock(nn.Module):
    """Transformer 的编码器块（后置的层规范化）。"""

    def __init__(
        self,
        key_size: int,
        query_size: int,
        value_size: int,
        num_hiddens: int,
        norm_shape: int | Iterable[int],
        ffn_num_input: int,
        ffn_num_hiddens: int,
        num_heads: int,
        dropout: float,
        use_bias: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.attention = MultiHeadAttention(
            key_size, query_size, value_size, num_hiddens, num_heads, dropout, use_bias
        )
        self.addnorm1 = AddNorm(norm_shape, dropout)
        self.ffn = PositionWiseFFN(ffn_num_input, ffn_num_hiddens, num_hiddens)
        self.addnorm2 = AddNorm(norm_shape, dropout)

    def forward(self, X: torch.Tensor, valid_lens: torch.Tensor | None) -> torch.Tensor:
        """形状不变。"""
        Y = self.addnorm1(X, self.attention(X, X, X, valid_lens))
        return self.addnorm2(Y, self.ffn(Y))
