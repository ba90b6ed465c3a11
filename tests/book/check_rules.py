"""“一格或讲或查，不兼做”的规矩：讲的格子、检查格、印出的数，以及练习的答案与检查。"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from _ext import lesson
from tests.book.page import Lesson

EXERCISE = re.compile(
    r"^```\{exercise\}[^\n]*\n:label: (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL
)
SOLUTION = re.compile(
    r"^```\{solution-start\} (\S+)\n(.*?)^```\{solution-end\}", re.MULTILINE | re.DOTALL
)
SAYS_WHAT = re.compile(r"# 检查：\S")
COMPARED = (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq)
IN_CONTAINER = re.compile(r"(?:tensor|array)\([^()]*(?:\([^()]*\)[^()]*)*\)|\[[^\]]*\]")
BARE_BOOLEAN = re.compile(r"(?<![\w=])(?:True|False)\b")


# ---- 讲与查 ----


def _calls(tree: ast.AST) -> Iterator[str]:
    """调用了哪些函数（只取最后一段名字）。"""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield getattr(node.func, "attr", getattr(node.func, "id", ""))


def _parse(source: str) -> ast.Module:
    return ast.parse("\n".join(x for x in source.splitlines() if not x.startswith("%")))


def asserts(source: str) -> list[str]:
    """一格里的断言：assert 与 assert_close 之类。"""
    tree = _parse(source)
    found = ["assert"] if any(isinstance(node, ast.Assert) for node in ast.walk(tree)) else []
    return found + [name for name in _calls(tree) if name.startswith("assert_")]


def verifies(source: str) -> bool:
    """一格里有没有会失败的检查：断言、对拍，或预期的错误。"""
    return bool(asserts(source)) or not {"agree", "expect_error"}.isdisjoint(_calls(_parse(source)))


def _first(source: str) -> str:
    return source.splitlines()[0] if source else "空格子"


def teaching_cells_only_teach(page: Lesson) -> list[str]:
    """讲的格子没有断言与 glue，也不在定义之后接着对拍；“对拍”一节除外，练习另有规矩。"""
    found = []
    for part in page.parts:
        for cell in lesson.cells(part.text):
            if cell.folded or part.kind in ("exercises", "self-check"):
                continue
            is_agreement = part.heading.startswith("对拍")
            mixed = [] if is_agreement else [*dict.fromkeys(asserts(cell.source))]
            tree = _parse(cell.source)
            calls = set(_calls(tree))
            mixed += ["glue"] if "glue" in calls else []
            defines = any(isinstance(n, ast.FunctionDef | ast.ClassDef) for n in tree.body)
            mixed += ["定义之后接着 agree"] if defines and "agree" in calls else []
            found += [
                f"讲的格子里有 {what}，移到 check 格：{_first(cell.source)}" for what in mixed
            ]
    return found


def check_cells_fold(page: Lesson) -> list[str]:
    """标签是 ``[hide-cell, check]``；第一行 ``# 检查：…`` 是折叠时的标题；里面有检查或 glue。"""
    found = []
    for cell in lesson.cells(page.text):
        if "check" not in cell.tags:
            continue
        first = _first(cell.source)
        if "hide-cell" not in cell.tags:
            found.append(f"检查格没有折叠（hide-cell）：{first}")
        if not SAYS_WHAT.match(first):
            found.append(f"检查格的第一行应当写成“# 检查：查什么”：{first}")
        if not verifies(cell.source) and "glue" not in _calls(_parse(cell.source)):
            found.append(f"检查格里没有断言、对拍或 glue：{first}")
    return found


