"""变异：在从零写的代码里一次弄坏一处，像学习者会犯的那种小错。

一处变异由（种类，改之前的语句，改之后的语句）认定，与行号、与别的格子无关，所以抽样稳定，
手工标出的等价变异也不会因为别处的改动而对不上号。
"""

from __future__ import annotations

import ast
import copy
import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

# ---- 改成什么 ----

OPERATORS = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult,
    ast.MatMult: ast.Mult, ast.Pow: ast.Mult, ast.FloorDiv: ast.Mult, ast.Mod: ast.FloorDiv,
    ast.Lt: ast.Gt, ast.Gt: ast.Lt, ast.LtE: ast.GtE, ast.GtE: ast.LtE,
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.And: ast.Or, ast.Or: ast.And,
}  # fmt: skip
NAMES = {
    "mean": "sum", "sum": "mean", "max": "min", "min": "max", "amax": "amin", "amin": "amax",
    "argmax": "argmin", "argmin": "argmax", "maximum": "minimum", "minimum": "maximum",
    "zeros": "ones", "ones": "zeros", "zeros_like": "ones_like", "ones_like": "zeros_like",
    "zeros_": "ones_", "ones_": "zeros_", "sqrt": "square", "exp": "expm1", "log": "log1p",
}  # fmt: skip
AXES = {0: 1, 1: 0, 2: 1, 3: 2, -1: 0, -2: -1}
TAKES_AXIS = {
    "sum", "mean", "max", "min", "argmax", "argmin", "amax", "amin", "softmax", "log_softmax",
    "cumsum", "prod", "std", "var", "norm", "logsumexp", "unsqueeze", "squeeze", "cat", "stack",
    "argsort", "sort", "flatten", "split", "chunk",
}  # fmt: skip
UNDONE = ("detach", "clone", "contiguous", "eval", "train")  # x.detach() 改成 x
GUARDS = ("no_grad", "inference_mode")  # with torch.no_grad(): 去掉

# ---- 不动的地方 ----

HYPER = re.compile(
    r"(lr|rate|learning_rate|momentum|betas?|beta\d|eps|rtol|atol|wd|lambd|weight_decay|gamma|"
    r"(num|max|n)_(epochs|iters?|steps|hiddens|samples|trials|runs|batches|rounds|outputs|inputs|"
    r"train|test|workers|classes)|epochs?|steps|trials|repeats|batch_size|batch|width|depth|hidden"
    r"|hiddens|sigma|std|scale|tolerance|size|sizes|device|generator|seed|name|names|titles?"
    r"|labels?|quick|full)"
)
QUIET_KEYWORDS = re.compile(
    r"fig\w*|strict|inplace|non_blocking|out|memory_format|pin_memory|num_workers|desc|device"
    r"|generator|seed|name|title\w*|[xy]?label\w*|legend\w*|color\w*|fmts?|alpha|marker\w*|"
    r"line\w*|[xy]lim|[xy]scale|weights_only|end|sep|file|flush|message|check|text|capture_output"
    r"|quick|full|rtol|atol|eps|standard_error|cmap|layout|index|columns"
)
SEEDING = {"seed", "manual_seed", "default_rng", "RandomState", "Random", "Generator"}
DRAWING = re.compile(
    r"(plt|ax|axes|axis|fig|figure)\b|d2l\.(plot\w*|show\w*|glue|agree|expect_error|annotate\w*"
    r"|take_turns|fastest|Timer|shape_table)\b|print\b|display\b|super\b|warnings\b|assert\w*\b"
    r"|torch\.testing\b|isinstance\b|\w+\.(plot|scatter|imshow|set_\w*|legend|hist|bar)\b"
)
SMALLEST = 1e-3  # 比它小的浮点数是防止除以零之类的护栏，加倍也没有分别


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


Change = Callable[[], Callable[[], None]]  # 动手改，返回怎样改回来


def _set(node: ast.AST, field: str, value: object) -> Change:
    def change() -> Callable[[], None]:
        old = getattr(node, field)
        setattr(node, field, value)
        return lambda: setattr(node, field, old)

    return change


def _put(items: list, index: int, *values: object) -> Change:
    """列表里的第 ``index`` 项换成若干项。"""

    def change() -> Callable[[], None]:
        old = list(items)
        items[index : index + 1] = values

        def undo() -> None:
            items[:] = old

        return undo

    return change


# ---- 表达式里的变异：(种类, 怎样改) ----


def called(node: ast.AST) -> str:
    """所调用的函数，如 ``d2l.plot``；不是调用则为空。"""
    return ast.unparse(node.func) if isinstance(node, ast.Call) else ""


def _constant(node: ast.Constant) -> Iterator[tuple[str, Change]]:
    value = node.value
    if type(value) is int:
        yield "常数", _set(node, "value", value + 1)
    elif type(value) is float and not 0 < abs(value) < SMALLEST:
        yield "常数", _set(node, "value", 2 * value if value else 1.0)


def _number(node: ast.AST) -> int | None:
    """整数常数的值，负的也算。"""
    try:
        value = ast.literal_eval(node)
    except ValueError:
        return None
    return value if type(value) is int else None


def _axis(node: ast.AST) -> ast.AST | None:
    """一次调用里写明轴的那个整数。"""
    if not isinstance(node, ast.Call):
        return None
    for keyword in node.keywords:
        if keyword.arg in ("dim", "axis", "dims"):
            return keyword.value
    last = called(node).rpartition(".")[2]
    positional = len(node.args) > (last in ("cat", "stack")) and isinstance(
        node.func, ast.Attribute
    )
    return node.args[-1] if positional and last in TAKES_AXIS else None


