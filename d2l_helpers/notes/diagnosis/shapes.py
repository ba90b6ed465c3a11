"""注释里写的形状，与运行出来的比。"""

from __future__ import annotations

import ast
import re
from typing import Any

from d2l_helpers.notes.diagnosis.catalogue import erratum
from d2l_helpers.notes.diagnosis.claims import MANY_AXES
from d2l_helpers.notes.diagnosis.code import parse

_SIZE = re.compile(r"(?:torch\.Size\(\[([\d, ]+)\]\)|(?:形状|shape|输出)\D{0,6}\(([\d, ]+)\)"
                   r"|^\s*\((\d+(?:, ?\d+)+)\)\s*$)")  # fmt: skip


def wrong(source: str, names: dict[str, Any], last: Any) -> list[dict]:
    """一格里顶层的赋值与最后的表达式，注释的形状不对的。

    参数:
        source: 格子的代码，已经执行过。
        names: 执行之后的名字。
        last: 最后一个表达式的值。
    """
    tree, lines, found = parse(source), source.split("\n"), []
    body = tree.body if tree else []
    counted = [ast.unparse(node.targets[0]) for node in body if isinstance(node, ast.Assign)]
    for node in body:
        row = lines[node.end_lineno - 1]
        said = _said(row.partition("#")[2])
        value: Any = None
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            name = ast.unparse(node.targets[0])
            value = names.get(name) if counted.count(name) == 1 else None
        elif isinstance(node, ast.Expr) and node is body[-1]:
            value = last
        shape = tuple(getattr(value, "shape", value if _is_size(value) else ())) or None
        if said is None or shape is None or said == shape:
            continue
        if min(len(said), 3) > len(shape) and len(said) < 3:  # (1, 2) 也许是两个数
            continue
        kept = [side for side in said if side != 1]
        number = 12 if MANY_AXES.search(row) else 35
        number = 11 if "sum(" in row and kept == list(shape) else number
        code, _, comment = row.partition("#")
        actual = f"({', '.join(map(str, shape))}{',' * (len(shape) == 1)})"
        fixed = f"{code}# {_SIZE.sub(f' 形状 {actual}', comment).strip()}"
        found.append(erratum(number, node.end_lineno, row, fixed).row())
    return found


def _is_size(value: Any) -> bool:
    return type(value).__name__ == "Size"


def _said(comment: str) -> tuple[int, ...] | None:
    found = _SIZE.search(comment)
    if not found:
        return None
    text = next(group for group in found.groups() if group)
    return tuple(int(side) for side in text.split(",") if side.strip())
