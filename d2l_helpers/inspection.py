"""看清一个网络、一段程序：参数多少，每层什么形状，要多少次浮点运算、多少次调用。"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode

from d2l_helpers.training import mode

if TYPE_CHECKING:
    import pandas as pd


def count_parameters(net: nn.Module) -> int:
    """返回参数（可训练的与冻结的）的个数；几处共用的参数只算一次。

    参数:
        net: 网络。延后初始化的层要先跑过一次前向传播。

    返回:
        非负整数。

    出处:
        本书“参数管理”。
    """
    return sum(param.numel() for param in net.parameters())


def walk(
    net: nn.Module,
    X: torch.Tensor,
    modules: Iterable[nn.Module],
    record: Callable[[nn.Module, tuple[torch.Tensor, ...], torch.Tensor], None],
) -> None:
    """让 ``X`` 穿过网络一次，途经 ``modules`` 里的每一层时调用 ``record(层, 输入, 输出)``。

    在评估模式下、不记梯度地跑；之后网络恢复原样，钩子全部取下，中途出错也一样。

    参数:
        net: 网络。
        X: 一批输入。
        modules: 要看的层。
        record: 每层前向传播之后调用，不返回值。

    出处:
        本书“多输入多输出通道”。
    """
    hooks = [module.register_forward_hook(record) for module in modules]
    try:
        with mode(net, training=False), torch.no_grad():
            net(X)
    finally:
        for hook in hooks:
            hook.remove()


def shape_table(net: nn.Module, X: torch.Tensor) -> pd.DataFrame:
    """让 ``X`` 穿过网络，记下它的每个直接子模块输出的形状与参数个数。

    在评估模式下、不记梯度地跑一次，之后网络恢复原样。

    参数:
        net: 网络；表里列出 ``net.children()``，按执行的次序。
        X: 一批输入，例如形状 (1, 1, 28, 28)。

    返回:
        表，列为 层、类型、输出形状、参数个数；合计的参数个数用 :func:`count_parameters`。

    出处:
        本书“卷积神经网络（LeNet）”。
    """
    import pandas as pd  # 用到时才导入

    rows, names = [], {module: name for name, module in net.named_children()}

    def record(module, inputs, output):
        kind, shape = type(module).__name__, tuple(output.shape)
        rows.append((names[module], kind, shape, count_parameters(module)))

    walk(net, X, names, record)
    return pd.DataFrame(rows, columns=["层", "类型", "输出形状", "参数个数"])


def layer_flops(module: nn.Module, inputs: tuple[torch.Tensor, ...], output: torch.Tensor) -> int:
    """返回一层前向传播的浮点运算次数：一次乘加算两次；偏置与没有乘法的层不计。

    参数:
        module: 一层；卷积与全连接之外的层记 0。
        inputs: 它的输入，只有一个张量的元组。
        output: 它的输出。

    出处:
        本书“多输入多输出通道”。
    """
    if isinstance(module, nn.Linear):
        return 2 * output.numel() * module.in_features
    if isinstance(module, nn.Conv1d | nn.Conv2d | nn.Conv3d):
        return 2 * output.numel() * module.weight[0].numel()  # 一个输出元素要一个卷积核那么多乘加
    if isinstance(module, nn.ConvTranspose1d | nn.ConvTranspose2d | nn.ConvTranspose3d):
        return 2 * inputs[0].numel() * module.weight[0].numel()  # 一个输入元素播撒成一个核
    return 0


def count_flops(net: nn.Module, X: torch.Tensor) -> int:
    """返回对 ``X`` 做一次前向传播的浮点运算次数（卷积与全连接层，一次乘加算两次）。

    参数:
        net: 网络；一层用几次就算几次。
        X: 一批输入；结果与批量大小成正比。

    返回:
        次数。

    出处:
        本书“多输入多输出通道”。
    """
    total = 0

    def add(module, inputs, output):
        nonlocal total
        total += layer_flops(module, inputs, output)

    walk(net, X, [module for module in net.modules() if not list(module.children())], add)
    return total


class _Calls(TorchDispatchMode):
    """在它的范围里，每次张量运算都经过这里：数一下，照常执行。"""

    def __init__(self) -> None:
        super().__init__()
        self.total = 0

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple = (), kwargs: dict | None = None
    ) -> Any:
        self.total += func.namespace == "aten"  # 不数性能分析器自己插进来的标记
        return func(*args, **(kwargs or {}))


def count_calls(work: Callable[[], Any]) -> int:
    """跑一遍程序，返回它调用张量运算的次数；反向传播里的也算。

    每次调用都有与数据大小无关的固定花费（Python、分派、启动），所以次数是“为什么慢”的
    一半答案，而且不像用时，它不随机器与忙闲而变。子进程里的调用数不到。

    参数:
        work: 不带参数的函数，返回值不用。

    返回:
        次数；只改形状的操作（转置、取一行）也算一次。

    出处:
        本书“线性回归”。
    """
    with _Calls() as calls:
        work()
    return calls.total
