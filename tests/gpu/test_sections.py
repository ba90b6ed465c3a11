"""用到 GPU 的小节在有 GPU 的机器上从头执行得通，里面的断言与对拍都成立。"""

from __future__ import annotations

import pytest

from tools.book import Section, sections
from tools.execute import run_notebook
from tools.failures import Failure

CHAPTERS = ("04-dl-computation/06-use-gpu", "11-performance/")
WANTED = [section for section in sections() if section.name.startswith(CHAPTERS)]


@pytest.mark.parametrize("section", WANTED, ids=[section.name for section in WANTED])
def test_section_executes(section: Section, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("D2L_DATA", "standin")
    monkeypatch.setenv("D2L_PROFILE", "auto")
    notebook, _, error = run_notebook(section)
    assert not error, str(Failure(section, error))
    assert any(cell.get("outputs") for cell in notebook.cells)
