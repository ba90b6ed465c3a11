"""一节是一课：选读的标题有记号，检查格折叠着说明查什么，页首写明要读多久。"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from docutils import nodes
from lesson import is_optional, optional_minutes, reading_words
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform

MARK = "选读"
CHECK = "# 检查："


def has_title(section: nodes.Node) -> bool:
    """是不是有标题的小节。"""
    return isinstance(section, nodes.section) and any(
        isinstance(child, nodes.title) for child in section.children[:1]
    )


def source_text(app: Sphinx, docname: str) -> str:
    """一页的源文件；不是章节里的一节就是空的。"""
    folder, _, name = docname.rpartition("/")
    if not folder.startswith("chapters/") or name == "index":
        return ""
    return Path(app.env.doc2path(docname)).read_text(encoding="utf-8", errors="replace")


class OptionalHeadings(SphinxTransform):
    """“选读：甲”的“选读”包上记号，小节加上类名；目录由标题拷贝而来，也就有了记号。"""

    default_priority = 740  # 在改锚点之后、收集目录之前

    def apply(self, **kwargs: Any) -> None:
        """改写标题。"""
        for section in self.document.findall(has_title):
            title = section[0]
            first = title.children[0] if title.children else None
            if not isinstance(first, nodes.Text) or not is_optional(title.astext()):
                continue
            section["classes"].append("optional-reading")
            _, colon, rest = first.astext().partition("：")
            title[:1] = [
                nodes.inline("", MARK, classes=["optional-mark"]),
                nodes.inline("", colon, classes=["optional-colon"]),  # 有了记号就不显示，但读得出
                nodes.Text(rest),
            ]


class CheckPrompts(SphinxTransform):
    """标签为 ``check`` 的折叠格，提示语是它的第一行注释“检查：…”。"""

    default_priority = 800

    def apply(self, **kwargs: Any) -> None:
        """改写提示语。"""
        for cell in self.document.findall(nodes.container):
            if "tag_check" not in cell.get("classes", ()) or "prompt_show" not in cell:
                continue
            code = next(iter(cell.findall(nodes.literal_block)), None)
            first = code.astext().partition("\n")[0] if code is not None else ""
            says = first.removeprefix(CHECK).strip() if first.startswith(CHECK) else ""
            cell["prompt_show"] = cell["prompt_hide"] = f"检查：{says}" if says else "检查"


def _next_core(section: nodes.section) -> nodes.section | None:
    """跳过一段选读之后的那个小节：后面的同级，没有就看上一级。"""
    while isinstance(section.parent, nodes.section):
        siblings = section.parent.children
        for other in siblings[siblings.index(section) + 1 :]:
            if has_title(other) and "optional-reading" not in other["classes"]:
                return other
        section = section.parent
    return None


def add_optional_hints(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """选读的标题下写明可以整个跳过、要读多久，并链到它后面的小节。"""
    lengths = optional_minutes(source_text(app, docname))
    for section in list(doctree.findall(has_title)):
        if "optional-reading" not in section["classes"]:
            continue
        minutes = lengths.get(section[0].astext())
        text = "可以整个跳过" + (f"（读完约 {minutes} 分钟）" if minutes else "")
        hint = nodes.paragraph("", text, classes=["optional-hint"])
        following = _next_core(section)
        if following is not None:
            link = nodes.reference("", refid=following["ids"][0], internal=True)
            link += nodes.inline("", following[0].astext())
            hint += [nodes.Text("，直接看"), link]
        hint += nodes.Text("。")
        section.insert(1, hint)


def show_reading_time(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """标题下的那一行以阅读的时间开头。"""
    text = source_text(app, docname)
    title = next(iter(doctree.findall(nodes.title)), None)
    if not text or title is None:
        return
    words, after = reading_words(text), title.next_node(descend=False, siblings=True)
    if isinstance(after, nodes.paragraph) and "run-summary" in after["classes"]:
        after.insert(0, nodes.Text(f"{words} · "))
    else:
        line = nodes.paragraph("", words, classes=["run-summary"])
        title.parent.insert(title.parent.index(title) + 1, line)


def setup(app: Sphinx) -> dict[str, Any]:
    """登记扩展；在 book_pages 之后，页首那一行才已经在了。"""
    app.setup_extension("book_pages")
    app.add_transform(OptionalHeadings)
    app.add_transform(CheckPrompts)
    app.connect("doctree-resolved", add_optional_hints)
    app.connect("doctree-resolved", show_reading_time)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
