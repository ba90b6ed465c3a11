"""测速：语言模型与翻译训练一轮，与裸循环比；我们的 Transformer 与框架的比。只报告，不作测试。

用法: ``python bench/language.py``，打印 Markdown 表格。

单线程；各种写法轮流各跑几遍，每一轮换一次先后，各取最快的一遍，所以比值可比；绝对的字符/秒、
词元/秒随机器而变。计时不含造网络与读数据。
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable

os.environ.setdefault("D2L_DATA", "standin")
os.environ |= {"OMP_NUM_THREADS": "1", "TQDM_DISABLE": "1", "PYTHONWARNINGS": "ignore"}

import torch
from torch import nn
from torch.nn import functional as F

import d2l_helpers as d2l

REPEATS = 5
Epoch = Callable[[nn.Module, torch.optim.Optimizer], float]
Way = tuple[Callable[[], nn.Module], Epoch]  # 造网络，训练一轮


def fastest(ways: dict[str, Way], lr: float) -> dict[str, float]:
    """轮流各跑几遍，返回各自最快的一轮用的秒数；造网络与优化器不计时。"""
    seconds: dict[str, list[float]] = {way: [] for way in ways}
    for repeat in range(REPEATS):
        for way, (make, epoch) in list(ways.items())[:: 1 if repeat % 2 else -1]:
            torch.manual_seed(repeat)
            net = make()
            optimizer = torch.optim.Adam(net.parameters(), lr=lr)
            begin = time.perf_counter()
            epoch(net, optimizer)
            seconds[way].append(time.perf_counter() - begin)
    return {way: min(values) for way, values in seconds.items()}


def table(title: str, unit: str, count: int, seconds: dict[str, float]) -> None:
    """打印一张表：每秒多少、与第一行之比。"""
    print(
        f"\n{title}（{count} {unit}）\n\n| 写法 | {unit}/秒 | 与第一行之比 |\n| --- | --- | --- |"
    )
    first = next(iter(seconds.values()))
    for way, value in seconds.items():
        print(f"| {way} | {count / value:,.0f} | {first / value:.2f} |")


class GRUByHand(nn.Module):
    """逐步写的 GRU，参数借 ``nn.GRU`` 的。"""

    batch_first, bidirectional = True, False

    def __init__(self, gru: nn.GRU) -> None:
        super().__init__()
        self.gru, self.input_size, self.hidden_size = gru, gru.input_size, gru.hidden_size

    def forward(
        self, X: torch.Tensor, state: torch.Tensor | None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """与 ``nn.GRU(batch_first=True)`` 相同。"""
        H = X.new_zeros(len(X), self.hidden_size) if state is None else state[0]
        outputs = []
        for x in X.unbind(dim=1):
            i = F.linear(x, self.gru.weight_ih_l0, self.gru.bias_ih_l0).chunk(3, dim=1)
            h = F.linear(H, self.gru.weight_hh_l0, self.gru.bias_hh_l0).chunk(3, dim=1)
            R, Z = torch.sigmoid(i[0] + h[0]), torch.sigmoid(i[1] + h[1])
            H = Z * H + (1 - Z) * torch.tanh(i[2] + R * h[2])
            outputs.append(H)
        return torch.stack(outputs, dim=1), H[None]


def language_model() -> None:
    """字符语言模型：``train_lm_epoch`` 与裸循环；``nn.GRU`` 与逐步写的。"""
    text = d2l.letters(d2l.time_machine())[:20_000]
    vocab = d2l.Vocab(list(text))
    windows = list(d2l.Windows(torch.tensor(vocab.encode(text)), 32, 35))
    count = sum(X.numel() for X, _ in windows)

    def bare(net: nn.Module, optimizer: torch.optim.Optimizer) -> float:
        total = 0.0
        for X, Y in windows:
            logits, _ = net(X, None)
            loss = F.cross_entropy(logits.flatten(0, 1), Y.flatten())
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
            total += loss.item() * Y.numel()
        return total

    def ours(net: nn.Module, optimizer: torch.optim.Optimizer) -> float:
        return d2l.train_lm_epoch(net, windows, optimizer)

    def gru() -> nn.GRU:
        return nn.GRU(len(vocab), 128, batch_first=True)

    ways = {
        "裸循环，`nn.GRU`": (lambda: d2l.RNNLM(gru(), len(vocab)), bare),
        "`d2l.train_lm_epoch`，`nn.GRU`": (lambda: d2l.RNNLM(gru(), len(vocab)), ours),
        "`d2l.train_lm_epoch`，逐步写的 GRU": (
            lambda: d2l.RNNLM(GRUByHand(gru()), len(vocab)), ours,
        ),
    }  # fmt: skip
    table("字符语言模型，隐藏 128", "字符", count, fastest(ways, lr=0.005))


class FrameworkTransformer(nn.Module):
    """``nn.Transformer`` 接上嵌入、位置编码与输出层，尺寸与 ``d2l.Transformer`` 相同。"""

    def __init__(self, source_size: int, target_size: int, width: int = 64) -> None:
        super().__init__()
        self.width = width
        self.source, self.target = (
            nn.Embedding(source_size, width),
            nn.Embedding(target_size, width),
        )
        self.register_buffer("positions", d2l.sinusoids(64, width))
        self.body = nn.Transformer(width, 4, 2, 2, 128, 0.1, batch_first=True)
        self.body.encoder.norm = self.body.decoder.norm = None
        self.output = nn.Linear(width, target_size)

    def forward(
        self, source: torch.Tensor, source_len: torch.Tensor, inputs: torch.Tensor
    ) -> torch.Tensor:
        """(批量, 目标步数, 目标词表)。"""
        hidden = ~d2l.valid_mask(source_len, source.shape[1])  # 框架里真是遮住
        future = ~d2l.causal_mask(inputs.shape[1], inputs.device)
        X, Y = (
            embedding(tokens) * self.width**0.5 + self.positions[: tokens.shape[1]]
            for embedding, tokens in ((self.source, source), (self.target, inputs))
        )
        return self.output(
            self.body(
                X, Y, tgt_mask=future, src_key_padding_mask=hidden, memory_key_padding_mask=hidden
            )
        )


def translation() -> None:
    """翻译：``train_translator_epoch`` 与裸循环；我们的 Transformer 与框架的。"""
    data = d2l.Pairs(d2l.interface_pairs()[:1000])
    data.source, data.source_len = data.source[:, :40], data.source_len.clamp(max=40)
    data.inputs, data.targets = data.inputs[:, :40], data.targets[:, :40]
    data.target_len = data.target_len.clamp(max=40)
    count = int(data.target_len.sum())
    sizes = len(data.source_vocab), len(data.target_vocab)

    def bare(net: nn.Module, optimizer: torch.optim.Optimizer) -> float:
        total = 0.0
        for source, source_len, inputs, targets, target_len in data.batches(64, shuffle=True):
            mask = torch.arange(targets.shape[1]) < target_len[:, None]
            loss = F.cross_entropy(net(source, source_len, inputs)[mask], targets[mask])
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
            total += loss.item() * int(target_len.sum())
        return total

    def ours(net: nn.Module, optimizer: torch.optim.Optimizer) -> float:
        return d2l.train_translator_epoch(net, data.batches(64, shuffle=True), optimizer)

    for title, kind in (("Seq2Seq", d2l.Seq2Seq), ("Transformer", d2l.Transformer)):
        ways = {
            f"裸循环，`d2l.{title}`": (lambda kind=kind: kind(*sizes), bare),
            f"`d2l.train_translator_epoch`，`d2l.{title}`": (lambda kind=kind: kind(*sizes), ours),
        }
        if title == "Transformer":
            ways["裸循环，`nn.Transformer`"] = (lambda: FrameworkTransformer(*sizes), bare)
        table(f"翻译，{title}，批 64", "目标词元", count, fastest(ways, lr=1e-3))


if __name__ == "__main__":
    language_model()
    translation()
