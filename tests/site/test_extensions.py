"""_ext/ 里不用浏览器也能检查的部分。"""

from __future__ import annotations

import sys
from pathlib import Path

import nbformat
import pytest
from watching import ROOT

sys.path.insert(0, str(ROOT / "_ext"))
import book_api
import book_html
import book_pages
import book_site


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"GITHUB_REPOSITORY": "someone/book"}, "someone/book"),
        (
            {"GITHUB_REPOSITORY": "a/b", "GITHUB_SERVER_URL": "https://git.example.org"},
            None,
        ),
        ({}, None),
    ],
)
def test_github_repository(
    environment: dict[str, str], expected: str | None, tmp_path: Path
) -> None:
    """只有在 GitHub 上才知道仓库；没有 git 仓库的文件夹里不猜。"""
    assert book_pages.github_repository(environment, tmp_path) == expected


@pytest.mark.parametrize(
    "url",
    [
        "git@github.com:someone/deep-book.git",
        "https://github.com/someone/deep-book",
        "https://github.com/someone/deep-book.git",
        "ssh://git@github.com/someone/deep-book/",
    ],
)
def test_github_remote(url: str) -> None:
    """origin 的几种写法都认得。"""
    match = book_pages.GITHUB_REMOTE.search(url)
    assert match is not None
    assert match["repo"] == "someone/deep-book"


def test_other_hosts_are_not_github() -> None:
    """别的主机不给 Colab 与 Binder 的链接。"""
    assert book_pages.GITHUB_REMOTE.search("https://gitlab.com/someone/book.git") is None


def test_launch_links() -> None:
    """在线打开的是 notebooks/ 里的成对文件。"""
    links = dict(book_pages.launch_links("a/b", "main", "notebooks/01-x/02-y.ipynb"))
    assert links["Colab"].endswith("/github/a/b/blob/main/notebooks/01-x/02-y.ipynb")
    assert links["Binder"].endswith("/gh/a/b/main?urlpath=lab/tree/notebooks/01-x/02-y.ipynb")


@pytest.mark.parametrize(
    ("code", "seconds", "mode", "threads", "expected"),
    [
        ("x = 1", 3.14, "standin", "1", "一个 CPU 线程上执行用时 3.1 秒 · 数据：不用数据"),
        ("d2l.load_fashion_mnist(8)", 0.01, "standin", "1", "不到 0.1 秒 · 数据：替身（stand-in）"),
        ("d2l.dataset_root('x')", 2.0, "real", "", "在 CPU 上执行用时 2.0 秒 · 数据：真实数据"),
        ("d2l.load_house_tiny()", None, "auto", "", "已执行 · 数据：有真实文件时用真实数据"),
    ],
)
def test_run_summary(
    code: str, seconds: float | None, mode: str, threads: str, expected: str
) -> None:
    """页首那一行由代码、用时与数据来源决定。"""
    assert expected in book_pages.run_summary(code, seconds, mode, threads)


def test_agreements_are_collected(tmp_path: Path) -> None:
    """从输出里收集 ✓ 行；自检的 ✓ 与别的输出不算。"""
    text = "loss 1.0\n✓ 甲：损失：误差 ≤ 1e-05\n✓ 本节自检通过\n✓ 乙：完全相同\n"
    cell = nbformat.v4.new_code_cell("d2l.agree(…)")
    cell.outputs = [nbformat.v4.new_output("stream", name="stdout", text=text)]
    cells = [nbformat.v4.new_markdown_cell("(sec-x)=\n# 标题\n\n文字"), cell]
    path = tmp_path / "01-x.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    assert book_pages.agreements(path) == ("标题", [("甲：损失", "≤ 1e-05"), ("乙", "完全相同")])


def test_heading_slug() -> None:
    """锚点保留汉字与字母，其余换成连字符；没有字时也有锚点。"""
    assert book_html.heading_slug("softmax：照公式写会出事") == "softmax-照公式写会出事"
    assert book_html.heading_slug("……") == "section"


def test_docstring_markup_becomes_rst() -> None:
    """紧挨汉字的代码、角色与公式，reST 也认得。"""
    lines = ["形状``(n,)``的$x$，见{ref}`sec-a`。"]
    book_api.docstring_to_rst(None, "", "", None, None, lines)  # type: ignore[arg-type]
    assert lines == [r"形状\ ``(n,)``\ 的\ :math:`x`\ ，见\ :ref:`sec-a`\ 。"]


def test_mathjax_is_installed() -> None:
    """要拷的 MathJax 文件都在，总共不到 3 MB。"""
    source = book_site.mathjax_source()
    files = [path for pattern in book_site.MATHJAX_FILES for path in source.glob(pattern)]
    kept = [path for path in files if path.name not in book_site.MATHJAX_UNUSED]
    assert any(path.name == "tex-chtml.js" for path in kept)
    assert sum(path.suffix == ".woff" for path in kept) > 10
    assert sum(path.stat().st_size for path in kept) < 3_000_000


def test_api_page_has_every_public_name(site: Path) -> None:
    """接口一页列出 d2l_helpers 的每一个公开名字。"""
    import d2l_helpers

    text = (site / "reference" / "api.html").read_text(encoding="utf-8")
    groups = book_api.public_names(d2l_helpers)
    names = [f"d2l_helpers.{module}.{name}" for module, many in groups.items() for name in many]
    assert [name for name in names if f'id="{name}"' not in text] == []
