"""某个模块一导入，就接着做一件事；没有导入的不为它费时间。"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

Action = Callable[[ModuleType], None]


class _Watcher(MetaPathFinder):
    def __init__(self) -> None:
        self.waiting: dict[str, list[Action]] = {}
        self.busy: set[str] = set()

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """找到真的那一个，在它执行之后添上要做的事。"""
        if name not in self.waiting or name in self.busy:
            return None
        self.busy.add(name)  # 下面会再问到自己
        try:
            spec = importlib.util.find_spec(name)
        finally:
            self.busy.discard(name)
        if spec is None or spec.loader is None:
            return None
        original = spec.loader.exec_module

        def exec_module(module: ModuleType) -> None:
            original(module)
            for action in self.waiting.pop(name, []):  # 别的库可能只找而不导入，所以这时才取走
                action(module)

        spec.loader.exec_module = exec_module
        return spec


_watcher = _Watcher()


def when_imported(name: str, action: Action) -> None:
    """模块 ``name`` 导入之后执行 ``action(模块)``；已经导入了就马上执行。"""
    if name in sys.modules:
        action(sys.modules[name])
        return
    if _watcher not in sys.meta_path:
        sys.meta_path.insert(0, _watcher)
    _watcher.waiting.setdefault(name, []).append(action)
