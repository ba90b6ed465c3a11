"""翻译的打分：带有效长度的损失，BLEU。"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import torch
from torch.nn import functional as F

from d2l_helpers.attention import valid_mask


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
