"""规矩本身会咬人：每条规矩都给一个坏例子，看它报不报。"""

from __future__ import annotations

import nbformat
import pytest

from tests.book import rules
from tests.book.clock import no_wall_time
from tools import twin
from tools.book import Section, sections
from tools.share import is_compared

code, markdown = nbformat.v4.new_code_cell, nbformat.v4.new_markdown_cell
GOOD_END = "\n## 常见误区\n\n## 小结\n\n- 一\n\n## 练习\n\n## 本节自检\n"


KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}


def notebook(*cells: nbformat.NotebookNode) -> nbformat.NotebookNode:
    return nbformat.v4.new_notebook(cells=list(cells), metadata=KERNEL)


FOLDED = ("hide-cell", "self-check")


def check(source: str, tags: tuple[str, ...] = FOLDED) -> nbformat.NotebookNode:
    return code(source, metadata={"tags": list(tags)})


BAD = {
    "太长的格": (rules.short_cells, notebook(code("x = 1\n" * 26))),
    "魔法": (rules.no_magic, notebook(code("%time x"))),
    "惊叹号": (rules.no_magic, notebook(code("!pip install x"))),
    "分号": (rules.no_magic, notebook(code("ax.legend();"))),
    "连着的格": (rules.prose_between_cells, notebook(code("1"), code("2"))),
    "隔着检查格": (
        rules.prose_between_cells,
        notebook(code("1"), check("assert a", ("hide-cell", "check")), code("2")),
    ),
    "半路导入": (rules.imports_on_top, notebook(code("import torch"), code("import os"))),
    "缺标题": (rules.frame, notebook(markdown("# 甲\n\n## 小结\n"))),
    "标题次序": (rules.frame, notebook(markdown("## 小结\n" + GOOD_END.replace("小结", "小 结")))),
    "加粗的角色": (rules.bold_reads_as_bold, notebook(markdown("先量**{term}`延迟`**（latency）"))),
    "小结太长": (rules.summary, notebook(markdown("# 甲\n\n## 小结\n\n" + "- 一\n" * 6))),
    "小结是空的": (rules.summary, notebook(markdown("# 甲\n\n## 小结\n\n## 练习\n"))),
    "没有自检": (rules.self_check, notebook(code("1"))),
    "自检没折叠": (rules.self_check, notebook(check("assert a\nassert b", ("self-check",)))),
    "自检没断言": (rules.self_check, notebook(check("print(1)"))),
    "自检不在最后": (rules.self_check, notebook(check("assert a\nassert b"), code("1"))),
    "没有图": (rules.has_figure, notebook(code("1"))),
}


@pytest.mark.parametrize("name", BAD)
def test_rule_bites(name: str) -> None:
    rule, bad = BAD[name]
    assert rule(bad)


def test_rules_accept_a_good_notebook() -> None:
    good = notebook(
        markdown("# 甲" + GOOD_END),
        code("%matplotlib inline\nimport torch"),
        markdown("再看图"),
        code("ax = d2l.plot(x, y)"),
        check("# 检查：图\nassert ax", ("hide-cell", "check")),
        markdown("自检"),
        check("assert a\nassert b"),
    )
    for rule, _ in BAD.values():
        assert rule(good) == []


EXERCISE = "```{exercise} 甲\n:label: ex-a-%d\n\n题\n```\n"
ANSWER = (
    "```{solution-start} ex-a-%d\n:class: dropdown\n```\n"
    "```{code-cell} ipython3\n1\n```\n```{solution-end}\n```\n"
)


def test_exercises_bite() -> None:
    good = "".join(EXERCISE % i + ANSWER % i for i in range(3))
    assert rules.exercises(good) == []
    assert rules.exercises(EXERCISE % 1)
    assert rules.exercises(good.replace(ANSWER % 2, ""))
    assert rules.exercises(good.replace(":class: dropdown\n", "", 1))
    assert rules.exercises(good.replace("```{code-cell} ipython3\n1\n```\n", "", 1))
    assert rules.exercises(good + ANSWER % 9)


