"""运行的结果：一格、一份笔记、全部。"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path

STATES = {
    "ok": "通过", "helped": "有帮助才通过", "failed": "失败", "timeout": "超时",
    "crashed": "进程死了", "skipped": "没有运行",
}  # fmt: skip
BAD = ("failed", "timeout", "crashed", "skipped")


@dataclass
class CellOutcome:
    """一格的结果。

    参数:
        number: 第几格，从 1 数起。
        state: ``STATES`` 里的一个。
        head: 第一行代码，认格子用。
        source: 全部代码。
        seconds: 用时，秒。
        helps: 帮过什么：``{"kind", "detail", "count"}``。
        advice: 意见，见 :class:`d2l_helpers.notes.diagnosis.catalogue.Advice`。
        error: 报的错，一行。
        line: 文件（或格子）的第几行出错。
        trace: 报错的末尾几行。
        because: 受第几格的牵连。
        output: 打印的字。
        figures: 存下的图，文件名。
    """

    number: int
    state: str
    head: str = ""
    source: str = ""
    seconds: float = 0.0
    helps: list[dict] = field(default_factory=list)
    advice: list[dict] = field(default_factory=list)
    error: str = ""
    line: int | None = None
    trace: str = ""
    because: int | None = None
    output: str = ""
    figures: list[str] = field(default_factory=list)

    @property
    def bad(self) -> bool:
        """是不是没有通过。"""
        return self.state in BAD


@dataclass
class NoteOutcome:
    """一份笔记的结果；读不成的笔记只有 ``problem``。"""

    path: Path
    cells: list[CellOutcome] = field(default_factory=list)
    prose: list[dict] = field(default_factory=list)
    problem: str = ""
    notebook: bool = False

    @property
    def bad(self) -> bool:
        """有没有一格没有通过，或者根本读不成。"""
        return bool(self.problem) or any(cell.bad for cell in self.cells)

    def row(self) -> dict:
        """可以写进 JSON 的字典。"""
        return asdict(self) | {"path": str(self.path), "bad": self.bad}


@dataclass
class Report:
    """全部笔记的结果，与图存在哪里。"""

    notes: list[NoteOutcome]
    figures: Path

    @property
    def failed(self) -> bool:
        """有没有失败的。"""
        return any(note.bad for note in self.notes)
