"""注意力：遮住无效的键，打分，加权求和；多头；位置编码。张量一律先批量后步数。"""

from __future__ import annotations

import math

import torch
from torch import nn


def valid_mask(lengths: torch.Tensor, num_steps: int) -> torch.Tensor:
    """有效的位置为真：第 i 行的前 ``lengths[i]`` 个。

    参数:
        lengths: 有效长度，形状 (批量,)。
        num_steps: 补齐之后的步数。

    返回:
        布尔 (批量, 步数)，与 ``lengths`` 在同一个设备上。

    异常:
        ValueError: 有长度是负数，或者超过步数。

    出处:
        本书“序列到序列学习”。
    """
    if len(lengths) and not 0 <= int(lengths.min()) <= int(lengths.max()) <= num_steps:
        raise ValueError(f"有效长度应当在 0 与 {num_steps} 之间，收到的有 {lengths.tolist()[:8]}。")
    return torch.arange(num_steps, device=lengths.device) < lengths[:, None]


def causal_mask(num_steps: int, device: torch.device | str | None = None) -> torch.Tensor:
    """第 i 个查询只看得见第 0 到 i 个键；布尔 (步数, 步数)，看得见为真。

    出处:
        本书“Transformer”。
    """
    return torch.ones(num_steps, num_steps, dtype=torch.bool, device=device).tril()


def masked_softmax(scores: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
    """沿最后一个轴做 softmax，遮住的（``mask`` 为假）权重恰为零。

    一行全被遮住时没有意义可言：这里约定全是零，而不是 nan 或均匀的权重。

    参数:
        scores: 得分，形状 (…, 查询数, 键数)。
        mask: 布尔，能广播到得分的形状，看得见为真；``None`` 表示都看得见。

    返回:
        权重，形状与得分相同，每行之和为 1（全被遮住的行为 0）。

    异常:
        TypeError: ``mask`` 不是布尔的：0 与 1 加到得分上遮不住任何东西。

    出处:
        本书“注意力评分函数”。
    """
    if mask is None:
        return scores.softmax(dim=-1)
    if mask.dtype != torch.bool:
        raise TypeError(f"mask 应当是布尔张量（看得见为真），收到的是 {mask.dtype}。")
    hidden = scores.masked_fill(~mask, -math.inf)
    hidden = hidden.masked_fill(~mask.any(dim=-1, keepdim=True), 0.0)  # 整行被遮住：免得出 nan
    return hidden.softmax(dim=-1).masked_fill(~mask, 0.0)


def dot_product_attention(
    queries: torch.Tensor,
    keys: torch.Tensor,
    values: torch.Tensor,
    mask: torch.Tensor | None = None,
) -> tuple[torch.Tensor, torch.Tensor]:
    """缩放点积注意力。

    参数:
        queries: (…, 查询数, d)。
        keys: (…, 键数, d)。
        values: (…, 键数, 值的宽度)。
        mask: 布尔，能广播到 (…, 查询数, 键数)，看得见为真。

    返回:
        输出 (…, 查询数, 值的宽度) 与权重 (…, 查询数, 键数)。

    出处:
        本书“注意力评分函数”；Vaswani 等，NeurIPS 2017。
    """
    scores = queries @ keys.transpose(-2, -1) / math.sqrt(queries.shape[-1])
    weights = masked_softmax(scores, mask)
    return weights @ values, weights


class AdditiveAttention(nn.Module):
    """加性注意力：查询与键的宽度可以不同，得分是 vᵀ tanh(W_q q + W_k k)。

    参数:
        query_size, key_size: 查询与键的宽度。
        num_hiddens: 隐藏单元数。

    ``forward(queries, keys, values, mask=None)`` 返回输出与权重，形状同
    :func:`dot_product_attention`，只是前面恰有一个批量轴。

    出处:
        本书“注意力评分函数”；Bahdanau 等，ICLR 2015。
    """

    def __init__(self, query_size: int, key_size: int, num_hiddens: int) -> None:
        super().__init__()
        self.W_q = nn.Linear(query_size, num_hiddens, bias=False)
        self.W_k = nn.Linear(key_size, num_hiddens, bias=False)
        self.w_v = nn.Linear(num_hiddens, 1, bias=False)

    def forward(
        self,
        queries: torch.Tensor,
        keys: torch.Tensor,
        values: torch.Tensor,
        mask: torch.Tensor | None = None,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        q = self.W_q(queries)[:, :, None, :]  # (批量, 查询数, 1, 隐藏)
        k = self.W_k(keys)[:, None, :, :]  # (批量, 1, 键数, 隐藏)
        scores = self.w_v(torch.tanh(q + k)).squeeze(-1)  # (批量, 查询数, 键数)
        weights = masked_softmax(scores, mask)
        return weights @ values, weights


class MultiHeadAttention(nn.Module):
    """多头注意力：把宽度切成几份，各做各的缩放点积注意力，再接起来过一层线性层。

    参数:
        width: 查询、键、值与输出的宽度。
        num_heads: 头数，要整除 ``width``。
        bias: 四个线性层要不要偏置。

    ``forward(queries, keys, values, mask=None)`` 的 ``mask`` 能广播到
    (批量, 头, 查询数, 键数)：键的有效长度写 ``valid_mask(...)[:, None, None, :]``。
    返回输出 (批量, 查询数, width) 与权重 (批量, 头, 查询数, 键数)。

    异常:
        ValueError: 头数不整除宽度。

    出处:
        本书“多头注意力”；Vaswani 等，NeurIPS 2017。
    """

    def __init__(self, width: int, num_heads: int, *, bias: bool = True) -> None:
        super().__init__()
        if width % num_heads:
            raise ValueError(f"宽度 {width} 不能被头数 {num_heads} 整除；请换一个头数。")
        self.num_heads = num_heads
        self.W_q = nn.Linear(width, width, bias=bias)
        self.W_k = nn.Linear(width, width, bias=bias)
        self.W_v = nn.Linear(width, width, bias=bias)
        self.W_o = nn.Linear(width, width, bias=bias)

    def split(self, X: torch.Tensor) -> torch.Tensor:
        """(批量, 步数, 宽度) → (批量, 头, 步数, 每头的宽度)。"""
        return X.unflatten(-1, (self.num_heads, -1)).transpose(1, 2)

    def forward(
        self,
        queries: torch.Tensor,
        keys: torch.Tensor,
        values: torch.Tensor,
        mask: torch.Tensor | None = None,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        q, k, v = (
            self.split(layer(X))
            for layer, X in ((self.W_q, queries), (self.W_k, keys), (self.W_v, values))
        )
        heads, weights = dot_product_attention(q, k, v, mask)
        return self.W_o(heads.transpose(1, 2).flatten(2)), weights


def sinusoids(num_steps: int, width: int, base: float = 10_000.0) -> torch.Tensor:
    """正弦位置编码：第 2j 列是 sin(位置 ÷ base^(2j/宽度))，第 2j+1 列是同样角度的余弦。

    参数:
        num_steps: 步数。
        width: 宽度；奇数时最后一列只有正弦。
        base: 各列的波长从 2π 起按比例变长，最慢的不到 2π·base。

    返回:
        (步数, 宽度)。

    出处:
        本书“自注意力和位置编码”；Vaswani 等，NeurIPS 2017。
    """
    even = torch.arange(0, width, 2)
    angle = torch.arange(num_steps)[:, None] / base ** (even / width)  # (步数, ⌈宽度/2⌉)
    code = torch.empty(num_steps, width)
    code[:, 0::2] = angle.sin()
    code[:, 1::2] = angle.cos()[:, : width // 2]
    return code
