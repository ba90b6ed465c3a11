"""读数据与快跑：工作进程改为 0 个；``--quick`` 时少几批、小一点的批、少几轮。"""

from __future__ import annotations

import ast
import inspect
import itertools
import re
import time
from collections.abc import Iterator
from typing import Any

from torch.utils.data import DataLoader

from d2l_helpers.notes.helps.record import record

BATCHES, BATCH, EPOCHS, STEPS = 3, 32, 2, 50  # 快跑时的上限
_EPOCHS = re.compile(r"epoch", re.IGNORECASE)
_STEPS = re.compile(r"(num|n|max|total)_?(steps|iters?|iterations|updates)$", re.IGNORECASE)


def install(quick: bool) -> None:
    """装上这些帮助。"""
    original = DataLoader.__init__
    signature = inspect.signature(original)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        given = signature.bind(self, *args, **kwargs).arguments
        if given.get("num_workers"):
            record("workers", f"num_workers={given['num_workers']}")
            for name in ("num_workers", "prefetch_factor", "persistent_workers"):
                given.pop(name, None)
        size = given.get("batch_size", 1)
        if quick and isinstance(size, int) and size > BATCH:
            record("quick", f"批量 {size} → {BATCH}")
            given["batch_size"] = BATCH
        given.pop("self")
        dataset = given.pop("dataset")
        original(self, dataset, **given)

    DataLoader.__init__ = __init__
    if quick:
        _fewer()
        time.sleep = lambda seconds: record("sleep", f"{seconds} 秒")


def _fewer() -> None:
    walk, count = DataLoader.__iter__, DataLoader.__len__

    def __iter__(self) -> Iterator:
        batches = walk(self)
        if len(self) < count(self):
            record("quick", f"每轮 {count(self)} 批 → {len(self)} 批")
            return itertools.islice(batches, len(self))
        return batches

    DataLoader.__iter__ = __iter__
    DataLoader.__len__ = lambda self: min(BATCHES, count(self))


class Shorter(ast.NodeTransformer):
    """``num_epochs = 10``、``range(100)`` 这样写死的轮数与步数，改到上限。"""

    def _cut(self, name: str, value: ast.expr) -> ast.expr:
        limit = EPOCHS if _EPOCHS.search(name) else STEPS if _STEPS.search(name) else None
        known = isinstance(value, ast.Constant) and type(value.value) is int
        if limit is None or not known or value.value <= limit:
            return value
        record("quick", f"{name} = {value.value} → {limit}")
        return ast.copy_location(ast.Constant(limit), value)

    def visit_Assign(self, node: ast.Assign) -> ast.Assign:
        """``num_epochs = 10``，也认 ``lr, num_epochs = 0.1, 10``。"""
        self.generic_visit(node)
        for target in node.targets:
            if isinstance(target, ast.Name):
                node.value = self._cut(target.id, node.value)
            elif isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                pairs = zip(target.elts, node.value.elts, strict=False)
                node.value.elts = [self._cut(ast.unparse(name), value) for name, value in pairs]
        return node

    def visit_Call(self, node: ast.Call) -> ast.Call:
        """``train(…, num_epochs=10)``。"""
        self.generic_visit(node)
        for keyword in node.keywords:
            keyword.value = self._cut(keyword.arg or "", keyword.value)
        return node

    def visit_For(self, node: ast.For) -> ast.For:
        """``for epoch in range(10)``。"""
        self.generic_visit(node)
        counts = isinstance(node.iter, ast.Call) and ast.unparse(node.iter.func) == "range"
        if counts and node.iter.args:
            place = 1 if len(node.iter.args) > 1 else 0
            node.iter.args[place] = self._cut(ast.unparse(node.target), node.iter.args[place])
        return node
