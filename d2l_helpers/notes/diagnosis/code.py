"""看代码就认得出的错：语法树上的样子，不必运行。"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator

from d2l_helpers.notes.diagnosis.catalogue import Advice, erratum

Finding = tuple[int, int, str]  # 勘误、行、改好的一行（空串表示没有）
Rule = Callable[[ast.AST], Iterator[tuple[int, ast.AST, str]]]


def parse(source: str) -> ast.Module | None:
    """语法树；魔法命令与 ``!`` 换成空行，仍读不懂就是 ``None``。"""
    lines = [
        re.sub(r"^(\s*)[%!].*", r"\1pass", line) if re.match(r"\s*[%!]", line) else line
        for line in source.split("\n")
    ]
    try:
        return ast.parse("\n".join(lines))
    except (SyntaxError, ValueError):
        return None


def _name(node: ast.AST) -> str:
    """调用的是谁的最后一节：``F.softmax`` → ``softmax``。"""
    if isinstance(node, ast.Call):
        node = node.func
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _text(node: ast.AST) -> str:
    return ast.unparse(node)


def _calls(tree: ast.AST) -> Iterator[tuple[ast.Call, str, str]]:
    """每个调用：结点、名字的最后一节、完整的写法。"""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield node, _name(node), _text(node.func)


def _functions(tree: ast.AST) -> Iterator[ast.FunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


# ---- 张量 -----------------------------------------------------------------------------------
def _tensors(tree: ast.AST) -> Iterator[tuple[int, ast.AST, str]]:
    for node, name, full in _calls(tree):
        lists = [arg for arg in node.args if isinstance(arg, ast.List)]
        if full == "torch.tensor" and len(lists) > 1:
            inner = ", ".join(map(_text, node.args))
            yield 1, node, f"torch.tensor([{inner}])"
        if full == "torch.Tensor" and len(node.args) == 1 and _is_int(node.args[0]):
            yield 8, node, f"torch.tensor({_text(node.args[0])})"
        if full == "torch.norm":
            yield 15, node, f"torch.linalg.vector_norm({', '.join(map(_text, node.args))})"
        if name == "storage" and isinstance(node.func, ast.Attribute) and not node.args:
            yield 15, node, f"{_text(node.func.value)}.untyped_storage()"
        if name == "waitforbuttonpress":
            yield 33, node, ""
        if full in ("nn.DataParallel", "torch.nn.DataParallel"):
            yield 38, node, ""


def _is_int(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) is int


def _comparisons(tree: ast.AST) -> Iterator[tuple[int, ast.AST, str]]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Compare) or len(node.ops) != 1:
            continue
        left, right = node.left, node.comparators[0]
        if _name(left) == _name(right) == "id" and any(_is_view(side) for side in (left, right)):
            a, b = (_text(side.args[0]) for side in (left, right))
            yield 9, node, f"{a}.data_ptr() == {b}.data_ptr()"
        small = isinstance(right, ast.Constant) and isinstance(right.value, float)
        tight = small and right.value <= 1e-4 and isinstance(node.ops[0], ast.Lt | ast.LtE)
        difference = _DIFFERENCE.search(_text(left)) if "sum" in _text(left) else None
        if tight and difference:
            a, b = (group for group in difference.groups() if group)
            yield 34, node, f"torch.testing.assert_close({a}, {b})"


_DIFFERENCE = re.compile(r"abs\(([^()]+) - ([^()]+)\)|\(([^()]+) - ([^()]+)\)\.abs\(\)")


def _is_view(call: ast.AST) -> bool:
    """``id(x[0])``、``id(x.view(…))`` 这样的。"""
    argument = call.args[0] if isinstance(call, ast.Call) and call.args else None
    views = ("view", "reshape", "detach", "squeeze", "unsqueeze", "transpose", "permute")
    return isinstance(argument, ast.Subscript) or _name(argument) in (*views, "data", "T")


# ---- 损失与评估 -----------------------------------------------------------------------------
def _losses(tree: ast.AST) -> Iterator[tuple[int, ast.AST, str]]:
    for node, name, full in _calls(tree):
        logits = None
        if full in ("torch.log", "math.log", "np.log") and node.args:
            logits = node.args[0]
        elif name == "log" and isinstance(node.func, ast.Attribute) and not node.args:
            logits = node.func.value
        if logits is not None and _name(logits) == "softmax" and isinstance(logits, ast.Call):
            yield 31, node, _logged(logits)
        flat = name == "where" and len(node.args) == 3 and _constant(node.args[2])
        square = _text(node.args[1]) if flat else ""
        if "** 2" in square and "0.5" in square:
            error = re.search(r"([\w.]+) \*\* 2", square)
            outside = f"{error.group(1)}.abs() - 0.5" if error else "|e| - 0.5"
            yield 22, node, f"{_text(node.func)}({_text(node.args[0])}, {square}, {outside})"


def _logged(softmax: ast.Call) -> str:
    """``F.softmax(o, 1)`` → ``F.log_softmax(o, 1)``；自己写的 softmax 换成 torch 的。"""
    arguments = ", ".join(map(_text, [*softmax.args, *softmax.keywords]))
    if isinstance(softmax.func, ast.Attribute):
        return f"{_text(softmax.func.value)}.log_softmax({arguments})"
    return f"torch.log_softmax({arguments}, dim=-1)"


def _constant(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) or _name(node).startswith("ones")


def _evaluations(tree: ast.AST) -> Iterator[tuple[int, ast.AST, str]]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Call):
            continue
        target, arguments = _text(node.targets[0]), [_text(arg) for arg in node.value.args]
        measured = re.search("eval|acc", _name(node.value))
        wrong = [arg for arg in arguments if re.fullmatch(r"\w*train\w*(iter|loader|data)\w*", arg)]
        if "test" in target and "train" not in target and measured and wrong:
            fixed = _text(node).replace(wrong[0], wrong[0].replace("train", "test"))
            yield 26, node, fixed


def _evaluators(tree: ast.AST) -> Iterator[tuple[int, ast.AST, str]]:
    for function in _functions(tree):
        returns = [n for n in ast.walk(function) if isinstance(n, ast.Return) and n.value]
        for branch in function.body:
            asks = isinstance(branch, ast.If) and "isinstance" in _text(branch.test)
            if asks and "Module" in _text(branch.test) and not branch.orelse and returns:
                inside = {id(n) for n in ast.walk(branch)}
                if all(id(node) in inside for node in returns):
                    yield 28, branch, ""
        body = _text(function)
        named = re.search(r"eval|accuracy|test", function.name)
        if named and ".eval()" in body and not re.search(r"no_grad|inference_mode", body):
            yield 28, function, "@torch.no_grad()"


# ---- 网络与设备 -----------------------------------------------------------------------------
def _networks(tree: ast.AST) -> Iterator[tuple[int, ast.AST, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
            target = node.targets[0]
            key, value = target.slice, node.value
            if _name(target.value) == "_modules" and _text(key) == _text(value):
                yield (
                    29,
                    node,
                    f"{_text(target.value)}[str(len({_text(target.value)}))] = " + (_text(value)),
                )
    for function in _functions(tree):
        if function.name == "forward":
            for node in ast.walk(function):
                data = isinstance(node, ast.Attribute) and node.attr == "data"
                if data and _text(node.value).startswith("self."):
                    yield 30, node, _text(node.value)
        if "reduce" in function.name and function.args.args:
            yield from _rebinding(function, function.args.args[0].arg)


def _rebinding(function: ast.FunctionDef, data: str) -> Iterator[tuple[int, ast.AST, str]]:
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
            target = node.targets[0]
            if _text(target.value) == data and not isinstance(target.slice, ast.Slice):
                yield 37, node, f"{_text(target)}[:] = {_text(node.value)}"


def _workers(tree: ast.AST) -> Iterator[tuple[int, ast.AST, str]]:
    for statement in getattr(tree, "body", []):
        if isinstance(statement, ast.FunctionDef | ast.ClassDef | ast.If):
            continue
        for node, name, _ in _calls(statement):
            for keyword in node.keywords:
                many = _is_int(keyword.value) and keyword.value.value > 0
                if name == "DataLoader" and keyword.arg == "num_workers" and many:
                    yield 32, keyword.value, ""


_RULES: tuple[Rule, ...] = (
    _tensors, _comparisons, _losses, _evaluations, _evaluators, _networks, _workers,
)  # fmt: skip


def about_code(source: str) -> list[Advice]:
    """一格代码里看得出的错，按行排列；读不懂的格子没有。"""
    tree, lines = parse(source), source.split("\n")
    if tree is None:
        return []
    found: dict[tuple[int, int], Advice] = {}
    for rule in _RULES:
        for number, node, fixed in rule(tree):
            row = lines[node.lineno - 1]
            piece = ast.get_source_segment(source, node)
            whole = row.replace(piece, fixed) if piece and piece in row else fixed
            after = whole if fixed else ""
            found.setdefault((number, node.lineno), erratum(number, node.lineno, row, after))
    return sorted(found.values(), key=lambda advice: advice.line or 0)


def about_iterators(sources: list[str]) -> dict[int, list[Advice]]:
    """走了不止一遍的迭代器；返回格子的序号（从 0 数）→ 意见。"""
    made: dict[str, int] = {}
    found: dict[int, list[Advice]] = {}
    for i, source in enumerate(sources):
        tree = parse(source)
        for node in getattr(tree, "body", []):
            names = _assigned(node)
            value = getattr(node, "value", None)
            lazy = _name(value) in ("iter", "zip", "map", "filter", "enumerate")
            for name in names:
                made.pop(name, None)
                if isinstance(value, ast.GeneratorExp) or (isinstance(value, ast.Call) and lazy):
                    made[name] = 0
            for name in _walked(node):
                if name in made:
                    made[name] += 1
                    if made[name] == 2:
                        row = source.split("\n")[node.lineno - 1]
                        found.setdefault(i, []).append(erratum(39, node.lineno, row))
    return found


def _assigned(node: ast.AST) -> list[str]:
    targets = node.targets if isinstance(node, ast.Assign) else []
    return [target.id for target in targets if isinstance(target, ast.Name)]


def _walked(node: ast.AST) -> list[str]:
    """这条语句从头到尾走过哪些名字：``for … in 名字``、``list(名字)``、``sum(名字)``。"""
    names = [
        n.iter.id
        for n in ast.walk(node)
        if isinstance(n, ast.For | ast.comprehension) and isinstance(n.iter, ast.Name)
    ]
    eager = ("list", "tuple", "sum", "dict", "max", "min", "sorted")
    names += [
        call.args[0].id for call, name, _ in _calls(node)
        if name in eager and call.args and isinstance(call.args[0], ast.Name)
    ]  # fmt: skip
    return names