def test_label_and_terms_bite() -> None:
    assert rules.label("(sec-b)=\n# 乙\n", "sec-a")
    assert not rules.label("(sec-a)=\n# 甲\n", "sec-a")
    assert rules.forbidden_terms("它的准确率很高", ["准确率"])
    assert rules.forbidden_terms("```{code-cell} ipython3\nx  # 准确率\n```\n", ["准确率"])
    assert not rules.forbidden_terms("它的精度很高", ["准确率"])


def output(text: str, name: str = "stdout") -> nbformat.NotebookNode:
    cell = code("x")
    cell.outputs = [nbformat.v4.new_output("stream", name=name, text=text)]
    return notebook(cell)


@pytest.mark.parametrize(
    "bad",
    [
        output("一行\n" * 21),
        output("<A at 0x7f0011223344>"),
        output("/ho" + "me/u/x"),
        output("警告", "stderr"),
    ],
)
def test_outputs_bite(bad: nbformat.NotebookNode) -> None:
    assert rules.short_outputs(bad)
    assert not rules.short_outputs(output("一行\n"))


def test_taught_bites() -> None:
    module = 'def f(x: int) -> int:\n    """说明。"""\n    return x + 1\n'
    assert rules.taught("def f(x):\n    return x + 1", module) == []
    assert rules.taught("def f(x):\n    return x + 2", module)
    hinted = "class A:\n    n: int\n\n    def f(self):\n        y: int = 1\n        return y\n"
    assert rules.taught("class A:\n    def f(self):\n        y = 1\n        return y", hinted) == []
    assert rules.taught("class A:\n    def f(self):\n        y = 2\n        return y", hinted)
    assert rules.taught("def g(x):\n    return x", module)
    assert rules.taught("x = 1", module)


TURNS = "slow, fast = d2l.take_turns(f, g)\n"
TIMED = {
    "直接": "t = time.perf_counter()\nassert time.perf_counter() - t < 1",
    "秒表": "with d2l.Timer() as timer:\n    f()\nassert timer.sum() < 1",
    "比值": TURNS + "ratio = slow / fast\nassert ratio > 2",
    "次序": TURNS + "assert sorted([slow, fast])[0] == fast",
    "经过函数": "def rate(f):\n    return 8 / d2l.fastest(f)\n\nassert rate(f) > 1",
    "函数里断言": "def faster(a, b):\n    assert a < b\n\n" + TURNS + "faster(fast, slow)",
    "经过列表": "ts = []\nfor f in fs:\n    ts.append(d2l.fastest(f))\nassert ts[0] < ts[1]",
    "函数填的列表": "ts = []\ndef go():\n    ts.append(d2l.fastest(f))\n\ngo()\nassert ts[0] < 1",
    "经过推导式": "ts = [s * 1e3 for s in d2l.take_turns(*fs)]\nassert max(ts) < 3",
    "经过字典": "t = {}\nt['a'] = d2l.fastest(f)\nfor k, v in t.items():\n    assert v < 1",
    "选出的": "best = min(ways, key=lambda w: d2l.fastest(w))\nassert best is f",
    "条件": TURNS + "won = False\nif fast < slow:\n    won = True\nassert won",
    "分情况": TURNS + "match fast < slow:\n    case True:\n        won = 1\nassert won",
    "报错": TURNS + "if fast > slow:\n    raise ValueError('慢')",
    "对拍": TURNS + "d2l.agree(slow / fast, 2.0, name='倍数')",
    "改了名字": "from time import monotonic as now\nt = now()\nassert now() > t",
    "类": "class Stop:\n    def go(self):\n        self.t = time.time()\n\nassert Stop().t > 1",
    "另一个进程": "out = run('print(d2l.fastest(f))')\nassert float(out) < 1",
    "训练的速度": "h = d2l.train(net, data)\nassert h.samples_per_second > 100",
    "印在要比较的格子里": TURNS + "print('快一倍以上：', slow > 2 * fast)",
    "显示在要比较的格子里": TURNS + "slow > fast",
}
COUNTED = {
    "数次数": TURNS + "assert len([slow, fast]) == 2 and calls == 3",
    "名字后来另作他用": TURNS + "slow = count(f)\nassert slow == 3",
    "模拟的钟": "def seconds(a, b):\n    return max(a, b)\n\nassert seconds(2, 3) == 3",
    "并排的两样": "n, t = 3, d2l.fastest(f)\nassert n == 3",
    "字典的键": "for k, v in dict(a=d2l.fastest(f)).items():\n    assert k == 'a'",
    "训练的损失": "h = d2l.train(net, data)\nassert h['train_loss'][-1] < 1",
    "计时之外": "with d2l.Timer() as t:\n    y = f()\nassert y == 3",
    "睡一会儿": "time.sleep(0.1)\nassert done == 3",
}


