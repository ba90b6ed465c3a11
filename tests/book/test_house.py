"""房子的规矩：目录齐全，导入向下，名字有人用，文件里没有不该有的东西。"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
import yaml

import d2l_helpers
from tests.book import house
from tools.book import ROOT, files_under, find_section, sections

PACKAGE = ROOT / "d2l_helpers"
MODULES = sorted(PACKAGE.rglob("*.py"))
EACH = pytest.mark.parametrize("path", MODULES, ids=lambda p: p.relative_to(PACKAGE).as_posix())


def explain(found: list[str]) -> str:
    """把违反之处列成几行。"""
    return "\n" + "\n".join(found)


def read(path: Path) -> str:
    """文件的全部文字。"""
    return path.read_text(encoding="utf-8")


@EACH
def test_imports_point_down(path: Path) -> None:
    module = path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".")
    found = house.imports_point_down(module.removesuffix(".__init__"), read(path))
    assert not found, explain(found)


@EACH
def test_modules_and_functions_stay_small(path: Path) -> None:
    found = house.sizes(read(path))
    assert not found, explain(found)


# compat 照旧包的签名，没有标注；含义在它的模块说明里。
TYPED = [path for path in MODULES if "compat" not in path.relative_to(PACKAGE).parts]


@pytest.mark.parametrize("path", TYPED, ids=lambda p: p.relative_to(PACKAGE).as_posix())
def test_public_names_are_documented_and_typed(path: Path) -> None:
    found = house.documented(read(path))
    assert not found, explain(found)


def test_every_public_name_is_used() -> None:
    users = "\n".join(section.text() for section in sections())
    users += "".join(read(path) for path in PACKAGE.glob("compat/*.py"))
    found = house.unused(d2l_helpers.__all__, users)
    assert not found, f"没有章节或 compat 用到：{found}"


def test_the_toc_lists_every_page_once() -> None:
    pages = [*ROOT.glob("chapters/*/*.md"), *ROOT.glob("reference/*.md"), ROOT / "index.md"]
    names = [page.relative_to(ROOT).with_suffix("").as_posix() for page in pages]
    found = house.toc_differences(yaml.safe_load(read(ROOT / "_toc.yml")), names)
    assert not found, explain(found)


def test_every_notebook_has_its_section() -> None:
    twins = {section.twin for section in sections()}
    orphans = [p for p in files_under(ROOT / "notebooks") if p not in twins]
    assert not orphans, f"没有对应的小节：{orphans}"


def test_unknown_section_names_are_explained() -> None:
    with pytest.raises(ValueError, match="softmax-scratch"):
        find_section("chapters/02-linear-networks/06-softmax-scrach")
    for name in ("softmax-scratch", "02-linear-networks/06-softmax-scratch.md"):
        assert find_section(name).slug == "softmax-scratch"


def tracked() -> list[Path]:
    """仓库里的全部文字文件；不是 git 检出时（下载的压缩包）看全部源文件夹。"""
    command = ["git", "ls-files", "-z"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        return files_under(*(p for p in ROOT.iterdir() if not p.name.startswith((".", "_build"))))
    paths = [ROOT / name for name in done.stdout.split("\0") if name]
    return [path for path in paths if path.is_file()]


PICTURES = {".png", ".jpg", ".jpeg", ".webp", ".ico"}


def test_files_hold_nothing_foreign() -> None:
    found = []
    for path in tracked():
        if path.suffix not in PICTURES:
            found += [f"{path.relative_to(ROOT)}：{what}" for what in house.foreign(read(path))]
    assert not found, explain(found)


def test_every_requirement_is_locked() -> None:
    lock = read(ROOT / "requirements.lock")
    assert not house.unlocked(read(ROOT / "requirements.txt"), lock)
    assert not re.search("^(#|-)|file:", lock, re.MULTILINE), "lock 里只有包与版本"


def test_drawn_figures_are_described_and_self_contained() -> None:
    drawings = sorted((ROOT / "images").rglob("*.svg"))
    assert drawings
    found = [f"{path.name}：{what}" for path in drawings for what in house.drawing(read(path))]
    assert not found, explain(found)


def test_figures_in_sections_have_alternatives_and_exist() -> None:
    for section in sections():
        blocks = re.findall(r"^```\{figure\} (\S+)\n((?::.*\n)*)", section.text(), re.MULTILINE)
        for block in blocks:
            target = (section.path.parent / block[0]).resolve()
            assert target.exists(), f"{section.name}：没有 {block[0]}"
            assert ":alt:" in block[1], f"{section.name}：{block[0]} 没有替代文字"
            assert ":width:" in block[1], f"{section.name}：{block[0]} 没有写宽，手机上会撑破页面"


def test_pictures_in_the_readme_are_small() -> None:
    for name in re.findall(r"!\[[^\]]*\]\(([^)]+)\)", read(ROOT / "README.md")):
        assert (ROOT / name).stat().st_size <= 200 * 1024, name
