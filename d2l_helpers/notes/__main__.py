"""命令行：``python -m d2l_helpers.notes 文件或文件夹…``。"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

from d2l_helpers.notes.outcome import NoteOutcome, Report
from d2l_helpers.notes.page import write_page
from d2l_helpers.notes.reading import NoteError, find_notes
from d2l_helpers.notes.running import Options, run_note
from d2l_helpers.notes.table import note_lines, summary

FIRST = (
    "注意：下面会执行你给的代码，与你自己运行它一样；只运行信得过的笔记。"
    "它不下载、不上传；除非加 --here，不写笔记所在的文件夹。"
)

QUICK = (
    "少练几轮几批，批也小，边长 64 以上的图缩小一半，只看跑不跑得动；"
    "缩小后有一格出错（全连接层常照原来的边长写死），就照原来的大小重跑。"
    "与 --here 同用时图不缩小"
)


def _arguments(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m d2l_helpers.notes",
        description="把旧笔记原样跑一遍：每份一个新的进程，说出帮了什么、错在哪里。",
        epilog="有失败的格子时返回 1。" + FIRST,
    )
    parser.add_argument("paths", nargs="+", metavar="文件", help=".py、.ipynb、.md，或文件夹")
    parser.add_argument("--quick", action="store_true", help=QUICK)
    parser.add_argument("--limit", type=float, default=600, metavar="秒", help="一格的时限")
    parser.add_argument("--here", action="store_true", help="在笔记的文件夹里运行，准许它写")
    parser.add_argument("--answer", action="append", default=[], metavar="文字",
                        help="依次回答笔记里的 input()，可写多次")  # fmt: skip
    parser.add_argument("--html", type=Path, metavar="文件", help="把结果写成网页，图在旁边")
    parser.add_argument("--json", type=Path, metavar="文件", help="把结果写成 JSON")
    chosen = parser.parse_args(arguments)
    if chosen.limit <= 0:
        parser.error(f"--limit 应当是正的秒数，收到的是 {chosen.limit:g}。")
    return chosen


def _figures(html: Path | None) -> Path:
    """图存在哪里：网页旁边，没有网页就是临时的文件夹。"""
    if html is None:
        return Path(tempfile.gettempdir(), f"d2l-notes-{os.getpid()}").resolve()
    return html.resolve().with_name(f"{html.stem}-figures")


def main(arguments: list[str]) -> int:
    """运行，打印表格；全部通过返回 0，有失败返回 1，用法不对返回 2。"""
    chosen = _arguments(arguments)
    print(FIRST, flush=True)
    try:
        paths = find_notes(chosen.paths)
    except NoteError as error:
        print(error, file=sys.stderr)
        return 2
    figures = _figures(chosen.html)
    options = Options(figures, chosen.limit, chosen.quick, chosen.here, chosen.answer)
    report = Report([], figures)
    try:
        for path in paths:
            outcome: NoteOutcome = run_note(path, options)
            report.notes.append(outcome)
            print("\n" + "\n".join(note_lines(outcome)), flush=True)
    except KeyboardInterrupt:
        print("\n停下了；下面只算跑完的。")
    print("\n" + summary(report.notes))
    if any(cell.figures for note in report.notes for cell in note.cells):
        print(f"图存在 {figures}")
    if chosen.html:
        write_page(report, chosen.html)
        print(f"网页：{chosen.html.resolve()}")
    if chosen.json:
        rows = [note.row() for note in report.notes]
        chosen.json.write_text(json.dumps(rows, ensure_ascii=False, indent=1), "utf-8")
    return 1 if report.failed or len(report.notes) < len(paths) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
