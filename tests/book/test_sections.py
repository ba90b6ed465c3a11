"""每一节都守书的规矩。"""

from __future__ import annotations

import re
from collections import Counter

import pytest

from tests.book import rules
from tests.book.clock import no_wall_time
from tools.book import ROOT, Section, files_under, load_twin, sections, tags
from tools.share import comparison_share
from tools.twin import reader_cells, twin_values

EACH = pytest.mark.parametrize("section", sections(), ids=lambda section: section.name)
LESSONS = [section for section in sections() if not section.is_project]  # 大作业另有体例
EACH_LESSON = pytest.mark.parametrize("section", LESSONS, ids=lambda section: section.name)
TERMS = ROOT / "reference" / "terms.md"


def explain(found: list[str]) -> str:
    return "\n" + "\n".join(found)


@EACH
@pytest.mark.parametrize(
    "rule",
    [
        rules.short_cells,
        rules.no_magic,
        rules.prose_between_cells,
        rules.imports_on_top,
        rules.bold_reads_as_bold,
        rules.has_figure,
    ],
    ids=lambda rule: rule.__name__,
)
def test_rule(section: Section, rule: rules.Rule) -> None:
    found = rule(section.read())
    assert not found, explain(found)


@EACH_LESSON
@pytest.mark.parametrize(
    "rule", [rules.frame, rules.summary, rules.self_check], ids=lambda rule: rule.__name__
)
def test_frame_of_a_lesson(section: Section, rule: rules.Rule) -> None:
    found = rule(section.read())
    assert not found, explain(found)


@EACH
def test_nothing_asserts_wall_time(section: Section) -> None:
    found = no_wall_time(section.read())
    assert not found, explain(found)


@EACH_LESSON
def test_exercises_have_answers_that_run(section: Section) -> None:
    found = rules.exercises(section.text())
    assert not found, explain(found)


@EACH
def test_label(section: Section) -> None:
    found = rules.label(section.text(), f"sec-{section.slug}")
    assert not found, explain(found)


@EACH
def test_twin_has_the_same_cells_and_has_been_run(section: Section) -> None:
    twin = load_twin(section)
    assert twin is not None, f"没有 notebooks/{section.name}.ipynb；请执行 make refs"
    cells = reader_cells(section, section.read().cells, twin_values(twin))
    mine = [(c.cell_type, c.source, c.metadata) for c in cells]
    theirs = [(c.cell_type, c.source, c.metadata) for c in twin.cells]
    assert mine == theirs, "notebook 与正文不一致；请执行 make refs"
    unrun = [c.source for c in rules.code_cells(twin) if c.execution_count is None]
    assert not unrun, "没有执行过的格子不会被比较；请执行 make refs"
    assert "language_info" not in twin.metadata


@EACH
def test_outputs_are_short_and_machine_independent(section: Section) -> None:
    twin = load_twin(section)
    assert twin is not None, f"没有 notebooks/{section.name}.ipynb；请执行 make refs"
    found = rules.short_outputs(twin)
    assert not found, explain(found)


def term_table() -> list[tuple[str, str, list[str]]]:
    """术语表的行：词、英文、禁用别名。"""
    text = TERMS.read_text(encoding="utf-8")
    table = text.split("| 词 | 英文 | 不用 |", 1)[1].split("\n\n")[0]
    rows = [[c.strip() for c in line.strip("|").split("|")] for line in table.splitlines()[2:]]
    return [(row[0], row[1], [a for a in re.split("、", row[2]) if a]) for row in rows]


ALIASES = [alias for _, _, aliases in term_table() for alias in aliases]
WRITTEN = ("chapters", "reference", "images", "d2l_helpers", "index.md", "README.md")
EXEMPT = {TERMS: "登记禁用别名的那张表就在这一页"}
PAGES = [
    path
    for path in files_under(*(ROOT / name for name in WRITTEN), ROOT / "CONTRIBUTING.md")
    if path.suffix in (".md", ".py", ".svg") and path not in EXEMPT
]


def test_one_term_per_concept() -> None:
    found = []
    for page in PAGES:
        terms = rules.forbidden_terms(page.read_text(encoding="utf-8"), ALIASES)
        found += [f"{page.relative_to(ROOT)}：{what}" for what in terms]
    assert not found, explain(found)


def test_every_term_is_defined_in_the_glossary() -> None:
    glossary = (ROOT / "reference" / "glossary.md").read_text(encoding="utf-8").splitlines()
    missing = [word for word, _, _ in term_table() if word not in glossary]
    assert not missing, f"术语表里没有：{missing}"


def taught_cells() -> list[tuple[Section, str, str]]:
    return [
        (section, tag.removeprefix("taught:"), cell.source)
        for section in sections()
        for cell in rules.code_cells(section.read())
        for tag in tags(cell)
        if tag.startswith("taught:")
    ]


@pytest.mark.parametrize(
    ("section", "module", "source"), taught_cells(), ids=lambda value: str(value)[:40]
)
def test_taught_code_is_the_code_of_the_module(section: Section, module: str, source: str) -> None:
    path = ROOT / f"{module.replace('.', '/')}.py"
    assert path.exists(), f"没有模块 {module}"
    found = rules.taught(source, path.read_text(encoding="utf-8"))
    assert not found, explain(found)


def test_each_name_is_taught_once() -> None:
    names = Counter(name for _, _, source in taught_cells() for name in rules.definitions(source))
    assert names, "没有带 taught 标签的格子"
    assert not [name for name, count in names.items() if count > 1]


def test_enough_outputs_are_compared() -> None:
    compared, bearing = comparison_share()
    assert compared / bearing >= 0.60, f"{bearing} 个有输出的格子里只比较了 {compared} 个"
