"""没有一格依据墙上时间下断言：顺着数据流，看秒表读出的数流到了哪里。

秒表是源头（``time.perf_counter``、``Timer``、``take_turns`` 等）。由它算出的值、装着它的容器、
返回它的函数、在它的条件里才赋的值，都算沾了时间。沾了时间的值不得进入断言、对拍，
不得决定要不要报错，也不得印在要逐字比较的格子里。画图与在不比较的格子里打印随意。
"""

from __future__ import annotations

import ast
from collections.abc import Iterable

from nbformat import NotebookNode

from tests.book.rules import plain
from tools.book import IGNORE_OUTPUT, tags

CLOCKS = {"perf_counter", "perf_counter_ns", "monotonic", "monotonic_ns", "process_time"}
CLOCKS |= {"process_time_ns", "thread_time", "thread_time_ns", "time_ns", "default_timer"}
CLOCKS |= {"timeit", "elapsed_time", "samples_per_second", "Timer", "take_turns", "fastest"}
CLOCK_CALLS = {("time", "time"), ("datetime", "now")}
COUNTS = {"len", "isinstance", "type", "callable", "keys"}  # 数个数、问类型，与快慢无关
JUDGES = ("agree", "assert")  # 函数名以此开头的，算断言
SHOWS = {"print", "display", "glue"}
FIELDS = {"shape", "ndim", "dtype", "device"}
Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
Scope = dict[str, "bool | Function"]


def last_name(node: ast.AST) -> str:
    """``d2l.fastest`` 与 ``fastest`` 都给出 ``fastest``。"""
    return getattr(node, "attr", None) or getattr(node, "id", "")


def parameters(function: Function) -> list[str]:
    """形参的名字，先按位置的，后按名字的。"""
    spec = function.args
    names = [*spec.posonlyargs, *spec.args, *spec.kwonlyargs, spec.vararg, spec.kwarg]
    return [arg.arg for arg in names if arg is not None]


def root(node: ast.AST) -> str:
    """``x.a[0].b`` 的 ``x``。"""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Starred):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def is_clock(node: ast.AST) -> bool:
    """这个名字或属性是不是秒表。"""
    owner = last_name(getattr(node, "value", node))
    return last_name(node) in CLOCKS or (owner, last_name(node)) in CLOCK_CALLS


def stored(node: ast.AST) -> set[str]:
    """里面赋过值的名字。"""
    names = [n for n in ast.walk(node) if isinstance(n, ast.Name)]
    return {n.id for n in names if isinstance(n.ctx, ast.Store)}


