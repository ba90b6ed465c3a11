"""语义分割的度量：混淆矩阵、各类的交并比与它们的平均。"""

from __future__ import annotations

import torch


def confusion_matrix(
    predicted: torch.Tensor, truth: torch.Tensor, num_classes: int, *, ignore: int = 255
) -> torch.Tensor:
    """数出混淆矩阵：第 i 行第 j 列，是真值为 i、猜成 j 的像素（或样本）有几个。

    参数:
        predicted: 猜的类别，整数，形状任意，例如 (批量, 高, 宽)。
        truth: 真实类别，整数，形状与 ``predicted`` 相同。
        num_classes: 类别数，背景也算一类。
        ignore: 真值是它的像素不计；VOC 里 255 是物体的边缘。

    返回:
        int64，形状 (类别, 类别)；几批的矩阵可以直接相加。

    异常:
        ValueError: 形状不同，或者计入的像素里有 0 到 ``num_classes − 1`` 以外的类别。

    出处:
        本书“语义分割和数据集”。
    """
    if predicted.shape != truth.shape:
        shapes = tuple(predicted.shape), tuple(truth.shape)
        raise ValueError(f"预测与真值的形状应当相同，收到的是 {shapes}。")
    counted = truth != ignore
    pairs = truth[counted] * num_classes + predicted[counted]
    for classes in (predicted[counted], truth[counted]):
        if ((classes < 0) | (classes >= num_classes)).any():
            most, found = num_classes - 1, classes.unique().tolist()
            raise ValueError(f"类别应当在 0 与 {most} 之间，出现的却有 {found}。")
    counts = torch.bincount(pairs, minlength=num_classes**2)
    return counts.reshape(num_classes, num_classes)


def class_ious(matrix: torch.Tensor) -> torch.Tensor:
    """由混淆矩阵算出各类的交并比：猜对的，除以真是这一类或猜成这一类的。

    参数:
        matrix: :func:`confusion_matrix` 的结果，形状 (类别, 类别)。

    返回:
        float32，形状 (类别,)；真值与预测里都没有的类是 nan。

    出处:
        本书“语义分割和数据集”。
    """
    both = matrix.diag()
    either = matrix.sum(dim=1) + matrix.sum(dim=0) - both
    return both / either


def mean_iou(matrix: torch.Tensor) -> torch.Tensor:
    """返回平均交并比：对真值里出现过的类平均。

    参数:
        matrix: :func:`confusion_matrix` 的结果，形状 (类别, 类别)，已对全部图像累加。

    返回:
        0 维张量，取值在 0 与 1 之间。

    异常:
        ValueError: 一个计入的像素也没有。

    出处:
        本书“语义分割和数据集”。
    """
    present = matrix.sum(dim=1) > 0
    if not present.any():
        raise ValueError("混淆矩阵全是零：没有一个计入的像素，无从平均。")
    return class_ious(matrix)[present].mean()
