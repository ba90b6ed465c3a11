"""可信度页：读数怎样变成表里的一行。"""

from __future__ import annotations

import sys
from pathlib import Path

import nbformat
import pytest
from docutils import nodes

from tools.book import ROOT
from tools.readings import code_digest

sys.path.insert(0, str(ROOT / "_ext"))
import book_trust

NAME = "00-a/01-x"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """一节的书：一格有对拍，一格只有图，一格不比较。"""
    made = nbformat.v4.new_notebook()
    sources = ("d2l.agree(a, b, name='甲')", "plt.show()", "time()")
    texts = ("✓ 甲：误差 ≤ 1e-05\n", "<Figure size 3x4 with 1 Axes>", "0.1\n")
    made.cells = [nbformat.v4.new_markdown_cell("# 标题")]
    for source, text in zip(sources, texts, strict=True):
        cell = nbformat.v4.new_code_cell(source, execution_count=1)
        cell.outputs = [nbformat.v4.new_output("stream", text=text)]
        made.cells.append(cell)
    made.cells[-1].metadata["tags"] = ["nbval-ignore-output"]
    path = tmp_path / "notebooks" / f"{NAME}.ipynb"
    path.parent.mkdir(parents=True)
    nbformat.write(made, path)
    return tmp_path


def row(root: Path, shake: dict | None, mutate: dict | None, marked: dict | None = None):
    """这一节在表里的一行。"""
    readings = {
        "shake": {NAME: shake} if shake else {},
        "mutate": {NAME: mutate} if mutate else {},
    }
    return book_trust.summarize(root, f"chapters/{NAME}", readings, {NAME: marked or {}})


def current(root: Path) -> str:
    """现在的代码的散列。"""
    path = root / "notebooks" / f"{NAME}.ipynb"
    return code_digest(book_trust.read_notebook(path).cells)


def test_what_has_not_been_measured_is_said(root: Path) -> None:
    found = row(root, None, None)
    assert (found.title, found.agreed, found.compared) == ("标题", 1, (1, 3))
    assert found.cells == ["1", "1/3", *["—"] * 6]
    assert found.details == []


def test_readings_of_both_instruments(root: Path) -> None:
    runs = {"base": "", "threads": "第 3 格 `x`：不同", "seed+1000": "", "seed+2000": "坏"}
    shake = {"code": current(root), "runs": runs, "seconds": 4.25}
    mutate = {"code": current(root), "n": 10, "caught": 7, "survivors": ["甲", "乙", "丙"]}
    found = row(root, shake, mutate, {"乙": "没有分别"})
    assert found.cells[2:] == ["1/2", "✗", "—", "—", "7/9", "4.2"]
    assert found.details == [
        "两个线程：第 3 格 `x`：不同", "种子加 2000：坏", "漏网的变异：甲", "漏网的变异：丙",
    ]  # fmt: skip


def test_stale_readings_are_marked(root: Path) -> None:
    shake = {"code": "别的", "runs": {"base": "", "plain": ""}, "seconds": 1.0}
    mutate = {"code": "别的", "n": 10, "caught": 0, "survivors": []}
    cells = row(root, shake, mutate).cells
    assert cells[2:] == ["—", "—", "✓（旧）", "—", "无（旧）", "1.0"]


def test_failures_are_folded_below_the_table(root: Path) -> None:
    shake = {"code": "", "runs": {"plain": "第 1 格"}, "seconds": 1.0}
    rows = [row(root, shake, None), row(root, None, None)]
    parts = book_trust.folded(rows)
    assert "（1 条）" in parts[0].astext()
    assert [n.astext() for n in parts[2].findall(nodes.list_item)] == ["朴素指令：第 1 格"]
    assert book_trust.folded(rows[1:]) == []
    table = book_trust.table(rows)
    assert len(list(table.findall(nodes.row))) == 3


def test_totals_count_only_sections_of_the_book(root: Path) -> None:
    reading = {"code": "", "n": 10, "caught": 9, "survivors": ["甲"]}
    shakes = {NAME: {"code": "", "runs": {"base": ""}, "seconds": 1.0}}
    readings = {"shake": shakes, "mutate": {NAME: reading, "没有这一节": reading}}
    text = book_trust.totals(readings, {}, [row(root, shakes[NAME], reading)])
    for part in ("全书 1 节", "对拍 1 项", "1 节在试过的", "10 处变异，抓住 9 处（90%）"):
        assert part in text
