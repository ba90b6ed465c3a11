"""搜索：浏览器与 Python 的切分相同；每条排序的规矩各有小例；一百七十多条查询几乎都排在前三。"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
import yaml
from playwright.sync_api import BrowserContext
from watching import ROOT, Watched, watch

sys.path.insert(0, str(ROOT / "_ext"))
from zh_search import Section, build_index, split, stem


def read_queries(name: str) -> dict[str, str | list[str]]:
    """查询 → 应当找到的一页或几页。"""
    return yaml.safe_load((Path(__file__).parent / name).read_text(encoding="utf-8"))


FILES = ("queries.yml", "questions.yml", "sequences.yml", "vision.yml")
QUERIES = {query: wanted for file in FILES for query, wanted in read_queries(file).items()}
STRINGS = [
    "广播机制",
    "为什么梯度会累积？",
    "view 和 reshape 的区别",
    "softmax回归的从零开始实现",
    "F.cross_entropy 与 nn.CrossEntropyLoss",
    "requires_grad=True，x.grad.zero_()",
    "ＣＵＤＡ １２．４ 全角字母",
    "log-sum-exp、DataLoader、num_workers=4",
    "images classes running fitted sharing the of batches loss bias axis",
    "㐀〇鿿 生僻字；日文かな与한글",
    "x.grad.zero_()，np.float32(1.5)…… a..b .c d. torch.nn.functional",
    "a b 1 22 x1 L1 L2 _private __init__ MLP2Net",
    "",
    "的了吗 单 字 👍🏽 émigré",
]


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("广播机制", ["广播", "播机", "机制"]),
        ("梯度的累积", ["梯度", "累积"]),
        ("CrossEntropyLoss", ["crossentropyloss", "cross", "entropy", "loss"]),
        ("cross_entropy", ["crossentropy", "cross", "entropy"]),
        ("torch.Tensor", ["torch.Tensor", "torch", "tensor"]),
        ("images 1 x", ["imag"]),
        ("秩", []),
    ],
)
def test_split(text: str, terms: list[str]) -> None:
    """汉字成对，标识符连整体带各部分，单字与数字略去。"""
    assert split(text) == terms


@pytest.mark.parametrize(
    ("forms", "base"),
    [
        (("image", "images"), "imag"),
        (("batch", "batches"), "batch"),
        (("train", "training", "trained", "trains"), "train"),
        (("share", "shared", "sharing"), "shar"),
        (("fit", "fitting"), "fit"),
        (("loss",), "loss"),
        (("axis",), "axis"),
    ],
)
def test_stem_joins_word_forms(forms: tuple[str, ...], base: str) -> None:
    """同一个词的各种形式并到一起，短词不动。"""
    assert {stem(form) for form in forms} == {base}


def test_index_has_no_single_characters(site: Path) -> None:
    """索引里没有单字，全书的索引小于每页 20 KB。"""
    text = (site / "search_index.js").read_text(encoding="utf-8")
    index = yaml.safe_load(text.removeprefix("window.bookIndex=").rstrip(";\n"))
    assert all(len(term) > 1 for term in index["terms"])
    assert len(text.encode()) < 20_000 * len(index["pages"])
    assert build_index([])["terms"] == {}


@pytest.fixture(scope="module")
def search(context: BrowserContext, base: str) -> Iterator[Watched]:
    """打开着的搜索页。"""
    watched = watch(context, base)
    watched.page.goto(f"{base}search.html", wait_until="load")
    yield watched
    watched.page.close()


@pytest.mark.parametrize("text", [*STRINGS, *QUERIES])
def test_browser_splits_like_python(search: Watched, text: str) -> None:
    """浏览器里的 splitText 与 Python 的 split 给出同样的词。"""
    assert search.page.evaluate("(text) => splitText(text)", text) == split(text)


@pytest.mark.parametrize(
    ("file", "at_least", "first_at_least"),
    [
        ("queries.yml", 79, 76),
        ("questions.yml", 76, 59),
        ("sequences.yml", 32, 26),
        ("vision.yml", 49, 44),
    ],
)
def test_queries(
    search: Watched,
    base: str,
    capsys: pytest.CaptureFixture[str],
    file: str,
    at_least: int,
    first_at_least: int,
) -> None:
    """像读者那样提交一组查询：多数就在第一个，几乎都在前三个结果里。"""
    queries = read_queries(file)
    total = len(queries)
    missed, later = [], []
    for query, wanted in queries.items():
        search.page.goto(f"{base}search.html?q={quote(query)}", wait_until="load")
        links = search.page.locator(".search-hits > li > a.search-page")
        hits = links.evaluate_all("(all) => all.slice(0, 3).map((a) => a.getAttribute('href'))")
        targets = [wanted] if isinstance(wanted, str) else wanted
        pages = {f"{target}.html" for target in targets}
        if not hits or hits[0] not in pages:
            later.append(f"{query} → {hits}")
        if not pages.intersection(hits):
            missed.append(f"{query} → {hits}")
    with capsys.disabled():
        first = total - len(later)
        print(f"\n{file}：{total - len(missed)}/{total} 条在前三个结果里，{first} 条在第一")
    assert total - len(missed) >= at_least, "\n".join(missed)
    assert first >= first_at_least, "\n".join(later)
    assert search.errors == []
    assert search.foreign == []


@pytest.mark.parametrize(
    ("query", "rest", "swapped"),
    [
        ("怎么选学习率", "选学习率", []),
        ("为什么", "为什么", []),
        ("池化有什么用", "", [["汇聚"]]),
        ("教室 classroom", "教室 classroom", []),
        ("OOM 怎么办", "", [["显存"]]),
        ("最大池化", "", [["最大汇聚"]]),
    ],
)
def test_understanding(search: Watched, query: str, rest: str, swapped: list[list[str]]) -> None:
    """问句的套话去掉，剩不下东西时不去；说法换成正文的词，英文的要成词，长的盖住短的。"""
    said = {"池化": ["汇聚"], "oom": ["显存"], "最大池化": ["最大汇聚"]}
    index = build_index([page("a", part("甲", "汇聚，显存，最大汇聚，学习率。"))], said)
    script = "([index, query]) => understand(index, query)"
    assert search.page.evaluate(script, [index, query]) == {"rest": rest, "swapped": swapped}


@pytest.mark.parametrize("query", ["池化", "池化有什么用", "最大池化"])
def test_synonyms_lead_to_the_term(search: Watched, query: str) -> None:
    """正文不用的说法找得到正文的词；没有这张表就找不到。"""
    pages = [*OTHERS, page("pool", part("甲", "汇聚层。"))]
    script = "([index, query]) => rankPages(index, query).map((hit) => index.pages[hit.page][0])"
    said = {"池化": ["汇聚"]}
    assert search.page.evaluate(script, [build_index(pages, said), query])[0] == "pool.html"
    assert "pool.html" not in search.page.evaluate(script, [build_index(pages), query])[:1]


def test_no_labels_in_the_excerpts(site: Path) -> None:
    """摘录里没有标号（“sec-…”“fig-…”）；别名都在索引里。"""
    label = re.compile(r"[（\s](?:sec|fig|chap|page|eq|ex)-[a-z]")
    for file in (site / "search_texts").glob("*.js"):
        assert not label.search(file.read_text(encoding="utf-8")), file
    text = (site / "search_index.js").read_text(encoding="utf-8")
    assert '"代价函数":["损失函数"]' in text


FILLER = "数据 模型 训练 张量 图像 代码 结果 函数 " * 4


def page(name: str, *sections: Section) -> tuple[str, str, list[Section]]:
    """一页：地址、标题与小节；标题取第一个小节的。"""
    return f"{name}.html", sections[0].heading, list(sections)


def part(heading: str, prose: str = "", **more: object) -> Section:
    """一个小节；正文凑到差不多长，免得长短影响排序。"""
    return Section("锚点", heading, prose + FILLER, **more)  # type: ignore[arg-type]


OTHERS = [page(f"other{i}", part(f"别的{i}"), part(f"另一节{i}")) for i in range(8)]
USER = page("user", part("后来", "学习率取零点一，学习率减半。"))
RULES = {
    "小节标题里的词": (
        "步长",
        [
            page("heading", part("甲"), part("步长怎样定")),
            page("body", part("乙"), part("丙", "步长")),
        ],
        [
            page("heading", part("甲"), part("丁", "步长")),
            page("body", part("乙"), part("步长之外")),
        ],
    ),
    "给术语下定义": (
        "学习率怎么选",
        [page("defines", part("先讲", "学习率。", concepts=(("学习率", ""),))), USER],
        [page("defines", part("先讲", "学习率。")), USER],
    ),
    "术语的英文名": (
        "learning rate",
        [
            page("defines", part("先讲", "学习率。", concepts=(("学习率", "learning rate"),))),
            page("english", part("后来", "rate。")),
        ],
        [page("defines", part("先讲", "学习率。")), page("english", part("后来", "rate。"))],
    ),
    "单字术语在末尾": (
        "自定义块",
        [
            page("defines", part("先讲", "定义。", concepts=(("块", "block"),))),
            page("user", part("后来", "定义，定义。")),
        ],
        [
            page("defines", part("先讲", "定义。", concepts=(("块头", ""),))),
            page("user", part("后来", "定义，定义。")),
        ],
    ),
    "最先讲到标识符": (
        "no_grad",
        [
            page("explains", part("先讲", "no_grad。", mentioned=("nograd",))),
            page("uses", part("后来", "no_grad，no_grad。")),
        ],
        [
            page("explains", part("先讲", "no_grad。")),
            page("uses", part("后来", "no_grad，no_grad。")),
        ],
    ),
    "正文重于代码": (
        "fastest",
        [page("prose", part("甲", "fastest")), page("code", part("乙", code="fastest"))],
        [page("prose", part("甲", code="fastest")), page("code", part("乙", "fastest"))],
    ),
    "各个词都有": (
        "稠密连接 过渡层",
        [
            page("both", part("甲", "稠密连接与过渡层。")),
            page("one", part("乙", "稠密连接，稠密连接，稠密连接，稠密连接。")),
        ],
        [
            page("both", part("甲", "稠密连接。")),
            page("one", part("乙", "稠密连接，稠密连接，稠密连接，稠密连接。")),
        ],
    ),
    "同分时在前的先": (
        "广播",
        [page("earlier", part("甲", "广播。")), page("later", part("乙", "广播。"))],
        [page("later", part("乙", "广播。")), page("earlier", part("甲", "广播。"))],
    ),
    "正文先于附录": (
        "广播",
        [page("reference/glossary", part("甲", "广播。")), page("teaches", part("乙", "广播。"))][
            ::-1
        ],
        [
            page("reference/glossary", part("甲", "广播。")),
            page("reference/b", part("乙", "广播。")),
        ],
    ),
}


@pytest.mark.parametrize("rule", RULES)
def test_ranking_rules(search: Watched, rule: str) -> None:
    """每条规矩：有它所说的内容时那一页排第一；去掉那点内容，另一页排第一。"""
    query, with_rule, without = RULES[rule]
    winner = with_rule[0][0]
    assert first_page(search, query, [*with_rule, *OTHERS]) == winner
    assert first_page(search, query, [*without, *OTHERS]) != winner


def first_page(search: Watched, query: str, pages: list[tuple[str, str, list[Section]]]) -> str:
    """在浏览器里用这些页面的索引排序，第一页的地址。"""
    index = build_index(pages)
    script = "([index, query]) => index.pages[rankPages(index, query)[0].page][0]"
    return str(search.page.evaluate(script, [index, query]))


@pytest.mark.parametrize(
    ("texts", "query", "text", "marked"),
    [
        (
            ["开头的话。这里讲学习率。结尾。", ""],
            "学习率怎么选",
            "这里讲学习率。结尾。",
            ["学习率"],
        ),
        (
            ["开头的话。", "x = 1\nwith torch.no_grad():"],
            "no_grad",
            "with torch.no_grad():",
            ["no_grad"],
        ),
        (["各层共享 Images。", ""], "image", "各层共享 Images。", ["Images"]),
        (["没有。", ""], "学习率", "没有。", []),
    ],
)
def test_excerpt(
    search: Watched, texts: list[str], query: str, text: str, marked: list[str]
) -> None:
    """摘录取含有查询的词的那一句（正文里没有时取那行代码），相连的词并成一段标出来。"""
    script = """([texts, query]) => {
        const terms = new Map(splitText(query).map((term) => [term, 1]));
        const { text } = excerptOf(texts, terms);
        const marks = highlighted(text, terms).filter((part) => typeof part !== "string");
        return [text, marks.map((mark) => mark.textContent)];
    }"""
    assert search.page.evaluate(script, [texts, query]) == [text, marked]


@pytest.mark.parametrize("query", ["no_grad", "为什么验证损失比训练损失低", "x.grad.zero_()", "秩"])
def test_results_show_where_and_why(search: Watched, base: str, site: Path, query: str) -> None:
    """第一个结果有标出词的摘录；各结果的小节链接都落在那一页的锚点上。"""
    search.page.goto(f"{base}search.html?q={quote(query)}", wait_until="load")
    search.page.wait_for_selector(".search-hits > li:first-child .search-lead mark")
    links = search.page.locator(".search-section").evaluate_all(
        "(all) => all.map((a) => decodeURIComponent(a.getAttribute('href')))"
    )
    assert links
    for link in links:
        address, anchor = link.split("#")
        assert f'id="{anchor}"' in (site / address).read_text(encoding="utf-8"), link
    assert search.errors == []
    assert search.foreign == []


def test_search_from_a_page(context: BrowserContext, base: str) -> None:
    """在任一页按 Ctrl+K，输入，回车，就到了结果；没有结果时说明白。"""
    watched = watch(context, base)
    page = watched.page
    page.goto(f"{base}index.html", wait_until="load")
    page.keyboard.press("Control+k")
    page.locator("#pst-search-dialog input[name=q]").fill("张量")
    page.keyboard.press("Enter")
    page.wait_for_selector(".search-hits > li")
    page.goto(f"{base}search.html?q={quote('㵘㵘')}", wait_until="load")
    assert "没有找到" in page.locator(".search-summary").inner_text()
    page.close()
    assert watched.errors == []
