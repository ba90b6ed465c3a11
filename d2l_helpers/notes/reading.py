"""把一份笔记读成一格一格的代码：脚本、notebook、Markdown。"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

SUFFIXES = (".py", ".ipynb", ".md")
_PERCENT = re.compile(r"^#\s?%%(.*)$")  # 编辑器里分格的记号
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})\s*(.*?)\s*$")
_PYTHON = re.compile(r"(\{code-cell\}.*|\{\.python.*\}|i?python\d?\b.*|py\b.*|\{python.*\})", re.I)
_TAB = re.compile(r"^\s*#@tab\s+(.*)$", re.MULTILINE)
_SKIPPED = {"__pycache__", "node_modules", "site-packages"}


class NoteError(ValueError):
    """一份笔记读不成。"""


@dataclass(frozen=True)
class Cell:
    """一格代码。

    参数:
        number: 第几格，从 1 数起。
        source: 代码。
        line: 第一行在文件里是第几行；notebook 里没有行号，为 ``None``。
    """

    number: int
    source: str
    line: int | None = None

    def place(self, line: int) -> int:
        """格子里的第 ``line`` 行是文件的第几行；notebook 就是格子里的行号。"""
        return line if self.line is None else self.line + line - 1


@dataclass(frozen=True)
class Note:
    """一份笔记：路径、各格代码、代码以外的文字。"""

    path: Path
    cells: list[Cell]
    prose: list[str] = field(default_factory=list)


def read_note(path: Path) -> Note:
    """读一份笔记。

    参数:
        path: ``.py``（按 ``# %%`` 分格，没有就整份一格）、``.ipynb`` 或 ``.md``。

    返回:
        :class:`Note`；没有代码时 ``cells`` 是空的。

    异常:
        NoteError: 后缀不认得、读不出文字，或者不是 Python 的 notebook。
    """
    if path.suffix not in SUFFIXES:
        raise NoteError(f"{path} 的后缀是 {path.suffix!r}，只认 {'、'.join(SUFFIXES)}。")
    text = _text(path)
    if path.suffix == ".ipynb":
        cells, prose = _notebook(text, path)
    else:
        cells, prose = _markdown(text) if path.suffix == ".md" else _script(text)
    return Note(path, [cell for cell in cells if cell.source.strip()], prose)


def find_notes(paths: Iterable[str | Path]) -> list[Path]:
    """文件照原样；文件夹换成里面（连同子文件夹）的全部笔记，按名字排列，没有代码的除外。

    异常:
        NoteError: 没有这个文件或文件夹，或者一份笔记也没找到。
    """
    found: list[Path] = []
    for path in map(Path, paths):
        if not path.exists():
            raise NoteError(f"没有 {path}；请检查路径，文件夹与文件都可以。")
        found += _inside(path) if path.is_dir() else [path]
    if not found:
        raise NoteError(f"没有找到笔记：文件夹里没有 {'、'.join(SUFFIXES)} 文件。")
    return list(dict.fromkeys(found))


def _inside(folder: Path) -> list[Path]:
    candidates = [
        path
        for path in sorted(folder.rglob("*"))
        if path.suffix in SUFFIXES
        and not any(part.startswith(".") or part in _SKIPPED for part in path.parts[1:])
    ]
    return [path for path in candidates if path.suffix != ".md" or _markdown(_text(path))[0]]


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise NoteError(f"{path} 打不开：{error.strerror}。") from error
    for encoding in ("utf-8-sig", "gb18030"):  # 旧的中文 Windows 存成 GB 编码
        try:
            return data.decode(encoding).replace("\r\n", "\n").replace("\r", "\n")
        except UnicodeDecodeError:
            continue
    raise NoteError(f"{path} 既不是 UTF-8 也不是 GB18030；请用编辑器另存为 UTF-8。")


# ---- notebook -------------------------------------------------------------------------------
def _joined(source: str | list[str]) -> str:
    return source if isinstance(source, str) else "".join(source)


def _notebook(text: str, path: Path) -> tuple[list[Cell], list[str]]:
    try:
        book = json.loads(text)
        language = book.get("metadata", {}).get("kernelspec", {}).get("language", "python")
        sheets = book.get("worksheets", [{}])  # 2015 年以前的第三版
        raw = book.get("cells", sheets[0].get("cells", []) if sheets else [])
        rows = [
            (cell["cell_type"], _joined(cell.get("source", cell.get("input", "")))) for cell in raw
        ]
    except (ValueError, AttributeError, KeyError, TypeError) as error:
        raise NoteError(f"{path} 不是完整的 notebook（{error}）；请重新下载或另存。") from error
    if language != "python":
        raise NoteError(f"{path} 的内核是 {language!r}，这里只运行 Python。")
    code = [source for kind, source in rows if kind == "code"]
    cells = [Cell(number, source) for number, source in enumerate(code, start=1)]
    return cells, [source for kind, source in rows if kind != "code"]


# ---- 脚本 -----------------------------------------------------------------------------------
def _script(text: str) -> tuple[list[Cell], list[str]]:
    lines = text.split("\n")
    marks = [i for i, line in enumerate(lines) if _PERCENT.match(line)]
    starts = [0, *marks]
    cells: list[Cell] = []
    prose: list[str] = []
    for start, end in zip(starts, [*marks, len(lines)], strict=True):
        body = lines[start:end]
        mark = _PERCENT.match(body[0]) if body else None
        if mark and "[markdown]" in mark.group(1).lower():
            prose.append("\n".join(line.lstrip("# ") for line in body[1:]))
        elif any(line.strip() for line in (body[1:] if mark else body)):
            cells.append(Cell(len(cells) + 1, "\n".join(body), start + 1))
    return cells, prose


# ---- Markdown -------------------------------------------------------------------------------
def _fences(lines: list[str]) -> Iterator[tuple[int, int, str]]:
    """围起来的各段：起、止（里面的行）与说明。"""
    mark, info, start = "", "", 0
    for i, line in enumerate(lines):
        found = _FENCE.match(line)
        if not found:
            continue
        if not mark:
            (mark, info), start = found.groups(), i + 1
        elif found.group(1).startswith(mark) and not found.group(2):
            yield start, i, info
            mark = ""


def _markdown(text: str) -> tuple[list[Cell], list[str]]:
    lines = text.split("\n")
    cells: list[Cell] = []
    other = list(lines)
    for start, end, info in _fences(lines):
        if not _PYTHON.fullmatch(info):
            continue
        body, skipped = _options(lines[start:end])
        source = _without_prompts(body)
        tab = _TAB.search(source)
        if tab and not re.search(r"all|pytorch", tab.group(1)):
            continue  # 别的框架的那一份
        cells.append(Cell(len(cells) + 1, source, start + 1 + skipped))
        other[start:end] = [""] * (end - start)
    return cells, ["\n".join(other)]


def _options(body: list[str]) -> tuple[list[str], int]:
    """去掉 MyST 格子开头的 ``:tags:`` 或 ``---`` 选项。"""
    skip = 0
    if body and body[0].strip() == "---" and "---" in [line.strip() for line in body[1:]]:
        skip = [line.strip() for line in body[1:]].index("---") + 2
    while skip < len(body) and re.match(r":[\w-]+:", body[skip]):
        skip += 1
    return body[skip:], skip


def _without_prompts(body: list[str]) -> str:
    """``>>>`` 会话只留输入；行数不变，报错的行号才对得上。"""
    if not any(line.startswith(">>>") for line in body):
        return "\n".join(body)
    kept = [line[4:] if line.startswith((">>>", "...")) else "" for line in body]
    return "\n".join(kept)
