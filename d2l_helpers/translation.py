"""翻译：带有效长度的损失、训练、解码与 BLEU；网络守 ``EncoderDecoder`` 的约定。"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from d2l_helpers.attention import valid_mask
from d2l_helpers.language import clip_gradients
from d2l_helpers.models.encoder_decoder import EncoderDecoder
from d2l_helpers.training import Optimizer, mode

Beam = tuple[float, list[int], Any]  # (对数概率, 编号, 状态)
Batch = tuple[torch.Tensor, ...]  # (source, source_len, inputs, targets, target_len)


def masked_cross_entropy(
    logits: torch.Tensor, targets: torch.Tensor, lengths: torch.Tensor
) -> torch.Tensor:
    """每个有效词元的平均交叉熵：补齐的位置不算，也不进分母。

    参数:
        logits: (批量, 步数, 词表)。
        targets: 答案的编号，(批量, 步数)。
        lengths: 有效长度，(批量,)，至少有一个不是零。

    返回:
        标量。

    异常:
        ValueError: 一个有效的词元也没有。

    出处:
        本书“序列到序列学习”。
    """
    mask = valid_mask(lengths, targets.shape[1])  # (批量, 步数)
    if not mask.any():
        raise ValueError("一个有效的词元也没有，损失没有意义；请检查有效长度。")
    return F.cross_entropy(logits[mask], targets[mask])


def train_translator_epoch(
    net: nn.Module, batches: Iterable[Batch], optimizer: Optimizer, radius: float = 1.0
) -> float:
    """训练一轮，返回每个有效词元的平均损失（边走边量）。

    参数:
        net: ``net(source, source_len, inputs)`` 返回 logits。
        batches: 一批批的 ``(source, source_len, inputs, targets, target_len)``，见 ``Pairs``。
        optimizer: 优化器。
        radius: 梯度剪裁的半径。

    出处:
        本书“序列到序列学习”。
    """
    total, count = 0.0, 0
    with mode(net, training=True):
        for source, source_len, inputs, targets, target_len in batches:
            logits = net(source, source_len, inputs)
            loss = masked_cross_entropy(logits, targets, target_len)
            optimizer.zero_grad()
            loss.backward()
            clip_gradients(net.parameters(), radius)
            optimizer.step()
            num_tokens = int(target_len.sum())
            total += loss.item() * num_tokens
            count += num_tokens
    return total / count


def translate(
    net: EncoderDecoder,
    source: torch.Tensor,
    source_len: torch.Tensor,
    bos: int,
    eos: int,
    max_steps: int,
) -> list[list[int]]:
    """贪心解码一批句子：每步取得分最高的，写出 ``eos`` 就停。

    参数:
        net: 守 ``EncoderDecoder`` 约定的网络。
        source, source_len: 源句 (批量, 源步数) 与有效长度 (批量,)。
        bos, eos: 目标词表里开始与结束的编号。
        max_steps: 至多写几步，至少 1。

    返回:
        每句的编号，不含 ``bos`` 与 ``eos``。

    异常:
        ValueError: ``max_steps`` 小于 1。

    出处:
        本书“序列到序列学习”。
    """
    if max_steps < 1:
        raise ValueError(f"至少要写一步，max_steps 收到的是 {max_steps}。")
    with mode(net, training=False), torch.inference_mode():
        state = net.encode(source, source_len)
        fresh = torch.full((len(source), 1), bos, device=source.device)  # (批量, 1)
        written = []
        for _ in range(max_steps):
            logits, state = net.decode(fresh, state)
            fresh = logits[:, -1:].argmax(dim=-1)  # (批量, 1)
            written.append(fresh)
            if all((torch.cat(written, dim=1) == eos).any(dim=1)):
                break
    rows = torch.cat(written, dim=1).tolist()
    return [row[: row.index(eos)] if eos in row else row for row in rows]


def grow_beams(
    net: EncoderDecoder, beams: Sequence[Beam], beam_size: int, device: torch.device
) -> list[Beam]:
    """束搜索的一步：每条半成品接上各个词元，合起来只留对数概率最高的几条。

    参数:
        net: 守 ``EncoderDecoder`` 约定的网络。
        beams: ``(对数概率, 编号, 状态)`` 的列表，编号以开始记号打头。
        beam_size: 留几条。
        device: 网络所在的设备。

    返回:
        长了一个词元的半成品，对数概率从高到低，至多 ``beam_size`` 条。

    出处:
        本书“束搜索”。
    """
    grown = []
    for total, row, state in beams:
        logits, state = net.decode(torch.tensor([row[-1:]], device=device), state)
        log_p = logits[0, -1].log_softmax(dim=-1)  # (词表,)
        best = log_p.topk(min(beam_size, len(log_p)))
        for gain, token in zip(*(part.tolist() for part in best), strict=True):
            grown.append((total + gain, [*row, token], state))
    return sorted(grown, key=lambda beam: -beam[0])[:beam_size]


def beam_search(
    net: EncoderDecoder,
    source: torch.Tensor,
    bos: int,
    eos: int,
    max_steps: int,
    beam_size: int = 4,
    alpha: float = 0.75,
) -> list[tuple[float, list[int]]]:
    """束搜索一句：每步留下对数概率最高的几条，写完的按自己的长度折算之后比。

    参数:
        net: 守 ``EncoderDecoder`` 约定的网络。
        source: 一句源句的编号 (源步数,)，没有补齐。
        bos, eos: 目标词表里开始与结束的编号。
        max_steps: 至多写几步，至少 1；到头还没有写完的也算一条候选。
        beam_size: 每步留几条，至少 1；1 就是贪心。
        alpha: 对数概率除以 长度^alpha（长度含 ``eos``）；0 是不折算，偏爱短的。

    返回:
        ``(得分, 编号)`` 的列表，得分从高到低；编号不含 ``bos`` 与 ``eos``。

    异常:
        ValueError: ``beam_size`` 或 ``max_steps`` 小于 1。

    出处:
        本书“束搜索”。
    """
    if beam_size < 1 or max_steps < 1:
        raise ValueError(
            f"束宽与步数至少是 1，收到的是 beam_size={beam_size}、max_steps={max_steps}。"
        )
    finished = []
    with mode(net, training=False), torch.inference_mode():
        length = torch.tensor([len(source)], device=source.device)
        beams = [(0.0, [bos], net.encode(source[None], length))]  # 还没有写完的
        for step in range(1, max_steps + 1):
            grown, beams = grow_beams(net, beams, beam_size, source.device), []
            for total, row, state in grown:
                if row[-1] == eos or step == max_steps:
                    tokens = row[1:-1] if row[-1] == eos else row[1:]
                    finished.append((total / step**alpha, tokens))
                else:
                    beams.append((total, row, state))
            if not beams:
                break
    return sorted(finished, key=lambda item: -item[0])


def bleu(prediction: Sequence[str], reference: Sequence[str], max_n: int = 4) -> float:
    """一句译文的 BLEU：各阶 n 元语法精确率按权重 1/2ⁿ 相乘，太短的打折扣。

    这是教学用的句级写法：阶数不超过两句中较短的一句的长度。整个测试集的 BLEU 应当把各句的次数
    先加起来再算，不是各句的平均。

    参数:
        prediction, reference: 词元的列表（不是字符串）。
        max_n: 最高几阶。

    返回:
        0 到 1；译文是空的得 0。

    异常:
        TypeError: 给的是字符串。
        ValueError: 参考译文是空的，或者 ``max_n`` 小于 1。

    出处:
        本书“序列到序列学习”；Papineni 等，ACL 2002。
    """
    if isinstance(prediction, str) or isinstance(reference, str):
        raise TypeError("译文与参考应当是词元的列表，收到了字符串；请先切开。")
    if not reference or max_n < 1:
        raise ValueError(f"参考译文不能是空的，max_n 至少是 1（收到的是 {max_n}）。")
    if not prediction:
        return 0.0
    score = math.exp(min(0.0, 1 - len(reference) / len(prediction)))
    for n in range(1, min(max_n, len(prediction), len(reference)) + 1):
        grams = [
            Counter(tuple(side[i : i + n]) for i in range(len(side) - n + 1))
            for side in (prediction, reference)
        ]
        matched = sum((grams[0] & grams[1]).values())  # 每个参考里的 n 元语法只能用一次
        score *= (matched / sum(grams[0].values())) ** (0.5**n)
    return score
