"""中文搜索：以二元组（相邻两字）为词，按小节建索引，在浏览器里排序。

Sphinx 自带的中文搜索不切分查询，又要求每个词都出现，几乎什么也找不到。
这里整个换掉：``split`` 同时切分正文与查询（浏览器里的 ``splitText`` 与它逐字相同，见
``zh_search.js``，测试在浏览器里对照）。索引存五样，打分在 ``zh_search.js``：

- ``terms``：词 → 小节与次数，正文里一次算两次，代码里一次算一次；
- ``headings``：词 → 标题里有它的小节；
- ``concepts``：术语（术语表里的，或“**名称**（English）”这样加粗定义的）→ 英文名与下定义的小节；
- ``names``：标识符 → 定义它（``def``、``class``），或第一个在正文里讲它的小节；
- ``synonyms``：正文不用的说法 → 正文的词，来自“不用”一栏的别名与 ``zh_words.yml``。

``concepts`` 与 ``names`` 照目录的次序，先讲的在前：前面的小节下定义，后面的小节只是使用。
各页的文字另存在 ``search_texts/``，显示摘录时才取。
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain, pairwise
from pathlib import Path
from typing import Any

import yaml
from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

HERE = Path(__file__).parent
WORDS = yaml.safe_load((HERE / "zh_words.yml").read_text(encoding="utf-8"))
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
MAX_PLACES = 3  # 一个术语至多记几个下定义的小节
PROSE, CODE = 2, 1  # 一次出现在正文、代码里各算几次
NOT_TEACHING = frozenset(["小结", "练习", "本节自检"])  # 只重述或使用的小节
NAMED = re.compile(r"（([A-Za-z][A-Za-z0-9 ’'\-]{2,})")
ENGLISH = re.compile(r"[a-z0-9][a-z0-9 '’.\-]+")
DEFINED = re.compile(r"^\s*(?:def|class) +([A-Za-z]\w*)", re.MULTILINE)


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
    """索引的单位：一个小节，文字不含它的下级小节。

    ``concepts`` 是这里链到术语表或加粗定义的 (术语, 英文名)；``entries`` 是写在这里的
    术语表的 (术语, 各个英文名)；``defined`` 与 ``mentioned`` 是代码里定义的、正文里讲到的
    标识符（已切成词）。
    """

    anchor: str
    heading: str
    prose: str = ""
    code: str = ""
    concepts: tuple[tuple[str, str], ...] = ()
    entries: tuple[tuple[str, tuple[str, ...]], ...] = ()
    defined: tuple[str, ...] = ()
    mentioned: tuple[str, ...] = ()

    @cached_property
    def counts(self) -> Counter[str]:
        """各词的次数；正文里的一次比代码里的一次重。读一页时数好，随环境存着，不必每次重数。"""
        counts: Counter[str] = Counter()
        for weight, text in ((PROSE, self.prose), (CODE, self.code)):
            for term in split(text):
                counts[term] += weight
        return counts


def _blocks(node: nodes.Node, in_table: bool = False) -> Iterator[tuple[nodes.Element, bool]]:
    """一个小节自身的 (文字块, 是否在表格里)；跳过下级小节、公式、输出与注释。"""
    for child in node.children:
        if isinstance(child, (nodes.title, nodes.comment, nodes.raw)) or _has_title(child):
            continue
        if isinstance(child, (nodes.math, nodes.math_block, nodes.system_message)):
            continue
        if isinstance(child, nodes.Element) and child.get("nb_element") == "cell_code_output":
            continue
        if isinstance(child, (nodes.TextElement, nodes.literal_block)):
            yield child, in_table
        else:
            yield from _blocks(child, in_table or isinstance(child, nodes.table))


def _has_title(node: nodes.Node) -> bool:
    """是不是有标题的小节（练习的内容也包在 section 里，但没有标题）。"""
    return isinstance(node, nodes.section) and any(
        isinstance(child, nodes.title) for child in node.children
    )


def _plain(node: nodes.Node) -> str:
    """节点的文字；简短的公式保留，长公式换成省略号，还没有解析的引用不留下标号。"""
    if isinstance(node, nodes.math):
        return f" {node.astext()} " if SHORT_FORMULA.fullmatch(node.astext()) else " … "
    if isinstance(node, addnodes.pending_xref) and (
        node.get("reftype") == "eq" or node.get("refdomain") == "cite"
    ):
        return " "
    if isinstance(node, addnodes.pending_xref) and _shows_label(node):
        return "图" if node["reftype"] == "numref" else ""
    if isinstance(node, nodes.Text):
        return str(node)
    return "".join(_plain(child) for child in node.children)


def _shows_label(reference: nodes.Element) -> bool:
    """这个引用此刻的文字是不是标号本身（标题要等全书读完才知道）。"""
    return reference.get("reftype") in ("ref", "numref") and not reference.get("refexplicit")


def _concepts(block: nodes.Element) -> Iterator[tuple[str, str]]:
    """一段正文里的术语：链到术语表的，和加粗并附英文的；后者带上英文名。"""
    for node in block.findall(nodes.Element):
        if isinstance(node, addnodes.pending_xref) and node.get("reftype") == "term":
            yield node["reftarget"], ""
        elif isinstance(node, nodes.strong):
            after = node.parent[node.parent.index(node) + 1 :][:1]
            english = NAMED.match(after[0].astext()) if after else None
            if english and len(_plain(node)) <= 12:
                yield _plain(node), english[1].strip().lower()


def identifiers(text: str) -> list[str]:
    """文字里每个标识符的整体与最后一段，已切成词；``nn.Linear`` 给出它自己与 ``linear``。"""
    found = []
    for run in RUN.findall(unicodedata.normalize("NFKC", text)):
        if run[0] < "\u3400":
            names = [run, run.rsplit(".", 1)[1]] if "." in run else [run]
            found += [term for name in names for term in [*latin_terms(name)][:1]]
    return [term for term in found if len(term) > 2 and term not in STOP]


def sections(document: nodes.document) -> list[Section]:
    """文档里全部小节，第一个是页首（标题为页标题，锚点为空）。"""
    found = []
    for section in document.findall(_has_title):
        title = next(child for child in section.children if isinstance(child, nodes.title))
        heading = _plain(title).strip()
        blocks = list(_blocks(section))
        code = "\n".join(
            block.astext() for block, _ in blocks if isinstance(block, nodes.literal_block)
        )
        prose = [block for block, _ in blocks if not isinstance(block, nodes.literal_block)]
        entries = (_entries(child) for child in section.children if _is_glossary(child))
        common = Section(
            anchor=section["ids"][0] if found else "",
            heading=heading,
            prose=re.sub(r"\s+", " ", " ".join(map(_plain, prose))).strip(),
            code=code,
            entries=tuple(chain.from_iterable(entries)),
        )
        found.append(common if heading in NOT_TEACHING else _teaching(common, blocks))
    return found


def _teaching(section: Section, blocks: list[tuple[nodes.Element, bool]]) -> Section:
    """添上这一小节讲的术语与标识符；表格里的只是列举，不算。"""
    prose = [
        block
        for block, in_table in blocks
        if not in_table and not isinstance(block, nodes.literal_block)
    ]
    literals = [node.astext() for block in prose for node in block.findall(nodes.literal)]
    return replace(
        section,
        concepts=tuple(concept for block in prose for concept in _concepts(block)),
        defined=tuple(identifiers(" ".join(DEFINED.findall(section.code)))),
        mentioned=tuple(identifiers(" ".join(literals))),
    )


def _is_glossary(node: nodes.Node) -> bool:
    return isinstance(node, addnodes.glossary)


def _entries(glossary: nodes.Node) -> Iterator[tuple[str, tuple[str, ...]]]:
    """术语表的 (术语, 各个英文名)；解释以“英文，缩写。”开头。"""
    for item in glossary.findall(nodes.definition_list_item):
        first = next(item.findall(nodes.definition)).astext().split("。")[0]
        names = [name.strip().lower() for name in re.split("[，、；（）]", first)]
        english = tuple(name for name in names if ENGLISH.fullmatch(name))
        yield next(item.findall(nodes.term)).astext(), english


def aliases(document: nodes.document) -> dict[str, list[str]]:
    """表头最后一栏是“不用”的表：别名 → 本书的词。"""
    found: dict[str, list[str]] = {}
    for table in document.findall(nodes.table):
        rows = [[cell.astext().strip() for cell in row] for row in table.findall(nodes.row)]
        if rows[0][-1] == "不用":
            for term, *_, unused in rows[1:]:
                for alias in filter(None, unused.split("、")):
                    found.setdefault(alias.lower(), []).append(term)
    return found


def build_index(
    pages: list[tuple[str, str, list[Section]]], synonyms: dict[str, list[str]] | None = None
) -> dict[str, Any]:
    """由照目录次序的 (地址, 标题, 一页) 与别的说法生成浏览器读取的索引。

    ``terms`` 把词映射到一串整数：小节号 × 16 + 次数（至多 15），按差分存放。
    """
    rows: list[list[Any]] = []
    postings: dict[str, list[int]] = {}
    headings: dict[str, list[int]] = {}
    defined: dict[str, list[int]] = {}
    mentioned: dict[str, list[int]] = {}
    english: dict[str, list[str]] = {}
    places: dict[str, list[int]] = {}
    entries: dict[str, list[int]] = {}
    for page_index, (_, _, page_sections) in enumerate(pages):
        for section in page_sections:
            number = len(rows)
            counts = section.counts
            rows.append([page_index, section.anchor, section.heading, counts.total()])
            for term, count in counts.items():
                postings.setdefault(term, []).append(number * 16 + min(count, MAX_COUNT))
            for term in dict.fromkeys(split(section.heading)):
                headings.setdefault(term, []).append(number)
            for table, found in ((defined, section.defined), (mentioned, section.mentioned)):
                for term in found:
                    table.setdefault(term, []).append(number)
            for term, name in section.concepts:
                english.setdefault(term, []).extend([name] if name else [])
                places.setdefault(term, []).append(number)
            for term, names in section.entries:
                english.setdefault(term, []).extend(names)
                entries.setdefault(term, []).append(number)
    page_of = [row[0] for row in rows]
    spread = {
        term: len({page_of[value // 16] for value in values}) for term, values in postings.items()
    }
    first = {
        term: [*defined.get(term, [])[:1], *mentioned.get(term, [])[:1]]
        for term in sorted({*defined, *mentioned})
        if spread.get(term, 0) > 1
    }
    return {
        "pages": [[url, title] for url, title, _ in pages],
        "sections": rows,
        "terms": {term: _deltas(values) for term, values in sorted(postings.items())},
        "headings": {term: _deltas(values) for term, values in sorted(headings.items())},
        "concepts": {
            term: [
                list(dict.fromkeys(names)),
                *_first_of_each_page(places.get(term) or entries.get(term, []), page_of),
            ]
            for term, names in sorted(english.items())
        },
        "names": {term: _first_of_each_page(found, page_of) for term, found in first.items()},
        "synonyms": synonyms or {},
    }


def _first_of_each_page(numbers: list[int], page_of: list[int]) -> list[int]:
    """每页留第一个小节，至多留 ``MAX_PLACES`` 个。"""
    first: dict[int, int] = {}
    for number in numbers:
        first.setdefault(page_of[number], number)
    return [*first.values()][:MAX_PLACES]


def _deltas(values: list[int]) -> list[int]:
    return [values[0], *(b - a for a, b in pairwise(values))]


def in_order(root: str, includes: dict[str, list[str]]) -> list[str]:
    """由首页出发，照目录的次序走到的各页。"""
    found = [root]
    for name in includes.get(root, []):
        found += [page for page in in_order(name, includes) if page not in found]
    return found


# ---- Sphinx 的事件 ----


def _store(env: BuildEnvironment, what: str = "book_search") -> dict[str, Any]:
    """随环境存放的 页名 → 小节（或别名）。"""
    if not hasattr(env, what):
        setattr(env, what, {})
    return getattr(env, what)


STORES = ("book_search", "book_aliases")


def _collect(app: Sphinx, document: nodes.document) -> None:
    found = _store(app.env)[app.env.docname] = sections(document)
    for section in found:
        section.counts  # noqa: B018  趁各页在并行地读，数好存下
    _store(app.env, "book_aliases")[app.env.docname] = aliases(document)


def _purge(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    for what in STORES:
        _store(env, what).pop(docname, None)


def _merge(app: Sphinx, env: BuildEnvironment, docnames: list[str], other: Any) -> None:
    for what in STORES:
        theirs = _store(other, what)
        _store(env, what).update({name: theirs[name] for name in docnames if name in theirs})


def _synonyms(env: BuildEnvironment) -> dict[str, list[str]]:
    """各页“不用”一栏的别名，加上 ``zh_words.yml`` 里的；同一说法以后者为准。"""
    found = dict(chain.from_iterable(page.items() for page in _store(env, "book_aliases").values()))
    return found | {str(said).lower(): list(words) for said, words in WORDS["synonyms"].items()}


def _replace_builtin(app: Sphinx) -> None:
    if app.builder.format == "html":
        app.builder.search = False  # type: ignore[attr-defined]


def _search_page(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    if app.builder.format == "html":
        yield "search", {}, "search.html"


def _write(app: Sphinx, exception: Exception | None) -> None:
    if exception is not None or app.builder.format != "html":
        return
    names = in_order(app.config.root_doc, app.env.toctree_includes)
    pages = [
        (app.builder.get_target_uri(name), app.env.titles[name].astext(), _store(app.env)[name])
        for name in dict.fromkeys([*names, *sorted(_store(app.env))])
        if name in app.env.titles and name in _store(app.env)
    ]
    out = Path(app.outdir)
    _write_js(out / "search_index.js", "window.bookIndex=", build_index(pages, _synonyms(app.env)))
    (out / "search_texts").mkdir(exist_ok=True)
    for number, (_, _, page_sections) in enumerate(pages):
        texts = [[section.prose, section.code] for section in page_sections]
        _write_js(out / "search_texts" / f"{number}.js", f"window.bookTexts[{number}]=", texts)
    script = (HERE / "zh_search.js").read_text(encoding="utf-8")
    constants = {
        "FUNCTION_CHARS": "".join(sorted(FUNCTION_CHARS)),
        "STOP": sorted(STOP),
        "QUESTIONS": sorted(WORDS["questions"], key=len, reverse=True),
    }
    header = "".join(
        f"const {name} = {json.dumps(value, ensure_ascii=False)};\n"
        for name, value in constants.items()
    )
    (out / "search.js").write_text(header + script, encoding="utf-8")


def _write_js(path: Path, start: str, value: Any) -> None:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    path.write_text(f"{start}{text};\n", encoding="utf-8")


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
        "env_version": 3,
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }
