"""公开的 ``d2l`` 包（0.17）里循环神经网络的名字：模型、剪裁、训练、续写；签名与含义照旧。

那个包的网络先步数后批量：``X`` 进来是 (批量, 步数)，输出是 (步数 × 批量, 词表)。
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from d2l_helpers.compat.plotting import Animator
from d2l_helpers.compat.text import Vocab
from d2l_helpers.compat.training import Accumulator, Timer, sgd
from d2l_helpers.language import clip_gradients, detach_state
from d2l_helpers.training import mode


class RNNModelScratch:
    """从零写的循环语言模型：三个函数合起来。

    参数:
        vocab_size, num_hiddens: 词表的大小与隐藏单元数。
        device: 参数所在的设备。
        get_params: ``(vocab_size, num_hiddens, device) → 参数的列表``。
        init_state: ``(batch_size, num_hiddens, device) → 隐状态``。
        forward_fn: ``(独热编码 (步数, 批量, 词表), state, params) → (输出, state)``。
    """

    def __init__(
        self,
        vocab_size: int,
        num_hiddens: int,
        device: Any,
        get_params: Callable,
        init_state: Callable,
        forward_fn: Callable,
    ) -> None:
        self.vocab_size, self.num_hiddens = vocab_size, num_hiddens
        self.params = get_params(vocab_size, num_hiddens, device)
        self.init_state, self.forward_fn = init_state, forward_fn

    def __call__(self, X: torch.Tensor, state: Any) -> tuple[torch.Tensor, Any]:
        one_hot = F.one_hot(X.T, self.vocab_size).type(torch.float32)
        return self.forward_fn(one_hot, state, self.params)

    def begin_state(self, batch_size: int, device: Any) -> Any:
        """全零的（``init_state`` 给的）隐状态。"""
        return self.init_state(batch_size, self.num_hiddens, device)


class RNNModel(nn.Module):
    """循环层接一个线性层；循环层先步数后批量（``batch_first=False``）。"""

    def __init__(self, rnn_layer: nn.RNNBase, vocab_size: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rnn, self.vocab_size = rnn_layer, vocab_size
        self.num_hiddens = rnn_layer.hidden_size
        self.num_directions = 2 if rnn_layer.bidirectional else 1
        self.linear = nn.Linear(self.num_hiddens * self.num_directions, vocab_size)

    def forward(self, inputs: torch.Tensor, state: Any) -> tuple[torch.Tensor, Any]:
        """``inputs`` 是编号 (批量, 步数)；输出是 (步数 × 批量, 词表)。"""
        X = F.one_hot(inputs.T.long(), self.vocab_size).to(torch.float32)
        Y, state = self.rnn(X, state)
        return self.linear(Y.reshape((-1, Y.shape[-1]))), state

    def begin_state(self, device: Any, batch_size: int = 1) -> Any:
        """全零的隐状态；LSTM 是一对。"""
        layers = self.num_directions * self.rnn.num_layers
        zeros = torch.zeros((layers, batch_size, self.num_hiddens), device=device)
        return (zeros, zeros.clone()) if isinstance(self.rnn, nn.LSTM) else zeros


def _parameters(net: Any) -> list[torch.Tensor]:
    params = net.parameters() if isinstance(net, nn.Module) else net.params
    return [param for param in params if param.requires_grad]


def predict_ch8(prefix: str, num_preds: int, net: Any, vocab: Vocab, device: Any) -> str:
    """由开头续写 ``num_preds`` 个字符，每次取得分最高的。

    与那个包不同：网络在评估模式下写，不记梯度，写完恢复原来的模式。

    异常:
        ValueError: 开头是空的。
    """
    if not prefix:
        raise ValueError("开头 prefix 是空的：至少给一个字符。")
    state = net.begin_state(batch_size=1, device=device)
    outputs = [vocab[prefix[0]]]
    with mode(net, training=False), torch.no_grad():
        for i in range(1, len(prefix) + num_preds):
            X = torch.tensor([outputs[-1]], device=device).reshape((1, 1))
            y, state = net(X, state)
            known = i < len(prefix)
            outputs.append(vocab[prefix[i]] if known else int(y.argmax(dim=1).reshape(1)))
    return "".join(vocab.to_tokens(i) for i in outputs)


def grad_clipping(net: Any, theta: float) -> None:
    """全部梯度合成的一个向量长过 ``theta`` 就缩到 ``theta``，方向不变；没有梯度的参数跳过。"""
    clip_gradients(_parameters(net), theta)


def _start(net: Any, state: Any, X: torch.Tensor, device: Any, use_random_iter: bool) -> Any:
    """这一批的初始隐状态：随机次序的窗口每批从零；顺着走的接着用，与前面的图断开。"""
    if state is None or use_random_iter:
        return net.begin_state(batch_size=X.shape[0], device=device)
    return detach_state(state)


def train_epoch_ch8(
    net: Any,
    train_iter: Iterable,
    loss: Callable,
    updater: Any,
    device: Any,
    use_random_iter: bool,
) -> tuple[float, float]:
    """训练一轮，返回困惑度与速度（词元/秒）；``loss`` 取平均或逐个给都可以。"""
    state, timer, metric = None, Timer(), Accumulator(2)
    with mode(net, training=True):
        for X, Y in train_iter:
            state = _start(net, state, X, device, use_random_iter)
            y = Y.T.reshape(-1)
            X, y = X.to(device), y.to(device)
            y_hat, state = net(X, state)
            value = loss(y_hat, y.long()).mean()
            if isinstance(updater, torch.optim.Optimizer):
                updater.zero_grad()
                value.backward()
                grad_clipping(net, 1)
                updater.step()
            else:
                value.backward()
                grad_clipping(net, 1)
                updater(batch_size=1)  # 损失已经取了平均
            metric.add(value.item() * y.numel(), y.numel())
    return math.exp(metric[0] / metric[1]), metric[1] / timer.stop()


def train_ch8(
    net: Any,
    train_iter: Iterable,
    vocab: Vocab,
    lr: float,
    num_epochs: int,
    device: Any,
    use_random_iter: bool = False,
) -> None:
    """训练 ``num_epochs`` 轮，每十轮画一点、续写一行，最后打印困惑度、速度与两行续写。"""
    loss = nn.CrossEntropyLoss()
    animator = Animator(
        xlabel="epoch", ylabel="perplexity", legend=["train"], xlim=[10, num_epochs]
    )
    if isinstance(net, nn.Module):
        updater = torch.optim.SGD(net.parameters(), lr)
    else:
        updater = lambda batch_size: sgd(net.params, lr, batch_size)  # noqa: E731
    predict = lambda prefix: predict_ch8(prefix, 50, net, vocab, device)  # noqa: E731
    for epoch in range(num_epochs):
        ppl, speed = train_epoch_ch8(net, train_iter, loss, updater, device, use_random_iter)
        if (epoch + 1) % 10 == 0:
            print(predict("time traveller"))
            animator.add(epoch + 1, [ppl])
    print(f"困惑度 {ppl:.1f}, {speed:.1f} 词元/秒 {device!s}")
    print(predict("time traveller"))
    print(predict("traveller"))
