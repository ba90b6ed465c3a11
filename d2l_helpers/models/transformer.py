"""Transformer：编码器块、解码器块与整个网络；后置与前置的层规范化都可以，解码可以一步一步来。"""

from __future__ import annotations

import math

import torch
from torch import nn

from d2l_helpers.attention import MultiHeadAttention, causal_mask, sinusoids, valid_mask
from d2l_helpers.models.encoder_decoder import EncoderDecoder

Cache = list[torch.Tensor]  # 每个解码器块一项：自注意力已经见过的输入，(批量, 步数, 宽度)
State = tuple[torch.Tensor, torch.Tensor, Cache]


class FeedForward(nn.Sequential):
    """逐位置的前馈网络：同一个两层感知机用在每一步上。"""

    def __init__(self, width: int, num_hiddens: int) -> None:
        super().__init__(nn.Linear(width, num_hiddens), nn.ReLU(), nn.Linear(num_hiddens, width))


class AddNorm(nn.Module):
    """残差连接、暂退与层规范化，包住一个子层。

    参数:
        width: 宽度；规范化只沿这一个轴。
        dropout: 子层的输出丢掉的比例。
        norm_first: 假是论文的次序 LN(x + f(x))，真是 x + f(LN(x))。

    出处:
        本书“Transformer”；Vaswani 等（2017），Xiong 等（2020）。
    """

    def __init__(self, width: int, dropout: float = 0.0, *, norm_first: bool = False) -> None:
        super().__init__()
        self.norm, self.dropout = nn.LayerNorm(width), nn.Dropout(dropout)
        self.norm_first = norm_first

    def before(self, X: torch.Tensor) -> torch.Tensor:
        """子层的输入。"""
        return self.norm(X) if self.norm_first else X

    def after(self, X: torch.Tensor, Y: torch.Tensor) -> torch.Tensor:
        """块的输入 ``X`` 与子层的输出 ``Y`` 合起来。"""
        total = X + self.dropout(Y)
        return total if self.norm_first else self.norm(total)


