"""旧包与旧名字：``d2l`` 找到 compat，改了名字的接上，去掉了的说清楚。"""

from __future__ import annotations

import collections
import collections.abc
import pickle
import re
import sys
from collections.abc import Callable, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import torch
from IPython import display
from torch.utils.data import dataloader

from d2l_helpers import compat
from d2l_helpers.notes.helps.guard import Guard
from d2l_helpers.notes.helps.record import record

OTHERS = ("mxnet", "tensorflow", "paddle", "mindspore", "jax")


# ---- d2l ------------------------------------------------------------------------------------
class _Old(MetaPathFinder, Loader):
    """``import d2l``、``from d2l import torch as d2l``；笔记旁边自带的 ``d2l.py`` 优先。"""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """只管 ``d2l`` 与它里面的。"""
        if name.split(".")[0] != "d2l" or _own_copy():
            return None
        return ModuleSpec(name, self, is_package=name == "d2l")

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """``d2l`` 是一个壳；别的框架的那几份没有。"""
        inner = spec.name.partition(".")[2]
        if inner in OTHERS:
            raise ImportError(
                f"d2l.{inner} 是别的框架的那一份；本书只有 PyTorch，"
                "请改成 from d2l import torch as d2l。",
                name=spec.name,
            )
        if inner:
            raise ModuleNotFoundError(f"旧包 d2l 里没有 {inner!r} 这个模块。", name=spec.name)
        return ModuleType("d2l", "旧包 d2l 的壳，名字都在 d2l_helpers.compat 里。")

    def exec_module(self, module: ModuleType) -> None:
        """摆好 ``d2l.torch`` 与 ``d2l.d2l``，它们与壳里的名字都来自 compat。"""
        record("d2l")
        for name in ("torch", "d2l"):
            sys.modules[f"d2l.{name}"] = compat
            setattr(module, name, compat)
        module.__getattr__ = lambda name: getattr(compat, name)


def _own_copy() -> bool:
    return Path("d2l.py").is_file() or Path("d2l", "__init__.py").is_file()


# ---- 改了的名字 -----------------------------------------------------------------------------
_NUMPY = {
    "float": float, "int": int, "bool": bool, "object": object, "str": str,
    "complex": complex, "float_": np.float64, "product": np.prod, "cumproduct": np.cumprod,
    "alltrue": np.all, "sometrue": np.any, "row_stack": np.vstack, "in1d": np.isin, "Inf": np.inf,
    "NaN": np.nan,
}  # fmt: skip
_ABSTRACT = ("Iterable", "Iterator", "Mapping", "Sequence", "Callable", "MutableMapping")


def install(source: str, guard: Guard) -> None:
    """按笔记里写到的旧名字接上；没写到的不动。"""
    sys.meta_path.insert(0, _Old())
    for name, value in _NUMPY.items():
        if re.search(rf"\bnp\.{name}\b", source) and not _has(np, name):
            setattr(np, name, value)
            record("renamed", f"np.{name} → {_label(value)}")
    for name in _ABSTRACT:
        if f"collections.{name}" in source or re.search(
            rf"from collections import .*\b{name}\b", source
        ):
            setattr(collections, name, getattr(collections.abc, name))
            record("renamed", f"collections.{name} → collections.abc.{name}")
    if "set_matplotlib_formats" in source and not hasattr(display, "set_matplotlib_formats"):
        display.set_matplotlib_formats = lambda *args, **kwargs: record(
            "renamed",
            "display.set_matplotlib_formats → backend_inline.set_matplotlib_formats",
        )
    if "torch._six" in source:
        sys.modules["torch._six"] = _six()
    dataloader._BaseDataLoaderIter.next = _next
    torch.load, torch.save = _load(torch.load, guard), _save(torch.save, guard)


def _has(owner: Any, name: str) -> bool:
    try:
        return name in vars(owner) or hasattr(owner, name)
    except (AttributeError, TypeError):
        return False


def _label(value: Any) -> str:
    return getattr(value, "__name__", repr(value))


def _six() -> ModuleType:
    record("renamed", "torch._six 已经去掉，名字暂时接上")
    module = ModuleType("torch._six")
    module.string_classes, module.int_classes, module.inf = (str, bytes), int, float("inf")
    module.container_abcs = collections.abc
    return module


def _next(self: Any) -> Any:
    record("renamed", "迭代器.next() → next(迭代器)")
    return next(self)


# ---- 存与取 ---------------------------------------------------------------------------------
def _save(original: Callable, guard: Guard) -> Callable:
    def save(obj: Any, f: Any, *args: Any, **kwargs: Any) -> None:
        if isinstance(f, str | Path):
            guard.before_writing(f)  # 它用 C++ 打开文件，审计钩子看不见
        original(obj, f, *args, **kwargs)

    return save


def _load(original: Callable, guard: Guard) -> Callable:
    """2.6 起缺省只读张量；笔记自己刚存下的整个网络，照旧读。"""

    def load(f: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return original(f, *args, **kwargs)
        except pickle.UnpicklingError:
            own = isinstance(f, str | Path) and not Path(f).is_symlink()
            inside = own and Path.cwd() in Path(f).absolute().parents
            if "weights_only" in kwargs or not inside or not guard.protected:
                raise
            record("pickle", str(f))
            return original(f, *args, weights_only=False, **kwargs)

    return load