class Watch:
    """逐句走一遍程序，记住哪些名字沾了时间。"""

    def __init__(self) -> None:
        self.scope: Scope = {}
        self.found: list[str] = []
        self.calling: list[Function] = []
        self.forced = False  # 在沾了时间的条件里
        self.returned = False
        self.compared = False

    def report(self, what: str, node: ast.AST) -> None:
        message = f"{what}：{ast.unparse(node)[:90]}"
        if message not in self.found:
            self.found.append(message)

    # 表达式 ────────────────────────────────────────────────────────────────

    def timed(self, node: ast.AST | None) -> bool:
        """这个表达式的值是否沾了时间。"""
        match node:
            case None:
                return False
            case ast.Name(id=name):
                known = self.scope.get(name, name in CLOCKS)
                return known if isinstance(known, bool) else self.call(known, [])
            case ast.Attribute(value=value, attr=attr):
                return is_clock(node) or (self.timed(value) and attr not in FIELDS)
            case ast.Constant(value=str(text)):  # 交给另一个进程去跑的程序
                return "perf_counter" in text or "take_turns" in text or "fastest" in text
            case ast.Call():
                return self.timed_call(node)
            case ast.Lambda():
                return self.call(node, [])
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
                return self.timed_comprehension(node)
            case ast.NamedExpr(target=target, value=value):
                self.bind(target, value)
                return self.timed(value)
        return self.any_timed(ast.iter_child_nodes(node))

    def any_timed(self, nodes: Iterable[ast.AST | None]) -> bool:
        """逐个看完，不提前停：后面的也许要报。"""
        return any(list(map(self.timed, nodes)))

    def timed_call(self, node: ast.Call) -> bool:
        name, values = last_name(node.func), [*node.args, *(k.value for k in node.keywords)]
        dirty = self.any_timed(values)
        if dirty and name.startswith(JUDGES):
            self.report("对拍沾了时间", node)
        if dirty and name in SHOWS and self.compared:
            self.report("要比较的格子印出了时间", node)
        if name in COUNTS:
            return False
        function = self.scope.get(root(node.func)) if isinstance(node.func, ast.Name) else None
        if isinstance(function, ast.AST):
            return self.call(function, values, [k.arg for k in node.keywords])
        owner = isinstance(node.func, ast.Attribute) and root(node.func)
        if dirty and owner and owner in self.scope:  # x.append(沾了时间的)
            self.mark(owner)
        return dirty or self.timed(node.func)

    def timed_comprehension(self, node: ast.expr) -> bool:
        outside, chosen = dict(self.scope), False
        for part in node.generators:
            self.bind(part.target, part.iter, each=True)
            chosen |= self.any_timed(part.ifs)
        dirty = self.any_timed(getattr(node, name, None) for name in ("elt", "key", "value"))
        self.scope |= {name: outside[name] for name in stored(node) & set(outside)}
        return dirty or chosen

    def call(self, function: Function, values: list[ast.expr], keywords: Iterable = ()) -> bool:
        """走一遍函数体；实参沾了时间，形参也就沾了。返回结果是否沾了时间。"""
        if function in self.calling:
            return False
        names, plain = parameters(function), len(values) - len(list(keywords))
        named = [*names[:plain], *keywords, *names[-1:] * len(values)]
        passed = list(zip(named, values, strict=False))
        mine: Scope = dict.fromkeys(names, False)
        for name, value in passed:
            mine[name] = mine.get(name) or self.timed(value)
        outside, state = self.scope, (self.returned, self.forced)
        self.scope, self.returned = outside | mine, False
        self.calling.append(function)
        if isinstance(function, ast.Lambda):
            self.returned = self.timed(function.body)
        else:
            self.walk(function.body)
        self.calling.pop()
        inside, result = self.scope, self.returned
        self.scope, (self.returned, self.forced) = outside, state
        for name in set(outside) - stored(function) - set(names):  # 函数往外面的容器里添了时间
            if inside.get(name) is True:
                self.scope[name] = True
        for name, value in passed:
            if name in names and inside.get(name) is True and root(value):
                self.mark(root(value))
        return result

    # 语句 ──────────────────────────────────────────────────────────────────

    def mark(self, name: str) -> None:
        self.scope[name] = True

    def bind(self, target: ast.expr, value: ast.expr, each: bool = False) -> None:
        """``target = value``；``each`` 表示 ``for target in value``。能逐项对上的就逐项。"""
        name = last_name(value.func) if isinstance(value, ast.Call) else ""
        if isinstance(target, ast.Tuple | ast.List):
            parts: list[ast.expr] | None = None
            if each and name in ("zip", "enumerate", "items"):
                parts = {"zip": value.args, "enumerate": [ast.Constant(0), *value.args],
                         "items": [ast.Constant(0), value.func]}[name]  # fmt: skip
            elif not each and isinstance(value, ast.Tuple | ast.List):
                parts = value.elts
            starred = any(isinstance(p, ast.Starred) for p in [*(parts or []), *target.elts])
            if parts and len(parts) == len(target.elts) and not starred:
                dirty = list(map(self.timed, parts))  # 先全看完，再赋值：a, b = b, a
                for one, known in zip(target.elts, dirty, strict=True):
                    self.assign(one, known)
                return
        self.assign(target, self.timed(value))

    def assign(self, target: ast.expr, dirty: bool) -> None:
        dirty = dirty or self.forced
        if isinstance(target, ast.Tuple | ast.List):
            for part in target.elts:
                self.assign(part, dirty)
        elif isinstance(target, ast.Name):
            self.scope[target.id] = dirty
        elif dirty and root(target):  # x[k] = …、x.a = …：整个 x 都沾上
            self.mark(root(target))

    def branch(self, bodies: list[list[ast.stmt]], test: ast.expr | None = None) -> None:
        """几条路各走一遍再合起来：哪一条上沾了，就算沾了。"""
        before, forced = dict(self.scope), self.forced
        self.forced = forced or self.timed(test)
        after = dict(self.scope)
        for body in bodies:
            self.scope = dict(before)
            self.walk(body)
            after |= {n: v for n, v in self.scope.items() if v is True or after.get(n) is not True}
        self.scope, self.forced = after, forced

    def walk(self, body: list[ast.stmt]) -> None:
        for statement in body:
            self.step(statement)

    def step(self, node: ast.stmt) -> None:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self.scope[node.name] = node
                self.call(node, [])  # 没人调用的，里面的断言也要看
            case ast.ClassDef():
                methods = [n for n in node.body if isinstance(n, ast.FunctionDef)]
                dirty = [self.call(m, []) or any(map(is_clock, ast.walk(m))) for m in methods]
                self.scope[node.name] = any(dirty)
            case ast.Assign(targets=targets, value=value):
                if isinstance(value, ast.Lambda) and isinstance(targets[0], ast.Name):
                    self.scope[targets[0].id] = value
                    return
                for target in targets:
                    self.bind(target, value)
            case ast.AnnAssign(target=target, value=value) if value is not None:
                self.bind(target, value)
            case ast.AugAssign(target=target, value=value):
                self.assign(target, self.timed(value) or self.timed(target))
            case ast.Assert(test=test):
                if self.timed(test):
                    self.report("断言沾了时间", node)
            case ast.Raise():
                if self.forced:
                    self.report("要不要报错取决于时间", node)
            case ast.Return(value=value):
                self.returned |= self.timed(value) or self.forced
            case _:
                self.compound(node)

    def compound(self, node: ast.stmt) -> None:
        match node:
            case ast.If(test=test, body=body, orelse=orelse):
                self.branch([body, orelse], test)
            case ast.While(test=test, body=body):
                self.branch([body, body + body], test)
            case ast.For(target=target, iter=value, body=body, orelse=orelse):
                self.bind(target, value, each=True)
                self.branch([[], body + body, orelse])
            case ast.With(items=items, body=body):
                for item in items:
                    if item.optional_vars is not None:
                        self.bind(item.optional_vars, item.context_expr)
                    else:
                        self.timed(item.context_expr)
                self.walk(body)
            case ast.Match(subject=subject, cases=cases):
                self.branch([case.body for case in cases], subject)
            case ast.Try(body=body, handlers=handlers, orelse=orelse, finalbody=final):
                self.branch([body + orelse, *[h.body for h in handlers]])
                self.walk(final)
            case ast.ImportFrom(module=module, names=names):
                for alias in names:
                    clock = alias.name in CLOCKS or (module, alias.name) in CLOCK_CALLS
                    self.scope[alias.asname or alias.name] = clock
            case ast.Expr(value=ast.Yield(value=value) | ast.YieldFrom(value=value)):
                self.returned |= self.timed(value)
            case ast.Expr(value=value):
                self.timed(value)


def no_wall_time(notebook: NotebookNode) -> list[str]:
    """不依据墙上时间下断言，要比较的格子也不印它。"""
    watch = Watch()
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        body = ast.parse(plain(cell.source)).body
        watch.compared = IGNORE_OUTPUT not in tags(cell)
        watch.walk(body)
        last = body[-1] if body else None
        if watch.compared and isinstance(last, ast.Expr) and watch.timed(last.value):
            watch.report("要比较的格子印出了时间", last)
    return watch.found
