"""层：从零写成、后面的章节还要用的积木，与初始化。"""

from __future__ import annotations

from torch import nn


def init_he(net: nn.Module) -> nn.Module:
    """按 He 的办法初始化卷积层与全连接层：权重的方差是 2 ÷ 扇入，偏置为零。

    参数:
        net: 网络，就地改写；延后初始化的层要先定下形状。

    返回:
        ``net`` 自己，便于连写。

    出处:
        本书“数值稳定性和模型初始化”；He 等，ICCV 2015。
    """
    for module in net.modules():
        if isinstance(module, nn.Linear | nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
            if module.bias is not None:
                nn.init.zeros_(module.bias)
    return net
