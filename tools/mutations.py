"""变异的表：一个表达式、一句语句可以怎样弄坏，以及哪些地方不动。"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator

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
UNDONE = ("detach", "clone", "eval", "train")  # x.detach() 改成 x
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

Change = Callable[[], Callable[[], None]]  # 动手改，返回怎样改回来


def put_field(node: ast.AST, field: str, value: object) -> Change:
    def change() -> Callable[[], None]:
        old = getattr(node, field)
        setattr(node, field, value)
        return lambda: setattr(node, field, old)

    return change


def put(items: list, index: int, *values: object) -> Change:
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
        yield "常数", put_field(node, "value", value + 1)
    elif type(value) is float and not 0 < abs(value) < SMALLEST:
        yield "常数", put_field(node, "value", 2 * value if value else 1.0)


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
            yield "轴", put_field(keyword, "value", other)
        elif keyword.arg and keyword.value is not axis and not is_quiet(keyword):
            yield "关键字", put(node.keywords, i)
    if other and node.args and node.args[-1] is axis:
        yield "轴", put(node.args, len(node.args) - 1, other)


def is_quiet(keyword: ast.keyword) -> bool:
    """超参数、图的样子之类的关键字参数，不动。"""
    name = keyword.arg or ""
    return bool(QUIET_KEYWORDS.fullmatch(name) or HYPER.fullmatch(name))


def in_expression(node: ast.AST) -> Iterator[tuple[str, Change]]:
    """一个表达式结点上的变异，不看它下面的。"""
    if isinstance(node, ast.BinOp | ast.AugAssign | ast.BoolOp) and type(node.op) in OPERATORS:
        yield "运算符", put_field(node, "op", OPERATORS[type(node.op)]())
    elif isinstance(node, ast.Compare) and type(node.ops[0]) in OPERATORS:
        yield "运算符", put(node.ops, 0, OPERATORS[type(node.ops[0])]())
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield "正负号", put_field(node, "op", ast.UAdd())
    elif isinstance(node, ast.Attribute) and node.attr in NAMES:
        kind = "平均与求和" if node.attr in ("mean", "sum") else "函数"
        yield kind, put_field(node, "attr", NAMES[node.attr])
    elif isinstance(node, ast.Constant):
        yield from _constant(node)
    elif isinstance(node, ast.Call):
        yield from _call(node)


def undone(node: ast.AST) -> Iterator[tuple[str, Change]]:
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
                yield "收尾", put(value, i, inner) if listed else put_field(node, field, inner)


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


def nodes(node: ast.AST) -> Iterator[ast.AST]:
    """一句里可以动的全部结点；轴有自己的变异，它的整数不再当常数。"""
    yield node
    axis = _axis(node)
    for child in _children(node):
        if child is axis or (isinstance(child, ast.keyword) and is_quiet(child)):
            continue
        if isinstance(child, ast.keyword) and child.value is axis:
            continue
        if not is_left_alone(child):
            yield from nodes(child)
