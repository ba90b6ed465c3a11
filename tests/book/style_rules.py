"""“一节是一课”的规矩。每条收一节，返回违反之处的列表，空表示合格。

写的时候随手查一节：``.venv/bin/python -m tests.book.style_rules dropout``。
"""

from __future__ import annotations

import re
import sys
import unicodedata
from pathlib import Path

from _ext import lesson
from tests.book import check_rules
from tests.book.page import Lesson, Rule, read_lesson
from tools.book import find_section

MAX_CORE_LINES, MAX_CORE_CELLS, MAX_CORE_MINUTES = 300, 15, 30
MAX_LINES = 450
MAX_WIDTH = 84  # 在 1280 像素宽的页面上恰好不被截断，见 tests/site/test_lesson.py
MAX_MISCONCEPTIONS = 3
MAX_STRONG_WORDS = 3
STRONG = re.compile(r"(?<![不非])(?:唯一|只有一个|总是|怎么都|一定会|从来不|永远)")
HOUSE_WORDS = ("对拍", "替身")
GLOSSARY_LINK = re.compile(r"\{term\}`[^`]*`|\[[^\]]*\]\([^)]*glossary[^)]*\)")

# ---- 长短 ----


def core_is_short(page: Lesson) -> list[str]:
    """核心至多 300 行、15 格、半小时；选读、练习、自检不算，折叠的格子不算格数。"""
    core = lesson.text_of(page.parts, "core")
    cells = [cell for cell in lesson.cells(core) if not cell.folded]
    counts = (
        (len(core.splitlines()), MAX_CORE_LINES, "行"),
        (len(cells), MAX_CORE_CELLS, "格代码"),
        (lesson.reading_minutes(page.text)[0], MAX_CORE_MINUTES, "分钟"),
    )
    return [
        f"核心有 {count} {unit}，至多 {most}：移到选读，或另成一节"
        for count, most, unit in counts
        if count > most
    ]


def whole_is_short(page: Lesson) -> list[str]:
    """全节至多 450 行。"""
    lines = len(page.text.splitlines())
    return [f"全节有 {lines} 行，至多 {MAX_LINES}：分成两节"] if lines > MAX_LINES else []


def columns(line: str) -> int:
    """一行的宽度，汉字与全角标点算两列。"""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in line)


def narrow_code(page: Lesson) -> list[str]:
    """代码一行至多 84 列，页面上才不会被截断。"""
    return [
        f"{columns(line)} 列，至多 {MAX_WIDTH}：{line.strip()}"
        for cell in lesson.cells(page.text)
        for line in cell.source.splitlines()
        if columns(line) > MAX_WIDTH
    ]


def optional_comes_after(page: Lesson) -> list[str]:
    """``## 选读`` 放在小结之后、练习之前；``### 选读`` 可以跟在它补充的那一段里。"""
    order = [part.heading for part in page.parts if part.level == 2]
    if "小结" not in order:
        return []
    return [
        f"{heading} 应当放在小结之后"
        for heading in order[: order.index("小结")]
        if lesson.is_optional(heading)
    ]


# ---- 话 ----


def few_misconceptions(page: Lesson) -> list[str]:
    """常见误区至多三条，每条以加粗的引语 ``**“…”**`` 开头。"""
    texts = [part.text for part in page.parts if part.heading == "常见误区"]
    count = len(re.findall(r"\*\*“", lesson.CELL.sub("", "\n".join(texts))))
    most = MAX_MISCONCEPTIONS
    return [f"常见误区有 {count} 条，至多 {most} 条"] if count > most else []


def few_strong_words(page: Lesson) -> list[str]:
    """“唯一、总是、永远”之类每节至多三处：每一处都要证明过，或在几个种子上量过。"""
    words = STRONG.findall(page.prose)
    if len(words) <= MAX_STRONG_WORDS:
        return []
    return [f"说死的话有 {len(words)} 处，至多 {MAX_STRONG_WORDS} 处：{'、'.join(words)}"]


def house_words_are_linked(page: Lesson) -> list[str]:
    """本书自己的词（对拍、替身）在一页里第一次出现时链到术语表。"""
    links = [match.span() for match in GLOSSARY_LINK.finditer(page.prose)]
    headings = "\n".join(part.heading for part in page.parts)
    found = []
    for word in HOUSE_WORDS:
        first = page.prose.find(word)
        linked = any(start <= first < end for start, end in links)
        if not linked and (first >= 0 or word in headings):
            found.append(f"第一次用“{word}”时没有链到术语表")
    return found


RULES: tuple[Rule, ...] = (
    core_is_short,
    whole_is_short,
    narrow_code,
    optional_comes_after,
    check_rules.teaching_cells_only_teach,
    check_rules.check_cells_fold,
    check_rules.numbers_not_verdicts,
    few_misconceptions,
    few_strong_words,
    house_words_are_linked,
    check_rules.answers_and_checks_are_apart,
)
UNREWRITTEN = Path(__file__).with_name("unrewritten.txt")


def violations(page: Lesson) -> dict[str, list[str]]:
    """违反的规矩与违反之处。"""
    found = {rule.__name__: rule(page) for rule in RULES}
    return {name: problems for name, problems in found.items() if problems}


def unrewritten() -> list[str]:
    """还没有按新规矩重写的小节。"""
    lines = UNREWRITTEN.read_text(encoding="utf-8").splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def main(names: list[str]) -> int:
    """逐条印出几节违反之处。"""
    count = 0
    for name in names:
        for rule, problems in violations(read_lesson(find_section(name))).items():
            count += len(problems)
            print(f"{rule}（{len(problems)}）", *problems, sep="\n    ")
    return int(count > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
