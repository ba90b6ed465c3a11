"""变异的表：每一种都有改前改后的例子；不该动的不动；抽样稳定。"""

from __future__ import annotations

import nbformat
import pytest

from tools.mutants import Mutant, mutants, numbered, sample
from tools.mutate import places

EACH_KIND = [
    ("def f(x):\n    return x + 1", "运算符：return x + 1 → return x - 1"),
    ("def f(x):\n    return a @ x", "运算符：return a @ x → return a * x"),
    ("def f(x):\n    if x < y:\n        x = 0", "运算符：if x < y: → if x > y:"),
    ("def f(x):\n    return -x", "正负号：return -x → return +x"),
    ("def f(x):\n    return x.sum(dim=1)", "轴：return x.sum(dim=1) → return x.sum(dim=0)"),
    ("def f(x):\n    return x.sum(0)", "轴：return x.sum(0) → return x.sum(1)"),
    (
        "def f(x):\n    return x.max(-1, keepdim=True)",
        "关键字：return x.max(-1, keepdim=True) → return x.max(-1)",
    ),
    ("def f(x):\n    return x.mean()", "平均与求和：return x.mean() → return x.sum()"),
    ("def f(x):\n    return x.argmax()", "函数：return x.argmax() → return x.argmin()"),
    ("def f(x):\n    x[0] = y", "语句：x[0] = y → （去掉）"),
    ("def f(x):\n    x = relu(x)\n    return x", "语句：x = relu(x) → （去掉）"),
    ("def f(x):\n    return range(3)", "常数：return range(3) → return range(4)"),
    ("def f(x, k=2):\n    return x", "常数：def f(x, k=2): → def f(x, k=3):"),
    ("def f(x):\n    return x.detach()", "收尾：return x.detach() → return x"),
    ("def f(x):\n    opt.zero_grad()", "收尾：opt.zero_grad() → （去掉）"),
    ("def f(x):\n    net.eval()", "收尾：net.eval() → （去掉）"),
    (
        "def f(x):\n    with torch.no_grad():\n        x -= 1",
        "收尾：with torch.no_grad(): → （去掉）",
    ),
    ("for X in data:\n    w -= g * X", "运算符：w -= g * X → w += g * X"),
    ("%matplotlib inline\ndef f(x):\n    return x - y", "运算符：return x - y → return x + y"),
]


@pytest.mark.parametrize(("source", "wanted"), EACH_KIND, ids=[row[1] for row in EACH_KIND])
def test_each_kind_of_mutant(source: str, wanted: str) -> None:
    found = {mutant.label: mutant for mutant in mutants(0, source)}
    assert wanted in found
    assert found[wanted].source.strip() != source


LEFT_ALONE = [
    "lr = 0.1 * 2",
    "x = 3 + 1",
    "for x in data:\n    print(x + 1)",
    "def f(lr=0.1, num_epochs=3):\n    '''一加一。'''",
    "def f(x: int = None) -> Literal[1]:\n    d2l.seed(3)\n    torch.manual_seed(1 + x)",
    "def f(x):\n    d2l.plot(x * 2, figsize=(3, 4))\n    plt.show()\n    ax.set_xlim(0, 3)",
    "def f(x):\n    assert x > 3\n    raise ValueError(f'{x + 1}')",
    "def f(x):\n    batch_size = 3 + 1\n    d2l.agree(x, y + 1, name='一')",
    "def f(x):\n    return zip(x, y, strict=True)",
    "def f(x):\n    with torch.no_grad():\n        return net(x).contiguous()",
    "class A(B):\n    def __init__(self):\n        super().__init__()\n        self.x = y",
]


@pytest.mark.parametrize("source", LEFT_ALONE)
def test_what_is_left_alone(source: str) -> None:
    assert [mutant.label for mutant in mutants(0, source)] == []


def test_one_mutant_changes_one_place() -> None:
    source = "def f(x):\n    y = x + 1\n    return y * 2"
    for mutant in mutants(0, source):
        same = sum(
            a == b for a, b in zip(mutant.source.splitlines(), source.splitlines(), strict=True)
        )
        assert same == 2, mutant.label


def some(*names: str) -> list[Mutant]:
    """几格代码里的全部变异。"""
    cells = [f"def {n}(x):\n    {n} = x + 1 - x.sum(0)\n    return -{n} * 2" for n in names]
    return numbered(m for i, source in enumerate(cells) for m in mutants(i, source))


def test_the_sample_is_stable_and_takes_each_kind_in_turn() -> None:
    alone, more = sample(some("f"), 5), sample(some("new", "f"), 10)
    assert len({mutant.kind for mutant in alone}) == 5
    assert {m.label for m in alone} <= {m.label for m in more}
    assert sample(some("f"), 5) == alone
    twice = [m.label for m in some("f", "f")]
    assert len(set(twice)) == len(twice)


def cell(kind: str, source: str, *tags: str) -> nbformat.NotebookNode:
    """一格。"""
    made = nbformat.v4.new_code_cell(source) if kind == "code" else None
    made = made or nbformat.v4.new_markdown_cell(source)
    made.metadata["tags"] = list(tags)
    return made


def test_answers_and_checks_are_kept_apart() -> None:
    cells = [
        cell("code", "def main(x):\n    return x + 1"),
        cell("code", "def check(x):\n    return x + 1", "check"),
        cell("markdown", "```{solution-start} ex-1\n:class: dropdown\n```"),
        cell("code", "def answer(x):\n    return x + 2"),
        cell("markdown", "```{solution-end}\n```"),
        cell("code", "def after(x):\n    return x + 3"),
        cell("code", "def self_check(x):\n    return x + 1", "self-check"),
    ]
    assert {m.cell for m in places(cells)} == {0, 5}
    assert {m.cell for m in places(cells, answers=True)} == {3}
