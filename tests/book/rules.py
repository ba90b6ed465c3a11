"""书的规矩：每条是一个函数，收一节（或一个文件），返回违反之处的列表，空表示合格。"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable
from itertools import pairwise

from nbformat import NotebookNode

from tools.book import tags

MAX_CODE_LINES = 25
MAX_OUTPUT_LINES = 20
MAX_SUMMARY_POINTS = 5
HEADINGS = ("## 常见误区", "## 小结", "## 练习", "## 本节自检")
FENCE = re.compile(r"^(`{3,}|:{3,}|~{3,})", re.MULTILINE)
EXERCISE = re.compile(r"^```\{exercise\}[^\n]*\n:label: (\S+)", re.MULTILINE)
SOLUTION = re.compile(
    r"^```\{solution-start\} (\S+)(.*?)^```\{solution-end\}", re.MULTILINE | re.DOTALL
)
CODE_CELL = re.compile(r"^```\{code-cell\}.*?^```$", re.MULTILINE | re.DOTALL)
PICTURE = re.compile(r"^```\{figure\}", re.MULTILINE)
LABEL = re.compile(r"^\(([\w-]+)\)=$", re.MULTILINE)

Rule = Callable[[NotebookNode], list[str]]


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    """全部代码格。"""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def prose(notebook: NotebookNode) -> str:
    """全部正文。"""
    parts = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    return "\n" + "\n".join(parts) + "\n"


def code_lines(source: str) -> list[str]:
    """不算空行与整行注释。"""
    return [x for x in source.splitlines() if x.strip() and not x.strip().startswith("#")]


def plain(source: str) -> str:
    """去掉 ``%matplotlib inline`` 之类的行，剩下 Python。"""
    return "\n".join(x for x in source.splitlines() if not x.strip().startswith(("%", "!")))


def short_cells(notebook: NotebookNode) -> list[str]:
    """一格至多 25 行代码。"""
    return [
        f"一格有 {len(code_lines(c.source))} 行：{c.source.splitlines()[0]}"
        for c in code_cells(notebook)
        if len(code_lines(c.source)) > MAX_CODE_LINES
    ]


def no_magic(notebook: NotebookNode) -> list[str]:
    """除 ``%matplotlib inline`` 外不用魔法命令；不用 ``!``；行末不用分号（nbval 不认）。"""
    found = []
    for cell in code_cells(notebook):
        for line in cell.source.splitlines():
            bare = line.strip()
            if bare.startswith(("%", "!")) and bare != "%matplotlib inline":
                found.append(f"魔法命令或 !：{bare}")
            if bare.endswith(";") and not bare.startswith("#"):
                found.append(f"行末分号：{bare}")
    return found


def prose_between_cells(notebook: NotebookNode) -> list[str]:
    """两格代码之间要有正文；同一处的第二格若是同一步的继续，也该说一句。

    折叠的检查格（标签 ``check``）自有标题，紧跟着它所检查的那一格。
    """
    found, cells = [], [cell for cell in notebook.cells if "check" not in tags(cell)]
    for before, after in pairwise(cells):
        if before.cell_type == after.cell_type == "code":
            found.append(f"两格之间没有正文：{after.source.splitlines()[0]}")
    return found


def imports_on_top(notebook: NotebookNode) -> list[str]:
    """导入只在第一格；常见误区里为演示而导入的 compat 除外。"""
    found = []
    for cell in code_cells(notebook)[1:]:
        for node in ast.parse(plain(cell.source)).body:
            line = ast.unparse(node)
            if isinstance(node, ast.Import | ast.ImportFrom) and "compat" not in line:
                found.append(f"导入不在第一格：{line}")
    return found


def frame(notebook: NotebookNode) -> list[str]:
    """必有的标题各出现一次，而且依次排列。"""
    text = prose(notebook)
    positions = [text.find(f"\n{heading}\n") for heading in HEADINGS]
    missing = [h for h, p in zip(HEADINGS, positions, strict=True) if p < 0]
    if missing:
        return [f"缺少 {heading}" for heading in missing]
    return [] if positions == sorted(positions) else [f"次序应当是 {'、'.join(HEADINGS)}"]


def summary(notebook: NotebookNode) -> list[str]:
    """小结是一到五条结论。"""
    text = prose(notebook).partition("\n## 小结\n")[2].split("\n## ")[0]
    points = len(re.findall(r"^(?:[-*]|\d+\.) ", text, re.MULTILINE))
    if 1 <= points <= MAX_SUMMARY_POINTS:
        return []
    return [f"小结有 {points} 条，应当是一到 {MAX_SUMMARY_POINTS} 条"]


def bold_reads_as_bold(notebook: NotebookNode) -> list[str]:
    """加粗里不只放一个角色：``先量**{term}`延迟`**`` 挨着汉字时不成加粗，星号会原样印在页面上。"""
    found = re.findall(r"[^\s（“，。；：、]\*\*\{\w+\}`[^`]*`\*\*", prose(notebook))
    return [f"星号会印在页面上：{text}" for text in found]


def self_check(notebook: NotebookNode) -> list[str]:
    """恰有一格自检，折叠着，有断言，而且是最后一格代码。"""
    cells = [c for c in code_cells(notebook) if "self-check" in tags(c)]
    if len(cells) != 1:
        return [f"自检格有 {len(cells)} 个，应当恰有一个"]
    found = []
    if "hide-cell" not in tags(cells[0]):
        found.append("自检格没有折叠（hide-cell）")
    if cells[0] is not code_cells(notebook)[-1]:
        found.append("自检格不是最后一格代码")
    asserts = [n for n in ast.walk(ast.parse(cells[0].source)) if isinstance(n, ast.Assert)]
    if len(asserts) < 2:
        found.append(f"自检格只有 {len(asserts)} 个断言")
    return found


def has_figure(notebook: NotebookNode) -> list[str]:
    """至少一幅图：手绘的，或代码画的。"""
    drawn = PICTURE.search(prose(notebook))
    plotted = any(
        re.search(r"\bplot|show_images|\.hist\(|plt\.|\.bar", c.source)
        for c in code_cells(notebook)
    )
    return [] if drawn or plotted else ["没有图"]


def exercises(text: str) -> list[str]:
    """三到六道练习，每道的答案折叠着，并有一格能执行的代码。"""
    labels = EXERCISE.findall(text)
    found = [] if 3 <= len(labels) <= 6 else [f"练习有 {len(labels)} 道，应当是三到六道"]
    answers = dict(SOLUTION.findall(text))
    for label in labels:
        if label not in answers:
            found.append(f"{label} 没有答案")
        elif ":class: dropdown" not in answers[label]:
            found.append(f"{label} 的答案没有折叠")
        elif not CODE_CELL.search(answers[label]):
            found.append(f"{label} 的答案没有能执行的代码")
    found += [f"答案 {label} 没有对应的练习" for label in answers if label not in labels]
    return found


def label(text: str, expected: str) -> list[str]:
    """一级标题前的标签与文件名一致。"""
    labels = LABEL.findall(text)
    return [] if labels[:1] == [expected] else [f"第一个标签应当是 {expected}，现在是 {labels[:1]}"]


def short_outputs(notebook: NotebookNode) -> list[str]:
    """一格的输出至多 20 行，而且不含对象地址与绝对路径。"""
    found = []
    for cell in code_cells(notebook):
        texts = [o.get("text") or o.get("data", {}).get("text/plain", "") for o in cell.outputs]
        text, where = "".join(texts), cell.source.splitlines()[0]
        is_table = any("text/html" in o.get("data", {}) for o in cell.outputs)
        if len(text.splitlines()) > MAX_OUTPUT_LINES and not is_table:
            found.append(f"输出有 {len(text.splitlines())} 行：{where}")
        if re.search(r"0x[0-9a-f]{6,}|/(home|root|tmp|work|Users)/", text):
            found.append(f"输出里有对象地址或绝对路径：{where}")
        if any(o.output_type == "stream" and o.name == "stderr" for o in cell.outputs):
            found.append(f"有警告打印到 stderr：{where}")
    return found


def forbidden_terms(text: str, aliases: Iterable[str]) -> list[str]:
    """正文、注释与图里都不用登记过的别名。"""
    return [f"用了禁用的叫法 {alias}" for alias in aliases if alias in text]


class _PlainAssignments(ast.NodeTransformer):
    """``x: int = 3`` 改成 ``x = 3``；只有标注没有值的去掉。"""

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST | None:
        if node.value is None:
            return None
        return ast.Assign(targets=[node.target], value=node.value, lineno=node.lineno)


def without_hints(node: ast.AST) -> str:
    """定义去掉文档字符串与类型标注之后的语法树。"""
    node = _PlainAssignments().visit(ast.parse(ast.unparse(node)).body[0])
    for inner in ast.walk(node):
        if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            body = inner.body
            first = body[0] if body else None
            docstring = getattr(first, "value", None)
            if isinstance(first, ast.Expr) and isinstance(getattr(docstring, "value", 0), str):
                inner.body = body[1:]
            inner.body = inner.body or [ast.Pass()]
        if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef):
            inner.returns = None
        if isinstance(inner, ast.arg):
            inner.annotation = None
    return ast.dump(node)


def definitions(source: str) -> dict[str, ast.AST]:
    """顶层的函数与类。"""
    tree = ast.parse(plain(source))
    return {n.name: n for n in tree.body if isinstance(n, ast.FunctionDef | ast.ClassDef)}


def taught(cell_source: str, module_source: str) -> list[str]:
    """格子里的定义与模块里的是同一棵语法树。"""
    here, there = definitions(cell_source), definitions(module_source)
    if not here:
        return ["带 taught 标签的格子里没有定义"]
    found = [f"模块里没有 {name}" for name in here if name not in there]
    found += [
        f"{name} 与模块里的不同"
        for name in here
        if name in there and without_hints(here[name]) != without_hints(there[name])
    ]
    return found
