"""K 折交叉验证：谁训练，谁验证；按类分层的，各折的各类一样多。"""

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


def stratified_folds(
    labels: torch.Tensor, k: int, *, generator: torch.Generator | None = None
) -> torch.Tensor:
    """按类分层地分折：像发牌一样，把每一类洗过，接着上一类轮流发给各折。

    每一类在各折里的张数至多相差 1，各折的总数也至多相差 1。``folds == 0`` 是第 0 折的验证集，
    其余是它的训练集。

    参数:
        labels: 类别，整数，形状 (样本数,)，在 CPU 上。
        k: 折数，从 2 到样本数。
        generator: 洗牌所用的随机数发生器；缺省用全局的。

    返回:
        每个样本归哪一折，int64，形状 (样本数,)，取值 0 到 ``k − 1``。

    异常:
        ValueError: ``labels`` 不是一维的，或不满足 2 ≤ k ≤ 样本数。

    出处:
        本书“实战 Kaggle 比赛：图像分类（CIFAR-10）”；Kohavi，IJCAI 1995。
    """
    if labels.ndim != 1 or not 2 <= k <= len(labels):
        got = tuple(labels.shape), k
        raise ValueError(f"应是一维的 labels 与 2 ≤ k ≤ 样本数，不是 {got}。")
    folds, dealt = torch.empty(len(labels), dtype=torch.int64), 0
    for label in labels.unique():
        index = (labels == label).nonzero()[:, 0]  # 这一类都在哪里
        index = index[torch.randperm(len(index), generator=generator)]
        folds[index] = (dealt + torch.arange(len(index))) % k
        dealt += len(index)
    return folds
