"""循环语言模型：独热编码 → 循环层 → 线性层；循环层可以是 RNN、GRU、LSTM。"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.nn import functional as F


class RNNLM(nn.Module):
    """把 ``nn.RNN``、``nn.GRU``、``nn.LSTM`` 接成语言模型。

    参数:
        rnn: 循环层，``batch_first=True``，输入的宽度等于词表的大小。
        vocab_size: 词表的大小。

    输入形状 (批量, 步数)，是编号；输出 ``(logits, state)``，logits 形状 (批量, 步数, 词表)，
    ``state`` 就是循环层的隐状态。

    异常:
        ValueError: 循环层不是 ``batch_first``，或者宽度与词表不符。

    出处:
        本书“循环神经网络的简洁实现”。
    """

    def __init__(self, rnn: nn.RNNBase, vocab_size: int) -> None:
        super().__init__()
        if not rnn.batch_first or rnn.input_size != vocab_size:
            raise ValueError(
                f"循环层要 batch_first=True、输入宽度等于词表大小 {vocab_size}，"
                f"收到的是 batch_first={rnn.batch_first}、宽度 {rnn.input_size}。"
            )
        self.rnn, self.vocab_size = rnn, vocab_size
        directions = 2 if rnn.bidirectional else 1
        self.output = nn.Linear(directions * rnn.hidden_size, vocab_size)

    def forward(self, X: torch.Tensor, state: Any = None) -> tuple[torch.Tensor, Any]:
        inputs = F.one_hot(X, self.vocab_size).to(self.output.weight.dtype)
        hidden, state = self.rnn(inputs, state)  # (批量, 步数, 隐藏)
        return self.output(hidden), state
