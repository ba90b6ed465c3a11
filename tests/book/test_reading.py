"""正文换成普通的 Markdown：编号与网站相同，没有一个角色漏网，改一行只变一行。"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import nbformat
import pytest

from tools.book import CHAPTERS, ROOT, Section, find_section, load_twin, sections
from tools.names import Names
from tools.numbering import labels, page_numbers
from tools.reading import cells_of, restored, rows_of, shown
from tools.twin import code_metadata, make_twin, shown_cells, update_twin

EACH = pytest.mark.parametrize("section", sections(), ids=lambda section: section.name)
RAW = re.compile(r"\{[\w:-]+\}`|^(?:`{3}|:{3})\{|^\([\w-]+\)=$|\$\$ \([\w-]+\)$", re.MULTILINE)
GLOSSARY, BIBLIOGRAPHY = "../../reference/glossary.md", "../../reference/bibliography.md"
CELL = """(sec-a)=
# 甲

先看{term}`张量`与 {cite}`kingma2015adam`，差了 {glue:text}`gap:.1f`。

$$x=1.$$ (eq-a)

```{figure} ../../images/a.svg
:name: fig-a
:alt: 一幅图

题注里有 {eq}`eq-a`。
```

见 {numref}`fig-a`。

```{exercise} 算一算
:label: ex-a-1

算 $1+1$。
```

```{solution-start} ex-a-1
:label: sol-a-1
:class: dropdown
```

得 2。

```{solution-end}
```

## 小结"""
SHOWN = [
    f"""# 甲

先看[张量]({GLOSSARY}#张量)与 [Kingma 与 Ba，2015]({BIBLIOGRAPHY})，差了 0.8。

$$x=1.\\tag{{1.5.1}}$$

![一幅图](../../images/a.svg)

**图 1.5.1**　题注里有 (1.5.1)。

见 图 1.5.1。""",
    "#### 练习 1.5.1　算一算\n\n算 $1+1$。",
    "##### 参考答案 · 练习 1.5.1",
    "得 2。",
    "## 小结",
]


@pytest.fixture
def names() -> Names:
    """上面那一格用到的名字。"""
    names = Names(find_section("calculus").path, {"gap": "0.8123"})
    names.labels = labels(CELL, "1.5", Counter())
    return names


def saved(names: Names, old: str = "", new: str = "") -> str:
    """打开、把显示的文字里的 ``old`` 改成 ``new``、存回。"""
    cells = cells_of(CELL, names)
    assert sum(old in shown(rows) for rows in cells) or not old, "要改的文字没有显示"
    return "".join(restored(rows, shown(rows).replace(old, new)) for rows in cells)[:-1]


def test_a_cell_is_shown_as_plain_markdown(names: Names) -> None:
    assert [shown(rows) for rows in cells_of(CELL, names)] == SHOWN
    assert [rows[0].folded for rows in cells_of(CELL, names)] == [False, False, True, False, False]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("先看", "先再看"), ("差了 ", "相差 "), ("$$x=1.", "$$x=2."), ("题注里", "题注中"),
        ("算 $1+1$", "算 $1+2$"), ("得 2。", "得 3。\n\n又一段。"), ("## 小结", "## 总结"),
        ("得 2。", "先想。\n\n得 2。"),
    ],
)  # fmt: skip
def test_an_edit_changes_only_its_own_line(names: Names, old: str, new: str) -> None:
    assert saved(names, old, new) == CELL.replace(old, new)


def test_generated_headings_are_not_edited_and_deleted_lines_keep_the_fences(names: Names) -> None:
    assert saved(names) == CELL
    assert saved(names, "#### 练习 1.5.1　算一算", "#### 改了标题") == CELL
    assert saved(names, "\n\n算 $1+1$。", "").count("```") == CELL.count("```")
    assert saved(names, "张量", "矩阵") == CELL.replace(
        "{term}`张量`", "[矩阵](../../reference/glossary.md#矩阵)"
    )


@EACH
def test_every_cell_is_restored_and_nothing_is_shown_raw(section: Section) -> None:
    names = Names(section.path)
    for cell in section.read().cells:
        if cell.cell_type != "markdown":
            continue
        cells = cells_of(cell.source, names)
        assert "".join(row.whole() for rows in cells for row in rows) == f"{cell.source}\n"
        for rows in cells:
            text = shown(rows)
            assert text.strip(), f"空的一格：{cell.source[:80]!r}"
            assert not RAW.search(text), f"照原样印出来的：{RAW.search(text)[0]!r}"


