"""HTML 的修整：折叠用原生的 details，图都有文字替代，标题有稳定的锚点，提示语是中文。"""

from __future__ import annotations

import re
from html import escape
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform

# 主题与扩展里没有译成中文的提示语
PHRASES = {
    ' aria-label="Toggle hidden content"': "",  # summary 自有文字
    "Link to this heading": "本小节的链接",
    "Link to this equation": "本公式的链接",
    "Link to this image": "本图的链接",
    "Link to this table": "本表的链接",
    "Link to this code": "本段代码的链接",
    "Link to this term": "本词的链接",
    "Link to this definition": "本定义的链接",
    "Permalink to this": "链接：",
}
PUNCTUATION = re.compile(r"[^\w\u3400-\u9fff]+")


def heading_slug(title: str) -> str:
    """标题的锚点：保留汉字、字母与数字，其余换成连字符。"""
    return PUNCTUATION.sub("-", title.lower()).strip("-") or "section"


class HeadingAnchors(SphinxTransform):
    """中文标题的锚点由 ``id3`` 一类的序号改成标题本身，改动别处时链接不会错位。"""

    default_priority = 730  # 在收集目录之前

    def apply(self, **kwargs: Any) -> None:
        """改写锚点。"""
        for section in self.document.findall(nodes.section):
            ids = section["ids"]
            if len(ids) != 1 or not re.fullmatch(r"id\d+", ids[0]) or not section.children:
                continue
            base = slug = heading_slug(section.children[0].astext())
            number = 2
            while slug in self.document.ids:
                slug, number = f"{base}-{number}", number + 1
            self.document.ids[slug] = self.document.ids.pop(ids[0])
            for name, target in self.document.nameids.items():
                if target == ids[0]:
                    self.document.nameids[name] = slug
            section["ids"] = [slug]


def _is_untitled(section: nodes.section) -> bool:
    return not any(isinstance(child, nodes.title) for child in section.children)


def _replace(node: nodes.Element, children: list[nodes.Node]) -> None:
    """原处换成 ``children``；不用 ``replace_self``，它会把锚点与类名传给第一个孩子。"""
    parent = node.parent
    position = parent.index(node)
    parent[position : position + 1] = children


def unwrap_untitled_sections(doctree: nodes.document) -> None:
    """练习与解答的内容被包在没有标题、锚点重复的 section 里，拆掉这层包装。"""
    for section in list(doctree.findall(nodes.section)):
        if _is_untitled(section):
            _replace(section, section.children)


def _summary_text(admonition: nodes.Element) -> str:
    title = next(iter(admonition.findall(nodes.title)), None)
    text = title.astext().strip() if title is not None else "展开"
    if "solution" in admonition["classes"]:
        number = re.search(r"练习\s*[\d.]+", text)
        text = f"参考答案 · {number[0]}" if number else "参考答案"
    return text


def fold_dropdowns(doctree: nodes.document) -> None:
    """带 ``dropdown`` 的提示框与解答改成原生的 ``<details>``：不靠脚本，查找时会自动展开。

    解答里带标签 ``check`` 的格子移到它的外面：读者不打开答案，也能拿去检查自己的写法。
    """
    for box in list(doctree.findall(nodes.Admonition)):
        if "dropdown" not in box.get("classes", ()):
            continue
        classes = " ".join(["admonition", *(c for c in box["classes"] if c != "admonition")])
        anchor = f' id="{escape(box["ids"][0])}"' if box["ids"] else ""
        summary = escape(_summary_text(box))
        opening = (
            f'<details class="{classes}"{anchor}>'
            f'<summary class="admonition-title">{summary}</summary>'
        )
        body = [child for child in box.children if not isinstance(child, nodes.title)]
        checks = [child for child in body if "tag_check" in child.get("classes", ())]
        body = [child for child in body if child not in checks]
        raw = [nodes.raw("", text, format="html") for text in (opening, "</details>")]
        _replace(box, [raw[0], *body, raw[1], *checks])


def describe_images(doctree: nodes.document) -> None:
    """没有文字替代的图（多是单元格画出来的）补上一句：它出自哪一小节。"""
    for image in doctree.findall(nodes.image):
        if image.get("alt"):
            continue
        section: Any = image.parent
        while section is not None and not isinstance(section, nodes.section):
            section = section.parent
        where = f"“{section.children[0].astext()}”一节" if section is not None else "本页"
        image["alt"] = f"{where}里代码画出的图"


def polish(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """写出 HTML 之前修整文档树。"""
    if app.builder.format == "html":
        unwrap_untitled_sections(doctree)
        fold_dropdowns(doctree)
        describe_images(doctree)


def translate_page(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """页面正文里剩下的英文提示语换成中文。"""
    body = context.get("body")
    if body:
        for english, chinese in PHRASES.items():
            body = body.replace(english, chinese)
        context["body"] = body


def setup(app: Sphinx) -> dict[str, Any]:
    """登记扩展。"""
    app.add_transform(HeadingAnchors)
    app.connect("doctree-resolved", polish)
    app.connect("html-page-context", translate_page)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
