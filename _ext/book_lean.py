"""少做重复的事：登记练习时不带上整页的文档树，文献没有变就不再排版一遍。

环境随每一次建站读写，并行读的每一批又各传一遍；文献要逐条解析 LaTeX。
这里只省去重复，写出的网页一样（tests/site/test_rebuild.py）。
"""

from __future__ import annotations

import functools
import multiprocessing
from collections.abc import Iterable
from typing import Any

import pybtex.plugin
from docutils import nodes
from sphinx.application import Sphinx
from sphinxcontrib.bibtex.domain import BibtexDomain, get_docnames

LAST = 900  # 别的扩展都改完文档树之后
FORMATTED = "book_formatted"  # 随环境存着：上次排版文献时的样子


# ---- 练习的登记 ----


def detached(node: nodes.Element) -> nodes.Element:
    """一道练习（或解答）的拷贝，只留属性与标题：登记处只用它们。

    原来的节点连着上一级与整份文档，存环境时，一页的文档树就跟着存一遍。
    """
    kept = node.copy()
    kept.extend(child.deepcopy() for child in node.children[:1])
    for part in kept.findall():
        part.document = None
    return kept


def slim_registry(app: Sphinx, doctree: nodes.document) -> None:
    """读完一页，把这一页登记的练习换成拷贝。"""
    for entry in getattr(app.env, "sphinx_exercise_registry", {}).values():
        if entry["docname"] == app.env.docname:
            entry["node"] = detached(entry["node"])


# ---- 并行读 ----


def forget_other_pages(app: Sphinx, docname: str, source: list[str]) -> None:
    """别的进程里：已经读过的各页的搜索的词不必带着，主进程里有。"""
    if multiprocessing.parent_process() is not None and not hasattr(app, "book_forgot"):
        app.book_forgot = True  # type: ignore[attr-defined]
        app.env.book_search = {}  # type: ignore[attr-defined]


# ---- 文献 ----


def bibliography_state(domain: BibtexDomain) -> tuple[Any, ...]:
    """决定文献怎样排版的一切：各文件、要列出的各条（照引用的次序）与排法。"""
    names = list(get_docnames(domain.env))
    cited = tuple(dict.fromkeys(domain.get_all_cited_keys(names)))
    styles = tuple(
        (key, value.style, value.list_, value.labelprefix, value.keyprefix, tuple(value.keys))
        for key, value in domain.bibliographies.items()
    )
    config = domain.env.config
    files = tuple((str(path), file.mtime) for path, file in domain.bibdata.bibfiles.items())
    return files, cited, styles, config.bibtex_tooltips, config.bibtex_tooltips_style


def format_once(original: Any) -> Any:
    """``BibtexDomain.env_updated``：什么也没变，上次排好的就还在，不必再来。"""

    @functools.wraps(original)
    def env_updated(self: BibtexDomain) -> Iterable[str]:
        state = (bibliography_state(self), len(self.citations))  # 列文献的一页重读过，就少了
        if self.citations and getattr(self.env, FORMATTED, None) == state:
            return []
        updated = original(self)
        setattr(self.env, FORMATTED, (state[0], len(self.citations)))
        return updated

    return env_updated


def setup(app: Sphinx) -> dict[str, Any]:
    """登记扩展；换掉的方法只换一次，同一进程里可以建几次。"""
    app.setup_extension("sphinx_exercise")
    app.setup_extension("sphinxcontrib.bibtex")
    if not hasattr(BibtexDomain.env_updated, "__wrapped__"):
        BibtexDomain.env_updated = format_once(BibtexDomain.env_updated)  # type: ignore[method-assign]
        # 每一处引用都要找一次插件，每次都读遍已安装的包
        pybtex.plugin.find_plugin = functools.cache(pybtex.plugin.find_plugin)
    app.connect("source-read", forget_other_pages)
    app.connect("doctree-read", slim_registry, priority=LAST)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