@pytest.mark.parametrize("name", TIMED)
def test_wall_time_bites(name: str) -> None:
    assert no_wall_time(notebook(code(TIMED[name])))


@pytest.mark.parametrize("name", COUNTED)
def test_counted_things_may_be_asserted(name: str) -> None:
    assert no_wall_time(notebook(code(COUNTED[name]))) == []


def test_wall_time_flows_from_cell_to_cell_and_may_be_shown_uncompared() -> None:
    ignored = {"tags": ["nbval-ignore-output"]}
    shown = [code(TURNS), code("print(slow / fast)\nslow / fast", metadata=ignored)]
    assert no_wall_time(notebook(*shown)) == []
    assert no_wall_time(notebook(*shown, code("assert slow > fast", metadata=ignored)))


def test_figures_alone_do_not_count_as_compared() -> None:
    figure = code("plot")
    data = {"text/plain": "<Figure size 500x300 with 1 Axes>"}
    figure.outputs = [nbformat.v4.new_output("display_data", data=data)]
    assert not is_compared(figure)
    shown = output("3\n").cells[0]
    assert is_compared(shown)
    shown.metadata["tags"] = ["nbval-ignore-output"]
    assert not is_compared(shown)


@pytest.fixture
def section(tmp_path, monkeypatch: pytest.MonkeyPatch) -> Section:
    first = sections()[0]
    monkeypatch.setattr("tools.book.NOTEBOOKS", tmp_path)
    return first


def executed(text: str, tags: list[str], source: str = "print(x)") -> nbformat.NotebookNode:
    nb = output(text)
    nb.cells[0].source, nb.cells[0].metadata["tags"] = source, tags
    return nb


def test_twin_keeps_text_and_drops_pictures(section: Section) -> None:
    nb = executed("3\n", [])
    nb.cells[0].outputs.append(
        nbformat.v4.new_output("display_data", data={"text/plain": "<Figure>", "image/png": "aaaa"})
    )
    made = twin.make_twin(section, nb)
    kept = [dict(o.get("data", {})) for o in made.cells[0].outputs]
    assert kept == [{}, {"text/plain": "<Figure>"}]
    assert made.cells[0].execution_count == 1
    assert made.cells[0].id == twin.make_twin(section, nb).cells[0].id


def test_twin_is_rewritten_only_when_something_compared_changed(section: Section) -> None:
    assert twin.update_twin(section, executed("0.1 秒\n", ["nbval-ignore-output"]))
    assert not twin.update_twin(section, executed("0.2 秒\n", ["nbval-ignore-output"]))
    assert twin.update_twin(section, executed("0.2 秒\n", ["nbval-ignore-output"], "print(y)"))
    assert twin.update_twin(section, executed("3\n", []))
    assert not twin.update_twin(section, executed("3\n", []))
    assert twin.update_twin(section, executed("4\n", []))
