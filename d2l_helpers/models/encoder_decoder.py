"""编码器—解码器：两个约定，一个基类。"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn


class EncoderDecoder(nn.Module):
    """把一个序列变成另一个的网络都守的约定：读完源，得到状态；接着状态，一步步答。

    子类写两个方法：

    - ``encode(source, source_len)`` → 状态：``source`` 是编号 (批量, 源步数)，``source_len`` 是
      有效长度 (批量,)。补齐的部分不许影响状态里有用的东西。
    - ``decode(inputs, state)`` → ``(logits, state)``：``inputs`` 是编号 (批量, 步数)，logits 是
      (批量, 步数, 目标词表)。一次喂几步与一步步地喂，结果相同；传入的状态不被改写。

    ``forward(source, source_len, inputs)`` 是训练时的用法：答案整句喂给解码器，返回 logits。

    出处:
        本书“编码器—解码器结构”。
    """

    def encode(self, source: torch.Tensor, source_len: torch.Tensor) -> Any:
        """读完源，返回状态。"""
        raise NotImplementedError(f"{type(self).__name__} 没有写 encode(source, source_len)。")

    def decode(self, inputs: torch.Tensor, state: Any) -> tuple[torch.Tensor, Any]:
        """接着状态读几步，返回得分与新的状态。"""
        raise NotImplementedError(f"{type(self).__name__} 没有写 decode(inputs, state)。")

    def forward(
        self, source: torch.Tensor, source_len: torch.Tensor, inputs: torch.Tensor
    ) -> torch.Tensor:
        logits, _ = self.decode(inputs, self.encode(source, source_len))
        return logits
