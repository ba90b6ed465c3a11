"""风格的规矩所看的一节：正文、各段，与各格印出的文字。"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from _ext import lesson
from tools.book import Section


@dataclass(frozen=True)
class Lesson:
    """一节的正文，与各代码格打印出的文字（不知道时为 None）。"""

    text: str
    outputs: tuple[str, ...] | None = None

    @cached_property
    def parts(self) -> list[lesson.Part]:
        """按标题分成的各段。"""
        return lesson.parts(self.text)

    @cached_property
    def prose(self) -> str:
        """正文：不含标题、代码、公式、行内代码与指令的选项。"""
        text = lesson.CELL.sub("", lesson.FRONT_MATTER.sub("", self.text))
        text = lesson.INLINE_FORMULA.sub("", lesson.BLOCK_FORMULA.sub("", text))
        return re.sub(r"^#+ .*$|^:[\w-]+:.*$|(?<![}`])`[^`\n]+`", "", text, flags=re.MULTILINE)


Rule = Callable[[Lesson], list[str]]


def _printed(output: dict[str, Any]) -> str:
    return "".join(output.get("text") or output.get("data", {}).get("text/plain", ""))


def read_lesson(section: Section) -> Lesson:
    """读一节；输出取自成对的 notebook。"""
    if not section.twin.exists():
        return Lesson(section.text())
    cells = json.loads(section.twin.read_text(encoding="utf-8"))["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    outputs = ("".join(map(_printed, cell["outputs"])) for cell in code)
    return Lesson(section.text(), tuple(outputs))
