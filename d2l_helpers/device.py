"""设备：找到能用的加速器；没有时，同样的代码在 CPU 上照常运行。"""

from __future__ import annotations

import platform

import torch


def _check_count(n: int, what: str, least: int) -> None:
    if isinstance(n, bool) or not isinstance(n, int):
        raise TypeError(f"{what}应当是整数，收到的是 {n!r}（{type(n).__name__}）。")
    if n < least:
        raise IndexError(f"{what}应当不小于 {least}，收到的是 {n}。")


def num_gpus() -> int:
    """返回可用的 CUDA GPU 个数（苹果的 MPS 不计在内）。

    返回:
        非负整数；没有 CUDA 时为 0。
    """
    return torch.cuda.device_count() if torch.cuda.is_available() else 0


def _best_single() -> torch.device:
    if num_gpus():
        return torch.device("cuda", 0)
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def try_gpu(i: int = 0) -> torch.device:
    """返回第 ``i`` 个加速器；一个也没有时，``try_gpu(0)`` 返回 CPU。

    参数:
        i: 加速器编号，从 0 开始。

    返回:
        可直接传给 ``.to()`` 的设备；次序是 CUDA、MPS、CPU。

    异常:
        TypeError: 编号不是整数。
        IndexError: 编号是负数，或者要的是并不存在的第 ``i ≥ 1`` 个。
    """
    _check_count(i, "加速器编号 i ", 0)
    if i == 0:
        return _best_single()
    if i < num_gpus():
        return torch.device("cuda", i)
    raise IndexError(
        f"要第 {i} 个 GPU，可是本机只有 {num_gpus()} 个（编号从 0 开始）。"
        f"只是想让多设备的代码跑起来，请改用 replicas({i + 1})。"
    )


def try_all_gpus() -> list[torch.device]:
    """返回全部 CUDA GPU；没有时返回只含最好的单个设备的列表。

    返回:
        至少有一个元素的设备列表。
    """
    return [torch.device("cuda", i) for i in range(num_gpus())] or [_best_single()]


def replicas(n: int) -> list[torch.device]:
    """返回 ``n`` 个副本所在的设备：GPU 够就各占一个，不够就共用最好的单个设备。

    数据并行的算法（切分、复制、allreduce）因此在笔记本电脑上也真的会执行，
    并可与单设备训练逐数值对照。

    参数:
        n: 副本个数，至少 1。

    返回:
        长度为 ``n`` 的设备列表。

    异常:
        TypeError: ``n`` 不是整数。
        IndexError: ``n`` 小于 1。
    """
    _check_count(n, "副本个数 n ", 1)
    if n <= num_gpus():
        return [torch.device("cuda", i) for i in range(n)]
    return [_best_single()] * n


def device_name(device: torch.device | str) -> str:
    """返回设备的可读名字，用于报告测量结果时写明硬件。

    参数:
        device: 设备或它的字符串写法。

    返回:
        例如显卡的型号；CPU 则是处理器的架构名。
    """
    device = torch.device(device)
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    if device.type == "mps":
        return "Apple GPU (MPS)"
    return f"CPU ({platform.machine()})"


def synchronize(device: torch.device | str | None = None) -> None:
    """等设备把已经排队的工作做完；计时之前必须调用，在 CPU 上什么也不做。

    参数:
        device: 要等的设备；缺省为最好的单个设备。
    """
    device = _best_single() if device is None else torch.device(device)
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()