def _is_verdict(node: ast.AST, verdicts: set[str]) -> bool:
    """表达式的值是不是一次比较的真假；``is``、``in`` 与比较地址不算，那没有数可印。"""
    if isinstance(node, ast.Compare):
        same_object = not {"id", "data_ptr"}.isdisjoint(_calls(node))
        return not same_object and any(isinstance(op, COMPARED) for op in node.ops)
    if isinstance(node, ast.BoolOp):
        return any(_is_verdict(value, verdicts) for value in node.values)
    if isinstance(node, ast.UnaryOp):
        return isinstance(node.op, ast.Not)
    if isinstance(node, ast.Name):
        return node.id in verdicts
    if isinstance(node, ast.Tuple):
        return any(_is_verdict(item, verdicts) for item in node.elts)
    if isinstance(node, ast.Call):
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        inner = node.func.value if isinstance(node.func, ast.Attribute) else None
        if name in ("all", "any", "item") and inner is not None:
            return _is_verdict(inner, verdicts)
        return name in ("equal", "allclose", "isclose", "array_equal", "all", "any", "bool")
    return False


def _shown(tree: ast.Module) -> Iterator[ast.AST]:
    """一格里会印出来的表达式：print 的参数、格式串里的值、最后一个表达式。"""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "print":
            for argument in node.args:
                yield argument
                if isinstance(argument, ast.JoinedStr):
                    yield from (v.value for v in argument.values if hasattr(v, "value"))
    if tree.body and isinstance(tree.body[-1], ast.Expr):
        yield tree.body[-1].value


def numbers_not_verdicts(page: Lesson) -> list[str]:
    """印数，不印比较的真假：``1.92，1.31`` 而不是 ``高出 0.4 以上：True``。逐元素的比较不算。"""
    cells, found = lesson.cells(page.text), []
    outputs = page.outputs
    if outputs is None or len(outputs) != len(cells):  # 还没有执行过：当作都印了真假
        outputs = ("True",) * len(cells)
    for cell, output in zip(cells, outputs, strict=True):
        if cell.folded or not BARE_BOOLEAN.search(IN_CONTAINER.sub("", output)):
            continue
        tree = _parse(cell.source)
        verdicts = {
            target.id
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign) and _is_verdict(node.value, set())
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        found += [
            f"印的是真假，请印数：{ast.unparse(node)}"
            for node in _shown(tree)
            if _is_verdict(node, verdicts)
        ]
    return found


# ---- 练习 ----


def _bound(tree: ast.Module) -> set[str]:
    """顶层定义或赋值的名字。"""
    names = {n.name for n in tree.body if isinstance(n, ast.FunctionDef | ast.ClassDef)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
    return names


def _used(tree: ast.Module) -> set[str]:
    loads = (n for n in ast.walk(tree) if isinstance(n, ast.Name))
    return {node.id for node in loads if isinstance(node.ctx, ast.Load)}


def _separated(label: str, statement: str, solution: str) -> Iterator[str]:
    cells = lesson.cells(solution)
    checks = [cell.source for cell in cells if "check" in cell.tags]
    answers = [cell.source for cell in cells if "check" not in cell.tags]
    if not any(map(verifies, checks)):
        yield f"{label} 没有单独的检查格（tags: [hide-cell, check]）"
    for source in filter(verifies, answers):
        yield f"{label} 的答案里有检查，移到 check 格：{_first(source)}"
    made: set[str] = set().union(*(_bound(_parse(source)) for source in answers))
    for source in checks:
        tree = _parse(source)
        for name in sorted((_used(tree) & made) - _bound(tree)):
            if not re.search(rf"`[^`\n]*\b{re.escape(name)}\b[^`\n]*`", statement):
                yield f"{label} 的检查用到 `{name}`，题目没有说要写它：别人的答案过不了"


def answers_and_checks_are_apart(page: Lesson) -> list[str]:
    """答案一格，检查另一格；检查用到的名字，题目都点了名，任何正确的写法都能通过。"""
    solutions = dict(SOLUTION.findall(page.text))
    return [
        problem
        for label, statement in EXERCISE.findall(page.text)
        if label in solutions  # 没有答案的由 rules.exercises 报
        for problem in _separated(label, statement, solutions[label])
    ]
