"""“一节是一课”的规矩会咬人：每条一个坏例子和一个好例子。"""

from __future__ import annotations

import pytest

from _ext import lesson
from tests.book import check_rules, style_rules
from tests.book.page import Lesson

CHECK = ("hide-cell", "check")
SELF_CHECK = ("hide-cell", "self-check")


def cell(source: str, *tags: str) -> str:
    head = f":tags: [{', '.join(tags)}]\n\n" if tags else ""
    return f"```{{code-cell}} ipython3\n{head}{source}\n```\n\n"


def page(body: str, *outputs: str) -> Lesson:
    text = f"---\nkernelspec:\n  name: python3\n---\n(sec-a)=\n# 甲\n\n{body}"
    return Lesson(text, outputs or None)


def exercise(statement: str, *cells: str) -> str:
    return (
        f"```{{exercise}} 甲\n:label: ex-a-1\n\n{statement}\n```\n\n"
        "```{solution-start} ex-a-1\n:label: sol-a-1\n:class: dropdown\n```\n\n"
        + "".join(cells)
        + "```{solution-end}\n```\n"
    )


LONG = "话\n" * 301
TALK = "一二三四五六七八九十" * 620 + "\n"  # 三十一分钟
ANSWER, VERIFY = (
    cell("def double(x):\n    return 2 * x"),
    cell("# 检查：甲\nassert double(2) == 4", *CHECK),
)
STRONG = "它总是对，永远对，只有一个例外"

