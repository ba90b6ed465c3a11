"""在当前进程里像内核那样执行一节：收下每格的输出，与书上的逐字比较，遇到第一处不同就停。

``shake`` 与 ``mutate`` 都在分叉出来的进程里用它：不必每次另起内核、重新导入。
"""

from __future__ import annotations

import difflib
import io
import os
import re
import resource
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from nbformat import NotebookNode
from traitlets.config import Config

from tools.book import IGNORE_OUTPUT, Section, tags
from tools.twin import DROPPED, GLUE, CodeCell, code_cells

NOISE = re.compile(r"\x1b\[[0-9;]*m|0x[0-9a-f]{6,}")
LONGEST = 200  # 一处不同的说明至多这么多字
CPU_LIMIT = 600.0  # 秒；最长的一节也只要三四十秒
Output = dict[str, Any]


@dataclass(frozen=True)
class Fault:
    """第一处失败：第几格（从 0 数，正文也算）、那一格的第一行、异常或差别。"""

    cell: int
    line: str
    what: str

    def __str__(self) -> str:
        return f"第 {self.cell} 格 `{self.line}`：{self.what}"


# ---- 收下输出 ----


class _Stream(io.TextIOBase):
    """代替标准输出：接在前一段同名的文字后面。"""

    encoding = "utf-8"

    def __init__(self, name: str, outputs: list[Output]) -> None:
        self.label, self.outputs = name, outputs

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        last = self.outputs[-1] if self.outputs else {}
        if last.get("name") == self.label:
            last["text"] += text
        else:
            self.outputs.append({"output_type": "stream", "name": self.label, "text": text})
        return len(text)


class _Publisher(DisplayPublisher):
    """``display`` 与画图送来的输出；更新同一个显示时改原来的那个。"""

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self.shown: dict[str, Output] = {}

    def publish(
        self,
        data: dict[str, Any],
        metadata: Any = None,
        *,
        transient: dict[str, str] | None = None,
        update: bool = False,
        **unused: Any,
    ) -> None:
        key = (transient or {}).get("display_id", "")
        if update:
            self.shown[key]["data"] = dict(data)
            return
        output = {"output_type": "display_data", "data": dict(data)}
        self.shell.collected.append(output)
        if key:
            self.shown[key] = output

    def clear_output(self, wait: bool = False) -> None:
        self.shell.collected.clear()


class _Hook(DisplayHook):
    """一格最后那个表达式的值。"""

    def write_output_prompt(self) -> None:
        """不印编号。"""

    def write_format_data(self, format_dict: dict[str, Any], md_dict: Any = None) -> None:
        self.shell.collected.append({"output_type": "execute_result", "data": dict(format_dict)})

    def finish_displayhook(self) -> None:
        """不另印换行。"""


class ZmqShell(InteractiveShell):
    """一个不读不写使用者设置的 IPython；``collected`` 是正在执行的这一格的输出。

    ``render`` 为假时图只留下文字，不画成 PNG：图本来不比较，画它要占两成的时间。
    名字里的 zmq 是给 pandas 看的：它由此认出 notebook，表格不按终端的宽度折行。
    """

    collected: list[Output]

    def __init__(self, *, render: bool = True) -> None:
        self.collected = []
        super().__init__(config=Config({"HistoryManager": {"enabled": False}}))
        type(self)._instance = InteractiveShell._instance = self
        self.display_formatter.formatters["image/png"].enabled = render

    def init_display_pub(self) -> None:
        self.display_pub = _Publisher(parent=self, shell=self)

    def init_displayhook(self) -> None:
        super().init_displayhook()
        self.displayhook = _Hook(parent=self, shell=self, cache_size=self.cache_size)
        self.display_trap.hook = self.displayhook

    def init_virtualenv(self) -> None:
        """环境已经选好了。"""

    def enable_gui(self, gui: str | None = None) -> None:
        """没有窗口。"""

    def _showtraceback(self, etype: Any, evalue: Any, stb: Any) -> None:
        """异常由 ``run`` 取走，不印出来。"""

    def run(self, source: str) -> tuple[list[Output], BaseException | None]:
        """执行一格，返回它的输出与异常（没有则为 None）。"""
        self.collected = outputs = []
        out, err = _Stream("stdout", outputs), _Stream("stderr", outputs)
        with redirect_stdout(out), redirect_stderr(err):
            done = self.run_cell(source, store_history=True)
        return outputs, done.error_before_exec or done.error_in_exec