@EACH
def test_one_edited_line_is_one_changed_line(section: Section) -> None:
    names = Names(section.path)
    for cell in section.read().cells[:20]:
        for rows in cells_of(cell.source, names) if cell.cell_type == "markdown" else ():
            index = len(rows) // 2
            new = [row.shown for row in rows]
            new[index] += "！"
            before = "".join(row.whole() for row in rows).splitlines()
            after = restored(rows, "\n".join(new)).splitlines()
            different = [line for line in after if line not in before]
            assert len(after) == len(before)
            assert different == [] if rows[index].fixed else different[0].endswith("！")


def test_numbers_are_those_of_the_site() -> None:
    numbers = {path.stem: number for path, number in page_numbers().items()}
    assert (numbers["05-calculus"], numbers["01-introduction"]) == ("1.5", "")
    running = Counter(figure=3)
    assert labels(CELL, "", running)["fig-a"] == "图 4"
    assert running["figure"] == 4
    assert labels(CELL.replace(":name: fig-a\n", ""), "1.5", Counter()).keys() == {"eq-a", "ex-a-1"}


def test_unknown_directives_show_their_content(names: Names) -> None:
    rows = rows_of("```{tip} 标题\n:class: x\n内容\n```", names)
    assert [row.shown for row in rows] == ["内容"]
    assert rows_of("```bash\nls\n```", names)[1].shown == "ls"


@pytest.mark.parametrize(
    ("page", "directive", "wanted"),
    [
        (
            CHAPTERS / "01-preliminaries" / "index.md",
            "tableofcontents",
            "- [自动微分](06-autograd.md)",
        ),
        (ROOT / "reference" / "bibliography.md", "bibliography", "- Kingma 与 Ba，2015：*Adam"),
        (ROOT / "reference" / "checks.md", "agree-list", "网站的“对拍清单”一页"),
    ],
)
def test_lists_are_written_out(page: Path, directive: str, wanted: str) -> None:
    source = f"```{{{directive}}}\n:all:\n```"
    rows = rows_of(source, Names(page))
    assert any(wanted in row.shown for row in rows)
    assert "".join(row.whole() for row in rows) == f"{source}\n"


def test_the_check_of_an_answer_stands_outside_it(names: Names) -> None:
    answer, rest = CELL.split("```{solution-end}")
    code = nbformat.v4.new_code_cell("assert 1 + 1 == 2", metadata={"tags": ["hide-cell", "check"]})
    cells = [nbformat.v4.new_markdown_cell(answer), code, nbformat.v4.new_markdown_cell(
        "```{solution-end}" + rest), code]  # fmt: skip
    found = [(cell.source.split("\n")[0], rows) for cell, rows in shown_cells(cells, names)]
    heading = next(i for i, (line, _) in enumerate(found) if line == "##### 检查 · 练习 1.5.1")
    assert found[heading + 1][0] == code.source
    assert "".join(row.whole() for row in found[heading][1]) == ""
    assert [line for line, _ in found].count("##### 检查 · 练习 1.5.1") == 1


def test_folded_code_starts_folded() -> None:
    cell = nbformat.v4.new_code_cell("1", metadata={"tags": ["hide-cell", "check"]})
    assert code_metadata(cell)["jupyter"] == {"source_hidden": True}
    assert "jupyter" not in code_metadata(nbformat.v4.new_code_cell("1"))


def glue(value: str) -> nbformat.NotebookNode:
    """一条 ``glue`` 的记录。"""
    data = {"application/papermill.record/text/plain": value}
    about = {"scrapbook": {"name": "x", "mime_prefix": "application/papermill.record/"}}
    return nbformat.v4.new_output("display_data", data=data, metadata=about)


def test_glued_numbers_of_another_machine_leave_the_twin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    section = find_section("calculus")
    monkeypatch.setattr(Section, "twin", tmp_path / "05-calculus.ipynb")
    text = nbformat.v4.new_markdown_cell("差 {glue:text}`x:.2f`")
    executed = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1"), text])
    executed.cells[0].outputs = [glue("0.123")]
    assert update_twin(section, executed)
    assert load_twin(section).cells[1].source == "差 0.12"
    executed.cells[0].outputs = [glue("0.456")]
    assert not update_twin(section, executed)
    assert update_twin(section, executed, always=True)
    assert load_twin(section).cells[1].source == "差 0.46"
    assert make_twin(section, executed, {}).cells[1].source == "差 ……"
