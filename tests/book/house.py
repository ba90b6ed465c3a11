"""房子的规矩：辅助包、目录与全部文件。每条收文字或路径，返回违反之处的列表，空表示合格。"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from itertools import takewhile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

MAX_MODULE_LINES = 330
MAX_FUNCTION_LINES = 40

# 各文件夹里的次序：数小的在下面，只许导入更下面的。没有列出的文件夹（如一个数据集的替身）里，
# 模块可以互相导入，只是不可导入自己的 __init__；列出的文件夹里，新模块先在这里有一个位置。
LEVELS: dict[str, dict[str, int]] = {
    "d2l_helpers": {
        "device": 0, "oldnames": 0, "profiles": 0, "progress": 0, "screen": 0, "schedules": 0,
        "data": 1, "boxes": 1, "anchors": 2,
        "attention": 2, "metrics": 2, "losses": 2, "optim": 2, "layers": 2, "parallel": 2,
        "segmentation": 2,
        "models": 3, "training": 4, "plotting": 4, "checking": 4, "inspection": 5, "language": 5,
        "heatmap": 4, "descent": 5, "trails": 5, "translation": 6,
        "__init__": 7, "compat": 8, "notes": 9,
    },
    "d2l_helpers.data": {
        "hub": 0, "augment": 0, "batches": 0, "folds": 0, "synthetic": 0, "vision": 1, "tabular": 1,
        "digits": 1, "photographs": 1, "text": 1, "translation": 1, "weights": 1, "vocab": 0,
        "windows": 0, "numbers": 0, "pairs": 1, "pictures": 1, "rows": 1,
        "detection": 2, "segmentation": 2, "folders": 2, "competitions": 3, "standins": 3,
    },
    "d2l_helpers.data.hub": {
        "storage": 0, "sources": 0, "archives": 1, "cache": 1, "fetch": 1, "catalogue": 1,
        "packages": 1, "registry": 2, "table": 2, "obtain": 2, "downloads": 3, "roots": 3,
        "__init__": 4,
    },
    "d2l_helpers.notes": {
        "reading": 0, "workspace": 0, "outcome": 0, "diagnosis": 1, "helps": 1, "table": 2,
        "page": 3, "child": 3, "process": 4, "running": 5, "__main__": 6,
    },
    "d2l_helpers.compat": {
        "tensors": 0, "plotting": 0, "datasets": 0, "devices": 0, "models": 0, "text": 0,
        "detection": 0,
        "attention": 1, "training": 1, "vision": 1, "parallel": 2, "recurrent": 2, "translation": 2,
        "optimization": 2,
        "__init__": 3,
    },
}  # fmt: skip
APART = ("d2l_helpers.data.standins",)  # 里面的各个子文件夹互不导入，只共用直接放在这里的模块
TOP = 99  # 没有写明时，__init__ 在自己的文件夹里最高


def _spell(*parts: str) -> str:
    """拼出不该出现的词，好让这个文件自己不含它。"""
    return "".join(parts)


HOSTS = ("pypi" + r"\.org", "python" + "hosted", "npm" + r"js\.", "deb" + r"\.debian")
TOOLING = (
    _spell("cla", r"ude(?! (?:E\.|Elwood|Shannon))"),  # 香农的名字不算
    _spell("anth", "ropic"), _spell("sub", "agent"), _spell("co", "dex"),
    _spell("Generated ", "with"), _spell("Co-Authored", "-By"), _spell("AI", "生成"),
    _spell("子", "代理"), _spell("智能", "体会话"),
)  # fmt: skip
FOREIGN = {
    "本机路径": re.compile(r"(?<![\w.$}])/(?:work|root|tmp|home|Users)/\w"),
    "软件源的地址": re.compile("|".join(HOSTS)),
    "写作工具的名字": re.compile(rf"(?<![a-z])(?:{'|'.join(TOOLING)})(?![a-z])", re.IGNORECASE),
}


def points_down(module: str, target: str) -> bool:
    """``module`` 可不可以导入 ``target``：在两者分岔的那个文件夹里比高低。

    异常:
        KeyError: ``LEVELS`` 列出了那个文件夹，却没有给其中的模块定位置。
    """
    a, b = module.split("."), target.split(".")
    shared = takewhile(lambda pair: pair[0] == pair[1], zip(a, b, strict=False))
    same = len(list(shared))
    folder = ".".join(a[:same])
    here, there = (parts[same] if len(parts) > same else "__init__" for parts in (a, b))
    if folder in APART:  # 直接放在里面的模块，大家都可以用
        return there != "__init__" and ROOT.joinpath(*folder.split("."), f"{there}.py").is_file()
    if folder not in LEVELS:
        return there != "__init__"
    order = {"__init__": TOP} | LEVELS[folder]
    for name in (here, there):
        if name not in order:
            raise KeyError(f"LEVELS[{folder!r}] 里没有 {name!r}：请给新的模块定一个位置。")
    return order[there] < order[here]


def _without_type_checking(node: ast.AST) -> Iterator[ast.AST]:
    """整棵树的结点，函数里面的也算；``if TYPE_CHECKING:`` 里面的不算。"""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        yield child
        yield from _without_type_checking(child)


def _is_module(package: str, name: str) -> bool:
    place = ROOT.joinpath(*package.split("."), name)
    return place.with_suffix(".py").is_file() or (place / "__init__.py").is_file()


def imported(source: str) -> list[str]:
    """一个模块导入的 d2l_helpers 模块；相对导入写成 ``.名字``。"""
    names = []
    for node in _without_type_checking(ast.parse(source)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = "." * node.level + (node.module or "")
            # from d2l_helpers import training 导入的是模块 d2l_helpers.training
            inner = [f"{base}.{a.name}" for a in node.names if _is_module(base, a.name)]
            names += inner + ([base] if len(inner) < len(node.names) else [])
    return [name for name in names if name.split(".")[0] in ("d2l_helpers", "")]


def imports_point_down(module: str, source: str) -> list[str]:
    """只导入下面的层，而且写全名。"""
    found = []
    for name in imported(source):
        if name.startswith("."):
            found.append(f"相对导入 {name}，请写全名")
        elif not points_down(module, name):
            found.append(f"{module} 导入了不在它下面的 {name}")
    return found


def sizes(source: str) -> list[str]:
    """模块与函数不太长；函数的长度不算签名与文档字符串。"""
    total, found = len(source.splitlines()), []
    if total > MAX_MODULE_LINES:
        found.append(f"模块有 {total} 行，请拆开")
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0]
            documented = ast.get_docstring(node) is not None
            start = first.end_lineno if documented and len(node.body) > 1 else first.lineno - 1
            if node.end_lineno - start > MAX_FUNCTION_LINES:
                found.append(f"{node.name} 有 {node.end_lineno - start} 行，请拆开")
    return found


def documented(source: str) -> list[str]:
    """公开的函数与类有说明，公开函数的参数与返回值有类型标注。"""
    found = []
    for node in ast.parse(source).body:
        if not isinstance(node, ast.FunctionDef | ast.ClassDef) or node.name.startswith("_"):
            continue
        if not ast.get_docstring(node):
            found.append(f"{node.name} 没有说明")
        if isinstance(node, ast.FunctionDef):
            arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            bare = [a.arg for a in arguments if a.annotation is None]
            found += [f"{node.name} 的参数 {name} 没有类型标注" for name in bare]
            found += [] if node.returns else [f"{node.name} 没有返回类型"]
    return found


def unused(names: Iterable[str], users: str) -> list[str]:
    """公开名字里没有章节或 compat 用到的。"""
    return [
        name
        for name in names
        if not re.search(rf"\b(d2l|ours)\.{name}\b|import[^\n]*\b{name}\b", users)
    ]


def listed(toc: object) -> list[str]:
    """``_toc.yml`` 里列出的全部页面。"""
    if isinstance(toc, dict):
        own = [toc[key] for key in ("root", "file") if key in toc]
        return own + [name for value in toc.values() for name in listed(value)]
    return [name for value in toc for name in listed(value)] if isinstance(toc, list) else []


def toc_differences(toc: object, pages: Iterable[str]) -> list[str]:
    """目录与文件夹不一致之处。"""
    names, pages = listed(toc), list(pages)
    found = [f"目录里有而没有这个文件：{name}" for name in names if name not in pages]
    found += [f"目录没有列出：{page}" for page in pages if page not in names]
    return found + [f"目录列了不止一次：{n}" for n in sorted(set(names)) if names.count(n) > 1]


def foreign(text: str) -> list[str]:
    """不该出现在文件里的：本机路径、软件源的地址、写作工具的名字。"""
    found = []
    for what, pattern in FOREIGN.items():
        if hit := pattern.search(text):
            found.append(f"{what}：{text[hit.start() : hit.start() + 40]!r}")
    return found


def drawing(text: str) -> list[str]:
    """一幅 SVG：有标题与说明，不取别处的东西。"""
    found = [] if "<title" in text else ["没有标题"]
    found += [] if "<desc" in text else ["没有文字说明"]
    outside = re.search(r"(href|src)=[\"']https?:|@import|@font-face", text)
    return found + ([f"引用了别处的东西：{outside.group()}"] if outside else [])


def unlocked(requirements: str, lock: str) -> list[str]:
    """requirements.txt 里有、requirements.lock 里却没有确切版本的包。"""
    locked = {line.split("==")[0].lower() for line in lock.splitlines() if "==" in line}
    wanted = [
        re.split(r"[<>=!~;\s\[]", line.strip())[0].lower()
        for line in requirements.splitlines()
        if line.strip() and not line.strip().startswith("#")
    ]
    return [name for name in wanted if name not in locked]
