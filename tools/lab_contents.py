"""JupyterLab 的文件读写：打开一节时正文是普通的 Markdown，没有改过就不动磁盘上的文件。"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import jupytext
import nbformat
from ipykernel.ipkernel import IPythonKernel
from jupyter_client.kernelspec import KernelSpecManager
from jupytext import TextFileContentsManager
from nbformat import NotebookNode
from tornado.web import HTTPError

from tools.book import NOTEBOOKS, ROOT, Section, load_twin
from tools.links import pages
from tools.names import Names
from tools.reading import cells_of, restored
from tools.twin import OWN, shown_cells, twin_values

FORMAT = {"extension": ".md", "format_name": "myst"}
TAGS = re.compile(r"^:tags: \[.*\]$", re.MULTILINE)  # jupytext 给带冒号的标签加引号
END_OF_HEADER = "\n---\n"


@cache
def kernel_metadata() -> dict[str, Any]:
    """本机内核的名字与语言：与 JupyterLab 连上内核后写进去的一样，打开就不算改动。"""
    spec = KernelSpecManager().get_kernel_spec("python3")
    kernel = {"name": "python3", "display_name": spec.display_name, "language": spec.language}
    return {"kernelspec": kernel, "language_info": dict(IPythonKernel.language_info)}


def book_page(path: str) -> Path | None:
    """JupyterLab 里的路径是不是书的一页。"""
    page = ROOT / path.strip("/")
    return page if page.suffix == ".md" and page in pages() else None


def is_twin(path: str) -> bool:
    """是不是成对的 notebook。"""
    return path.endswith(".ipynb") and NOTEBOOKS in (ROOT / path.strip("/")).parents


def names_of(page: Path) -> Names:
    """一页的名字；``glue`` 的数取自成对的 notebook。"""
    section = Section(page)
    return Names(page, twin_values(load_twin(section)) if page.name[0].isdigit() else {})


def opened(page: Path, notebook: NotebookNode) -> NotebookNode:
    """读者看到的 notebook：正文的每一格带着自己的原文，存回时用得着。"""
    cells: list[NotebookNode] = []
    for index, (cell, rows) in enumerate(shown_cells(notebook.cells, names_of(page))):
        cell.id = f"{OWN}-{index}"
        if rows:
            source = "".join(row.whole() for row in rows)
            goes_on = bool(cells) and cells[-1].cell_type == "markdown"
            cell.metadata[OWN] = {"source": source, "goes_on": goes_on}
        cells.append(cell)
    metadata = notebook.metadata | kernel_metadata()
    return nbformat.from_dict({**notebook, "cells": cells, "metadata": metadata})


def read(page: Path) -> NotebookNode:
    """读一页，成为读者看到的 notebook。"""
    return opened(page, jupytext.reads(page.read_text(encoding="utf-8"), fmt=FORMAT))


def original(cell: NotebookNode, names: Names) -> str:
    """一格正文的原文；没有改过的行一字不差。"""
    source = cell.metadata.get(OWN, {}).get("source")
    if source is None:
        return f"{cell.source}\n"
    (rows,) = cells_of(source.removesuffix("\n"), names)
    return restored(rows, cell.source)


def closed(page: Path, notebook: NotebookNode) -> NotebookNode:
    """``opened`` 的反面：拆开的正文接回一格，去掉只给 JupyterLab 看的东西。"""
    names, cells = names_of(page), []
    for cell in notebook.cells:
        if cell.cell_type != "markdown":
            cells.append(nbformat.from_dict({**cell, "metadata": without_folding(cell)}))
            continue
        own = cell.metadata.get(OWN, {})
        if own.get("source") == "":  # 我们加的标题
            continue
        text = original(cell, names)
        if own.get("goes_on") and cells and cells[-1].cell_type == "markdown":
            before = cells[-1].source
            gap = "" if before.endswith("\n\n") else "\n" if before.endswith("\n") else "\n\n"
            cells[-1].source = before + gap + text
        else:
            cells.append(nbformat.v4.new_markdown_cell(text))
    for cell in cells:
        cell.source = cell.source.strip("\n") if cell.cell_type == "markdown" else cell.source
    return nbformat.from_dict({**notebook, "cells": cells})


def without_folding(cell: NotebookNode) -> dict[str, Any]:
    """一格代码存进 .md 的元数据。"""
    return {key: value for key, value in cell.metadata.items() if key in ("tags", "mystnb")}


def text_of(page: Path, notebook: NotebookNode) -> str:
    """一页存回 .md 的文字；文件头照原样。"""
    written = jupytext.writes(closed(page, notebook), fmt=FORMAT)
    written = TAGS.sub(lambda match: match[0].replace("'", ""), written)
    body = written.partition(END_OF_HEADER)[2].lstrip("\n")
    before = page.read_text(encoding="utf-8")
    if not before.startswith("---\n"):  # 没有代码的页
        return body
    header, end, _ = before.partition(END_OF_HEADER)
    return header + end + body


class BookContents(TextFileContentsManager):
    """书的各页按上面的办法读写；``notebooks/`` 只读；别的文件照 jupytext 的办法。"""

    def get(self, path: str, content: bool = True, type: str | None = None, **options: Any) -> dict:
        """读一个文件或文件夹。"""
        page = book_page(path) if type in (None, "notebook") else None
        if page is not None:
            model = super().get(path, content=content, type="file", **options | {"format": "text"})
            if content:
                model |= {"content": read(page), "format": "json", "mimetype": None}
            return model | {"type": "notebook"}
        model = super().get(path, content=content, type=type, **options)
        if is_twin(path) and model["type"] == "notebook":
            model["writable"] = False
            if content:
                model["content"].metadata.update(kernel_metadata())
        return model

    def save(self, model: dict, path: str = "") -> dict:
        """存一个文件；书的一页没有改过时不写。"""
        page = book_page(path) if model.get("type") == "notebook" else None
        if is_twin(path):
            raise HTTPError(
                403, f"{path} 由 chapters/ 生成，只供查看；要改请改 chapters/ 里的 .md。"
            )
        if page is None:
            return super().save(model, path)
        text = text_of(page, nbformat.from_dict(model["content"]))
        if text not in (page.read_text(encoding="utf-8"), text_of(page, read(page))):
            super().save({"type": "file", "format": "text", "content": text}, path)
        return self.get(path, content=False)
