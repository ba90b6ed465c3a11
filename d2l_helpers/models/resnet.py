"""ResNet：残差块一段一段地叠起来，2015 年的网络。"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence

from torch import nn

from d2l_helpers.layers import Residual


def resnet_stem(in_channels: int, width: int, kind: str = "large") -> nn.Sequential:
    """返回残差块之前的那一段。

    参数:
        in_channels: 输入通道数。
        width: 输出通道数。
        kind: ``"large"`` 照论文，步幅 2 的 7×7 卷积再加步幅 2 的汇聚，边长降到四分之一，给大图用；
            ``"small"`` 只有一个 3×3 卷积，边长不变，给 32 像素上下的小图用。

    返回:
        卷积、批量规范化、ReLU（以及汇聚）的 ``nn.Sequential``。

    异常:
        ValueError: ``kind`` 不是那两个词之一。

    出处:
        本书“残差网络（ResNet）”。
    """
    if kind not in ("large", "small"):
        raise ValueError(f"kind 应当是 'large' 或 'small'，收到的是 {kind!r}。")
    size, stride = (7, 2) if kind == "large" else (3, 1)
    conv = nn.Conv2d(in_channels, width, size, stride, padding=size // 2, bias=False)
    stem = nn.Sequential(conv, nn.BatchNorm2d(width), nn.ReLU())
    return stem.append(nn.MaxPool2d(3, stride=2, padding=1)) if kind == "large" else stem


def resnet(
    layers: Sequence[int] = (2, 2, 2, 2),
    width: int = 64,
    in_channels: int = 1,
    num_classes: int = 10,
    *,
    stem: str = "large",
    block: Callable[..., nn.Module] = Residual,
) -> nn.Sequential:
    """返回由残差块叠成的网络；缺省是 ResNet-18。

    第 i 段（从 0 数起）有 ``layers[i]`` 块，通道数是 ``width`` 的 2ⁱ 倍；除第一段外，每段的第一块
    步幅为 2。

    参数:
        layers: 各段的块数。(3, 4, 6, 3) 是 ResNet-34。
        width: 第一段的通道数。
        in_channels: 输入通道数。
        num_classes: 类别数。
        stem: 残差块之前的那一段，见 :func:`resnet_stem`。
        block: ``(输入通道, 输出通道, 步幅) → 一块``。

    返回:
        子模块有名字的 ``nn.Sequential``：stem、stage1……、pool、flatten、fc；
        输入 (批量, 通道, 高, 宽)，输出 (批量, 类别)。

    异常:
        ValueError: ``stem`` 不认得。

    出处:
        本书“残差网络（ResNet）”；He 等，CVPR 2016。
    """
    net = OrderedDict(stem=resnet_stem(in_channels, width, stem))
    channels = width
    for i, num_blocks in enumerate(layers):
        out_channels = width * 2**i
        blocks = [block(channels, out_channels, 1 if i == 0 else 2)]
        blocks += [block(out_channels, out_channels, 1) for _ in range(num_blocks - 1)]
        net[f"stage{i + 1}"] = nn.Sequential(*blocks)
        channels = out_channels
    net["pool"], net["flatten"] = nn.AdaptiveAvgPool2d(1), nn.Flatten()
    net["fc"] = nn.Linear(channels, num_classes)
    return nn.Sequential(net)


def resnet18(in_channels: int = 1, num_classes: int = 10, *, stem: str = "large") -> nn.Sequential:
    """返回 ResNet-18：四段各两块，通道 64、128、256、512。

    参数:
        in_channels: 输入通道数。
        num_classes: 类别数。
        stem: 大图用 ``"large"``，32 像素上下的小图用 ``"small"``。

    返回:
        见 :func:`resnet`。

    出处:
        本书“残差网络（ResNet）”；He 等，CVPR 2016。
    """
    return resnet((2, 2, 2, 2), 64, in_channels, num_classes, stem=stem)