def _call(node: ast.Call) -> Iterator[tuple[str, Change]]:
    axis = _axis(node)
    other = ast.Constant(AXES[_number(axis)]) if axis and _number(axis) in AXES else None
    for i, keyword in enumerate(node.keywords):
        if keyword.value is axis and other:
            yield "轴", _set(keyword, "value", other)
        elif keyword.arg and keyword.value is not axis and not is_quiet(keyword):
            yield "关键字", _put(node.keywords, i)
    if other and node.args and node.args[-1] is axis:
        yield "轴", _put(node.args, len(node.args) - 1, other)


def is_quiet(keyword: ast.keyword) -> bool:
    """超参数、图的样子之类的关键字参数，不动。"""
    name = keyword.arg or ""
    return bool(QUIET_KEYWORDS.fullmatch(name) or HYPER.fullmatch(name))


def _expression(node: ast.AST) -> Iterator[tuple[str, Change]]:
    """一个表达式结点上的变异，不看它下面的。"""
    if isinstance(node, ast.BinOp | ast.AugAssign | ast.BoolOp) and type(node.op) in OPERATORS:
        yield "运算符", _set(node, "op", OPERATORS[type(node.op)]())
    elif isinstance(node, ast.Compare) and type(node.ops[0]) in OPERATORS:
        yield "运算符", _put(node.ops, 0, OPERATORS[type(node.ops[0])]())
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield "正负号", _set(node, "op", ast.UAdd())
    elif isinstance(node, ast.Attribute) and node.attr in NAMES:
        kind = "平均与求和" if node.attr in ("mean", "sum") else "函数"
        yield kind, _set(node, "attr", NAMES[node.attr])
    elif isinstance(node, ast.Constant):
        yield from _constant(node)
    elif isinstance(node, ast.Call):
        yield from _call(node)


def _undone(node: ast.AST) -> Iterator[tuple[str, Change]]:
    """子结点里的 ``x.detach()`` 改成 ``x``；单独成句的由“去掉一句”管。"""
    if isinstance(node, ast.Expr):
        return
    for field, value in ast.iter_fields(node):
        children = value if isinstance(value, list) else [value]
        for i, child in enumerate(children):
            if not isinstance(child, ast.Call) or child.args or child.keywords:
                continue
            if isinstance(child.func, ast.Attribute) and child.func.attr in UNDONE:
                inner = child.func.value
                listed = children is value
                yield "收尾", _put(value, i, inner) if listed else _set(node, field, inner)


# ---- 哪些结点可以动 ----


def is_left_alone(node: ast.AST) -> bool:
    """整个不动：种子、作图、打印、对拍、断言、报错、导入、类型标注、文档字符串。"""
    if isinstance(node, ast.Assert | ast.Raise | ast.Import | ast.ImportFrom | ast.JoinedStr):
        return True
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return True
    if isinstance(node, ast.Assign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        names = [n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name)]
        if names and all(HYPER.fullmatch(name) for name in names):
            return True
    name = called(node)
    return bool(name) and (name.rpartition(".")[2] in SEEDING or bool(DRAWING.match(name)))


def _defaults(arguments: ast.arguments) -> Iterator[ast.AST]:
    """参数的默认值，超参数的除外；类型标注不算。"""
    given = [*arguments.posonlyargs, *arguments.args][-len(arguments.defaults) or None :]
    pairs = list(zip(given, arguments.defaults, strict=False)) if arguments.defaults else []
    pairs += zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    yield from (d for a, d in pairs if d is not None and not HYPER.fullmatch(a.arg))


def _children(node: ast.AST) -> Iterator[ast.AST]:
    """可以往下走的子结点；语句的子语句不算，它们各自成为一句。"""
    if isinstance(node, ast.arguments):
        yield from _defaults(node)
        return
    for field, value in ast.iter_fields(node):
        if field in ("annotation", "returns", "decorator_list", "type_params"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not isinstance(child, ast.stmt):
                yield child


def _nodes(node: ast.AST) -> Iterator[ast.AST]:
    """一句里可以动的全部结点；轴有自己的变异，它的整数不再当常数。"""
    yield node
    axis = _axis(node)
    for child in _children(node):
        if child is axis or (isinstance(child, ast.keyword) and is_quiet(child)):
            continue
        if isinstance(child, ast.keyword) and child.value is axis:
            continue
        if not is_left_alone(child):
            yield from _nodes(child)


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
    if isinstance(node, ast.With) and any(g in ast.unparse(node.items[0]) for g in GUARDS):
        yield "收尾", _put(block, index, *node.body)
    if isinstance(node, ast.Assign) and len(node.targets) == 1:
        target = node.targets[0]
        used = {n.id for n in ast.walk(node.value) if isinstance(n, ast.Name)}
        undone = called(node.value).rpartition(".")[2] in UNDONE  # 由 _undone 管
        again = isinstance(target, ast.Name) and target.id in used and not undone
        inside = isinstance(target, ast.Subscript | ast.Attribute) and not init
        drop = again or inside
    else:
        drop = isinstance(node, ast.AugAssign) or (
            isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
        )
    if drop:
        last = called(getattr(node, "value", node)).rpartition(".")[2]
        kind = "收尾" if last in ("zero_grad", "zero_", "eval", "train") else "语句"
        yield kind, _put(block, index, ast.Pass())


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
    """从零写的代码：定义，与定义之外的循环（训练循环常写在外面）。"""
    return isinstance(node, ast.FunctionDef | ast.ClassDef | ast.For | ast.While)


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
            changes = [c for n in _nodes(node) for c in (*_expression(n), *_undone(n))]
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
        nth = seen[mutant.label]
        result.append(Mutant(**{**mutant.__dict__, "nth": nth}))
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
