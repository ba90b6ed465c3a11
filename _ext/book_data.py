"""数据一页：由数据中心的登记生成，每个数据集的来历、许可与大小。

辅助包要用时才导入：它带来 torch，几秒 CPU；只改了别处一句话时用不着。
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sphinx.application import Sphinx

if TYPE_CHECKING:
    from d2l_helpers.data.hub import Source

PAGE = "reference/data"
MARK = "<!-- 登记的数据集 -->"
TABLE = "```{{table}}\n:class: data-table\n\n{table}\n```"
HEADER = ("名字", "内容", "从哪里来", "没有网络时", "许可与出处", "用于")


def origin(source: Source) -> str:
    """一个数据集从哪里来。"""
    from d2l_helpers.data.hub import packages
    from d2l_helpers.data.hub.obtain import hosts_of

    if source.package:
        folder = packages.package_folder(source.package)
        files = packages.files_of(source.package)
        size = sum((folder / name).stat().st_size for name in files) / 1e6
        count = f"{len(files)} 个文件" if len(files) > 1 else f"`{next(iter(files))}`"
        return f"PyPI 包 `{source.package.name}` {source.package.version}：{count}，{size:.1f} MB"
    if source.own:
        return "本书自制"
    hosts = "、".join(f"`{host}`" for host in sorted(hosts_of(source)))
    return f"下载：{hosts}" if hosts else "登录后自己下载"


def offline(source: Source) -> str:
    """没有网络时用什么。"""
    if source.package or source.own:
        return "照样是真实数据"
    return "替身" if source.standin else "还没有替身"


def user(source: Source, pages: dict[str, str]) -> str:
    """用到它的一节：已经写了的给链接。"""
    page = pages.get(source.section)
    return f"[](../{page})" if page else "后面的章节"


def table(pages: dict[str, str]) -> str:
    """Markdown 的表；``pages`` 是小节的短名 → 相对于书的路径。"""
    from d2l_helpers.data.hub import registry

    rows = [HEADER, ("---",) * len(HEADER)]
    rows += [
        (f"`{s.name}`", s.title, origin(s), offline(s), s.license, user(s, pages))
        for s in registry.registered()
    ]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def sections(source: Path) -> dict[str, str]:
    """已经写了的小节：短名 → 相对于书的路径。"""
    paths = sorted((source / "chapters").glob("[0-9]*/[0-9]*.md"))
    return {re.sub(r"^\d+-", "", path.stem): path.relative_to(source).as_posix() for path in paths}


def fill_page(app: Sphinx, docname: str, source: list[str]) -> None:
    """读数据一页时把标记换成表。"""
    if docname == PAGE and MARK in source[0]:
        from d2l_helpers.data.hub import registry

        app.env.note_dependency(str(Path(registry.__file__)))
        filled = table(sections(Path(app.srcdir)))
        source[0] = source[0].replace(MARK, TABLE.format(table=filled))


def setup(app: Sphinx) -> dict[str, Any]:
    """登记扩展。"""
    app.connect("source-read", fill_page)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
