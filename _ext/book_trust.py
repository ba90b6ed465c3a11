"""可信度页：每一节的仪器读数，由 reference/readings.json 与成对的 .ipynb 汇总。"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from docutils import nodes
from docutils.parsers.rst import Directive
from sphinx import addnodes
from sphinx.application import Sphinx

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from book_pages import agreements

from tools.readings import (
    RUN_WORDS,
    Reading,
    code_digest,
    equivalents,
    failures,
    load,
    score,
    seeds_passed,
)
from tools.share import is_compared

HEAD = ("节", "对拍", "比较的输出", "种子", "线程", "指令", "繁忙", "变异", "CPU 秒")
UNKNOWN, NOTHING = "—", "无"  # 还没有测；没有可以变异的代码
STALE = "（旧）"


@dataclass
class Row:
    """一节在表里的一行，与折叠在表下面的细节。"""

    docname: str
    title: str
    agreed: int
    compared: tuple[int, int]
    cells: list[str]
    details: list[str] = field(default_factory=list)


def read_notebook(path: Path) -> nbformat.NotebookNode:
    """读 .ipynb，不逐项校验（快得多）；多行的文字接成一段。"""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        cell["source"] = "".join(cell["source"])
        for output in cell.get("outputs", ()):
            if "text" in output:
                output["text"] = "".join(output["text"])
            for mime, text in output.get("data", {}).items():
                output["data"][mime] = "".join(text) if isinstance(text, list) else text
    return nbformat.from_dict(notebook)


def shaken(reading: Reading | None, stale: str) -> tuple[list[str], str, list[str]]:
    """``shake`` 的读数：四列（种子、线程、指令、繁忙）、CPU 秒、没有通过的细节。"""
    if reading is None:
        return [UNKNOWN] * 4, UNKNOWN, []
    runs = reading["runs"]
    passed, tried = seeds_passed(reading)
    marks = {name: ("✗" if runs[name] else "✓") + stale for name in runs}
    cells = [f"{passed}/{tried}{stale}" if tried else UNKNOWN]
    cells += [marks.get(name, UNKNOWN) for name in ("threads", "plain", "busy")]
    details = [f"{RUN_WORDS[name]}：{what}" for name, what in failures(reading).items()]
    return cells, f"{reading['seconds']:.1f}" if "base" in runs else UNKNOWN, details


def mutated(
    reading: Reading | None, marked: dict[str, str], stale: str
) -> tuple[str, list[str], tuple[int, int]]:
    """``mutate`` 的读数：一列、漏网的细节、（抓住的，算数的）。"""
    if reading is None:
        return UNKNOWN, [], (0, 0)
    caught, total, survivors = score(reading, marked)
    words = f"{caught}/{total}" if total else NOTHING
    return words + stale, [f"漏网的变异：{what}" for what in survivors], (caught, total)


def summarize(root: Path, docname: str, readings: dict[str, Any], marked: dict) -> Row:
    """一节的一行。"""
    name = docname.removeprefix("chapters/")
    path = root / "notebooks" / f"{name}.ipynb"
    notebook, (title, agreed) = read_notebook(path), agreements(path)
    bearing = [cell for cell in notebook.cells if cell.get("outputs")]
    digest = code_digest(notebook.cells)
    shake, mutate = (readings[kind].get(name) for kind in ("shake", "mutate"))
    old = [STALE if reading and reading["code"] != digest else "" for reading in (shake, mutate)]
    cells, seconds, failed = shaken(shake, old[0])
    caught, survivors, _ = mutated(mutate, marked.get(name, {}), old[1])
    compared = (sum(is_compared(cell) for cell in bearing), len(bearing))
    shown = [str(len(agreed)), f"{compared[0]}/{compared[1]}", *cells, caught, seconds]
    return Row(docname, title, len(agreed), compared, shown, [*failed, *survivors])


def totals(readings: dict[str, Any], marked: dict, rows: list[Row]) -> str:
    """全书的总数，一句话。"""
    names = {row.docname.removeprefix("chapters/") for row in rows}
    shakes = [r for name, r in readings["shake"].items() if name in names]
    scores = [
        score(r, marked.get(name, {})) for name, r in readings["mutate"].items() if name in names
    ]
    steady = sum(not failures(reading) for reading in shakes)
    caught, total = sum(s[0] for s in scores), sum(s[1] for s in scores)
    compared, bearing = (sum(row.compared[i] for row in rows) for i in (0, 1))
    equivalent = sum(len(entries) for entries in marked.values())
    text = f"全书 {len(rows)} 节：对拍 {sum(row.agreed for row in rows)} 项；"
    text += f"有输出的 {bearing} 格里逐字比较 {compared} 格；"
    text += f"摇过 {len(shakes)} 节，{steady} 节在试过的每一种扰动下都通过；"
    share = f"（{caught / total:.0%}）" if total else ""
    text += f"试过 {total} 处变异，抓住 {caught} 处{share}"
    return text + (f"，另有 {equivalent} 处怎样改都没有分别，不算数。" if equivalent else "。")


def link(docname: str, title: str) -> addnodes.pending_xref:
    """链到一节。"""
    return addnodes.pending_xref(
        "", nodes.inline("", title), refdomain="std", reftype="doc", refexplicit=True,
        reftarget=f"/{docname}", refwarn=True,
    )  # fmt: skip


def table(rows: list[Row]) -> nodes.table:
    """一章的表；比屏幕宽时在自己里面横向滚动。"""
    group = nodes.tgroup("", *[nodes.colspec(colwidth=1) for _ in HEAD], cols=len(HEAD))
    heads = [nodes.entry("", nodes.paragraph("", text)) for text in HEAD]
    body = nodes.tbody()
    for row in rows:
        first = nodes.entry("", nodes.paragraph("", "", link(row.docname, row.title)))
        rest = [nodes.entry("", nodes.paragraph("", text)) for text in row.cells]
        body += nodes.row("", first, *rest)
    group += [nodes.thead("", nodes.row("", *heads)), body]
    return nodes.table("", group, classes=["trust-table"])


def folded(rows: list[Row]) -> list[nodes.Node]:
    """没有通过的扰动与漏网的变异，折叠着，一节一组。"""
    found: list[nodes.Node] = []
    count = sum(len(row.details) for row in rows)
    if not count:
        return found
    opening = f"<details class='trust-details'><summary>没有通过的与漏网的（{count} 条）</summary>"
    found.append(nodes.raw("", opening, format="html"))
    for row in rows:
        if row.details:
            found.append(nodes.paragraph("", "", link(row.docname, row.title)))
            items = [nodes.list_item("", nodes.paragraph("", text)) for text in row.details]
            found.append(nodes.bullet_list("", *items))
    return [*found, nodes.raw("", "</details>", format="html")]


class Trust(Directive):
    """``{trust-readings}``：全书的总数，再一章一张表。"""

    def run(self) -> list[nodes.Node]:
        """生成节点。"""
        env = self.state.document.settings.env
        env.note_reread()  # 便宜，每次都重新汇总
        root, readings, marked = Path(env.srcdir), load(), equivalents()
        chapters: dict[str, list[Row]] = {}
        for path in sorted((root / "notebooks").glob("*/*.ipynb")):
            docname = "chapters/" + path.relative_to(root / "notebooks").with_suffix("").as_posix()
            if docname in env.found_docs:
                row = summarize(root, docname, readings, marked)
                chapters.setdefault(path.parent.name, []).append(row)
        every = [row for rows in chapters.values() for row in rows]
        parts: list[nodes.Node] = [nodes.paragraph("", totals(readings, marked, every))]
        for name, rows in chapters.items():
            heading = chapter_title(root / "chapters" / name / "index.md")
            section = nodes.section(ids=[nodes.make_id(f"trust {name}")], classes=["trust-group"])
            section += [nodes.title("", heading), table(rows), *folded(rows)]
            parts.append(section)
        return parts


def chapter_title(index: Path) -> str:
    """一章的标题：它的 index.md 里第一个一级标题。"""
    lines = index.read_text(encoding="utf-8").splitlines()
    return next((line[2:].strip() for line in lines if line.startswith("# ")), index.parent.name)


def setup(app: Sphinx) -> dict[str, Any]:
    """登记扩展。"""
    app.add_directive("trust-readings", Trust)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
