"""一份笔记怎样读成一格一格：脚本、notebook、Markdown，与读不成的。"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from d2l_helpers.notes.reading import NoteError, find_notes, read_note


def write(folder: Path, name: str, text: str, encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def sources(path: Path) -> list[str]:
    return [cell.source.strip() for cell in read_note(path).cells]


def test_a_plain_script_is_one_cell(tmp_path: Path) -> None:
    note = read_note(write(tmp_path, "a.py", "x = 1\n\n\ny = x\n"))
    assert len(note.cells) == 1
    assert note.cells[0].place(4) == 4


def test_marks_split_a_script_and_lines_stay_right(tmp_path: Path) -> None:
    text = "import math\n# %%\nx = 1\n#%% [markdown]\n# 标量是 0 维\n# %% 画图\ny = 2\n"
    note = read_note(write(tmp_path, "a.py", text))
    assert [cell.source.strip() for cell in note.cells] == [
        "import math",
        "# %%\nx = 1",
        "# %% 画图\ny = 2",
    ]
    assert note.cells[2].place(2) == 7
    assert note.prose == ["标量是 0 维"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_old_encodings_are_read(tmp_path: Path, encoding: str) -> None:
    assert sources(write(tmp_path, "a.py", "x = '暂退'\r\n", encoding)) == ["x = '暂退'"]


def test_notebooks_of_both_ages(tmp_path: Path) -> None:
    new = {"cells": [{"cell_type": "markdown", "source": "说明"},
                     {"cell_type": "code", "source": ["a = 1\n", "a"]},
                     {"cell_type": "code", "source": " "}]}  # fmt: skip
    old = {"worksheets": [{"cells": [{"cell_type": "code", "input": "a = 1\na"}]}]}
    for name, book in (("new.ipynb", new), ("old.ipynb", old)):
        note = read_note(write(tmp_path, name, json.dumps(book)))
        assert [cell.source for cell in note.cells] == ["a = 1\na"]
        assert note.cells[0].place(2) == 2
    assert read_note(tmp_path / "new.ipynb").prose == ["说明"]


def test_markdown_keeps_only_the_python_of_this_framework(tmp_path: Path) -> None:
    text = (
        "正文\n```python\na = 1\n```\n```bash\nconda create\n```\n"
        "```{.python .input}\n#@tab mxnet\nb = 0\n```\n"
        "```{.python .input}\n#@tab pytorch\nb = 2\n```\n"
        "```{code-cell} ipython3\n:tags: [hide]\n\nc = 3\n```\n"
        "~~~py\n>>> d = 4\n>>> for i in range(2):\n...     d += i\n5\n~~~\n"
    )
    note = read_note(write(tmp_path, "a.md", text))
    assert [cell.source.strip() for cell in note.cells] == [
        "a = 1",
        "#@tab pytorch\nb = 2",
        "c = 3",
        "d = 4\nfor i in range(2):\n    d += i",
    ]
    rows = text.split("\n")
    assert [rows[cell.place(1) - 1] for cell in note.cells[:2]] == ["a = 1", "#@tab pytorch"]
    assert "conda create" in note.prose[0]
    assert "a = 1" not in note.prose[0]


def test_folders_are_searched_without_caches(tmp_path: Path) -> None:
    write(tmp_path, "b.py", "x")
    write(tmp_path, "prose.md", "没有代码")
    write(tmp_path, "code.md", "```python\nx\n```")
    for name in (".ipynb_checkpoints", "__pycache__", "deep"):
        (tmp_path / name).mkdir()
        write(tmp_path / name, "c.py", "x")
    found = [path.relative_to(tmp_path).as_posix() for path in find_notes([tmp_path])]
    assert found == ["b.py", "code.md", "deep/c.py"]


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.txt", b"x", "后缀"),
        ("a.ipynb", b"{not json", "不是完整的 notebook"),
        ("b.ipynb", b"[1]", "不是完整的 notebook"),
        ("r.ipynb", b'{"metadata": {"kernelspec": {"language": "R"}}, "cells": []}', "'R'"),
        ("a.py", b"\xff\xfe\x00", "UTF-8"),
    ],
)
def test_what_cannot_be_read_is_explained(
    tmp_path: Path, name: str, data: bytes, said: str
) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(NoteError, match=said):
        read_note(tmp_path / name)


def test_nothing_to_run_is_explained(tmp_path: Path) -> None:
    with pytest.raises(NoteError, match="没有找到"):
        find_notes([tmp_path])
    with pytest.raises(NoteError, match=r"没有 .*缺的"):
        find_notes([tmp_path / "缺的"])
