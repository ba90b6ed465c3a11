"""K 折交叉验证的下标：谁训练，谁验证。"""

from __future__ import annotations

from collections.abc import Iterator

import torch


def k_fold(
    n: int, k: int, *, generator: torch.Generator | None = None
) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """把 ``n`` 个样本分成 ``k`` 折，每一折轮流当一次验证集。

    各折的大小至多相差 1，除不尽的余数分给最前面的几折。参数有误时当场报错，
    不等到取第一折。

    参数:
        n: 样本数。
        k: 折数，从 2 到 ``n``；等于 ``n`` 就是留一法。
        generator: 打乱所用的随机数发生器；不给就不打乱，按原来的次序切段。

    返回:
        迭代器，依次给出 ``k`` 对 int64 下标 ``(train_index, valid_index)``，
        形状 (n − 该折的样本数,) 与 (该折的样本数,)。

    异常:
        ValueError: 不满足 2 ≤ k ≤ n。

    出处:
        本书 {ref}`sec-underfit-overfit`。
    """
    if not 2 <= k <= n:
        raise ValueError(f"折数应当满足 2 ≤ k ≤ n，收到的是 k = {k}、n = {n}。")
    order = torch.arange(n) if generator is None else torch.randperm(n, generator=generator)
    folds = order.split([n // k + (i < n % k) for i in range(k)])
    return ((torch.cat(folds[:i] + folds[i + 1 :]), folds[i]) for i in range(k))
