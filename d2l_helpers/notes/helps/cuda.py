"""没有 GPU 时：只等待、只计数的 CUDA 调用当作没有事，写死的 ``cuda:1`` 放在 CPU 上。"""

from __future__ import annotations

import ast
import contextlib
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import torch

from d2l_helpers.notes.helps.record import record

WRAPPER = "__notes_device__"  # 改写过的代码里用的名字
_NOTHING = "没有 GPU（在 CPU 上运行）"
_WAITS: dict[str, Any] = {  # 名字 → 没有 GPU 时返回什么
    "synchronize": None, "empty_cache": None, "ipc_collect": None, "set_device": None,
    "reset_peak_memory_stats": None, "reset_max_memory_allocated": None,
    "current_device": 0, "memory_allocated": 0, "max_memory_allocated": 0,
    "memory_reserved": 0, "max_memory_reserved": 0, "mem_get_info": (0, 0),
    "get_device_capability": (0, 0), "get_device_name": _NOTHING, "memory_summary": _NOTHING,
    "get_device_properties": SimpleNamespace(
        name=_NOTHING, total_memory=0, major=0, minor=0, multi_processor_count=0
    ),
}  # fmt: skip


class Event:
    """``torch.cuda.Event`` 的样子，记的是 CPU 的钟。"""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.when = 0.0

    def record(self, stream: Any = None) -> None:
        """记下现在。"""
        record("wait", "torch.cuda.Event")
        self.when = time.perf_counter()

    def synchronize(self) -> None:
        """没有要等的。"""

    wait = synchronize

    def query(self) -> bool:
        """总是已经完成。"""
        return True

    def elapsed_time(self, end: Event) -> float:
        """到 ``end`` 的毫秒数。"""
        return 1000 * (end.when - self.when)


class Stream(contextlib.nullcontext):
    """``torch.cuda.Stream`` 的样子：在 CPU 上依次执行，本来就是同步的。"""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()
        record("wait", "torch.cuda.Stream")

    def synchronize(self, *args: Any) -> None:
        """没有要等的。"""

    wait_stream = wait_event = synchronize


class Chosen(contextlib.nullcontext):
    """``with torch.cuda.device(1):``、``with torch.cuda.stream(s):`` 的样子：什么也不换。"""

    def __init__(self, chosen: Any = None) -> None:
        super().__init__()


def missing(device: Any) -> bool:
    """这个设备是不是一块没有的 GPU。"""
    if isinstance(device, int) and not isinstance(device, bool):
        return device >= torch.cuda.device_count()
    if isinstance(device, str) and device.startswith("cuda"):
        device = torch.device(device)
    wanted = isinstance(device, torch.device) and device.type == "cuda"
    return wanted and (device.index or 0) >= torch.cuda.device_count()


def present(device: Any) -> Any:
    """没有的 GPU 换成有的：CPU，或者第一块 GPU；别的原样返回。"""
    if not missing(device):
        return device
    name = f"cuda:{device}" if isinstance(device, int) else str(device)
    record("device", name)
    return torch.device("cuda", 0) if torch.cuda.is_available() else torch.device("cpu")


def install(source: str) -> None:
    """装上这些帮助；笔记里没有提到 GPU 就什么也不动。"""
    if "cuda" not in source and "scatter" not in source:
        return
    if not torch.cuda.is_available():
        for name, value in _WAITS.items():
            setattr(torch.cuda, name, _quiet(name, value))
        torch.cuda.Event, torch.cuda.Stream = Event, Stream
        torch.cuda.current_stream = torch.cuda.default_stream = lambda device=None: Stream()
        torch.cuda.device, torch.cuda.stream = Chosen, Chosen
        torch.set_default_tensor_type = _default_type(torch.set_default_tensor_type)
    for owner in (torch.Tensor, torch.nn.Module):
        owner.to = _moved(owner.to)
        owner.cuda = lambda self, device=0, *args, **kwargs: self.to(
            torch.device("cuda", device) if isinstance(device, int) else device or "cuda"
        )
    torch.nn.parallel.scatter = _scatter(torch.nn.parallel.scatter)


def _quiet(name: str, value: Any) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        record("wait", f"torch.cuda.{name}")
        return value

    return call


def _default_type(original: Callable) -> Callable:
    def call(kind: Any) -> None:
        if "cuda" in str(kind):
            record("device", str(kind))
        else:
            original(kind)

    return call


def _moved(original: Callable) -> Callable:
    def to(self, *args: Any, **kwargs: Any) -> Any:
        args = (present(args[0]), *args[1:]) if args else args
        if "device" in kwargs:
            kwargs["device"] = present(kwargs["device"])
        return original(self, *args, **kwargs)

    return to


def _scatter(original: Callable) -> Callable:
    def scatter(inputs: Any, target_gpus: Any, dim: int = 0) -> Any:
        places = [present(gpu) for gpu in target_gpus]
        if not any(torch.device(place).type == "cpu" for place in places):
            return original(inputs, places, dim)
        record("scatter")
        if isinstance(inputs, torch.Tensor):
            parts = inputs.chunk(len(places), dim)
            return tuple(part.to(place) for part, place in zip(parts, places, strict=False))
        columns = [scatter(item, places, dim) for item in inputs]
        return [type(inputs)(row) for row in zip(*columns, strict=True)]

    return scatter


class Placement(ast.NodeTransformer):
    """把 ``device=…``、``map_location=…`` 的值送过 :func:`present` 再用。"""

    def visit_Call(self, node: ast.Call) -> ast.Call:
        """改写一次调用。"""
        self.generic_visit(node)
        for keyword in node.keywords:
            if keyword.arg in ("device", "map_location"):
                keyword.value = self._wrapped(keyword.value)
        if ast.unparse(node.func).endswith("set_default_device") and node.args:
            node.args[0] = self._wrapped(node.args[0])
        return node

    @staticmethod
    def _wrapped(value: ast.expr) -> ast.expr:
        name = ast.copy_location(ast.Name(WRAPPER, ast.Load()), value)
        return ast.copy_location(ast.Call(name, [value], []), value)
