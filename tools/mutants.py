"""变异：在从零写的代码里一次弄坏一处，像学习者会犯的那种小错。

一处变异由（种类，改之前的语句，改之后的语句）认定，与行号、与别的格子无关，所以抽样稳定，
手工标出的等价变异也不会因为别处的改动而对不上号。
"""

from __future__ import annotations

import ast
import copy
import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from tools.mutations import (
    GUARDS,
    UNDONE,
    Change,
    called,
    in_expression,
    is_left_alone,
    nodes,
    put,
    undone,
)


@dataclass(frozen=True)
class Mutant:
    """一处变异：在第几格，什么种类，语句改前改后，弄坏了的整格代码。"""

    cell: int
    kind: str
    before: str
    after: str
    source: str
    nth: int = 1

    @property
    def label(self) -> str:
        """认定它的一行字；同样的变异在一节里不止一处时带上次序。"""
        again = f"（第 {self.nth} 处）" if self.nth > 1 else ""
        return f"{self.kind}：{self.before} → {self.after}{again}"


# ---- 语句 ----


def _blocks(node: ast.AST) -> Iterator[list[ast.stmt]]:
    """一个结点直接含有的语句块。"""
    for field in ("body", "orelse", "finalbody"):
        block = getattr(node, field, None)
        if isinstance(block, list) and block:
            yield block
    for handler in getattr(node, "handlers", []):
        yield handler.body


def statements(block: list[ast.stmt]) -> Iterator[tuple[list[ast.stmt], int]]:
    """块里可以动的每一句（子块的也算），给出它所在的块与位置。"""
    for index, node in enumerate(block):
        if is_left_alone(node) or (isinstance(node, ast.Expr) and is_left_alone(node.value)):
            continue
        yield block, index
        if isinstance(node, ast.With) and any(is_left_alone(i.context_expr) for i in node.items):
            continue  # with d2l.expect_error(…)：里面是演示
        for inner in _blocks(node):
            yield from statements(inner)


def _dropped(block: list[ast.stmt], index: int, init: bool) -> Iterator[tuple[str, Change]]:
    """去掉一句：调用、自增、改一个元素、把一个名字改成它自己的函数；或去掉 ``no_grad``。"""
    node = block[index]
    guarded = isinstance(node, ast.With) and any(g in ast.unparse(node.items[0]) for g in GUARDS)
    if guarded and any(_in_place(inner) for inner in ast.walk(node)):
        yield "收尾", put(block, index, *node.body)
    if isinstance(node, ast.Assign) and len(node.targets) == 1:
        target = node.targets[0]
        used = {n.id for n in ast.walk(node.value) if isinstance(n, ast.Name)}
        cleaned = called(node.value).rpartition(".")[2] in UNDONE  # 由 undone 管
        again = isinstance(target, ast.Name) and target.id in used and not cleaned
        inside = isinstance(target, ast.Subscript | ast.Attribute) and not init
        drop = again or inside
    else:
        drop = isinstance(node, ast.AugAssign) or (
            isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
        )
    if drop:
        last = called(getattr(node, "value", node)).rpartition(".")[2]
        kind = "收尾" if last in ("zero_grad", "zero_", "eval", "train") else "语句"
        yield kind, put(block, index, ast.Pass())


def _in_place(node: ast.AST) -> bool:
    """就地改动；不在 ``no_grad`` 里就会出错。只求值的那些，去不去掉 ``no_grad`` 结果相同。"""
    name = called(node).rpartition(".")[2]
    return isinstance(node, ast.AugAssign) or (name.endswith("_") and not name.endswith("__"))


def _head(node: ast.stmt) -> str:
    """一句写成一行；带子块的只写开头。"""
    copied = copy.copy(node)
    for field in ("body", "orelse", "finalbody", "handlers"):
        if isinstance(getattr(copied, field, None), list):
            setattr(copied, field, [ast.Pass()] if field == "body" else [])
    text = ast.unparse(ast.fix_missing_locations(copied))
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        text = text[text.index("class " if isinstance(node, ast.ClassDef) else "def ") :]
    return " ".join(text.removesuffix("\n    pass").split())


def is_from_scratch(node: ast.stmt) -> bool:
    """从零写的代码：定义，与定义之外的训练循环；只打印、只演示的循环不算。"""
    if isinstance(node, ast.For | ast.While):
        return any(_updates(inner) for inner in ast.walk(node))
    return isinstance(node, ast.FunctionDef | ast.ClassDef)


def _updates(node: ast.AST) -> bool:
    """改动已有的东西：自增、改一个元素、反向传播或走一步。"""
    if isinstance(node, ast.Assign):
        return any(isinstance(target, ast.Subscript) for target in node.targets)
    return isinstance(node, ast.AugAssign) or called(node).endswith((".backward", ".step"))


def mutants(cell: int, source: str) -> Iterator[Mutant]:
    """一格里能做的全部变异。

    参数:
        cell: 第几格，只是记下来。
        source: 代码；以 ``%`` 开头的行原样留在最前面。
    """
    magic = "".join(f"{x}\n" for x in source.splitlines() if x.lstrip().startswith("%"))
    tree = ast.parse("\n".join(x for x in source.splitlines() if not x.lstrip().startswith("%")))
    inits = {id(f.body) for f in ast.walk(tree) if getattr(f, "name", "") == "__init__"}
    for top, statement in enumerate(tree.body):
        if not is_from_scratch(statement):
            continue
        one = [b for b in statements(tree.body) if b[0] is not tree.body or b[1] == top]
        inside = {id(n) for n in ast.walk(statement)}
        for block, index in one:
            if id(block[index]) not in inside:
                continue
            node, before = block[index], _head(block[index])
            changes = [c for n in nodes(node) for c in (*in_expression(n), *undone(n))]
            changes += _dropped(block, index, id(block) in inits) if node is not statement else []
            for kind, change in changes:
                undo = change()
                dropped = node not in block
                after = "（去掉）" if dropped else _head(node)
                text = magic + ast.unparse(ast.fix_missing_locations(tree))
                undo()
                if after != before:
                    yield Mutant(cell, kind, before, after, text)


def numbered(found: Iterable[Mutant]) -> list[Mutant]:
    """同样的变异在一节里不止一处时，编上次序。"""
    seen: Counter[str] = Counter()
    result = []
    for mutant in found:
        seen[mutant.label] += 1
        result.append(replace(mutant, nth=seen[mutant.label]))
    return result


def sample(found: Iterable[Mutant], count: int) -> list[Mutant]:
    """取 ``count`` 处：各种类轮流取，种类之内按散列排，别的格子变了取到的也大致不变。"""
    groups: dict[str, list[tuple[str, Mutant]]] = defaultdict(list)
    for mutant in found:
        rank = hashlib.sha256(mutant.label.encode()).hexdigest()
        groups[mutant.kind].append((rank, mutant))
    order = []
    for group in groups.values():
        for turn, (rank, mutant) in enumerate(sorted(group, key=lambda pair: pair[0])):
            order.append((turn, rank, mutant))
    return [mutant for _, _, mutant in sorted(order, key=lambda row: row[:2])[:count]]
