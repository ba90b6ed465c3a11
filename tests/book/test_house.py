"""房子的规矩：目录齐全，导入向下，名字有人用，文件里没有不该有的东西。"""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest
import yaml

import d2l_helpers
from tests.book import rules
from tools.book import ROOT, find_section, sections

PACKAGE = ROOT / "d2l_helpers"
MODULES = sorted(PACKAGE.rglob("*.py"))
# 数小的在下面；只许导入更下面的（同一文件夹里的 data 之间除外）
LEVELS = {
    "device": 0, "profiles": 0, "data": 1,
    "metrics": 2, "losses": 2, "optim": 2, "layers": 2, "models": 2,
    "training": 3, "plotting": 3, "checking": 3,
    "__init__": 4, "compat_plotting": 5, "compat": 6,
}  # fmt: skip
EACH = pytest.mark.parametrize("path", MODULES, ids=lambda p: p.relative_to(PACKAGE).as_posix())


def level(dotted: str) -> int:
    """``d2l_helpers.data.hub`` → data 的层。"""
    parts = dotted.split(".")
    return LEVELS[parts[1] if len(parts) > 1 else "__init__"]


def module_name(path: Path) -> str:
    relative = path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".")
    return "d2l_helpers" if relative == "d2l_helpers.__init__" else relative


def imported(path: Path) -> list[str]:
    """一个文件里导入的 d2l_helpers 模块；只为类型检查的不算。"""
    names = []
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names.append(node.module or "")
    return [name for name in names if name.split(".")[0] == "d2l_helpers"]


@EACH
def test_imports_point_down(path: Path) -> None:
    mine = module_name(path)
    for name in imported(path):
        same_folder = mine.startswith("d2l_helpers.data") and name.startswith("d2l_helpers.data")
        assert same_folder or level(name) < level(mine), f"{mine} 导入了不在它下面的 {name}"


@EACH
def test_modules_and_functions_stay_small(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert len(source.splitlines()) <= 330, "模块太长，请拆开"
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef):
            first = node.body[0]
            documented = ast.get_docstring(node) is not None
            start = first.end_lineno if documented and len(node.body) > 1 else first.lineno - 1
            assert node.end_lineno - start <= 40, f"{node.name} 太长，请拆开"


@EACH
def test_public_names_are_documented_and_typed(path: Path) -> None:
    if path.stem.startswith("compat"):
        return  # 旧包的签名没有标注；含义在它的模块说明里
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            assert ast.get_docstring(node), f"{node.name} 没有说明"
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            arguments = [*node.args.args, *node.args.kwonlyargs]
            bare = [a.arg for a in arguments if a.annotation is None]
            assert not bare, f"{node.name} 的参数 {bare} 没有类型标注"
            assert node.returns is not None, f"{node.name} 没有返回类型"


def test_every_public_name_is_used() -> None:
    users = "\n".join(section.text() for section in sections())
    users += "".join(path.read_text(encoding="utf-8") for path in PACKAGE.glob("compat*.py"))
    unused = [
        name
        for name in d2l_helpers.__all__
        if not re.search(rf"\b(d2l|ours)\.{name}\b|import.*\b{name}\b", users)
    ]
    assert not unused, f"没有章节或 compat 用到：{unused}"


def toc_files() -> list[str]:
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    found = [toc["root"]]

    def walk(node: object) -> None:
        if isinstance(node, dict):
            found.extend([node["file"]] if "file" in node else [])
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(toc)
    return found


def test_the_toc_lists_every_page_once() -> None:
    pages = [*ROOT.glob("chapters/*/*.md"), *ROOT.glob("reference/*.md"), ROOT / "index.md"]
    names = sorted(p.relative_to(ROOT).with_suffix("").as_posix() for p in pages)
    assert sorted(toc_files()) == names


def test_unknown_section_names_are_explained() -> None:
    with pytest.raises(ValueError, match="softmax-scratch"):
        find_section("chapters/02-linear-networks/06-softmax-scrach")
    assert find_section("softmax-scratch").slug == "softmax-scratch"


def tracked() -> list[Path]:
    listing = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    paths = [ROOT / name for name in listing.split("\0") if name]
    return [path for path in paths if path.is_file()]


TEXT = {
    ".md", ".py", ".ipynb", ".yml", ".toml", ".txt",
    ".lock", ".css", ".js", ".html", ".svg", ".bib",
}  # fmt: skip
MACHINE = re.compile(r"(?<![\w.$}])/(?:work|root|tmp|home)/\w")
HOSTS = ["pypi" + r"\.org", "python" + "hosted", "npm" + r"js\.", "deb" + r"\.debian"]
REGISTRY = re.compile("|".join(HOSTS))


def test_files_hold_no_machine_paths_and_no_registry_hosts() -> None:
    found = []
    for path in tracked():
        if path.suffix in TEXT or path.name in ("Makefile", "run"):
            text = path.read_text(encoding="utf-8")
            for pattern in (MACHINE, REGISTRY):
                hit = pattern.search(text)
                if hit:
                    where = text[hit.start() : hit.start() + 40]
                    found.append(f"{path.relative_to(ROOT)}：{where!r}")
    assert not found, "\n".join(found)


def test_drawn_figures_are_described_and_self_contained() -> None:
    drawings = sorted((ROOT / "images").rglob("*.svg"))
    assert drawings
    for path in drawings:
        text = path.read_text(encoding="utf-8")
        assert "<title" in text, f"{path.name} 没有标题"
        assert "<desc" in text, f"{path.name} 没有文字说明"
        assert not re.search(r"(href|src)=[\"']https?:|@import|@font-face", text), path.name


def test_figures_in_sections_have_alternatives_and_exist() -> None:
    for section in sections():
        blocks = re.findall(r"^```\{figure\} (\S+)\n((?::.*\n)*)", section.text(), re.MULTILINE)
        for block in blocks:
            target = (section.path.parent / block[0]).resolve()
            assert target.exists(), f"{section.name}：没有 {block[0]}"
            assert ":alt:" in block[1], f"{section.name}：{block[0]} 没有替代文字"


def test_screenshot_is_small() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for name in re.findall(r"!\[[^\]]*\]\(([^)]+)\)", readme):
        assert (ROOT / name).stat().st_size <= 200 * 1024, name


def test_rules_module_names_every_heading() -> None:
    assert rules.HEADINGS[-1] == "## 本节自检"
