"""大作业的体例：只有题目与检查，没有印出来的答案；检查是收读者的函数作参数的函数。

参考答案在 ``tests/projects/``：``tests/book/test_projects.py`` 拿它与做错的写法去试页面上的检查。
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from _ext import lesson
from tests.book.check_rules import EXERCISE, verifies

TITLE, REQUIREMENTS, CHECKS = "大作业", "要求", "检查"
HEADING = re.compile(r"^```\{exercise\} *(.*)$", re.MULTILINE)
PREFIX = "check_"


def check_functions(text: str) -> dict[str, list[str]]:
    """“检查”一段里定义的检查函数，与各自的参数：要读者写的那些函数的名字。"""
    found = {}
    for part in lesson.parts(text):
        for cell in lesson.cells(part.text) if part.heading == CHECKS else ():
            for node in ast.parse(cell.source).body:
                if isinstance(node, ast.FunctionDef) and node.name.startswith(PREFIX):
                    found[node.name] = [argument.arg for argument in node.args.args]
    return found


def _frame(text: str) -> Iterator[str]:
    order = [part.heading for part in lesson.parts(text) if part.level == 2]
    wanted = [heading for heading in order if heading in (REQUIREMENTS, CHECKS)]
    if wanted != [REQUIREMENTS, CHECKS]:
        yield f"应当依次有 ## {REQUIREMENTS} 与 ## {CHECKS}，现在是 {wanted}"
    titles = HEADING.findall(text)
    if len(titles) != 1 or not titles[0].startswith(TITLE):
        yield f"应当恰有一道题，标题以“{TITLE}”开头；现在是 {titles}"
    if "{solution-start}" in text:
        yield "印了答案：大作业的参考答案放在 tests/projects/，不上页面"


def _cells(text: str) -> Iterator[str]:
    for part in lesson.parts(text):
        for cell in lesson.cells(part.text) if part.heading == CHECKS else ():
            first, body = cell.source.splitlines()[0], ast.parse(cell.source).body
            if not {"hide-cell", "check"} <= cell.tags:
                yield f"检查没有折叠（tags: [hide-cell, check]）：{first}"
            if not all(isinstance(n, ast.FunctionDef) and n.name.startswith(PREFIX) for n in body):
                yield f"检查的一格只定义 {PREFIX}… 函数，页面上不执行它：{first}"
            if not verifies(cell.source):
                yield f"检查里没有断言或对拍：{first}"


def _names(text: str) -> Iterator[str]:
    functions, statement = check_functions(text), "\n".join(s for _, s in EXERCISE.findall(text))
    if not functions:
        yield "没有检查函数"
    bound = {
        node.name if isinstance(node, ast.FunctionDef) else node.id
        for cell in lesson.cells(text)
        for node in ast.walk(ast.parse(re.sub(r"^%.*$", "", cell.source, flags=re.MULTILINE)))
        if isinstance(node, ast.FunctionDef)
        or (isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store))
    }
    for name in sorted({name for names in functions.values() for name in names}):
        if not re.search(rf"`{name}\([^`\n]*\)`", statement):
            yield f"题目没有写明 `{name}(…)` 的参数：别人的写法过不了检查"
        if name in bound:
            yield f"页面上定义了 {name}：那是要读者写的"
    for name, arguments in functions.items():
        if f"`{name}({', '.join(arguments)})`" not in text:
            yield f"没有告诉读者怎样调用：`{name}({', '.join(arguments)})`"


def project(text: str) -> list[str]:
    """一页大作业违反体例之处，空表示合格。"""
    return [*_frame(text), *_cells(text), *_names(text)]
