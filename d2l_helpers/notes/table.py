"""运行的结果写成文字。"""

from __future__ import annotations

from d2l_helpers.notes.helps.record import KINDS
from d2l_helpers.notes.outcome import STATES, CellOutcome, NoteOutcome

_MARKS = {"ok": "✓", "helped": "○", "failed": "✗", "timeout": "⏱", "crashed": "✗", "skipped": "–"}


def help_lines(helps: list[dict]) -> list[str]:
    """帮过什么，一类一行。"""
    lines = []
    for kind in dict.fromkeys(row["kind"] for row in helps):
        known = KINDS[kind]
        details = [r["detail"] + (f" ×{r['count']}" if r["count"] > 1 else "")
                   for r in helps if r["kind"] == kind]  # fmt: skip
        shown = "、".join(dict.fromkeys(filter(None, details)))
        where = f"（勘误 {known.errata}）" if known.errata else ""
        after = f"；可写成 {known.fix}" if known.fix else ""
        lines.append(f"{known.say}{where}{'：' + shown if shown else ''}{after}")
    return lines


def advice_lines(row: dict) -> list[str]:
    """一条意见：错在哪里、哪一节、原来的与改好的一行。"""
    number = f"勘误 {row['errata']}：" if row["errata"] else ""
    doubt = "" if row["known"] else "像是"
    place = f"第 {row['line']} 行，" if row["line"] else ""
    where = f"，见《{row['title']}》（chapters/{row['section']}）" if row["section"] else ""
    lines = [f"{doubt}{number}{place}{row['what']}{where}"]
    if row["after"]:
        lines += [f"    原来：{row['before']}"] if row["before"] else []
        lines.append(f"    改成：{row['after']}")
    return lines


def cell_lines(cell: CellOutcome) -> list[str]:
    """一格的几行。"""
    lines = [f"  {cell.number:>3} {_MARKS[cell.state]} {STATES[cell.state]}  {cell.head}"]
    if cell.because:
        lines.append(f"        第 {cell.because} 格失败的牵连：{cell.error}")
    elif cell.error:
        place = f"第 {cell.line} 行 " if cell.line else ""
        lines.append(f"        {place}{cell.error.splitlines()[0]}")
    lines += [f"        帮助：{line}" for line in help_lines(cell.helps)]
    for row in cell.advice:
        lines += [f"        {line}" for line in advice_lines(row)]
    return lines


def note_lines(note: NoteOutcome) -> list[str]:
    """一份笔记的表。"""
    if note.problem:
        return [f"{note.path}：没有运行。{note.problem}"]
    lines = [f"{note.path}：{len(note.cells)} 格"]
    for cell in note.cells:
        lines += cell_lines(cell)
    for row in note.prose:
        lines += [f"    正文：{line}" for line in advice_lines(row)]
    return lines


def summary(notes: list[NoteOutcome]) -> str:
    """最后一行：几份、各种格子几格。"""
    cells = [cell for note in notes for cell in note.cells]
    counts = {state: sum(cell.state == state for cell in cells) for state in STATES}
    told = "，".join(f"{STATES[state]} {n}" for state, n in counts.items() if n)
    bad = sum(note.bad for note in notes)
    end = f"{bad} 份没有全过。" if bad else "全部跑完。"
    return f"{len(notes)} 份笔记，{len(cells)} 格：{told or '没有代码'}。{end}"
