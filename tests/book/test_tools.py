"""工具做到它们承诺的事：在一本两节的小书里执行、改动、弄坏，再看结果。"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from tools import book as book_module
from tools.book import ROOT

HEADER = """---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---
(sec-{slug})=
# 标题

第一句。

```{{code-cell}} ipython3
{code}
```
"""


def write_section(book: Path, name: str, code: str) -> Path:
    """在小书里写一节。"""
    path = book / "chapters" / "00-a" / f"{name}.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(HEADER.format(slug=name[3:], code=code), encoding="utf-8")
    return path


def run(book: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """在小书里运行一个工具；小书不用 torch，不必为它预先导入。"""
    command, environment = [sys.executable, *arguments], os.environ | {"D2L_PREFORK": "off"}
    return subprocess.run(
        command, cwd=book, env=environment, capture_output=True, text=True, check=False
    )


def executed(done: subprocess.CompletedProcess[str]) -> list[str]:
    """执行成功的小节。"""
    return sorted(re.findall(r"^  ✓ 00-a/(\S+)", done.stdout, re.MULTILINE))


def twin(book: Path, name: str) -> nbformat.NotebookNode:
    """小书里成对的 notebook。"""
    return nbformat.read(book / "notebooks" / "00-a" / f"{name}.ipynb", as_version=4)


def results(book: Path) -> int:
    """缓存里有几节的结果。"""
    return len(list((book / "_build").glob(".jupyter_cache-*/executed/*")))


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """一本执行过的小书。"""
    book = tmp_path_factory.mktemp("book")
    shutil.copytree(ROOT / "tools", book / "tools", ignore=shutil.ignore_patterns("__pycache__"))
    (book / "d2l_helpers").mkdir()
    (book / "d2l_helpers" / "__init__.py").write_text("answer = 42\n", encoding="utf-8")
    (book / "requirements.lock").touch()
    write_section(book, "01-x", "print('甲')\n1 + 1")
    write_section(book, "02-y", "print('乙')")
    done = run(book, "tools/execute.py")
    assert done.returncode == 0, done.stderr
    assert executed(done) == ["01-x", "02-y"]
    return book


@pytest.fixture
def book(finished: Path, tmp_path: Path) -> Path:
    """那本小书的一份拷贝，随便改。"""
    return Path(shutil.copytree(finished, tmp_path / "book"))


def test_the_twin_holds_cells_and_text_outputs(finished: Path) -> None:
    made = twin(finished, "01-x")
    assert [cell.cell_type for cell in made.cells] == ["markdown", "code"]
    assert made.cells[1].execution_count == 1
    assert made.cells[1].outputs[0].text == "甲\n"
    assert made.cells[1].outputs[1].data == {"text/plain": "2"}
    assert made.metadata == {"kernelspec": {"display_name": "Python 3", "language": "python",
                                            "name": "python3"}}  # fmt: skip


def test_only_the_changed_section_is_executed(book: Path) -> None:
    x = book / "chapters" / "00-a" / "01-x.md"
    x.write_text(x.read_text(encoding="utf-8").replace("第一句", "改过的一句"), encoding="utf-8")
    write_section(book, "02-y", "print('丙')")
    done = run(book, "tools/execute.py")
    assert executed(done) == ["02-y"]
    assert "改过的一句" in twin(book, "01-x").cells[0].source
    assert twin(book, "02-y").cells[1].outputs[0].text == "丙\n"
    assert "不必重新执行" in run(book, "tools/execute.py").stdout


def test_changed_helpers_execute_everything_and_drop_the_old_cache(book: Path) -> None:
    (book / "d2l_helpers" / "__init__.py").write_text("answer = 43\n", encoding="utf-8")
    assert executed(run(book, "tools/execute.py")) == ["01-x", "02-y"]
    assert len(list((book / "_build").glob(".jupyter_cache-*"))) == 1


def test_a_failing_section_is_reported_and_leaves_nothing(book: Path) -> None:
    before = results(book)
    write_section(book, "01-x", "print('甲')\n1 / 0")
    write_section(book, "02-y", ":tags: [没有结尾\nprint('乙')")
    write_section(book, "03-z", "print('丁')")
    done = run(book, "tools/execute.py")
    assert done.returncode == 1
    assert executed(done) == ["03-z"]
    for wanted in ("chapters/00-a/01-x.md 执行失败", "1 / 0", "ZeroDivisionError", "2 节失败"):
        assert wanted in done.stderr
    assert twin(book, "01-x").cells[1].source == "print('甲')\n1 + 1"
    assert results(book) == before + 1


def test_an_unchanged_section_is_checked_only_once(book: Path) -> None:
    """查过的小节不再读；执行结果或成对的文件变了，就再查。"""
    unchanged = "2 节都没有变，不必重新执行"
    assert unchanged in run(book, "tools/execute.py").stdout
    for result in (book / "_build").glob(".jupyter_cache-*/executed/*/base.ipynb"):
        stat = result.stat()
        result.write_bytes(b" " * stat.st_size)
        os.utime(result, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert unchanged in run(book, "tools/execute.py").stdout  # 没有读，不知道已经坏了
    file = book / "notebooks" / "00-a" / "01-x.ipynb"
    file.write_text(file.read_text(encoding="utf-8").replace("第一句", "手改"), encoding="utf-8")
    assert executed(run(book, "tools/execute.py")) == ["01-x"]
    assert "手改" not in file.read_text(encoding="utf-8")
    for result in (book / "_build").glob(".jupyter_cache-*/executed/*/base.ipynb"):
        os.utime(result)
    assert executed(run(book, "tools/execute.py")) == ["02-y"]


def test_a_changed_contents_page_renumbers_the_twins(book: Path) -> None:
    """目录变了，没有改过的小节里的编号也跟着变。"""
    contents = "root: index\nparts:\n  - numbered: true\n    chapters:\n      - file: a\n"
    page = "      - file: chapters/00-a/01-x\n"
    path = book / "chapters" / "00-a" / "01-x.md"
    formula = "\n$$x$$ (eq-x)\n\n见 {eq}`eq-x`。\n"
    path.write_text(path.read_text(encoding="utf-8") + formula, encoding="utf-8")
    for number, text in ((2, contents + page), (3, contents + page.replace("x", "y") + page)):
        (book / "_toc.yml").write_text(text.replace("01-y", "02-y"), encoding="utf-8")
        assert "不必重新执行" in run(book, "tools/execute.py").stdout
        assert f"见 ({number}.1)" in twin(book, "01-x").cells[-1].source


def test_real_data_has_its_own_cache_and_leaves_the_twins(book: Path) -> None:
    write_section(book, "01-x", "import os\nprint(os.environ['D2L_DATA'])")
    before = twin(book, "01-x")
    done = run(book, "tools/run.py", "--data", "real", "01-x")
    assert "[1] real" in done.stdout
    assert twin(book, "01-x") == before
    assert len(list((book / "_build").glob(".jupyter_cache-*"))) == 2


def test_an_unknown_section_is_explained(book: Path) -> None:
    done = run(book, "tools/run.py", "00-a/01-xx")
    assert done.returncode == 2
    assert "chapters/00-a/01-x" in done.stderr


def test_digest_sees_names_and_contents(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(book_module, "ROOT", tmp_path)
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x.py").write_text("1", encoding="utf-8")
    first = book_module.digest(tmp_path / "a")
    (tmp_path / "a" / "__pycache__").mkdir()
    (tmp_path / "a" / "__pycache__" / "x.pyc").write_text("1", encoding="utf-8")
    assert book_module.digest(tmp_path / "a") == first
    assert book_module.digest(tmp_path / "a", extra="3.13") != first
    (tmp_path / "a" / "x.py").rename(tmp_path / "a" / "y.py")
    assert book_module.digest(tmp_path / "a") != first


def reference(path: Path, *cells: tuple[str, str]) -> str:
    """写一个 notebook，每格是代码与书上的输出。"""
    made = nbformat.v4.new_notebook()
    for count, (source, text) in enumerate(cells, 1):
        cell = nbformat.v4.new_code_cell(source, execution_count=count)
        cell.outputs = [nbformat.v4.new_output("stream", text=text)] if text else []
        made.cells.append(cell)
    nbformat.write(made, path)
    return str(path)


def test_outputs_are_compared_strictly_and_dead_kernels_fail(tmp_path: Path) -> None:
    cells = [("print(1)", "1\n"), ("print(2)", "3\n"), ("print(3)", "")]
    compared = reference(tmp_path / "a.ipynb", *cells)
    dead = reference(tmp_path / "b.ipynb", ("import os\nos._exit(1)", ""), ("print(2)", "2\n"))
    done = run(
        ROOT, "-m", "pytest", "-q", "-p", "conftest", "-p", "no:cacheprovider", "-n", "0",
        "--nbval", "--nbval-current-env", "--nbval-cell-timeout=5", compared, dead,
    )  # fmt: skip
    assert "4 failed, 1 passed in" in done.stdout.splitlines()[-1]


def test_the_bench_finds_what_it_changes_and_renames_every_label(tmp_path: Path) -> None:
    """测速要改的两处就在正文里；抄出的一页里没有与原页同名的标签。"""
    spec = importlib.util.spec_from_file_location("bench_site", ROOT / "bench" / "site.py")
    bench = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(bench)
    page = ROOT / bench.SECTION
    for old, _ in (bench.SENTENCE, bench.CODE):
        assert page.read_text("utf-8").count(old) == 1
    bench.copy_section(page, tmp_path / "copy.md", "again")
    label = re.compile(r"^\(([\w-]+)\)=$|^:(?:label|name): (.+)$|\$\$ *\((.+)\)$", re.M)
    names = ["".join(found) for found in label.findall((tmp_path / "copy.md").read_text("utf-8"))]
    assert len(names) > 5
    assert all(name.endswith("-again") for name in names), names
