"""对拍：从零实现与参考实现逐数值相比；演示意料之中的错误；把正文里的数字与运行结果连在一起。"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch

NOISE = re.compile(r"\x1b\[[0-9;]*m| at 0x[0-9a-f]+")  # 终端的加粗记号，对象的地址
SIGMAS = 5  # 正态的估计量偏离 5 个标准误以上，概率不到百万分之一

Numbers = torch.Tensor | np.ndarray | float | int | Sequence[Any]


def _as_tensor(values: Numbers) -> torch.Tensor:
    if isinstance(values, torch.Tensor):
        return values.detach().cpu().to(torch.float64)  # MPS 上没有双精度，先取回再换
    return torch.from_numpy(np.array(values, dtype=np.float64))  # 复制：pandas 给的可能只读


def agree(
    ours: Numbers | Sequence[torch.Tensor],
    reference: Numbers | Sequence[torch.Tensor],
    *,
    rtol: float = 1e-5,
    atol: float = 1e-6,
    standard_error: float | None = None,
    name: str,
) -> None:
    """检验两组数值在容差之内一致，打印一行 ``✓``；不一致就报错并给出最大误差。

    判据与 ``torch.testing.assert_close`` 相同：``|ours − reference| ≤ atol + rtol·|reference|``。
    打印的是容差而不是测得的误差，因此输出不随处理器而变。抽样得来的估计没有舍入意义上的误差，
    给出它的标准误，判据就换成“相差不到 5 个标准误”。

    参数:
        ours: 从零实现的结果；张量、数组、数，或张量的列表。
        reference: 参考实现的结果，形状相同。
        rtol: 相对容差。
        atol: 绝对容差。
        standard_error: 估计量 ``ours`` 的标准误；给出时不看 ``rtol`` 与 ``atol``。
        name: 所比的是什么，写进输出。

    异常:
        ValueError: 形状不同，列表长度不同，或标准误不是正数。
        AssertionError: 有元素超出容差；消息里有最大误差和它的位置。
    """
    if standard_error is not None:
        if not 0 < standard_error < float("inf"):
            raise ValueError(f"{name}：标准误应当是有限的正数，收到的是 {standard_error}。")
        rtol, atol = 0.0, SIGMAS * float(standard_error)
    pairs = [(ours, reference)]
    if isinstance(ours, list | tuple) and any(isinstance(item, torch.Tensor) for item in ours):
        if len(ours) != len(reference):
            raise ValueError(f"{name}：左边有 {len(ours)} 个张量，右边有 {len(reference)} 个。")
        pairs = list(zip(ours, reference, strict=True))
    for left, right in pairs:
        _compare(_as_tensor(left), _as_tensor(right), rtol, atol, name)
    bound = _bound(max(rtol, atol)) if standard_error is None else f"相差不到 {SIGMAS} 个标准误"
    print(f"✓ {name}：{bound}")


def agree_optimizer(
    make_ours: Callable[[list[torch.Tensor]], Any],
    make_reference: Callable[[list[torch.Tensor]], Any],
    *,
    steps: int = 20,
    rtol: float = 1e-10,
    name: str,
) -> None:
    """两个优化器从同样的参数出发，收到同样的梯度，每一步之后参数都应当相同（双精度）。

    梯度是随机的，大小每步不同，有一个元素一直是零，有一个只在开头不是零；两次 ``step`` 之间参数
    由优化器自己改，所以权重衰减之类也比得出来。

    参数:
        make_ours: 由参数的列表造出手写的优化器。
        make_reference: 由参数的列表造出参考的优化器。
        steps: 步数。
        rtol: 相对容差；绝对容差是它的百分之一。
        name: 所比的是什么，写进输出。

    异常:
        AssertionError: 有参数不一致。
    """
    generator = torch.Generator().manual_seed(20)
    shapes = [(3, 4), (5,), ()]
    start = [torch.randn(s, generator=generator, dtype=torch.float64) for s in shapes]
    sides = [[p.clone().requires_grad_() for p in start] for _ in range(2)]
    optimizers = [
        make(params) for make, params in zip((make_ours, make_reference), sides, strict=True)
    ]
    paths: tuple[list[torch.Tensor], list[torch.Tensor]] = ([], [])
    for step in range(steps):
        scale = 10 ** (torch.rand((), generator=generator, dtype=torch.float64) * 3 - 2)
        grads = [torch.randn(s, generator=generator, dtype=torch.float64) * scale for s in shapes]
        grads[1][0] = 0.0
        if step > 2:
            grads[1][1] = 0.0
        for params, optimizer, path in zip(sides, optimizers, paths, strict=True):
            optimizer.zero_grad()
            for param, grad in zip(params, grads, strict=True):
                param.grad = grad.clone()
            optimizer.step()
            path += [param.detach().clone() for param in params]
    agree(*paths, rtol=rtol, atol=rtol / 100, name=f"{name}，{steps} 步")


def _bound(tolerance: float) -> str:
    if tolerance == 0:
        return "完全相同"
    digits = ".0e" if float(f"{tolerance:.0e}") == tolerance else ".1e"
    return f"误差 ≤ {tolerance:{digits}}"


def _compare(a: torch.Tensor, b: torch.Tensor, rtol: float, atol: float, name: str) -> None:
    if a.shape != b.shape:
        raise ValueError(f"{name}：形状不同，{tuple(a.shape)} 与 {tuple(b.shape)}。")
    if a.numel() == 0:
        raise ValueError(f"{name}：两边都是空的，没有东西可比。")
    error = (a - b).abs()
    near = error.isfinite() & (error <= atol + rtol * b.abs())
    bad = ~(near | (a == b))  # 同号的无穷大算一致，nan 不算
    if bad.any():
        excess = torch.where(bad, error.nan_to_num(nan=torch.inf), -1.0)
        where = np.unravel_index(int(excess.argmax()), a.shape)
        index = tuple(int(i) for i in where)
        raise AssertionError(
            f"{name}：{int(bad.sum())}/{a.numel()} 个元素不一致；最大误差在 {index}，"
            f"我们的 {a[index].item():.8g}，参考 {b[index].item():.8g}。"
        )


@contextmanager
def expect_error(*kinds: type[Exception]) -> Iterator[None]:
    """演示一个意料之中的错误：里面的代码应当抛出它；打印类型与消息的第一行，然后照常继续。

    只接住指明的类型；别的错误照样抛出，没有出错也算错。用法::

        with d2l.expect_error(RuntimeError):
            torch.zeros(2, 3).view(4)

    参数:
        kinds: 应当抛出的异常类型，一个或几个。

    异常:
        TypeError: 没有指明类型。
        AssertionError: 里面的代码没有抛出异常。
    """
    if not kinds:
        raise TypeError("请指明应当抛出哪种异常，例如 expect_error(ValueError)。")
    try:
        yield
    except kinds as error:
        first = NOISE.sub("", str(error)).strip().partition("\n")[0]
        print(f"{type(error).__name__}：{first}" if first else type(error).__name__)
    else:
        names = "或 ".join(kind.__name__ for kind in kinds)
        raise AssertionError(f"这里本应抛出 {names}，却什么错误也没有。")


def glue(name: str, value: Any) -> None:
    """记下一个值，供正文用 ``{glue:text}`` 引用；在教材网站之外什么也不显示。

    参数:
        name: 键，在本页内唯一。
        value: 数或字符串；NumPy 的数与只有一个元素的张量先变成 Python 的数。
    """
    if isinstance(value, np.generic | torch.Tensor):
        value = value.item()
    try:
        from myst_nb import glue as store
    except ImportError:  # 只装了运行所需的包：正文不在这里渲染，无事可做
        return
    store(name, value, display=False)
