"""大作业：页面守体例；页面上的检查放过参考答案，抓得住每一种做错的写法。"""

from __future__ import annotations

import importlib
from collections import Counter
from collections.abc import Callable
from functools import cache
from types import ModuleType
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest

from tests.book.project_rules import check_functions, project
from tests.book.rules import code_cells, plain
from tools.book import Section, sections

PROJECTS = [section for section in sections() if section.is_project]
EACH = pytest.mark.parametrize("section", PROJECTS, ids=lambda section: section.name)


def solution_of(section: Section) -> ModuleType:
    """一道大作业的参考答案：``tests/projects/`` 里的同名模块。"""
    name = section.slug.removeprefix("project-").replace("-", "_")
    return importlib.import_module(f"tests.projects.{name}")


@cache
def checks_of(section: Section) -> dict[str, Callable[..., None]]:
    """照页面的次序执行各格，取出检查函数。"""
    namespace: dict[str, Any] = {}
    with mpl.rc_context({"backend": "agg"}):
        for cell in code_cells(section.read()):
            exec(plain(cell.source), namespace)
        plt.close("all")
    return {name: namespace[name] for name in check_functions(section.text())}


def try_checks(section: Section, answers: dict[str, Callable]) -> None:
    """把一份答案依次交给各个检查。"""
    for name, wanted in check_functions(section.text()).items():
        checks_of(section)[name](*(answers[argument] for argument in wanted))


@EACH
def test_the_page_has_the_form(section: Section) -> None:
    found = project(section.text())
    assert not found, "\n" + "\n".join(found)


def test_one_project_a_chapter() -> None:
    count = Counter(section.path.parent.name for section in PROJECTS)
    assert [chapter for chapter, number in count.items() if number > 1] == []


@EACH
def test_the_reference_passes(section: Section) -> None:
    try_checks(section, vars(solution_of(section)))


WRONG = [
    pytest.param(section, name, id=f"{section.slug}-{name}")
    for section in PROJECTS
    for name in solution_of(section).WRONG
]


@pytest.mark.parametrize(("section", "name"), WRONG)
def test_wrong_answers_are_caught(section: Section, name: str) -> None:
    solution = solution_of(section)
    with pytest.raises(solution.CAUGHT_BY.get(name, AssertionError)):
        try_checks(section, vars(solution) | solution.WRONG[name])


@EACH
def test_enough_wrong_answers(section: Section) -> None:
    wanted = {name for names in check_functions(section.text()).values() for name in names}
    broken = [name for wrong in solution_of(section).WRONG.values() for name in wrong]
    assert wanted <= set(broken), f"没有做错的 {wanted - set(broken)}"
    assert len(broken) >= 5


GOOD = """# 大作业：甲

## 要求

```{exercise} 大作业：甲
:label: ex-project-a

写 `double(x)`。
```

## 检查

执行 `check_double(double)`。

```{code-cell} ipython3
:tags: [hide-cell, check]

# 检查：加倍
def check_double(double):
    assert double(3) == 6
```
"""
BAD = {
    "没有要求": ("## 要求", "## 题目"),
    "次序反了": ("## 检查\n", "## 检查\n\n## 要求\n"),
    "标题": ("{exercise} 大作业", "{exercise} 练习"),
    "两道题": ("## 检查\n", "```{exercise} 大作业：乙\n:label: ex-b\n\n乙\n```\n\n## 检查\n"),
    "印了答案": ("## 检查\n", "```{solution-start} ex-project-a\n```\n\n## 检查\n"),
    "没有折叠": ("[hide-cell, check]", "[check]"),
    "在页面上执行": ("    assert double(3) == 6\n", "    assert double(3) == 6\n\n\nx = 1\n"),
    "没有断言": ("assert double(3) == 6", "print(double(3))"),
    "没有检查函数": ("def check_double", "def double_is_right"),
    "题目没有点名": ("`double(x)`", "函数"),
    "页面上有答案": (
        "## 检查\n",
        "```{code-cell} ipython3\ndef double(x):\n    return 2 * x\n```\n\n## 检查\n",
    ),
    "没有说怎样调用": ("`check_double(double)`", "下面的一格"),
}


def test_a_good_page_is_accepted() -> None:
    assert project(GOOD) == []


@pytest.mark.parametrize("name", BAD)
def test_the_form_bites(name: str) -> None:
    before, after = BAD[name]
    assert GOOD.count(before) >= 1
    assert project(GOOD.replace(before, after, 1))
