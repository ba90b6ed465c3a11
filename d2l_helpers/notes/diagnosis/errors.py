"""由报的错认出原因：异常的种类、消息和那一行代码。"""

from __future__ import annotations

import ast
import re
import traceback
from collections.abc import Iterable

from d2l_helpers.notes.diagnosis.catalogue import Advice, erratum
from d2l_helpers.notes.diagnosis.causes import CAUSES, TRAINED, Case
from d2l_helpers.notes.diagnosis.code import parse


def place_of(error: BaseException, source: str) -> tuple[int | None, str]:
    """出错的是格子的第几行，与该看的那一行代码。

    行号是这一格里最里面的；错在别的格子定义的函数里时，行号是调用它的那一行，代码是里面的那一行。
    不在笔记里就是 ``(None, "")``。
    """
    if isinstance(error, SyntaxError):
        return error.lineno, _row(source, error.lineno)
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename.startswith("<ipython-input") or "ipykernel" in frame.filename
    ]
    if not frames:
        return None, ""
    here = [frame for frame in frames if frame.filename == frames[0].filename]
    inside = frames[-1].filename == frames[0].filename
    line = here[-1].lineno
    return line, _row(source, line) if inside else frames[-1].line or ""


def _row(source: str, line: int | None) -> str:
    lines = source.split("\n")
    return lines[line - 1] if line and line <= len(lines) else ""


def names_made(source: str) -> set[str]:
    """一格会定义的名字：没有执行完，后面用到它们的格子就是受了牵连。"""
    tree = parse(source)
    if tree is None:  # 有语法错误，只好按字面
        return set(re.findall(r"^(?:def |class )?(\w+)", source, re.MULTILINE))
    names = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)
             and isinstance(n.ctx, ast.Store)}  # fmt: skip
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names |= {alias.asname or alias.name.split(".")[0] for alias in node.names}
    return names


def compares_dtypes(source: str) -> bool:
    """笔记靠 ``dtypes != 'object'`` 认文字列：pandas 3 的文字列不再是 object。"""
    return bool(re.search(r"dtypes?\b[^\n]{0,12}[!=]=\s*['\"]?(?:object|np\.object|O\b)", source))


def about_training(error: BaseException, row: str) -> bool:
    """是不是断言练得怎样：快跑练得少，这样的断言不作数。"""
    return isinstance(error, AssertionError) and bool(TRAINED.search(row))


def about(error: BaseException, line: int | None, row: str, source: str) -> list[dict]:
    """报的错说明什么；认不出就是空的。

    参数:
        error: 异常。
        line: 格子里的第几行。
        row: 该看的那一行代码。
        source: 整格代码。
    """
    case = Case(error, str(error), line, row, source)
    kinds = {kind.__name__ for kind in type(error).__mro__}
    for names, builders in CAUSES:
        if kinds & set(names.split()):
            found = (build(case) for build in builders)
            if advice := next((one for one in found if one), None):
                return [advice.row()]
    return []


_WARNINGS = (
    (r"TypedStorage is deprecated", 15),
    (r"use of `x\.T` on tensors of dimension other than 2", 13),
)


def about_warnings(messages: Iterable[str], source: str) -> list[dict]:
    """警告里认得出的。"""
    whole, rows = "\n".join(messages), []
    for pattern, number in _WARNINGS:
        if re.search(pattern, whole):
            token = ".storage()" if number == 15 else ".T"
            lines = [i for i, row in enumerate(source.split("\n"), 1) if token in row]
            row = source.split("\n")[lines[0] - 1] if lines else ""
            fixed = row.replace(".storage()", ".untyped_storage()") if number == 15 else ""
            rows.append(erratum(number, lines[0] if lines else None, row, fixed).row())
    if re.search(r"Using a target size .* different to the input size", whole):
        what = "MSELoss 两边形状不同，悄悄广播了：损失不是你要的"
        rows.append(Advice(what, "ndarray", None, None, "", "y.reshape(y_hat.shape)").row())
    return rows
