"""卷积网络在 GPU 上训练，与 CPU 一致；通道在后的布局、统计网络的工具与混合精度。"""

from __future__ import annotations

import copy

import pandas as pd
import pytest
import torch
from torch import nn
from torch.nn import functional as F

import d2l_helpers as d2l
from tests.gpu.toys import EXACT, NETWORKS, make, pictures

EACH = pytest.mark.parametrize("name", NETWORKS)


def on_cpu(net: nn.Module) -> dict[str, torch.Tensor]:
    """参数与缓冲区，取回 CPU。"""
    return {key: value.cpu() for key, value in net.state_dict().items()}


def distance(reference: torch.Tensor, ours: torch.Tensor) -> float:
    """两个向量之差，相对于前一个的长度。"""
    return float((ours - reference).norm() / reference.norm())


@EACH
def test_one_step_on_the_gpu_equals_one_on_the_cpu(name: str, cuda: torch.device) -> None:
    X, y = pictures(name, 16)
    batches = [(X.double(), y)]
    here = make(name).double()
    there, before = copy.deepcopy(here), copy.deepcopy(here.state_dict())
    losses = []
    for net, device in ((here, "cpu"), (there, cuda)):
        optimizer = torch.optim.SGD(net.to(device).parameters(), lr=0.05)
        history = d2l.train(net, batches, F.cross_entropy, optimizer, 1, device=device)
        losses.append(history.last("train_loss"))
    assert next(there.parameters()).device == cuda
    assert losses[0] == pytest.approx(losses[1], rel=1e-8)
    torch.testing.assert_close(on_cpu(there), on_cpu(here), **EXACT)
    moved = [key for key, value in on_cpu(here).items() if not torch.equal(value, before[key])]
    assert len(moved) == len(before)  # 每个参数都真的更新了


@EACH
def test_training_on_the_gpu_learns(name: str, cuda: torch.device) -> None:
    batches = d2l.Batches(pictures(name, 256), 32, shuffle=True).to(cuda)
    net = make(name).to(cuda)
    optimizer = torch.optim.Adam(net.parameters(), lr=2e-3)
    history = d2l.train(
        net, batches, F.cross_entropy, optimizer, 6,
        valid_batches=batches, metrics={"accuracy": d2l.accuracy}, device=cuda,
    )  # fmt: skip
    assert history["train_loss"][-1] < history["train_loss"][0] / 2
    assert history.last("valid_accuracy") > 0.9


@EACH
def test_channels_last_computes_the_same(
    name: str, cuda: torch.device, monkeypatch: pytest.MonkeyPatch
) -> None:
    # 单精度：双精度的卷积不用这种布局；TF32 只有十位尾数，比不出对错
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", False)
    X, y = (tensor.to(cuda) for tensor in pictures(name, 16))
    plain = make(name).to(cuda)
    last = copy.deepcopy(plain).to(memory_format=torch.channels_last)
    inputs = X.to(memory_format=torch.channels_last)
    Y = copy.deepcopy(last)[:4](inputs)
    assert Y.is_contiguous(memory_format=torch.channels_last)  # 布局一路传下去
    assert not Y.is_contiguous()
    outputs = plain(X), last(inputs)
    torch.testing.assert_close(outputs[1], outputs[0], rtol=1e-3, atol=1e-3)
    for Y in outputs:
        F.cross_entropy(Y, y).backward()
    gradients = [torch.cat([p.grad.flatten() for p in net.parameters()]) for net in (plain, last)]
    assert distance(*gradients) < 0.02  # 输入离 0 极近的 ReLU，舍入会使它开或关
    optimizer = torch.optim.SGD(last.parameters(), lr=0.05)
    d2l.train(last, [(inputs, y)], F.cross_entropy, optimizer, 1, device=cuda)
    weights = [param for param in last.parameters() if param.ndim == 4]
    assert all(w.is_contiguous(memory_format=torch.channels_last) for w in weights)


@EACH
def test_tables_are_the_same_on_the_gpu(name: str, cuda: torch.device) -> None:
    net, (X, _) = make(name), pictures(name, 2)
    table, flops = d2l.shape_table(net, X), d2l.count_flops(net, X)
    net, X = net.to(cuda), X.to(cuda)
    pd.testing.assert_frame_equal(d2l.shape_table(net, X), table)
    assert d2l.count_flops(net, X) == flops > 0


def half_step(net: nn.Module, X: torch.Tensor, y: torch.Tensor, scaler, factor: float = 1.0):
    """16 位混合精度的一步，返回网络输出的类型。"""
    optimizer = torch.optim.SGD(net.parameters(), lr=0.05)
    with torch.autocast(X.device.type, torch.float16):
        y_hat = net(X)
        loss = F.cross_entropy(y_hat, y) * factor
    scaler.scale(loss).backward()
    scaler.step(optimizer)
    scaler.update()
    return y_hat.dtype


def flat(net: nn.Module) -> torch.Tensor:
    """全部参数连成一个向量。"""
    return torch.cat([param.detach().flatten() for param in net.parameters()])


@EACH
def test_half_precision_with_loss_scaling(name: str, cuda: torch.device) -> None:
    X, y = (tensor.to(cuda) for tensor in pictures(name, 64))
    full = make(name).to(cuda)
    half, start = copy.deepcopy(full), flat(full).clone()
    F.cross_entropy(full(X), y).backward()
    torch.optim.SGD(full.parameters(), lr=0.05).step()
    scaler = torch.amp.GradScaler(cuda.type, init_scale=2.0**10)
    assert half_step(half, X, y, scaler) == torch.float16
    assert {param.dtype for param in half.parameters()} == {torch.float32}
    # 11 位的尾数使一些 ReLU 开关颠倒，网络越深、越窄越明显；忘了除以 1024 则差一千倍
    assert distance(flat(full) - start, flat(half) - start) < 0.25


def test_a_step_that_overflows_is_skipped(cuda: torch.device) -> None:
    X, y = (tensor.to(cuda) for tensor in pictures("LeNet", 16))
    net = make("LeNet").to(cuda)
    before = on_cpu(copy.deepcopy(net))
    scaler = torch.amp.GradScaler(cuda.type, init_scale=2.0**10)
    half_step(net, X, y, scaler, factor=float("inf"))
    torch.testing.assert_close(on_cpu(net), before, rtol=0, atol=0)
    assert scaler.get_scale() == 2.0**9
