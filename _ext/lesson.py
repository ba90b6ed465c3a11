"""一节由哪几段组成，读完要多久。只用标准库：网站的扩展与书的规矩的测试共用。"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

# 初学者边读边想的速度，比浏览慢一半；跑代码、做练习的时间不算在内
CHARACTERS_PER_MINUTE = 200  # 汉字
WORD_AS_CHARACTERS = 2  # 一个英文词或一个数
CODE_LINES_PER_MINUTE = 10
SECONDS_PER_FORMULA = 30  # 独占一行的公式
SECONDS_PER_INLINE_FORMULA = 3
SECONDS_PER_FIGURE = 30  # 手绘的，或一格代码画出的

OPTIONAL = re.compile(r"选读(?:：|$)")
EXERCISES, SELF_CHECK = "练习", "本节自检"
FOLDED_TAGS = frozenset({"hide-cell", "hide-input", "remove-cell", "check", "self-check"})

FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
FENCE = re.compile(r"(`{3,}|:{3,}|~{3,})(.*)")
HEADING = re.compile(r"(#{1,6})\s+(.*\S)")
CELL = re.compile(r"^```\{code-cell\}[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SOLUTION = re.compile(r"^```\{solution-start\}.*?^```\{solution-end\}\n```$", re.M | re.S)
TAGS = re.compile(r"^:tags:\s*\[(.*)\]|^\s*tags:\s*\[(.*)\]", re.MULTILINE)
CELL_OPTIONS = re.compile(r"\A(?:---\n.*?\n---\n|(?::[\w-]+:[^\n]*\n)+)", re.DOTALL)
DRAWS = re.compile(r"\bplot|show_images|\.hist\(|plt\.|\.bar")
BLOCK_FORMULA = re.compile(r"\$\$.+?\$\$|^```\{math\}.*?^```$", re.DOTALL | re.MULTILINE)
INLINE_FORMULA = re.compile(r"(?<![\\$])\$[^$\n]+\$")
FIGURE = re.compile(r"^[`:]{3,}\{figure\}", re.MULTILINE)
# 不读的记号：指令行与它的选项、标签、角色的名字、链接的地址、注释
MARKUP = re.compile(
    r"^[`:]{3,}.*$|^:[\w-]+:.*$|^\([\w-]+\)=$|^%.*$|\{[\w:]+\}|\]\([^)\s]*\)|<[^>\s]+>",
    re.MULTILINE,
)
HAN = re.compile(r"[\u3400-\u9fff]")
WORD = re.compile(r"[A-Za-z0-9][\w.]*")


@dataclass(frozen=True)
class Part:
    """一个标题，和它下面、下一个标题之前的文字（标题行也在内）。"""

    heading: str
    level: int
    kind: str  # core 核心，optional 选读，exercises 练习，self-check 自检
    text: str


@dataclass(frozen=True)
class Cell:
    """正文里的一格代码。"""

    source: str
    tags: frozenset[str]

    @property
    def folded(self) -> bool:
        """页面上折叠着，读的人不必看。"""
        return bool(self.tags & FOLDED_TAGS)


def is_optional(heading: str) -> bool:
    """标题标了选读：``选读：甲``。"""
    return bool(OPTIONAL.match(heading))


def _headings(lines: list[str]) -> Iterable[tuple[int, int, str]]:
    """(行号, 级别, 标题)；代码与指令里面的井号不算。"""
    closing = ""
    for number, line in enumerate(lines):
        fence = FENCE.match(line)
        if fence and closing:
            if fence[1].startswith(closing) and not fence[2].strip():
                closing = ""
        elif fence:
            closing = fence[1]
        elif not closing and (heading := HEADING.match(line)):
            yield number, len(heading[1]), heading[2]


def _kind(heading: str, level: int, above: str) -> str:
    if level == 2 and heading in (EXERCISES, SELF_CHECK):
        return "exercises" if heading == EXERCISES else "self-check"
    return "optional" if above == "core" and is_optional(heading) else above


def parts(text: str) -> list[Part]:
    """一节的各段；选读、练习与自检下面的小标题归它们。"""
    lines = FRONT_MATTER.sub("", text).splitlines()
    marks = list(_headings(lines))
    ends = [*(number for number, _, _ in marks), len(lines)][1:]
    found: list[Part] = []
    open_kinds: list[tuple[int, str]] = []
    for (number, level, heading), end in zip(marks, ends, strict=True):
        while open_kinds and open_kinds[-1][0] >= level:
            open_kinds.pop()
        kind = _kind(heading, level, open_kinds[-1][1] if open_kinds else "core")
        open_kinds.append((level, kind))
        found.append(Part(heading, level, kind, "\n".join(lines[number:end])))
    return found


def text_of(found: Iterable[Part], *kinds: str) -> str:
    """某几种段的文字，依次接起来。"""
    return "\n".join(part.text for part in found if part.kind in kinds)


def cells(text: str) -> list[Cell]:
    """一段文字里的代码格。"""
    found = []
    for body in CELL.findall(text):
        options = CELL_OPTIONS.match(body)
        head = options[0] if options else ""
        named = TAGS.search(head)
        tags = (named[1] or named[2] or "").replace(",", " ").split() if named else ()
        found.append(Cell(body[len(head) :].strip("\n"), frozenset(tags)))
    return found


def minutes(text: str) -> float:
    """读一段文字要几分钟；折叠着的格子与练习的答案不算。"""
    text = SOLUTION.sub("", text)
    shown = [cell for cell in cells(text) if not cell.folded]
    lines = sum(bool(line.strip()) for cell in shown for line in cell.source.splitlines())
    drawn = sum(bool(DRAWS.search(cell.source)) for cell in shown)
    prose = CELL.sub("", text)
    figures = len(FIGURE.findall(prose)) + drawn
    formulas = len(BLOCK_FORMULA.findall(prose))
    prose = BLOCK_FORMULA.sub("", prose)
    inline = len(INLINE_FORMULA.findall(prose))
    prose = MARKUP.sub(" ", INLINE_FORMULA.sub("", prose))
    characters = len(HAN.findall(prose)) + WORD_AS_CHARACTERS * len(WORD.findall(prose))
    seconds = SECONDS_PER_FORMULA * formulas + SECONDS_PER_INLINE_FORMULA * inline
    seconds += SECONDS_PER_FIGURE * figures
    return characters / CHARACTERS_PER_MINUTE + lines / CODE_LINES_PER_MINUTE + seconds / 60


def reading_minutes(text: str) -> tuple[int, int]:
    """一节的 (核心, 核心连同选读) 各要几分钟，至少一分钟；做练习的时间不算。"""
    found = parts(text)
    core = minutes(text_of(found, "core"))
    whole = core + minutes(text_of(found, "optional"))
    return max(1, round(core)), max(1, round(whole))


def reading_words(text: str) -> str:
    """页首那一行里的话。"""
    core, whole = reading_minutes(text)
    if whole == core:
        return f"阅读约 {core} 分钟"
    return f"阅读：核心约 {core} 分钟，连同选读约 {whole} 分钟"


def optional_minutes(text: str) -> dict[str, int]:
    """每个选读标题连同它下面的小标题要读几分钟。"""
    found, total = parts(text), {}
    for index, part in enumerate(found):
        if part.kind == "optional" and is_optional(part.heading):
            below = [part]
            for other in found[index + 1 :]:
                if other.level <= part.level:
                    break
                below.append(other)
            total[part.heading] = max(1, round(minutes(text_of(below, "optional"))))
    return total
