"""“一节是一课”：重写过的与新的小节都守规矩；还没有重写的列在一个只减不增的名单里。"""

from __future__ import annotations

import subprocess
import warnings
from collections import Counter
from pathlib import Path

import pytest

from _ext import lesson
from tests.book.page import read_lesson
from tests.book.style_rules import RULES, UNREWRITTEN, unrewritten, violations
from tools.book import ROOT, Section, sections

WAITING = unrewritten()
HELD = [section for section in sections() if section.slug not in WAITING]


@pytest.mark.parametrize("section", HELD, ids=lambda section: section.name)
def test_rewritten_sections_keep_the_rules(section: Section) -> None:
    found = violations(read_lesson(section))
    lines = [f"{rule}：{problem}" for rule, problems in found.items() for problem in problems]
    assert not found, "\n" + "\n".join(lines)


def test_the_list_names_sections_once_and_only_those_that_need_it() -> None:
    known = {section.slug: section for section in sections()}
    assert [name for name in WAITING if name not in known] == [], "名单里有不存在的小节"
    assert [name for name, count in Counter(WAITING).items() if count > 1] == [], "名单里有重复"
    broken: Counter[str] = Counter()
    done = []
    for name in WAITING:
        found = violations(read_lesson(known[name]))
        broken.update(found.keys())
        done += [] if found else [name]
    assert not done, f"这些小节已经守规矩，请从 {UNREWRITTEN.name} 删去：{'、'.join(done)}"
    if WAITING:
        rows = "，".join(f"{rule} {count}" for rule, count in broken.most_common())
        warnings.warn(f"还有 {len(WAITING)} 节没有重写；各条规矩违反的节数：{rows}", stacklevel=1)


def growth(path: Path) -> list[int]:
    """建立名单以后，每次提交与尚未提交的改动各加了几行。"""

    def added(*command: str) -> list[int]:
        git = ["git", *command, "--numstat", "--", path.name]
        done = subprocess.run(git, cwd=path.parent, capture_output=True, text=True, check=True)
        return [int(line.split()[0]) for line in done.stdout.splitlines() if line.strip()]

    history = added("log", "--format=")
    return [*added("diff", "HEAD"), *history[:-1]] if history else []


def test_the_list_only_shrinks() -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("不是 git 检出，看不到名单的历史")
    assert not any(growth(UNREWRITTEN)), "名单只减不增：新的小节、改坏的小节都要守规矩"


def test_growth_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "list.txt"

    def git(*command: str) -> None:
        name = ("-c", "user.name=甲", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=no")
        subprocess.run(["git", *name, *command], cwd=tmp_path, check=True)

    def write(text: str) -> list[int]:
        path.write_text(text, encoding="utf-8")
        return growth(path)

    git("init", "-q")
    path.write_text("甲\n乙\n丙\n", encoding="utf-8")
    git("add", "list.txt")
    git("commit", "-qm", "建立")
    assert not any(write("甲\n丙\n"))
    git("commit", "-qam", "减")
    assert any(write("甲\n丙\n丁\n"))
    git("commit", "-qam", "加")
    assert any(write("甲\n"))


@pytest.mark.parametrize("section", sections(), ids=lambda section: section.name)
def test_cells_are_read_as_the_site_reads_them(section: Section) -> None:
    mine = [(cell.source, set(cell.tags)) for cell in lesson.cells(section.text())]
    theirs = [
        (cell.source.strip("\n"), set(cell.metadata.get("tags", ())))
        for cell in section.read().cells
        if cell.cell_type == "code"
    ]
    assert mine == theirs


def test_every_rule_has_a_name_and_a_reason() -> None:
    assert len({rule.__name__ for rule in RULES}) == len(RULES)
    assert all(rule.__doc__ for rule in RULES)
