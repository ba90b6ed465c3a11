"""成对的 notebook：同样的格子，只留文字输出；它是 ``make test`` 比较的基准。"""

from __future__ import annotations

import copy

import nbformat
from nbformat import NotebookNode

from tools.book import IGNORE_OUTPUT, Section, cell_id, load_twin, tags, write_atomic
from tools.links import twin_links

# 固定写法：JupyterLab 保存 .md 时会把显示名换成本机内核的
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
GLUE = "application/papermill.record/"
DROPPED = ("image/png", "image/jpeg", "application/vnd.jupyter.widget-view+json")


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


def make_twin(section: Section, executed: NotebookNode) -> NotebookNode:
    """由执行过的 notebook 生成成对的 notebook。"""
    twin = nbformat.v4.new_notebook(metadata={"kernelspec": dict(KERNEL)})
    count = 0
    for index, cell in enumerate(executed.cells):
        new = nbformat.from_dict({**cell, "id": cell_id(section, index)})
        new.metadata = {k: v for k, v in cell.metadata.items() if k in ("tags", "mystnb")}
        if cell.cell_type == "code":
            count += 1
            new.execution_count = count
            new.outputs = [kept for output in cell.outputs if (kept := text_only(output))]
            for output in new.outputs:
                if output.output_type == "execute_result":
                    output.execution_count = count
        elif cell.cell_type == "markdown":
            new.source = twin_links(cell.source, section)
        twin.cells.append(new)
    twin.nbformat_minor = 5
    return twin


def _comparable(twin: NotebookNode) -> list[tuple]:
    """两个 notebook 是否“相同”只看这些：格子，以及要比较的输出。"""
    rows = []
    for cell in twin.cells:
        outputs = cell.get("outputs", [])
        if IGNORE_OUTPUT in tags(cell):
            outputs = bool(outputs)
        rows.append((cell.cell_type, cell.source, tags(cell), cell.id, outputs))
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
    twin, old = make_twin(section, executed), load_twin(section)
    if not always and old is not None and _comparable(old) == _comparable(twin):
        return False
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
