"""文件怎样读写：不开浏览器就能查的。"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import nbformat
import pytest
from jupyter_client.manager import start_new_kernel
from jupytext import TextFileContentsManager
from nbformat import NotebookNode
from tornado.web import HTTPError

from tools import lab, lab_contents
from tools.book import ROOT
from tools.lab_contents import BookContents, kernel_metadata, text_of
from tools.links import page_title, pages
from tools.twin import OWN

PAGES = pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
SECTION = "chapters/01-preliminaries/05-calculus.md"
CONTENTS = BookContents(root_dir=str(ROOT))


def through_the_browser(path: str) -> NotebookNode:
    """打开一页，变成浏览器里的 JSON 再变回来。"""
    return nbformat.from_dict(json.loads(json.dumps(CONTENTS.get(path)["content"])))


@PAGES
def test_saving_an_unchanged_page_does_not_touch_it(
    page: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = []
    monkeypatch.setattr(TextFileContentsManager, "save", lambda *arguments: written.append(1))
    path = page.relative_to(ROOT).as_posix()
    CONTENTS.save({"type": "notebook", "content": through_the_browser(path)}, path)
    assert not written


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """一节的一份拷贝，可以写。"""
    copy = tmp_path / SECTION
    copy.parent.mkdir(parents=True)
    shutil.copyfile(ROOT / SECTION, copy)
    monkeypatch.setattr(lab_contents, "book_page", lambda path: copy)
    monkeypatch.setattr(lab_contents, "names_of", lambda page: lab_contents.Names(ROOT / SECTION))
    return copy


def test_new_and_changed_cells_are_saved(page: Path) -> None:
    contents = BookContents(root_dir=str(page.parents[2]))
    notebook = contents.get(SECTION)["content"]
    before = page.read_text(encoding="utf-8")
    first = next(i for i, cell in enumerate(notebook.cells) if cell.cell_type == "code")
    notebook.cells[first].source += "\nprint(1)"
    notebook.cells.insert(first + 1, nbformat.v4.new_markdown_cell("新的一格。"))
    contents.save({"type": "notebook", "content": notebook}, SECTION)
    after = page.read_text(encoding="utf-8")
    assert "\nprint(1)\n```\n\n新的一格。\n" in after
    lines = after.splitlines()
    assert [line for line in before.splitlines() if line not in lines] == []


def test_deleting_an_answer_keeps_the_rest(page: Path) -> None:
    notebook = lab_contents.read(page)
    heading = next(i for i, c in enumerate(notebook.cells) if c.source.startswith("##### 参考答案"))
    del notebook.cells[heading + 1]  # 答案的第一段
    text = text_of(page, notebook)
    assert text.count("```{solution-end}") == page.read_text(encoding="utf-8").count(
        "```{solution-end}"
    )


def test_metadata_of_the_view_is_not_saved(page: Path) -> None:
    notebook = lab_contents.read(page)
    assert any(OWN in cell.metadata for cell in notebook.cells)
    text = text_of(page, notebook)
    assert "jupyter:" not in text.split("---", 2)[2]
    assert OWN + ":" not in text
    assert text == page.read_text(encoding="utf-8")


def test_twins_are_for_reading_only() -> None:
    path = "notebooks/01-preliminaries/05-calculus.ipynb"
    model = CONTENTS.get(path)
    assert model["writable"] is False
    assert model["content"].metadata.language_info["name"] == "python"
    with pytest.raises(HTTPError, match="只供查看"):
        CONTENTS.save({"type": "notebook", "content": model["content"]}, path)


def test_other_files_are_opened_as_usual(tmp_path: Path) -> None:
    (tmp_path / "笔记.md").write_text("# 笔记\n", encoding="utf-8")
    contents = BookContents(root_dir=str(tmp_path))
    assert contents.get("笔记.md")["content"].cells[0].source == "# 笔记"
    assert contents.get("笔记.md", type="file")["content"] == "# 笔记\n"


def test_the_kernel_reports_what_we_wrote() -> None:
    """与内核自己报的一样，JupyterLab 才不会一打开就算改动。"""
    manager, client = start_new_kernel(kernel_name="python3", startup_timeout=120)
    try:
        reply = client.kernel_info(reply=True, timeout=60)["content"]
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    assert kernel_metadata()["language_info"] == reply["language_info"]


def test_the_contents_page_names_every_page() -> None:
    text = lab.contents()
    for page in pages():
        relative = os.path.relpath(page, ROOT).replace(os.sep, "/")
        assert page.name == "index.md" or f"[{page_title(page)}]({relative})" in text
    assert "1.5　[微积分与矩阵求导]" in text