class EncoderBlock(nn.Module):
    """编码器块：自注意力，前馈网络，各有残差与层规范化。

    参数:
        width, num_heads, num_hiddens: 宽度、头数、前馈网络的隐藏单元数。
        dropout, norm_first: 见 :class:`AddNorm`。

    ``forward(X, mask=None)``：``X`` 是 (批量, 步数, 宽度)，``mask`` 能广播到
    (批量, 头, 查询数, 键数)，看得见为真。最近一次的注意力权重留在 ``weights`` 里。

    出处:
        本书“Transformer”；与 ``nn.TransformerEncoderLayer`` 逐数值一致。
    """

    def __init__(
        self,
        width: int,
        num_heads: int,
        num_hiddens: int,
        dropout: float = 0.0,
        *,
        norm_first: bool = False,
    ) -> None:
        super().__init__()
        self.attention = MultiHeadAttention(width, num_heads)
        self.feed = FeedForward(width, num_hiddens)
        self.around_attention = AddNorm(width, dropout, norm_first=norm_first)
        self.around_feed = AddNorm(width, dropout, norm_first=norm_first)

    def forward(self, X: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
        inputs = self.around_attention.before(X)
        attended, weights = self.attention(inputs, inputs, inputs, mask)
        self.weights = weights.detach()  # 给人看的：留着计算图，网络就不能 deepcopy 了
        X = self.around_attention.after(X, attended)
        return self.around_feed.after(X, self.feed(self.around_feed.before(X)))


class DecoderBlock(nn.Module):
    """解码器块：因果的自注意力，看编码器输出的交叉注意力，前馈网络。

    参数与 :class:`EncoderBlock` 相同。

    ``forward(X, memory, memory_mask=None, past=None)``：``memory`` 是编码器的输出；``past`` 是
    之前各步自注意力的输入 (批量, 已有步数, 宽度)，给出时 ``X`` 只是新来的几步。返回输出与
    连上新来的几步之后的 ``past``。最近一次的交叉注意力权重留在 ``weights`` 里。

    出处:
        本书“Transformer”；与 ``nn.TransformerDecoderLayer`` 逐数值一致。
    """

    def __init__(
        self,
        width: int,
        num_heads: int,
        num_hiddens: int,
        dropout: float = 0.0,
        *,
        norm_first: bool = False,
    ) -> None:
        super().__init__()
        self.attention = MultiHeadAttention(width, num_heads)
        self.cross = MultiHeadAttention(width, num_heads)
        self.feed = FeedForward(width, num_hiddens)
        self.around_attention = AddNorm(width, dropout, norm_first=norm_first)
        self.around_cross = AddNorm(width, dropout, norm_first=norm_first)
        self.around_feed = AddNorm(width, dropout, norm_first=norm_first)

    def forward(
        self,
        X: torch.Tensor,
        memory: torch.Tensor,
        memory_mask: torch.Tensor | None = None,
        past: torch.Tensor | None = None,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        inputs = self.around_attention.before(X)
        seen = inputs if past is None else torch.cat([past, inputs], dim=1)
        mask = causal_mask(seen.shape[1], X.device)[-X.shape[1] :]  # 新来的几步各看得见多少
        attended, _ = self.attention(inputs, seen, seen, mask)
        X = self.around_attention.after(X, attended)
        queries = self.around_cross.before(X)
        crossed, weights = self.cross(queries, memory, memory, memory_mask)
        self.weights = weights.detach()  # 给人看的：留着计算图，网络就不能 deepcopy 了
        X = self.around_cross.after(X, crossed)
        fed = self.feed(self.around_feed.before(X))
        return self.around_feed.after(X, fed), seen


class Transformer(EncoderDecoder):
    """编码器—解码器结构的 Transformer。

    参数:
        source_size, target_size: 两边词表的大小。
        width, num_heads, num_hiddens, num_blocks: 宽度、头数、前馈的隐藏单元数、两边各几块。
        dropout, norm_first: 见 :class:`AddNorm`；前置时末尾再规范化一次。
        max_steps: 位置编码有多长。

    状态是 ``(memory, mask, cache)``：编码器的输出 (批量, 源步数, 宽度)，给注意力用的遮罩，
    解码器各块已经见过的输入（开始时是空的列表）。

    异常:
        ValueError: 序列比 ``max_steps`` 长。

    出处:
        本书“Transformer”；Vaswani 等，NeurIPS 2017。
    """

    def __init__(
        self,
        source_size: int,
        target_size: int,
        width: int = 64,
        num_heads: int = 4,
        num_hiddens: int = 128,
        num_blocks: int = 2,
        dropout: float = 0.1,
        *,
        norm_first: bool = False,
        max_steps: int = 512,
    ) -> None:
        super().__init__()
        self.width, self.max_steps = width, max_steps
        self.source_embedding = nn.Embedding(source_size, width)
        self.target_embedding = nn.Embedding(target_size, width)
        for embedding in (self.source_embedding, self.target_embedding):
            nn.init.normal_(embedding.weight, std=width**-0.5)  # 放大之后与位置编码一样大
        self.register_buffer("positions", sinusoids(max_steps, width), persistent=False)
        self.dropout = nn.Dropout(dropout)
        sizes = (width, num_heads, num_hiddens, dropout)
        self.encoder = nn.ModuleList(
            EncoderBlock(*sizes, norm_first=norm_first) for _ in range(num_blocks)
        )
        self.decoder = nn.ModuleList(
            DecoderBlock(*sizes, norm_first=norm_first) for _ in range(num_blocks)
        )
        last = nn.LayerNorm if norm_first else lambda width: nn.Identity()
        self.encoder_norm, self.decoder_norm = last(width), last(width)
        self.output = nn.Linear(width, target_size)

    def embed(self, embedding: nn.Embedding, tokens: torch.Tensor, start: int = 0) -> torch.Tensor:
        """嵌入放大 √宽度 倍，加上从第 ``start`` 个位置起的编码。"""
        stop = start + tokens.shape[1]
        if stop > self.max_steps:
            raise ValueError(
                f"序列到了第 {stop} 步，位置编码只有 {self.max_steps} 步；"
                "请截短序列，或者加大 max_steps。"
            )
        return self.dropout(embedding(tokens) * math.sqrt(self.width) + self.positions[start:stop])

    def encode(self, source: torch.Tensor, source_len: torch.Tensor) -> State:
        mask = valid_mask(source_len, source.shape[1])[:, None, None, :]
        X = self.embed(self.source_embedding, source)
        for block in self.encoder:
            X = block(X, mask)
        return self.encoder_norm(X), mask, []

    def decode(self, inputs: torch.Tensor, state: State) -> tuple[torch.Tensor, State]:
        memory, mask, cache = state
        start = cache[0].shape[1] if cache else 0  # 位置接着已经见过的往后数
        X = self.embed(self.target_embedding, inputs, start)
        now: Cache = []
        for i, block in enumerate(self.decoder):
            X, seen = block(X, memory, mask, cache[i] if cache else None)
            now.append(seen)
        return self.output(self.decoder_norm(X)), (memory, mask, now)