# 规矩、坏例子、相近的好例子
EXAMPLES = {
    "核心太长": (style_rules.core_is_short, page(LONG), page(f"## 选读：乙\n\n{LONG}")),
    "核心格太多": (
        style_rules.core_is_short,
        page(cell("x") * 16),
        page(cell("x") * 15 + cell("# 检查：甲\nassert x", *CHECK)),
    ),
    "核心读得太久": (style_rules.core_is_short, page(TALK), page(f"### 选读：乙\n\n{TALK}")),
    "练习不算核心": (style_rules.core_is_short, page(f"## 乙\n{LONG}"), page(f"## 练习\n{LONG}")),
    "全节太长": (style_rules.whole_is_short, page("话\n" * 445), page("话\n" * 443)),
    "代码太宽": (style_rules.narrow_code, page(cell("x" * 85)), page(cell("x" * 84) + "话" * 90)),
    "汉字算两列": (
        style_rules.narrow_code,
        page(cell(f"# {'字' * 42}")),
        page(cell(f"# {'字' * 41}")),
    ),
    "选读在小结之前": (
        style_rules.optional_comes_after,
        page("## 选读：乙\n\n## 小结\n"),
        page("## 乙\n\n### 选读：丙\n\n## 小结\n\n## 选读：丁\n"),
    ),
    "讲的格子里有断言": (
        check_rules.teaching_cells_only_teach,
        page("## 乙\n" + cell("x = 1\nassert x")),
        page("## 乙\n" + cell("x = 1") + cell("assert x", *CHECK)),
    ),
    "讲的格子里有 assert_close": (
        check_rules.teaching_cells_only_teach,
        page(cell("torch.testing.assert_close(a, b)")),
        page("## 对拍\n\n" + cell("torch.testing.assert_close(a, b)")),
    ),
    "讲的格子里有 glue": (
        check_rules.teaching_cells_only_teach,
        page(cell('d2l.glue("x", x)')),
        page(cell('d2l.glue("x", x)', *CHECK)),
    ),
    "定义之后接着对拍": (
        check_rules.teaching_cells_only_teach,
        page(cell("def f():\n    return 1\n\n\nd2l.agree(f(), 1)")),
        page(cell("d2l.agree(f(), 1)")),
    ),
    "检查格没有折叠": (
        check_rules.check_cells_fold,
        page(cell("# 检查：甲\nassert x", "check")),
        page(cell("# 检查：甲\nassert x", *CHECK)),
    ),
    "检查格没说查什么": (
        check_rules.check_cells_fold,
        page(cell("assert x", *CHECK)),
        page(cell("# 检查：甲\nd2l.agree(x, 1)", *CHECK)),
    ),
    "检查格什么也不查": (
        check_rules.check_cells_fold,
        page(cell("# 检查：甲\nprint(x)", *CHECK)),
        page(cell('# 检查：甲\nd2l.glue("x", x)', *CHECK)),
    ),
    "印真假": (
        check_rules.numbers_not_verdicts,
        page(cell('print("高出 0.4：", a - b > 0.4)'), "高出 0.4： True\n"),
        page(cell('print(f"高出 {a - b:.2f}")'), "高出 0.61\n"),
    ),
    "印起过名的真假": (
        check_rules.numbers_not_verdicts,
        page(cell("good = torch.equal(a, b)\nprint(good)"), "True\n"),
        page(
            cell(
                "good = torch.equal(a, b)\nprint(a)",
            ),
            "tensor([1.])\n",
        ),
    ),
    "最后一行是真假": (
        check_rules.numbers_not_verdicts,
        page(cell("(a > b).all().item()"), "True"),
        page(cell("a > b"), "tensor([True, False])"),
    ),
    "格式串里的真假": (
        check_rules.numbers_not_verdicts,
        page(cell('print(f"相等：{a == b}")'), "相等：False\n"),
        page(cell('print(f"同一块内存：{a is b}")'), "同一块内存：False\n"),
    ),
    "误区太多": (
        style_rules.few_misconceptions,
        page("## 常见误区\n\n" + "**“甲。”** 不对。" * 4),
        page("## 常见误区\n\n" + "**“甲。”** 不对。" * 3),
    ),
    "话说死了": (
        style_rules.few_strong_words,
        page(f"{STRONG}，唯一的。"),
        page(f"{STRONG}，不总是。`唯一`" + cell("# 永远")),
    ),
    "词没有链接": (
        style_rules.house_words_are_linked,
        page("与框架对拍，见{term}`对拍`。"),
        page("与框架{term}`对拍`，再对拍。"),
    ),
    "标题里的词": (
        style_rules.house_words_are_linked,
        page("## 对拍\n\n逐个数值地比。\n"),
        page("## 对拍\n\n[对拍](../../reference/glossary.md)是逐个数值地比。\n"),
    ),
    "没有检查格": (
        check_rules.answers_and_checks_are_apart,
        page(exercise("写 `double(x)`。", ANSWER)),
        page(exercise("写 `double(x)`。", ANSWER, VERIFY)),
    ),
    "答案里有检查": (
        check_rules.answers_and_checks_are_apart,
        page(exercise("写 `double(x)`。", ANSWER, cell("assert double(1) == 2"), VERIFY)),
        page(exercise("写 `double(x)`。", ANSWER, cell("double(1)"), VERIFY)),
    ),
    "题目没有点名": (
        check_rules.answers_and_checks_are_apart,
        page(exercise("写一个翻倍的函数 double。", ANSWER, VERIFY)),
        page(exercise("先写 `double`，再试。", ANSWER, VERIFY)),
    ),
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_rule_bites_and_lets_good_pages_pass(name: str) -> None:
    rule, bad, good = EXAMPLES[name]
    assert rule(bad)
    assert rule(good) == []


def test_every_rule_has_an_example() -> None:
    assert {rule for rule, _, _ in EXAMPLES.values()} == set(style_rules.RULES)


def test_violations_name_the_rules() -> None:
    assert list(style_rules.violations(page(cell("x" * 85)))) == ["narrow_code"]


TEXT = """(sec-a)=
# 甲

话。

```{code-cell} ipython3
# 注释不是标题
x = 1
```

## 选读：乙

### 丙

## 丁

### 选读：戊

### 己

## 练习

### 选读：庚

## 本节自检
"""


def test_parts_know_what_is_optional() -> None:
    kinds = {part.heading: part.kind for part in lesson.parts(TEXT)}
    assert kinds == {
        "甲": "core",
        "选读：乙": "optional",
        "丙": "optional",
        "丁": "core",
        "选读：戊": "optional",
        "己": "core",
        "练习": "exercises",
        "选读：庚": "exercises",
        "本节自检": "self-check",
    }


def test_a_text_without_headings_has_no_parts() -> None:
    assert lesson.parts("") == lesson.parts("话\n") == []
    assert lesson.optional_minutes("") == {}


def test_reading_time_counts_what_is_read() -> None:
    words = "字" * 2 * lesson.CHARACTERS_PER_MINUTE
    code = "x\n" * (2 * lesson.CODE_LINES_PER_MINUTE)
    assert lesson.minutes(words) == pytest.approx(2)
    assert lesson.minutes(cell(code)) == pytest.approx(2)
    assert lesson.minutes(cell(code, *CHECK) + cell(code, *SELF_CHECK)) == 0
    assert lesson.minutes(exercise("", cell(code))) == pytest.approx(lesson.minutes(exercise("")))
    assert lesson.minutes("$$x^2$$\n\n$$y$$") == 2 * lesson.SECONDS_PER_FORMULA / 60
    assert lesson.minutes("$x^2$") == lesson.SECONDS_PER_INLINE_FORMULA / 60
    assert lesson.minutes(cell("d2l.plot(x)")) > lesson.SECONDS_PER_FIGURE / 60
    figure = "```{figure} ../a.svg\n:name: fig-a\n:alt: 不读的长话\n\n```\n"
    assert lesson.minutes(figure) == lesson.SECONDS_PER_FIGURE / 60


def test_reading_words() -> None:
    minute = "字" * lesson.CHARACTERS_PER_MINUTE + "\n\n"
    assert lesson.reading_words(f"# 甲\n\n{minute * 3}## 练习\n\n{minute}") == "阅读约 3 分钟"
    optional = f"# 甲\n\n{minute * 3}## 选读：乙\n\n{minute * 2}## 练习\n"
    assert lesson.reading_words(optional) == "阅读：核心约 3 分钟，连同选读约 5 分钟"
    assert lesson.optional_minutes(optional) == {"选读：乙": 2}