# ---- 与书上的输出比较 ----


def comparable(outputs: list[Output]) -> dict[str, str]:
    """一格的输出里要比较的：每个流、每种格式各一段文字；图像与 glue 的记录不算。"""
    found: dict[str, str] = {}
    for output in outputs:
        named = output.get("data", {output.get("name", ""): output.get("text", "")})
        for key, text in named.items():
            if key not in DROPPED and key != "text/latex" and not key.startswith(GLUE):
                found[key] = found.get(key, "") + str(text)
    return found


def difference(expected: list[Output], got: list[Output]) -> str:
    """书上的输出与这里的不同在哪里；相同则为空。"""
    old, new = comparable(expected), comparable(got)
    if old == new:
        return ""
    key = next(k for k in sorted(old | new) if old.get(k) != new.get(k))
    if key not in new or key not in old:
        where, text = ("这里没有", old[key]) if key in old else ("书上没有", new[key])
        return f"{where}这段输出（{key}）：{text.strip()[:60]!r}"
    lines = list(difflib.unified_diff(old[key].splitlines(), new[key].splitlines(), n=0))[2:]
    before = next((line[1:] for line in lines if line[0] == "-"), "")
    after = next((line[1:] for line in lines if line[0] == "+"), "")
    return f"书上 {before.strip()[:70]!r}，这里 {after.strip()[:70]!r}"


def explain(error: BaseException) -> str:
    """异常的类型与消息的第一行。"""
    first = NOISE.sub("", str(error)).strip().partition("\n")[0]
    return f"{type(error).__name__}：{first}" if first else type(error).__name__


def first_line(source: str) -> str:
    """一格的第一行代码，魔法命令与注释不算。"""
    lines = [line.strip() for line in source.splitlines()]
    return next((line for line in lines if line and line[0] not in "%#"), "")[:80]


def run_cell(
    shell: ZmqShell, index: int, cell: NotebookNode, expected: list[Output] | None
) -> Fault | None:
    """执行一格；有异常，或要比较的输出与 ``expected`` 不同，就返回那处失败。"""
    outputs, error = shell.run(cell.source)
    if error is not None:
        what = explain(error)
    elif expected is None or IGNORE_OUTPUT in tags(cell):
        return None
    else:
        what = difference(expected, outputs)
    return Fault(index, first_line(cell.source), what[:LONGEST]) if what else None


def run_cells(shell: ZmqShell, cells: list[CodeCell], *, compare: bool = True) -> Fault | None:
    """依次执行若干格，遇到第一处失败就停。"""
    for index, cell, expected in cells:
        if fault := run_cell(shell, index, cell, expected if compare else None):
            return fault
    return None


# ---- 一次执行 ----


@contextmanager
def working_in(section: Section) -> Iterator[None]:
    """在这一节的 notebook 所在的文件夹里执行，与 ``make test`` 相同。"""
    before = os.getcwd()  # noqa: PTH109
    os.chdir(section.twin.parent)
    try:
        yield
    finally:
        os.chdir(before)


def cpu_seconds() -> float:
    """这个进程与它的子进程用掉的 CPU 秒数。"""
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(sum(resource.getrusage(kind)[:2]) for kind in kinds)


def limit_cpu(seconds: float) -> None:
    """用掉这么多 CPU 秒就被杀：死循环由此结束，与机器忙闲无关。"""
    resource.setrlimit(resource.RLIMIT_CPU, (int(seconds), int(seconds) + 5))


def run_section(path: str, offset: int = 0, render: bool = True) -> dict[str, Any]:
    """执行一节，返回 ``fault``（没有则为 None）与 ``seconds``（CPU 秒数）。

    参数:
        path: 小节的 .md。
        offset: 种子加多少；不是 0 时只看断言与异常，不比较输出。
        render: 图要不要真画出来。
    """
    section, begin = Section(Path(path)), cpu_seconds()
    limit_cpu(CPU_LIMIT)
    if offset:
        from tools.seeds import move_seeds  # 要导入 torch

        move_seeds(offset)
    with working_in(section):
        fault = run_cells(ZmqShell(render=render), code_cells(section), compare=not offset)
    return {"fault": asdict(fault) if fault else None, "seconds": round(cpu_seconds() - begin, 1)}
