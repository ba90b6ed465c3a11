"""数据并行：切分小批量、复制网络、把各副本的梯度汇总（allreduce）。"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import nn

Device = torch.device | str


def split_batch(
    X: torch.Tensor, y: torch.Tensor, devices: Sequence[Device]
) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
    """把一个小批量尽量均匀地切开，一个设备一份。

    参数:
        X: 输入，形状 (批量, …)。
        y: 标签，形状 (批量, …)。
        devices: 各份要去的设备，可以重复。

    返回:
        ``X`` 的各份与 ``y`` 的各份，次序与 ``devices`` 相同。

    异常:
        ValueError: 样本数不同，或样本不够每个设备分一个。

    出处:
        本书“多 GPU 训练”。
    """
    if len(X) != len(y):
        raise ValueError(f"X 有 {len(X)} 个样本，y 有 {len(y)} 个，应当相同。")
    if len(X) < len(devices):
        raise ValueError(f"{len(X)} 个样本不够 {len(devices)} 个设备分；请加大批量或减少设备。")
    X_parts = [part.to(d) for part, d in zip(X.tensor_split(len(devices)), devices, strict=True)]
    y_parts = [part.to(d) for part, d in zip(y.tensor_split(len(devices)), devices, strict=True)]
    return X_parts, y_parts


def allreduce(tensors: Sequence[torch.Tensor]) -> None:
    """求和，并把和写回每一个张量；它们可以在不同的设备上。

    参数:
        tensors: 形状相同的张量，就地改写。

    异常:
        ValueError: 一个张量也没有，或形状不同。

    出处:
        本书“多 GPU 训练”。
    """
    shapes = {tuple(tensor.shape) for tensor in tensors}
    if len(shapes) != 1:
        raise ValueError(f"各副本的形状应当相同，而且至少有一个；收到的形状是 {sorted(shapes)}。")
    with torch.no_grad():
        total = tensors[0].clone()
        for tensor in tensors[1:]:
            total += tensor.to(total.device)
        for tensor in tensors:
            tensor.copy_(total)  # 写进原来的内存；写成 tensor = total 只是换了个名字


@torch.no_grad()
def broadcast(nets: Sequence[nn.Module]) -> None:
    """让其余各个副本与第一个一模一样：参数、缓冲区，以及训练还是评估模式。

    参数:
        nets: 同一个网络的副本，可以在不同的设备上。

    出处:
        本书“多 GPU 训练”。
    """
    for net in nets[1:]:
        for ours, source in zip(net.modules(), nets[0].modules(), strict=True):
            ours.training = source.training
        for tensors in (nn.Module.parameters, nn.Module.buffers):
            for ours, source in zip(tensors(net), tensors(nets[0]), strict=True):
                ours.copy_(source)


def reduce_gradients(nets: Sequence[nn.Module]) -> None:
    """把各副本的梯度之和放进每一个算出了梯度的副本；第一个副本一定得到它。

    没有分到样本、或这一步没有用到某个参数的副本，梯度是 ``None``，当作零。

    参数:
        nets: 同一个网络的副本，都已经反向传播过。

    出处:
        本书“多 GPU 训练”。
    """
    for same in zip(*(net.parameters() for net in nets), strict=True):
        gradients = [param.grad for param in same if param.grad is not None]
        if gradients and same[0].requires_grad:
            allreduce(gradients)
            same[0].grad = gradients[0].to(same[0].device)


class Replicas:
    """一个网络在几个设备上的副本：各算各的那一份，梯度汇总到第一个，更新之后再分发。

    第一个副本就是传入的网络本身，优化器更新的是它，所以任何优化器都能用。批量规范化的统计量
    各副本各算各的，留下第一个副本的，与 ``DistributedDataParallel`` 的缺省做法相同。

    参数:
        net: 网络，会被搬到 ``devices[0]``。
        devices: 设备，可以重复，例如 ``replicas(2)``。

    异常:
        ValueError: 一个设备也没有。

    出处:
        本书“多 GPU 训练”。
    """

    def __init__(self, net: nn.Module, devices: Sequence[Device]) -> None:
        if not devices:
            raise ValueError("devices 是空的；至少要有一个设备，例如 [try_gpu()]。")
        self.devices = list(devices)
        net.to(self.devices[0])
        self.nets = [net] + [copy.deepcopy(net).to(d) for d in self.devices[1:]]

    def step(
        self, X: torch.Tensor, y: torch.Tensor, loss: Callable, optimizer: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """走一步，与单个设备上用整个小批量走一步等价；样本比副本少时，多出的副本歇着。

        参数:
            X, y: 一个小批量，第 0 轴是样本。
            loss: ``(y_hat, y) → 标量（批内平均）或逐样本的损失``。
            optimizer: 更新第一个副本的优化器。

        返回:
            整批的输出与平均损失，都在第一个设备上。
        """
        broadcast(self.nets)
        for trained in (optimizer, *self.nets):
            trained.zero_grad()
        outputs, values = [], []
        shares = split_batch(X, y, self.devices[: len(X)])
        for net, X_part, y_part in zip(self.nets, *shares, strict=False):
            y_hat = net(X_part)
            value = loss(y_hat, y_part).mean() * (len(y_part) / len(y))  # 按样本数加权
            value.backward()
            outputs.append(y_hat.detach().to(self.devices[0]))
            values.append(value.detach().to(self.devices[0]))
        reduce_gradients(self.nets)
        optimizer.step()
        return torch.cat(outputs), torch.stack(values).sum()
