"""正文在 JupyterLab 与 .ipynb 里怎样显示：换成普通的 Markdown；存回时没有改过的行原样还原。

那里没有 Sphinx：``{term}``、``{exercise}`` 一类只会照原样印出来，编号与答案的折叠也没有。
这里逐行替换，每行记着自己的原文，所以改了一行也只有那一行变。
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher

from tools.names import Names

FENCE = re.compile(r"^(?P<fence>`{3,}|:{3,})(?:\{(?P<name>[\w-]+)\})? *(?P<argument>.*)$")
OPTION = re.compile(r"^:([\w-]+): ?(.*)$")
ROLE = re.compile(r"(?<!`)\{(?P<role>term|cite|numref|eq|ref|glue:text)\}`(?P<value>[^`]+)`")
EQUATION = re.compile(r"\$\$ \((?P<label>[\w-]+)\)$")
LABEL = re.compile(r"^\([^()\s]+\)=$")
ANSWER = "参考答案 · "
INVISIBLE = "solution-end"
LISTS = ("tableofcontents", "bibliography", "agree-list", "trust-readings")


@dataclass
class Row:
    """显示出来的一行，与它的原文。"""

    shown: str
    source: str  # 连同换行；可以是几行，也可以是空的
    parts: list[tuple[str, str]] = field(default_factory=list)  # 行内替换过的：(原文, 显示)
    fixed: bool = False  # 由工具生成的一行：改了也存回原文
    starts: bool = False  # 从这里另起一格
    folded: bool = False  # 自成一格的标题，折叠着
    before: str = ""  # 前后不显示的原文
    after: str = ""

    def whole(self) -> str:
        """这一行的全部原文。"""
        return self.before + self.source + self.after

    def edited(self, line: str) -> str:
        """显示的一行被改成 ``line`` 之后的原文：行内的角色还在的，换回去。"""
        if self.fixed:
            return self.whole()
        position = 0
        for source, shown in self.parts:
            found = line.find(shown, position)
            if found >= 0:
                line = line[:found] + source + line[found + len(shown) :]
                position = found + len(source)
        return f"{self.before}{line}\n{self.after}"


def inline(line: str, names: Names) -> Row:
    """一行正文：角色换成链接、编号或数，公式的标签换成编号。"""
    parts: list[tuple[str, str]] = []

    def replaced(match: re.Match[str]) -> str:
        if match.re is EQUATION:
            shown = f"\\tag{{{names.label(match['label']).strip('()')}}}$$"
        else:
            shown = names.role(match["role"], match["value"])
        parts.append((match[0], shown))
        return shown

    shown = EQUATION.sub(replaced, ROLE.sub(replaced, line))
    return Row(shown, f"{line}\n", parts)


def _heading(name: str, argument: str, options: Mapping[str, str], names: Names) -> Row:
    """一个指令开头的那一行显示成什么；``source`` 由调用者补上。"""
    label = names.label(options.get("label") or options.get("name") or "")
    if name == "exercise":
        return Row(f"#### {label or '练习'}　{argument}".rstrip("　"), "", fixed=True, starts=True)
    if name == "solution-start":
        shown = f"##### {ANSWER}{names.label(argument) or '练习'}"
        return Row(shown, "", fixed=True, starts=True, folded=True)
    if name == "figure":
        return Row(f"![{options.get('alt', argument)}]({argument})", "", fixed=True)
    if name == "admonition":
        return Row(f"**{argument}**", "", fixed=True)
    return Row("", "", fixed=True)


def _caption(row: Row, label: str) -> Row:
    """图题的第一行前面加上编号。"""
    prefix = f"**{label}**　" if label else ""
    row.shown, row.parts = prefix + row.shown, [("", prefix), *row.parts]
    return row


class _Scanner:
    """逐行读一格正文，给出显示的各行。"""

    def __init__(self, source: str, names: Names) -> None:
        self.lines, self.names = source.split("\n"), names
        self.rows: list[Row] = []
        self.hidden = ""  # 还没有着落的、不显示的原文
        self.open: list[tuple[str, str]] = []  # 还没有结束的指令：(围栏, 名字)
        self.caption: str | None = None  # 接下来的一行是图题

    def add(self, row: Row) -> None:
        """放上一行，连同它前面不显示的原文。"""
        row.before, self.hidden = self.hidden + row.before, ""
        self.rows.append(row)

    def hide(self, source: str) -> None:
        """不显示的原文：跟着前一行；前面没有，就等后一行。"""
        if self.rows and not self.hidden:
            self.rows[-1].after += source
        else:
            self.hidden += source

    def take(self, pattern: re.Pattern[str]) -> Iterator[re.Match[str]]:
        """依次取走符合的行。"""
        while self.lines and (match := pattern.match(self.lines[0])):
            self.lines.pop(0)
            yield match

    def directive(self, opening: re.Match[str]) -> None:
        """一个指令的开头；没有内容的指令连同结尾一起。"""
        name, argument = opening["name"], opening["argument"].strip()
        taken = list(self.take(OPTION))
        options, source = {m[1]: m[2].strip() for m in taken}, [opening[0], *(m[0] for m in taken)]
        bodiless = name in (INVISIBLE, "solution-start", *LISTS)
        if bodiless:
            while self.lines and source[-1] != opening["fence"]:
                source.append(self.lines.pop(0))
        else:
            self.open.append((opening["fence"], name))
        text = "\n".join(source) + "\n"
        if name in LISTS:
            first, *others = self.names.listing(name)
            self.add(Row(first, text, fixed=True))
            for line in others:
                self.add(Row(line, "", fixed=True))
            return
        row = _heading(name, argument, options, self.names)
        if name == INVISIBLE or not row.shown:
            self.hide(text)
            return
        row.source = text
        self.add(row)
        if self.lines and self.lines[0].strip():
            self.add(Row("", "", fixed=True))
        if name == "figure":
            self.caption = self.names.label(options.get("name", ""))

    def code(self, opening: re.Match[str]) -> None:
        """一段不执行的代码，照原样。"""
        self.add(Row(opening[0], f"{opening[0]}\n"))
        while self.lines:
            line = self.lines.pop(0)
            self.add(Row(line, f"{line}\n"))
            if line.rstrip() == opening["fence"]:
                return

    def text(self, line: str) -> None:
        """一行正文；开头的空行不显示。"""
        if not line.strip() and (self.hidden or not self.rows):
            self.hide(f"{line}\n")
            return
        row = inline(line, self.names)
        row.starts = line.startswith("## ")
        if self.caption is not None and line.strip():
            row, self.caption = _caption(row, self.caption), None
        if any(name == "glossary" for _, name in self.open) and re.match(r"\S", line):
            row = Row(f"#### {line}", f"{line}\n", [(line, f"#### {line}")])
        self.add(row)

    def scan(self) -> list[Row]:
        """全部的行；末尾不显示的原文归最后一行。"""
        while self.lines:
            line = self.lines.pop(0)
            opening = FENCE.match(line)
            if self.open and line.rstrip() == self.open[-1][0]:
                self.open.pop()
                self.hide(f"{line}\n")
            elif opening and opening["name"]:
                self.directive(opening)
            elif opening:
                self.code(opening)
            elif LABEL.match(line):
                self.hide(f"{line}\n")
            else:
                self.text(line)
        if self.hidden and self.rows:
            self.rows[-1].after += self.hidden
        return self.rows or [Row("", self.hidden, fixed=True)]


def _trimmed(rows: list[Row]) -> list[Row]:
    """末尾的空行不显示，原文并进前一行。"""
    while len(rows) > 1 and not rows[-1].shown.strip():
        last = rows.pop()
        rows[-1].after += last.whole()
    return rows


def rows_of(source: str, names: Names) -> list[Row]:
    """一格正文显示成的各行。"""
    return _Scanner(source, names).scan()


def cells_of(source: str, names: Names) -> list[list[Row]]:
    """一格正文显示成哪几格：练习与答案的标题、二级标题各另起一格，标题之后的答案再另起一格。"""
    cells: list[list[Row]] = []
    for row in rows_of(source, names):
        if not cells or row.starts or (cells[-1][0].folded and row.shown.strip()):
            cells.append([])
        cells[-1].append(row)
    return [_trimmed(cell) for cell in cells]


def shown(rows: list[Row]) -> str:
    """一格显示的文字。"""
    return "\n".join(row.shown for row in rows)


def restored(rows: list[Row], text: str) -> str:
    """显示的一格被改成 ``text`` 之后的原文；没有改过的行一字不差。"""
    tail, rows = rows[-1].after, [*rows[:-1], replace(rows[-1], after="")]
    old, new = [row.shown for row in rows], text.split("\n")
    result = []
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            result += [row.whole() for row in rows[a:b]]
            continue
        for index in range(max(b - a, d - c)):
            row = rows[a + index] if a + index < b else None
            line = new[c + index] if c + index < d else None
            if row is not None and line is not None:
                result.append(row.edited(line))
            elif row is not None:
                result.append(row.before + (row.source if row.fixed else "") + row.after)
            else:
                result.append(f"{line}\n")
    return "".join(result) + tail
