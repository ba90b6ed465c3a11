"""页与页之间的链接：规矩本身会咬，全书都守规矩，成对的 notebook 里也指得对。"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.book import links
from tools.book import NOTEBOOKS, ROOT, Section, find_section, load_twin, sections
from tools.links import LINK, link_to, page_title, pages, twin_links

PAGES = pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
WORDS = links.glossary_words((ROOT / "reference" / "glossary.md").read_text(encoding="utf-8"))
CALCULUS, ALGEBRA = find_section("calculus").path, find_section("linear-algebra").path


@PAGES
def test_links(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    found = links.references_stay_on_the_page(text) + links.links_name_their_targets(text, page)
    found += links.terms_are_in_the_glossary(text, WORDS)
    assert not found, "\n" + "\n".join(found)


@pytest.mark.parametrize("section", sections(), ids=lambda section: section.name)
def test_links_of_the_twin_lead_somewhere(section: Section) -> None:
    cells = (cell.source for cell in load_twin(section).cells if cell.cell_type == "markdown")
    paths = [m["path"] for source in cells for m in LINK.finditer(source.replace(".ipynb", ".md"))]
    for path in paths:
        target = Path(os.path.normpath(section.twin.parent / path))
        assert target.is_file() or target.with_suffix(".ipynb").is_file(), path
        if NOTEBOOKS in target.parents:
            assert target.with_suffix(".ipynb").is_file(), path


def test_a_term_missing_from_the_glossary_is_found() -> None:
    words = links.glossary_words("前言\n\n小批量\n  minibatch。\n\n卷积\n  convolution。\n")
    assert words == {"小批量", "卷积"}
    text = "{term}`卷积`、{term}`卷积层`、{term}`批 <小批量>`"
    assert [found.split("`")[1] for found in links.terms_are_in_the_glossary(text, words)] == [
        "卷积层",
        "批 <小批量>",
    ]


@pytest.mark.parametrize(
    "text",
    ["{ref}`sec-other`", "{ref}`另一节 <sec-other>`", "{numref}`fig-other`", "{eq}`eq-other`"],
)
def test_references_to_other_pages_are_found(text: str) -> None:
    assert links.references_stay_on_the_page(f"(sec-own)=\n# 标题\n见 {text}。")


@pytest.mark.parametrize(
    "text",
    [
        "(sec-other)=\n# 标题\n见 {ref}`sec-other`。",
        "$$x$$ (eq-other)\n由 {eq}`eq-other`。",
        "```{figure} a.svg\n:name: fig-other\n```\n{numref}`fig-other`",
    ],
)
def test_references_within_a_page_are_fine(text: str) -> None:
    assert not links.references_stay_on_the_page(text)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("[旧的标题](04-linear-algebra.md)", "的目标叫"),
        ('[说法](04-linear-algebra.md "旧的标题")', "的目标叫"),
        ("[线性代数](04-no-such.md)", "不存在"),
        ("[微积分](05-calculus.md)", "指回本页"),
    ],
)
def test_wrong_links_are_found(text: str, wanted: str) -> None:
    found = links.links_name_their_targets(f"前置：{text}。", CALCULUS)
    assert len(found) == 1
    assert wanted in found[0]


def test_right_links_and_phrases_and_code_pass() -> None:
    title = page_title(ALGEBRA)
    for text in (
        f"[{title}](04-linear-algebra.md)",
        f'[范数](04-linear-algebra.md "{title}")',
        "写成 `[标题](路径.md)`",
        "```{code-cell} ipython3\nprint('[a](b.md)')\n```",
        "![图](b.md)",
    ):
        assert not links.links_name_their_targets(text, CALCULUS), text
    assert links.links_name_their_targets(
        f'[{title}](04-linear-algebra.md "{title}")', CALCULUS
    )  # 多余的标题


def test_twin_links() -> None:
    section = find_section("calculus")
    here, title = CALCULUS.parent, page_title(ALGEBRA)
    assert link_to(ALGEBRA, here) == f"[{title}](04-linear-algebra.md)"
    assert link_to(ALGEBRA, here, "范数") == f'[范数](04-linear-algebra.md "{title}")'
    for source, wanted in {
        "[a](04-linear-algebra.md)": "[a](04-linear-algebra.ipynb)",
        '[a](../02-linear-networks/01-linear-regression.md "b")':
            '[a](../02-linear-networks/01-linear-regression.ipynb "b")',
        "[a](../02-linear-networks/index.md)": "[a](../../chapters/02-linear-networks/index.md)",
        "[a](../../reference/checks.md)": "[a](../../reference/checks.md)",
    }.items():  # fmt: skip
        assert twin_links(source, section) == wanted
