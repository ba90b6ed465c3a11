"""左边的全书目录：标题与编号整本书只取一次，每页只写链接与“现在在哪里”。

主题自己的做法是每一页把整棵目录复制、解析、改写一遍，建站的时间随页数的平方增长。
写出的标记与主题的相同，样式与折叠照旧。
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from typing import Any

from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

NUMBER = re.compile(r'<span class="section-number">.*?</span>')  # 有的页面的标题里已经带着
TOGGLE = (
    '<summary><span class="toctree-toggle" role="presentation">'
    '<i class="fa-solid fa-chevron-down"></i></span></summary>'
)


@dataclass(frozen=True)
class Entry:
    """目录里的一页：名字、标题（HTML，编号写在前面），与它下面的各页。"""

    name: str
    title: str
    below: tuple[Entry, ...]

    def holds(self, name: str) -> bool:
        """这一页，或它下面的某一页，是不是 ``name``。"""
        return self.name == name or any(entry.holds(name) for entry in self.below)


def trees(app: Sphinx, name: str) -> list[addnodes.toctree]:
    """一页里的各个目录节点。"""
    return list(app.env.tocs[name].findall(addnodes.toctree)) if name in app.env.tocs else []


def entries(app: Sphinx, tree: addnodes.toctree, depth: int) -> tuple[Entry, ...]:
    """一个目录节点里的各页，往下 ``depth`` 层。"""
    env, found = app.env, []
    for explicit, name in tree["entries"]:
        if name not in env.titles:  # 缺的页面 Sphinx 已经警告过
            continue
        number = ".".join(map(str, env.toc_secnumbers.get(name, {}).get("") or ()))
        rendered = app.builder.render_partial(env.titles[name])["title"]
        title = escape(explicit or "") or NUMBER.sub("", rendered).strip()
        below = [entry for t in trees(app, name) for entry in entries(app, t, depth - 1)]
        title = f"{number}. {title}" if number else title
        found.append(Entry(name, title, tuple(below) if depth > 1 else ()))
    return tuple(found)


def item(entry: Entry, level: int, current: str, pathto: Callable[[str], str]) -> str:
    """一页的 ``<li>``，连同它下面的。"""
    is_here, is_open = entry.name == current, entry.holds(current)
    classes = f"toctree-l{level}{' current active' if is_open else ''}"
    href = "#" if is_here else escape(pathto(entry.name))
    link = f'<a class="{"current " if is_here else ""}reference internal" href="{href}">'
    below = ""
    if entry.below:
        classes += " has-children"
        inside = "\n".join(item(e, level + 1, current, pathto) for e in entry.below)
        opened = ' open="open"' if is_open else ""
        marked = ' class="current"' if is_open and not is_here else ""
        below = f"<details{opened}>{TOGGLE}<ul{marked}>\n{inside}\n</ul></details>"
    return f'<li class="{classes}">{link}{entry.title}</a>{below}</li>'


def parts_of_the_book(app: Sphinx) -> list[tuple[str | None, tuple[Entry, ...]]]:
    """各部分的名字与其中的各页。"""
    depth = int(app.config.html_theme_options["max_navbar_depth"])
    found = trees(app, app.config.root_doc)
    return [(tree.get("caption"), entries(app, tree, depth)) for tree in found]


def collect(app: Sphinx, env: BuildEnvironment) -> None:
    """编号定下之后、写页面的进程分出去之前，取一次。"""
    if app.builder.format == "html":
        app.book_contents = parts_of_the_book(app)  # type: ignore[attr-defined]


def contents(app: Sphinx, current: str, pathto: Callable[[str], str]) -> str:
    """一页左边的目录。"""
    if not hasattr(app, "book_contents"):  # 没有一页变了，只重写搜索页
        collect(app, app.env)
    lines = []
    for caption, pages in app.book_contents:
        if caption:
            lines.append(
                '<p aria-level="2" class="caption" role="heading">'
                f'<span class="caption-text">{escape(caption)}</span></p>'
            )
        here = "current " if any(entry.holds(current) for entry in pages) else ""
        inside = "\n".join(item(entry, 1, current, pathto) for entry in pages)
        lines.append(f'<ul class="{here}nav bd-sidenav">\n{inside}\n</ul>')
    return "\n".join(lines)


def offer_contents(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """交给模板 ``sbt-sidebar-nav.html``。"""
    context["book_contents"] = lambda: contents(app, pagename, context["pathto"])


def setup(app: Sphinx) -> dict[str, Any]:
    """登记扩展。"""
    app.connect("env-check-consistency", collect)
    app.connect("html-page-context", offer_contents)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
