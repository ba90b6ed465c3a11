"""一份一份地运行，把各格的结果与看代码得来的意见合在一起。"""

from __future__ import annotations

import re
import signal
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path

from d2l_helpers.notes.diagnosis.catalogue import Advice
from d2l_helpers.notes.diagnosis.claims import about_text
from d2l_helpers.notes.diagnosis.code import about_code, about_iterators
from d2l_helpers.notes.outcome import CellOutcome, NoteOutcome
from d2l_helpers.notes.process import Process
from d2l_helpers.notes.reading import Cell, Note, NoteError, read_note
from d2l_helpers.notes.workspace import NEIGHBOURS, prepare


@dataclass(frozen=True)
class Options:
    """怎样运行。

    参数:
        figures: 图存在哪个文件夹。
        limit: 一格的时限，秒。
        quick: 少练几批、几轮，放大的图缩小一半，只看跑不跑得动。
        here: 在笔记自己的文件夹里运行，准许它写。
        answers: 依次回答 ``input``。
    """

    figures: Path
    limit: float = 600.0
    quick: bool = False
    here: bool = False
    answers: list[str] = field(default_factory=list)


def run_note(path: Path, options: Options) -> NoteOutcome:
    """运行一份笔记；笔记里的任何错都在结果里，不抛出来。"""
    try:
        note = read_note(path)
    except NoteError as error:
        return NoteOutcome(path, problem=str(error))
    outcome = NoteOutcome(path, notebook=path.suffix == ".ipynb")
    outcome.prose = [a.row() for text in note.prose for a in about_text(text, code=False)]
    outcome.cells = _settle_size(note, options)
    walked = about_iterators([cell.source for cell in note.cells])
    for i, (cell, result) in enumerate(zip(note.cells, outcome.cells, strict=True)):
        said = [*about_code(cell.source), *about_text(cell.source, code=True), *walked.get(i, [])]
        _advise(result, cell, said)
        if result.state == "ok" and result.helps:
            result.state = "helped"
    return outcome


def _settle_size(note: Note, options: Options) -> list[CellOutcome]:
    """快跑时先把图缩小；有一格因此（或者本来就）出错，就照原来的大小重跑，以重跑的为准。"""
    smaller = options.quick and not options.here  # 在读者的文件夹里不跑两遍
    cells = _execute(note, options, smaller)
    shrunk = any(row["kind"] == "smaller" for cell in cells for row in cell.helps)
    if not shrunk or not any(map(_broke, cells)):
        return cells
    for name in (name for cell in cells for name in cell.figures):
        (options.figures / name).unlink(missing_ok=True)
    again = _execute(note, options, False)
    for small, full in zip(cells, again, strict=True):
        if _broke(small) and not full.bad:  # 还错的是笔记自己的错，与大小无关
            detail = small.error.split("\n")[0][:80]
            full.helps.append({"kind": "original", "detail": detail, "count": 1})
    return again


def _broke(cell: CellOutcome) -> bool:
    """这一格自己出了错；超时的照原来的大小只会更慢，不算。"""
    return cell.state in ("failed", "crashed")


def _execute(note: Note, options: Options, smaller: bool) -> list[CellOutcome]:
    with tempfile.TemporaryDirectory(prefix="d2l-note-", ignore_cleanup_errors=True) as folder:
        return _watch(note, Path(folder).resolve(), options, smaller)


def _watch(note: Note, folder: Path, options: Options, smaller: bool) -> list[CellOutcome]:
    home = note.path.resolve().parent
    cwd = home if options.here else prepare(note.path, folder / "files")
    job = {
        "path": str(note.path), "cells": [asdict(cell) for cell in note.cells],
        "cwd": str(cwd), "raw": str(folder / "raw.log"), "here": options.here,
        "protected": [str(home), *(str(home.parent / name) for name in NEIGHBOURS)],
        "figures": str(options.figures), "stem": _stem(note.path), "quick": options.quick,
        "answers": options.answers, "smaller": smaller,
    }  # fmt: skip
    done: dict[int, CellOutcome] = {}
    process, current, finished = Process(job), None, False
    try:
        for event in process.events(options.limit):
            kind = event.pop("event")
            if kind == "start":
                current = event["cell"]
            elif kind == "cell":
                done[event["number"]] = CellOutcome(**event)
            elif kind == "broken":
                raise RuntimeError(f"运行器自己出了错，与笔记无关：\n{event['trace']}")
            else:
                finished = kind == "done"
                break
    finally:
        process.stop()
    return [_settled(cell, done, current, finished, process, options) for cell in note.cells]


def _settled(
    cell: Cell,
    done: dict[int, CellOutcome],
    current: int | None,
    finished: bool,
    process: Process,
    options: Options,
) -> CellOutcome:
    """一格的结果；没有消息的，是进程死了、没轮到，或者笔记自己先退出了。"""
    result = done.get(cell.number)
    if result is None and cell.number == current:
        result = CellOutcome(cell.number, "crashed", error=_why(process.code, options.limit))
    elif result is None:
        left = finished and "笔记在前面自己退出了"
        result = CellOutcome(cell.number, "skipped", error=left or "前面那一格把进程弄死了")
    if result.state == "timeout":
        result.error = f"超过了 {options.limit:g} 秒的时限（--limit 可改）"
    result.head, result.source = _head(cell.source), cell.source
    return result


def _why(code: int | None, limit: float) -> str:
    if code is not None and code < 0 and -code == signal.SIGKILL:
        return f"超过 {limit:g} 秒打断不了，或者内存用完：进程被强行结束"
    if code is not None and code < 0:
        return f"进程收到信号 {signal.Signals(-code).name}（例如 C++ 里的越界）"
    return f"进程自己结束了，退出码 {code}（例如 os._exit）"


def _head(source: str) -> str:
    rows = [row.strip() for row in source.split("\n")]
    real = [row for row in rows if row and not row.startswith("#")]
    return (real or rows or [""])[0][:60]


def _stem(path: Path) -> str:
    return re.sub(r"[^\w.-]", "_", path.name)


def _advise(result: CellOutcome, cell: Cell, said: list[Advice]) -> None:
    """添上看代码得来的意见；运行时说过的不再说，除非看代码才知道怎样改。"""
    for advice in said:
        same = [row for row in result.advice if advice.errata and _alike(row, advice)]
        if advice.after and not any(row["after"] for row in same):
            result.advice = [row for row in result.advice if row not in same]
            same = []
        if not same:
            result.advice.append(advice.row())
    for row in result.advice:
        row["line"] = cell.place(row["line"]) if row["line"] else None


def _alike(row: dict, advice: Advice) -> bool:
    return row["errata"] == advice.errata and (row["line"] == advice.line or not row["after"])
