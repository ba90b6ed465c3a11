"""训练时就地更新的图：一格一处，到格子结束都是当前的图；脚本里没有显示就提醒。"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import matplotlib as mpl
import nbformat
import pytest
from matplotlib import pyplot as plt
from nbclient import NotebookClient

import d2l_helpers
from d2l_helpers import compat, screen

mpl.use("Agg")


class Shell:
    """一格 notebook：记下登记的事件。"""

    def __init__(self) -> None:
        self.callbacks, self.events = [], self

    def register(self, event: str, call) -> None:
        assert event == "post_execute"
        self.callbacks.append(call)

    def unregister(self, event: str, call) -> None:
        self.callbacks.remove(call)

    def end_of_cell(self) -> None:
        for call in list(self.callbacks):
            call()


@pytest.fixture
def notebook(monkeypatch: pytest.MonkeyPatch) -> tuple[list, Shell]:
    """一格假的 notebook：显示了什么（各次显示时曲线有几个点），与它的外壳。"""
    shown, shell = [], Shell()

    def points(figure) -> int:
        assert not hasattr(figure, "_ipython_display_")  # 我们自己显示时走平常的路
        return len(figure.axes[0].lines[0].get_xdata())

    class Handle:
        def update(self, figure) -> None:
            shown.append(points(figure))

    def display(figure, *, display_id: bool) -> Handle:
        shown.append(f"新的一处，{points(figure)} 点")
        return Handle()

    monkeypatch.setattr(screen, "_shell", lambda: shell)
    monkeypatch.setattr(screen, "_backend", lambda: "inline")
    monkeypatch.setattr("IPython.display.display", display)
    monkeypatch.setattr(compat.plotting, "use_svg_display", lambda: None)
    return shown, shell


def test_one_place_a_cell_finished_at_its_end(notebook, monkeypatch) -> None:
    shown, shell = notebook
    monkeypatch.setattr(screen.Screen, "interval", 1e9)
    animator = compat.Animator()
    for epoch in range(3):
        animator.add(epoch, 1.0)
    assert shown == ["新的一处，1 点"]
    assert plt.gcf() is animator.fig
    shell.end_of_cell()
    assert shown == ["新的一处，1 点", 3]
    assert not shell.callbacks
    assert not plt.fignum_exists(animator.fig.number)
    monkeypatch.setattr(screen.Screen, "interval", -1.0)
    animator.add(3, 1.0)
    animator.add(4, 1.0)
    assert shown[2:] == ["新的一处，4 点", 5]


def test_others_who_show_it_only_refresh_it(notebook, monkeypatch) -> None:
    shown, shell = notebook
    monkeypatch.setattr(screen.Screen, "interval", 1e9)
    animator = compat.Animator()
    animator.add(1, 0.5)
    animator.add(2, 0.25)
    animator.fig._ipython_display_()  # plt.show() 与内联后端收尾时如此
    assert shown == ["新的一处，1 点", 2]
    plt.close(animator.fig)  # 它们随后关上所有的图
    shell.end_of_cell()
    assert shown == ["新的一处，1 点", 2]  # 没有新的东西，不再画一遍


def test_points_added_after_it_was_closed_still_show(notebook, monkeypatch) -> None:
    shown, shell = notebook
    monkeypatch.setattr(screen.Screen, "interval", 1e9)
    animator = compat.Animator()
    animator.add(1, 0.5)
    plt.close(animator.fig)
    animator.add(2, 0.25)
    shell.end_of_cell()
    assert shown == ["新的一处，1 点", 2]


def test_live_curve_uses_the_same_place(notebook) -> None:
    shown, shell = notebook
    history = d2l_helpers.History()
    history.append({"train_loss": 0.5})
    curve = d2l_helpers.LiveCurve()
    curve(history)
    figure = plt.gcf()
    history.append({"train_loss": 0.25})
    curve(history)
    shell.end_of_cell()
    assert shown == ["新的一处，1 点", 2]
    assert not plt.fignum_exists(figure.number)


def test_plot_leaves_the_training_curve_alone() -> None:
    animator = compat.Animator()
    animator.add(1, 0.5)
    compat.plot([1.0, 2.0, 4.0])
    assert len(animator.axes[0].lines[0].get_xdata()) == 1
    assert plt.gcf() is not animator.fig
    second = plt.gcf()
    compat.plot([3.0, 1.0])
    assert plt.gcf() is second  # 平常的图照旧擦掉重画
    plt.close("all")


NOTE = """
%matplotlib inline
import matplotlib.pyplot as plt
from d2l_helpers import compat as d2l
import d2l_helpers
===
animator = d2l.Animator(xlabel="epoch", xlim=[1, 4], legend=["loss"])
for epoch in range(4):
    animator.add(epoch + 1, 1 / (epoch + 1))
d2l.plt.title("four epochs")
plt.savefig("four.svg")
===
animator = d2l.Animator(legend=["a", "b"])
for epoch in range(2):
    animator.add(epoch, (epoch, -epoch))
plt.show()
d2l.plot([1, 2], [3, 4], "x", "y")
===
curve = d2l_helpers.LiveCurve()
history = d2l_helpers.History()
history.append({"train_loss": 2.0})
curve(history)
history.append({"train_loss": 1.0})
curve(history)
plt.title("live");
===
animator.add(2, (5, 6))
raise KeyError("stop")
===
print(plt.get_fignums())
"""


def test_notes_title_save_and_show_the_curve(tmp_path: Path) -> None:
    book = nbformat.v4.new_notebook()
    book.cells = [nbformat.v4.new_code_cell(source) for source in NOTE.split("===\n")]
    client = NotebookClient(book, timeout=120, allow_errors=True)
    client.execute(cwd=str(tmp_path))
    cells = [cell.outputs for cell in book.cells]
    figures = [[o for o in outputs if o.output_type == "display_data"] for outputs in cells]
    assert [len(some) for some in figures] == [0, 1, 2, 1, 1, 0]
    assert "four epochs" in figures[1][0].data["image/svg+xml"]
    assert "four epochs" in (tmp_path / "four.svg").read_text()
    assert (tmp_path / "four.svg").stat().st_size > 8000  # 曲线也在，不是空的坐标系
    assert "live" in str(figures[3][0].data)
    errors = [o.ename for outputs in cells for o in outputs if o.output_type == "error"]
    assert errors == ["KeyError"]
    assert cells[5][0].text == "[]\n"  # 上一格的图不会留到这一格


SCRIPT = """
import matplotlib
matplotlib.use("Agg")
from d2l_helpers import compat as d2l
animator = d2l.Animator()
animator.add(1, 0.5)
animator.add(2, 0.25)
"""


@pytest.mark.parametrize(
    ("ending", "reminded"),
    [
        ("", True),
        ("d2l.plt.savefig('curve.png')", False),
        ("animator.fig.savefig('curve.png')", False),
        ("d2l.plt.close()  # 窗口关上了", False),
        ("d2l.Animator().add(1, 2); d2l.plt.savefig('second.png')", True),
    ],
)
def test_scripts_are_told_how_to_see_the_curve(ending: str, reminded: bool, tmp_path: Path) -> None:
    command = [sys.executable, "-c", SCRIPT + ending]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == ""
    assert ("plt.show()" in done.stderr) is reminded
    assert ("1 幅" in done.stderr) is reminded
