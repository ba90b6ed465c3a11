"""make test 执行过的小节，make book 不再执行：存下的与 nbclient 执行得到的一样，不该存的不存。"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import nbformat
import pytest

from tests.book.test_tools import executed, run, twin, write_section
from tools.book import CHAPTERS, ROOT, Section
from tools.execute import note_imports

# 会让两种执行有差别的都在这里：两个流交错、就地更新、清空、图、结果、预料之中的错误
RICH = """:tags: [nbval-ignore-output, raises-exception]
import sys
from IPython.display import HTML, Image, clear_output, display
print("要清掉的")
clear_output(wait=True)
handle = display(HTML("<b>旧</b>"), display_id=True)
print("一", file=sys.stderr)
print("二")
print("三", file=sys.stderr)
display(Image(b"\\x89PNG\\r\\n\\x1a\\n" + bytes(16)))
handle.update(HTML("<b>新</b>"))
display({"application/papermill.record/text/plain": "'0.5'"}, raw=True)
sys.stdout.flush()
1 / 0"""


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """一本三节的小书，由 ``execute.py`` 执行过。"""
    book = tmp_path_factory.mktemp("book")
    shutil.copytree(ROOT / "tools", book / "tools", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "conftest.py", book)
    (book / "d2l_helpers").mkdir()
    (book / "requirements.lock").touch()
    write_section(book, "01-x", RICH)
    write_section(
        book, "02-y", "print('甲')\n1 + 1\n```\n\n```{code-cell} ipython3\nprint('乙')\n3"
    )
    write_section(book, "03-z", "print('丙')")
    assert run(book, "tools/execute.py").returncode == 0
    return book


@pytest.fixture
def book(finished: Path, tmp_path: Path) -> Path:
    """那本小书的一份拷贝，执行缓存已经删去。"""
    book = Path(shutil.copytree(finished, tmp_path / "book"))
    shutil.rmtree(book / "_build")
    return book


def check(book: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """在小书里用 nbval 重新执行并比较。"""
    return run(book, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--nbval",
               "--nbval-current-env", *(arguments or ("notebooks",)))  # fmt: skip


def stored(book: Path) -> dict[str, nbformat.NotebookNode]:
    """执行缓存里的各个 notebook，以代码的散列为名；格子的编号每次读都不同，不看。"""
    files = book.glob("_build/.jupyter_cache-*/executed/*/base.ipynb")
    found = {file.parent.name: nbformat.read(file, as_version=4) for file in files}
    for notebook in found.values():
        for cell in notebook.cells:
            del cell["id"]
    return found


def test_the_cache_lists_who_imports(finished: Path, book: Path, tmp_path: Path) -> None:
    """小书由普通的内核执行，各节都记下来；换成分叉的内核执行过，就划去。"""

    def listed(folder: Path) -> list[str]:
        (file,) = folder.glob("**/with_imports.json")
        return json.loads(file.read_text(encoding="utf-8"))

    assert listed(finished) == ["00-a/01-x", "00-a/02-y", "00-a/03-z"]
    assert check(book, "notebooks/00-a/03-z.ipynb").returncode == 0
    assert listed(book) == ["00-a/03-z"]
    for slug, with_imports in (("02-linear-networks", True), ("03-mlp", True), ("03-mlp", False)):
        note_imports(Section(CHAPTERS / f"{slug}.md"), with_imports, tmp_path / "cache")
    assert listed(tmp_path / "cache") == ["02-linear-networks"]


@pytest.mark.parametrize("processes", ["0", "2"])
def test_what_is_stored_is_what_nbclient_gives(book: Path, finished: Path, processes: str) -> None:
    done = check(book, "-n", processes, "--dist", "loadfile", "notebooks")
    assert done.returncode == 0, done.stdout
    assert "3 节的结果已经存好" in done.stdout
    assert stored(book) == stored(finished)
    assert any("<b>新</b>" in str(notebook) for notebook in stored(book).values())


def test_the_book_executes_nothing_afterwards(book: Path) -> None:
    before = {path: path.read_bytes() for path in book.glob("notebooks/*/*")}
    assert check(book).returncode == 0
    assert "3 节都没有变，不必重新执行" in run(book, "tools/execute.py").stdout
    assert {path: path.read_bytes() for path in book.glob("notebooks/*/*")} == before


def test_a_failed_section_is_not_stored(book: Path) -> None:
    notebook = twin(book, "02-y")
    notebook.cells[2].outputs[0].text = "丁\n"
    nbformat.write(notebook, book / "notebooks" / "00-a" / "02-y.ipynb")
    done = check(book)
    assert done.returncode == 1
    assert "2 节的结果已经存好" in done.stdout
    assert executed(run(book, "tools/execute.py")) == ["02-y"]


@pytest.mark.parametrize("number", ["0", "1"])
def test_a_partly_run_section_is_not_stored(book: Path, number: str) -> None:
    done = check(book, f"notebooks/00-a/02-y.ipynb::Cell {number}")
    assert done.returncode == 0, done.stdout
    assert "存好" not in done.stdout
    assert stored(book) == {}


def test_a_section_rewritten_since_is_not_stored(book: Path) -> None:
    write_section(book, "02-y", "print('甲')\n1 + 2")
    assert "2 节的结果已经存好" in check(book).stdout
    assert executed(run(book, "tools/execute.py")) == ["02-y"]


def test_a_lax_comparison_stores_nothing(book: Path) -> None:
    assert "存好" not in check(book, "--nbval-lax", "notebooks").stdout


def test_a_half_written_result_is_executed_again(book: Path) -> None:
    assert check(book).returncode == 0
    first, second, _ = sorted(book.glob("_build/.jupyter_cache-*/executed/*/base.ipynb"))
    first.unlink()
    second.write_text(second.read_text(encoding="utf-8")[:50], encoding="utf-8")
    assert len(executed(run(book, "tools/execute.py"))) == 2
    assert len(stored(book)) == 3
