"""中文搜索：以二元组（相邻两字）为词，按小节建索引，在浏览器里排序。

Sphinx 自带的中文搜索不切分查询，又要求每个词都出现，几乎什么也找不到。
这里整个换掉：``split`` 同时切分正文与查询（浏览器里的 ``splitText`` 与它逐字相同，见
``zh_search.js``，测试在浏览器里对照），索引只存“词 → 小节与次数”，打分在 ``zh_search.js``。
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

HERE = Path(__file__).parent
RUN = re.compile(r"[\u3400-\u9fff]+|[A-Za-z0-9_]+(?:\.[A-Za-z_][A-Za-z0-9_]*)*")
PART = re.compile(r"_+|(?<=[a-z0-9])(?=[A-Z])")
FUNCTION_CHARS = frozenset("的了吗呢吧啊")  # 含虚字的二元组不进索引
STOP_CHINESE = [
    "为什",
    "什么",
    "怎么",
    "么样",
    "怎样",
    "如何",
    "是什",
    "是否",
    "可以",
    "一个",
    "我们",
]
STOP = frozenset([*STOP_CHINESE, "and", "the", "is", "of", "to", "in", "with"])
SHORT_FORMULA = re.compile(r"[\w\s=+<>().,]{1,12}")
MAX_COUNT = 15
LEAD_CHARS = 90


def stem(word: str) -> str:
    """去掉小写英文词的常见词尾；只求词形合并，不求词典形。"""
    if len(word) > 4 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for suffix in ("ing", "ed"):
        if word.endswith(suffix) and len(word) - len(suffix) >= 4:
            word = word[: -len(suffix)]
            if word[-1] == word[-2] and word[-1] not in "lsz":
                word = word[:-1]
            break
    return word[:-1] if len(word) > 4 and word.endswith("e") else word


def latin_terms(run: str) -> Iterator[str]:
    """一个标识符给出它的整体与各部分。

    带点的整体保留大小写（``torch.tensor`` 与 ``torch.Tensor`` 不同），其余小写、取词干：
    ``nn.CrossEntropyLoss`` 给出它自己、``crossentropyloss``、``cross``、``entropy``、``loss``。
    """
    names = run.split(".")
    if len(names) > 1:
        yield run
    for name in names:
        parts = [part for part in PART.split(name) if part]
        for word in ["".join(parts), *parts] if len(parts) > 1 else parts:
            if len(word) > 1 and not word.isdecimal():
                yield stem(word.lower())


def split(text: str) -> list[str]:
    """把文字切成索引词：汉字取二元组，英文取词干，单字与纯数字略去。"""
    terms: list[str] = []
    for run in RUN.findall(unicodedata.normalize("NFKC", text)):
        if run[0] >= "\u3400":
            pairs = (run[i : i + 2] for i in range(len(run) - 1))
            terms += [pair for pair in pairs if not FUNCTION_CHARS.intersection(pair)]
        else:
            terms += latin_terms(run)
    return [term for term in terms if term not in STOP]


@dataclass(frozen=True)
class Section:
    """索引的单位：一个小节，文字不含它的下级小节。"""

    anchor: str
    heading: str
    lead: str
    heading_terms: tuple[str, ...]
    counts: dict[str, int]


def _pieces(node: nodes.Node) -> Iterator[tuple[str, bool]]:
    """一个小节自身的 (文字, 是否正文)；跳过下级小节、公式、输出与注释。"""
    for child in node.children:
        if isinstance(child, (nodes.title, nodes.comment, nodes.raw)) or _has_title(child):
            continue
        if isinstance(child, (nodes.math, nodes.math_block, nodes.system_message)):
            continue
        if isinstance(child, nodes.Element) and child.get("nb_element") == "cell_code_output":
            continue
        if isinstance(child, (nodes.TextElement, nodes.literal_block)):
            yield _plain(child), not isinstance(child, nodes.literal_block)
        else:
            yield from _pieces(child)


def _has_title(node: nodes.Node) -> bool:
    """是不是有标题的小节（练习的内容也包在 section 里，但没有标题）。"""
    return isinstance(node, nodes.section) and any(
        isinstance(child, nodes.title) for child in node.children
    )


def _plain(node: nodes.Node) -> str:
    """节点的文字；简短的公式保留，长公式换成省略号，还没有解析的公式引用略去。"""
    if isinstance(node, nodes.math):
        return f" {node.astext()} " if SHORT_FORMULA.fullmatch(node.astext()) else " … "
    if isinstance(node, addnodes.pending_xref) and node.get("reftype") == "eq":
        return " "
    if isinstance(node, nodes.Text):
        return str(node)
    return "".join(_plain(child) for child in node.children)


def sections(document: nodes.document) -> list[Section]:
    """文档里全部小节，第一个是页首（标题为页标题，锚点为空）。"""
    found = []
    for section in document.findall(_has_title):
        title = next(child for child in section.children if isinstance(child, nodes.title))
        pieces = list(_pieces(section))
        prose = re.sub(r"\s+", " ", "".join(text for text, is_prose in pieces if is_prose)).strip()
        found.append(
            Section(
                anchor=section["ids"][0] if found else "",
                heading=_plain(title).strip(),
                lead=prose[:LEAD_CHARS],
                heading_terms=tuple(split(_plain(title))),
                counts=dict(Counter(term for text, _ in pieces for term in split(text))),
            )
        )
    return found


def build_index(pages: list[tuple[str, str, list[Section]]]) -> dict[str, Any]:
    """由 (地址, 标题, 小节) 生成浏览器读取的索引。

    ``terms`` 把词映射到一串整数：小节号 × 16 + 次数（至多 15），按差分存放。
    """
    rows: list[list[Any]] = []
    postings: dict[str, list[int]] = {}
    heading_postings: dict[str, list[int]] = {}
    for page_index, (_, _, page_sections) in enumerate(pages):
        for section in page_sections:
            number = len(rows)
            size = sum(section.counts.values())
            rows.append([page_index, section.anchor, section.heading, size, section.lead])
            for term, count in section.counts.items():
                postings.setdefault(term, []).append(number * 16 + min(count, MAX_COUNT))
            for term in set(section.heading_terms):
                heading_postings.setdefault(term, []).append(number)
    return {
        "pages": [[url, title] for url, title, _ in pages],
        "sections": rows,
        "terms": {term: _deltas(values) for term, values in sorted(postings.items())},
        "headings": {term: _deltas(values) for term, values in sorted(heading_postings.items())},
    }


def _deltas(values: list[int]) -> list[int]:
    return [values[0], *(b - a for a, b in pairwise(values))]


# ---- Sphinx 的事件 ----


def _store(env: BuildEnvironment) -> dict[str, list[Section]]:
    if not hasattr(env, "book_sections"):
        env.book_sections = {}  # type: ignore[attr-defined]
    return env.book_sections  # type: ignore[attr-defined]


def _collect(app: Sphinx, document: nodes.document) -> None:
    _store(app.env)[app.env.docname] = sections(document)


def _purge(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    _store(env).pop(docname, None)


def _merge(app: Sphinx, env: BuildEnvironment, docnames: list[str], other: Any) -> None:
    _store(env).update({name: _store(other)[name] for name in docnames if name in _store(other)})


def _replace_builtin(app: Sphinx) -> None:
    if app.builder.format == "html":
        app.builder.search = False  # type: ignore[attr-defined]


def _search_page(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    if app.builder.format == "html":
        yield "search", {}, "search.html"


def _write(app: Sphinx, exception: Exception | None) -> None:
    if exception is not None or app.builder.format != "html":
        return
    pages = [
        (app.builder.get_target_uri(name), app.env.titles[name].astext(), found)
        for name, found in sorted(_store(app.env).items())
        if name in app.env.titles
    ]
    index = json.dumps(build_index(pages), ensure_ascii=False, separators=(",", ":"))
    out = Path(app.outdir)
    (out / "search_index.js").write_text(f"window.bookIndex={index};\n", encoding="utf-8")
    script = (HERE / "zh_search.js").read_text(encoding="utf-8")
    constants = {"FUNCTION_CHARS": "".join(sorted(FUNCTION_CHARS)), "STOP": sorted(STOP)}
    header = "".join(
        f"const {name} = {json.dumps(value, ensure_ascii=False)};\n"
        for name, value in constants.items()
    )
    (out / "search.js").write_text(header + script, encoding="utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    """登记扩展。"""
    app.connect("builder-inited", _replace_builtin)
    app.connect("doctree-read", _collect)
    app.connect("env-purge-doc", _purge)
    app.connect("env-merge-info", _merge)
    app.connect("html-collect-pages", _search_page)
    app.connect("build-finished", _write)
    return {
        "version": "1",
        "env_version": 1,
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }
