"""运行的结果写成一页网页：不引用别处的东西，图在旁边的文件夹里。"""

from __future__ import annotations

import os
from html import escape
from pathlib import Path
from urllib.parse import quote

import d2l_helpers
from d2l_helpers.notes.outcome import STATES, CellOutcome, NoteOutcome, Report
from d2l_helpers.notes.table import help_lines, summary

_STYLE = """
:root { color-scheme: light dark; --ink: #1f2328; --soft: #59636e; --paper: #fff; --line: #d1d9e0;
  --code: #f3f5f8; --ok: #1a7f37; --helped: #8a5a00; --failed: #b3261e; --skipped: #59636e; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #9aa4af; --paper: #14181d;
  --line: #343b44; --code: #1f252c; --ok: #56c271; --helped: #e0a93b; --failed: #ff8a80;
  --skipped: #9aa4af; } }
body { font: 16px/1.7 system-ui, "Noto Sans CJK SC", "Microsoft YaHei", sans-serif;
  color: var(--ink); background: var(--paper); max-width: 60rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.5rem; }
h2 { font-size: 1.15rem; margin: 2.2rem 0 .6rem; overflow-wrap: anywhere; }
.cell { border: 1px solid var(--line); border-left: .35rem solid var(--tone); border-radius: .4rem;
  padding: .5rem .9rem; margin: .6rem 0; }
.state { color: var(--tone); font-weight: 600; margin-right: .6rem; }
.ok { --tone: var(--ok); } .helped { --tone: var(--helped); } .skipped { --tone: var(--skipped); }
.failed, .timeout, .crashed { --tone: var(--failed); }
.soft { color: var(--soft); font-size: .9rem; }
.error { color: var(--failed); overflow-wrap: anywhere; }
ul { margin: .3rem 0; padding-left: 1.3rem; } li { overflow-wrap: anywhere; }
code, pre { font: .86rem/1.55 ui-monospace, "Noto Sans Mono CJK SC", monospace; }
pre { background: var(--code); border-radius: .3rem; padding: .5rem .7rem; margin: .3rem 0;
  overflow-x: auto; } details { margin: .3rem 0; } summary { cursor: pointer; }
del, ins { text-decoration: none; } del { color: var(--failed); } ins { color: var(--ok); }
img { max-width: 100%; background: #fff; border-radius: .3rem; margin: .3rem .5rem .3rem 0; }
table { border-collapse: collapse; width: 100%; } td, th { text-align: left; padding: .25rem .6rem;
  border-bottom: 1px solid var(--line); overflow-wrap: anywhere; } a { color: inherit; }
"""


def _section(row: dict) -> str:
    """讲它的一节；旁边有建好的书就链过去。"""
    if not row["section"]:
        return ""
    book = Path(d2l_helpers.__file__).parents[1] / "_build" / "html"
    page = book / "chapters" / f"{row['section']}.html"
    title = f"《{escape(row['title'])}》"
    return (
        f"，见<a href='{escape(page.as_uri())}'>{title}</a>" if page.is_file() else f"，见{title}"
    )


def _advice(row: dict) -> str:
    number = f"<b>勘误 {row['errata']}</b>：" if row["errata"] else ""
    place = f"第 {row['line']} 行，" if row["line"] else ""
    doubt = "" if row["known"] else "像是"
    text = f"{doubt}{number}{place}{escape(row['what'])}{_section(row)}"
    if row["after"]:
        before = f"<del>− {escape(row['before'])}</del>\n" if row["before"] else ""
        text += f"<pre>{before}<ins>+ {escape(row['after'])}</ins></pre>"
    return f"<li>{text}</li>"


def _list(items: list[str]) -> str:
    return f"<ul>{''.join(items)}</ul>" if items else ""


def _folded(title: str, text: str) -> str:
    body = f"<pre>{escape(text.rstrip())}</pre>"
    return f"<details><summary class=soft>{title}</summary>{body}</details>" if text.strip() else ""


def _cell(cell: CellOutcome, figures: str) -> str:
    error = ""
    if cell.because:
        error = f"<div class=soft>第 {cell.because} 格失败的牵连：{escape(cell.error)}</div>"
    elif cell.error:
        place = f"第 {cell.line} 行　" if cell.line else ""
        error = f"<div class=error>{place}{escape(cell.error)}</div>"
    pictures = "".join(
        f"<img src='{quote(figures)}/{quote(name)}' alt='第 {cell.number} 格画的图' loading=lazy>"
        for name in cell.figures
    )
    helps = _list([f"<li>帮助：{escape(line)}</li>" for line in help_lines(cell.helps)])
    return (
        f"<section class='cell {cell.state}'><div><span class=state>{cell.number} · "
        f"{STATES[cell.state]}</span><code>{escape(cell.head)}</code> "
        f"<span class=soft>{cell.seconds:.1f} 秒</span></div>{error}{helps}"
        f"{_list([_advice(row) for row in cell.advice])}{pictures}"
        f"{_folded('代码', cell.source)}{_folded('输出', cell.output)}</section>"
    )


def _note(note: NoteOutcome, anchor: int, figures: str) -> str:
    title = f"<h2 id=n{anchor}>{escape(str(note.path))}</h2>"
    if note.problem:
        return f"{title}<p class=error>没有运行：{escape(note.problem)}</p>"
    prose = _list([_advice(row) for row in note.prose])
    told = f"<p>正文里：</p>{prose}" if prose else ""
    return title + "".join(_cell(cell, figures) for cell in note.cells) + told


def _row(note: NoteOutcome, anchor: int) -> str:
    counts = {state: sum(cell.state == state for cell in note.cells) for state in STATES}
    told = "，".join(f"{STATES[state]} {count}" for state, count in counts.items() if count)
    state = "failed" if note.bad else "helped" if counts["helped"] else "ok"
    name = escape(str(note.path))
    return (
        f"<tr class={state}><td><a href='#n{anchor}'>{name}</a></td>"
        f"<td>{len(note.cells)}</td><td><span class=state>{told or '没有运行'}</span></td></tr>"
    )


def write_page(report: Report, place: Path) -> None:
    """把 ``report`` 写成网页 ``place``；图按相对的路径引用，两者要一起搬。"""
    figures = Path(os.path.relpath(report.figures, place.resolve().parent)).as_posix()
    rows = "".join(_row(note, i) for i, note in enumerate(report.notes))
    notes = "".join(_note(note, i, figures) for i, note in enumerate(report.notes))
    text = (
        "<!doctype html><html lang=zh-CN><head><meta charset=utf-8>"
        "<meta name=viewport content='width=device-width'><title>旧笔记的运行结果</title>"
        f"<style>{_STYLE}</style></head><body><h1>旧笔记的运行结果</h1>"
        f"<p>{escape(summary(report.notes))}</p>"
        f"<table><tr><th>笔记</th><th>格</th><th>结果</th></tr>{rows}</table>{notes}"
        "</body></html>\n"
    )
    place.write_text(text, "utf-8")
