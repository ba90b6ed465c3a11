"""打印的不是要看的那个：注释或标签说的是另一个变量的数。"""

from __future__ import annotations

import ast
import re
from typing import Any

from d2l_helpers.notes.diagnosis.catalogue import erratum
from d2l_helpers.notes.diagnosis.code import parse

_NUMBER = r"[-−]?\d+(?:\.\d*)?(?:e[-+]?\d+)?"
_SAID = re.compile(
    rf"\s*(?:(?P<name>[A-Za-z_]\w*)\s*[=:：]\s*|(?:输出|结果|得到?|值)?\s*[:：]?\s*)"
    rf"(?P<wrapped>(?:tensor|array)\()?(?P<numbers>\[[\[\]\s\d.,e+−-]*\]|{_NUMBER})"
    r"(?:,[^()]*)?\)?\s*[。.]?\s*"
)
_LABEL = re.compile(r"\s*([A-Za-z_]\w*)\s*=\s*")


def mixed(source: str, names: dict[str, Any]) -> list[dict]:
    """一格末尾的几行打印，注释里的数（或 ``z =`` 这样的标签）是格子里另一个变量的。

    只看末尾连着的几行：再往后还有别的语句，变量也许又变了，就不好说。

    参数:
        source: 格子的代码，已经执行过。
        names: 执行之后的名字。
    """
    tree, lines, found = parse(source), source.split("\n"), []
    body = list(tree.body) if tree else []
    made = [node for node in body if isinstance(node, ast.Assign)]
    while body and (shown := _shown(body[-1])):
        node, (label, name) = body.pop(), shown
        row = lines[node.end_lineno - 1]
        right, sure = _meant(row.partition("#")[2], name, made, names), True
        if right is None and _labelled(label, name, made, names):
            right, sure = label, False
        if right and node.lineno == node.end_lineno:
            code, mark, comment = row.partition("#")
            head, _, end = code.rpartition(name)
            fixed = f"{head}{right}{end}{mark}{comment}"
            found.append(erratum(20, node.lineno, row, fixed, known=sure).row())
    return found[::-1]


def _shown(node: ast.stmt) -> tuple[str, str] | None:
    """``x``、``print(x)``、``print('z =', x)``、``print(f'z = {x}')``：（标签，变量）。"""
    value = node.value if isinstance(node, ast.Expr) else None
    if isinstance(value, ast.Name):
        return "", value.id
    if not isinstance(value, ast.Call) or ast.unparse(value.func) != "print":
        return None
    arguments = value.args
    if len(arguments) == 1 and isinstance(arguments[0], ast.JoinedStr):
        arguments = [getattr(part, "value", part) if isinstance(part, ast.FormattedValue) else part
                     for part in arguments[0].values]  # fmt: skip
    text = ""
    if len(arguments) == 2 and isinstance(arguments[0], ast.Constant):
        label = _LABEL.fullmatch(str(arguments[0].value))
        text, arguments = label[1] if label else "", arguments[1:]
    if len(arguments) == 1 and isinstance(arguments[0], ast.Name):
        return text, arguments[0].id
    return None


def _meant(comment: str, name: str, made: list[ast.Assign], names: dict[str, Any]) -> str | None:
    """注释里的数不是 ``name`` 的，恰好是格子里算出的另一个变量的，返回那个变量。"""
    said = _SAID.fullmatch(comment)
    if not said:
        return None
    numbers = [float(x.replace("−", "-")) for x in re.findall(_NUMBER, said["numbers"])]
    if len(numbers) < 2 and not said["wrapped"] and not said["name"]:
        return None  # 孤零零的一个数，也许是编号
    if _same(names.get(name), numbers) is not False:
        return None
    others = {target.id for node in made for target in node.targets if isinstance(target, ast.Name)}
    right = [other for other in sorted(others - {name}) if _same(names.get(other), numbers)]
    if said["name"]:
        right = [other for other in right if other == said["name"]]
    return right[0] if len(right) == 1 else None


def _labelled(label: str, name: str, made: list[ast.Assign], names: dict[str, Any]) -> bool:
    """标签说的 ``z`` 是这一格由 ``name`` 算出来的，数又不同。"""
    if not label or label == name:
        return False
    sources = [node.value for node in made if [ast.unparse(t) for t in node.targets] == [label]]
    used = {n.id for value in sources for n in ast.walk(value) if isinstance(n, ast.Name)}
    return name in used and _same(names.get(name), _numbers(names.get(label)) or []) is False


def _numbers(value: Any) -> list[float] | None:
    """张量、数组、列表或一个数里的全部数；不是数就是 ``None``。"""
    value = value.tolist() if hasattr(value, "tolist") else value
    if isinstance(value, list | tuple):
        parts = [_numbers(item) for item in value]
        return None if None in parts else [x for part in parts for x in part]
    return [float(value)] if isinstance(value, int | float) else None


def _same(value: Any, numbers: list[float]) -> bool | None:
    """是不是这些数（打印只有四位）；不是数就是 ``None``。"""
    mine = _numbers(value)
    if mine is None or not numbers:
        return None
    close = (abs(a - b) <= 5e-4 * max(1, abs(b)) for a, b in zip(mine, numbers, strict=False))
    return len(mine) == len(numbers) and all(close)
