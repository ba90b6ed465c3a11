"""成对的 notebook：同样的代码，正文是普通的 Markdown，只留文字输出；``make test`` 与它比较。"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping

import nbformat
from nbformat import NotebookNode

from tools.book import IGNORE_OUTPUT, Section, cell_id, load_twin, tags, write_atomic
from tools.links import twin_links
from tools.names import Names
from tools.reading import ANSWER, Row, cells_of, shown

# 固定写法：JupyterLab 保存 .md 时会把显示名换成本机内核的
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
GLUE = "application/papermill.record/"
DROPPED = ("image/png", "image/jpeg", "application/vnd.jupyter.widget-view+json")
CHECK = "check"
FOLDED = ("hide-cell", "hide-input")
COLLAPSED = "jp-MarkdownHeadingCollapsed"  # JupyterLab 收起一个标题下的全部格子
OWN = "d2l"  # notebook 与格子的元数据里，我们自己的一项


def text_only(output: NotebookNode) -> NotebookNode | None:
    """去掉一个输出里的图像与 glue 记录；什么也不剩时返回 None。"""
    output = copy.deepcopy(output)
    if "data" in output:
        for mime in list(output["data"]):
            if mime in DROPPED or mime.startswith(GLUE):
                del output["data"][mime]
        output["metadata"] = {}
        if not output["data"]:
            return None
    if output.get("output_type") == "execute_result":
        output["execution_count"] = None
    return output


def glued(executed: NotebookNode) -> dict[str, str]:
    """执行时 ``d2l.glue`` 记下的值。"""
    outputs = [output for cell in executed.cells for output in cell.get("outputs", ())]
    return {
        output["metadata"]["scrapbook"]["name"]: value
        for output in outputs
        if "scrapbook" in output.get("metadata", {})
        for mime, value in output["data"].items()
        if mime == f"{GLUE}text/plain"
    }


def code_metadata(cell: NotebookNode) -> dict:
    """一格代码的元数据：标签、提示语；该折叠的，打开时是收起的。"""
    kept = {key: value for key, value in cell.metadata.items() if key in ("tags", "mystnb")}
    folded = any(tag in tags(cell) for tag in FOLDED)
    return kept | ({"jupyter": {"source_hidden": True}} if folded else {})


def shown_cells(
    cells: list[NotebookNode], names: Names
) -> Iterator[tuple[NotebookNode, list[Row]]]:
    """读者看到的各格，与它显示的各行（代码没有）：正文是普通的 Markdown，答案的标题收起。

    答案里的检查另有一个不收起的标题：不看答案也能拿去检查自己的写法，与网站一样。
    """
    answer = ""  # 正在哪道练习的答案里
    for cell in cells:
        if cell.cell_type != "markdown":
            if answer and CHECK in tags(cell):
                rows = [Row(f"##### 检查 · {answer}", "", fixed=True)]
                yield nbformat.v4.new_markdown_cell(shown(rows)), rows
                answer = ""
            yield nbformat.from_dict({**cell, "metadata": code_metadata(cell)}), []
            continue
        for rows in cells_of(cell.source, names):
            if rows[0].folded or rows[0].shown.startswith("#"):
                answer = rows[0].shown.partition(ANSWER)[2]
            new = nbformat.v4.new_markdown_cell(shown(rows))
            new.metadata = {COLLAPSED: True} if rows[0].folded else {}
            yield new, rows


def reader_cells(
    section: Section, cells: list[NotebookNode], values: Mapping[str, str]
) -> Iterator[NotebookNode]:
    """成对的 notebook 的各格：小节之间的链接指向 .ipynb。"""
    for cell, _ in shown_cells(cells, Names(section.path, values)):
        if cell.cell_type == "markdown":
            cell.source = twin_links(cell.source, section)
        yield cell


def make_twin(
    section: Section, executed: NotebookNode, values: Mapping[str, str] | None = None
) -> NotebookNode:
    """由执行过的 notebook 生成成对的；``glue`` 的值缺省取自这次执行。"""
    values = glued(executed) if values is None else values
    twin = nbformat.v4.new_notebook(metadata={"kernelspec": dict(KERNEL)})
    if values:
        twin.metadata[OWN] = {"glue": dict(values)}
    count = 0
    for index, cell in enumerate(reader_cells(section, executed.cells, values)):
        cell.id = cell_id(section, index)
        if cell.cell_type == "code":
            count += 1
            cell.execution_count = count
            cell.outputs = [kept for output in cell.outputs if (kept := text_only(output))]
            for output in cell.outputs:
                if output.output_type == "execute_result":
                    output.execution_count = count
        twin.cells.append(cell)
    twin.nbformat_minor = 5
    return twin


def twin_values(twin: NotebookNode | None) -> dict[str, str]:
    """成对的 notebook 里记着的 ``glue`` 的值。"""
    return dict(twin.metadata.get(OWN, {}).get("glue", {})) if twin else {}


def _comparable(twin: NotebookNode) -> list[tuple]:
    """两个 notebook 是否“相同”只看这些：格子，以及要比较的输出。"""
    rows = []
    for cell in twin.cells:
        outputs = cell.get("outputs", [])
        if IGNORE_OUTPUT in tags(cell):
            outputs = bool(outputs)
        rows.append((cell.cell_type, cell.source, cell.metadata, cell.id, outputs))
    return rows


def update_twin(section: Section, executed: NotebookNode, *, always: bool = False) -> bool:
    """写成对的 notebook；只有不比较的输出变了时保留旧的，于是重新执行不弄脏工作区。

    参数:
        section: 小节。
        executed: 执行过的 notebook。
        always: 不管变没变都写。

    返回:
        是否写了文件。
    """
    values, old = glued(executed), load_twin(section)
    before = twin_values(old)  # 记下的数逐台机器可以不同：名字没变，就还用书上的
    keep = not always and old is not None and before.keys() == values.keys()
    if keep and _comparable(old) == _comparable(make_twin(section, executed, before)):
        return False
    twin = make_twin(section, executed)
    write_atomic(section.twin, nbformat.writes(twin, version=4).rstrip("\n") + "\n")
    return True


CodeCell = tuple[int, NotebookNode, list[NotebookNode]]


def code_cells(section: Section) -> list[CodeCell]:
    """一节的代码格：在全部格子里的次序、格子、书上的输出。

    异常:
        ValueError: 还没有成对的 notebook，或它的代码与正文里的不一致。
    """
    cells, twin = section.read().cells, load_twin(section)
    mine = [(i, cell) for i, cell in enumerate(cells) if cell.cell_type == "code"]
    theirs = [cell for cell in twin.cells if cell.cell_type == "code"] if twin else []
    if [cell.source for _, cell in mine] != [cell.source for cell in theirs]:
        raise ValueError(
            f"notebooks/{section.name}.ipynb 的代码与正文里的不一致；"
            f"先执行 make run SECTION=chapters/{section.name}。"
        )
    return [(i, cell, old.outputs) for (i, cell), old in zip(mine, theirs, strict=True)]
