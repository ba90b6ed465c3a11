"""图、公式与练习的编号：读一页时记下它的提纲，编号只看提纲，不再重读每一棵文档树。

Sphinx 每次都从磁盘上读回全书的文档树，只为了数其中的图；改一句话时，这一步占最多。
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.environment.collectors.toctree import TocTreeCollector
from sphinx.util import url_re

Number = tuple[int, ...]
# 一样东西：("section", 锚点, 里面的)、("toctree", 各页, None) 或 ("number", 种类, 锚点)
Item = tuple[str, Any, Any]
STORE = "book_outlines"
LAST = 900  # 别的扩展都改完文档树之后


def outlines(env: BuildEnvironment) -> dict[str, list[Item]]:
    """随环境存着的 页名 → 提纲。"""
    if not hasattr(env, STORE):
        setattr(env, STORE, {})
    return getattr(env, STORE)


def kind_of(env: BuildEnvironment, node: nodes.Element) -> str | None:
    """一个节点编哪一种号；不编号，或该有标题而没有，就是 None。"""
    for domain in env.domains.values():
        kind = domain.get_enumerable_node_type(node)
        if kind and (domain.name != "std" or domain.get_numfig_title(node)):
            return kind
    return None


def outline(env: BuildEnvironment, parent: nodes.Element) -> list[Item]:
    """一个节点里要编号的东西，照先后次序。"""
    found: list[Item] = []
    for node in parent.children:
        if isinstance(node, nodes.section):
            found.append(("section", node["ids"][0], outline(env, node)))
        elif isinstance(node, addnodes.toctree):
            found.append(("toctree", [name for _, name in node["entries"]], None))
        elif isinstance(node, nodes.Element):
            kind = kind_of(env, node) if node["ids"] else None
            if kind:
                found.append(("number", kind, node["ids"][0]))
            found += outline(env, node)
    return found


class Numbering:
    """照目录的次序走一遍全书的提纲，逐个编号。"""

    def __init__(self, env: BuildEnvironment) -> None:
        self.env, self.outlines = env, outlines(env)
        self.generated = frozenset(env.domains["std"]._virtual_doc_names)  # type: ignore[attr-defined]
        self.walked: set[str] = set()
        self.counts: defaultdict[tuple[str, Number], int] = defaultdict(int)
        self.numbers: dict[str, dict[str, dict[str, Number]]] = {}

    def page(self, name: str, section: Number) -> None:
        """一页；已经走过的不再走。"""
        if name not in self.walked:
            self.walked.add(name)
            self.items(name, self.outlines[name], section)

    def items(self, name: str, items: list[Item], section: Number) -> None:
        """一页（或一小节）里的各样东西；``section`` 是所在小节的编号。"""
        for what, first, second in items:
            if what == "section":
                known = self.env.toc_secnumbers.get(name, {})
                own = known[f"#{first}"] if f"#{first}" in known else known.get("")
                self.items(name, second, own or section)
            elif what == "toctree":
                for below in first:
                    if not (url_re.match(below) or below == "self" or below in self.generated):
                        self.page(below, section)
            else:
                prefix = section[: self.env.config.numfig_secnum_depth]
                self.counts[first, prefix] += 1
                same_kind = self.numbers.setdefault(name, {}).setdefault(first, {})
                same_kind[second] = (*prefix, self.counts[first, prefix])


def assign_figure_numbers(self: TocTreeCollector, env: BuildEnvironment) -> list[str]:
    """编号写进 ``env.toc_fignumbers``；返回编号变了、要重写的各页。"""
    before, numbering = env.toc_fignumbers, Numbering(env)
    if env.config.numfig:
        numbering.page(env.config.root_doc, ())
    env.toc_fignumbers = numbering.numbers
    return [name for name, found in numbering.numbers.items() if found != before.get(name)]


def note_outline(app: Sphinx, doctree: nodes.document) -> None:
    """读完一页，记下它的提纲。"""
    outlines(app.env)[app.env.docname] = outline(app.env, doctree)


def forget_outline(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    """这一页要重读，或不在了。"""
    outlines(env).pop(docname, None)


def merge_outlines(app: Sphinx, env: BuildEnvironment, docnames: list[str], other: Any) -> None:
    """收下别的进程读的各页。"""
    theirs = outlines(other)
    outlines(env).update({name: theirs[name] for name in docnames if name in theirs})


def setup(app: Sphinx) -> dict[str, Any]:
    """登记扩展；给小节编号的扩展也这样换掉收集者的一个方法。"""
    TocTreeCollector.assign_figure_numbers = assign_figure_numbers  # type: ignore[method-assign]
    app.connect("doctree-read", note_outline, priority=LAST)
    app.connect("env-purge-doc", forget_outline)
    app.connect("env-merge-info", merge_outlines)
    return {
        "version": "1",
        "env_version": 1,
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }
