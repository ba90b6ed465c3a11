"""搜索：浏览器与 Python 的切分相同；五十条查询至少四十八条在前三个结果里找到那一节。"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
import yaml
from playwright.sync_api import BrowserContext
from watching import ROOT, Watched, watch

sys.path.insert(0, str(ROOT / "_ext"))
from zh_search import build_index, split, stem

QUERIES: dict[str, str | list[str]] = yaml.safe_load(
    (Path(__file__).parent / "queries.yml").read_text(encoding="utf-8")
)
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
    """索引里没有单字，全书的索引小于每页 40 KB。"""
    text = (site / "search_index.js").read_text(encoding="utf-8")
    index = yaml.safe_load(text.removeprefix("window.bookIndex=").rstrip(";\n"))
    assert all(len(term) > 1 for term in index["terms"])
    assert len(text.encode()) < 40_000 * len(index["pages"])
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


def test_eighty_queries(search: Watched, base: str, capsys: pytest.CaptureFixture[str]) -> None:
    """像读者那样提交八十条查询；至少七十七条在前三个结果里找到那一节。"""
    assert len(QUERIES) == 80
    missed = []
    for query, wanted in QUERIES.items():
        search.page.goto(f"{base}search.html?q={quote(query)}", wait_until="load")
        links = search.page.locator(".search-hits > li > a.search-page")
        hits = links.evaluate_all("(all) => all.slice(0, 3).map((a) => a.getAttribute('href'))")
        targets = [wanted] if isinstance(wanted, str) else wanted
        if not {f"{target}.html" for target in targets}.intersection(hits):
            missed.append(f"{query} → {hits}")
    with capsys.disabled():
        print(f"\n搜索：{len(QUERIES) - len(missed)}/{len(QUERIES)} 条在前三个结果里")
    assert len(missed) <= 3, "\n".join(missed)
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
