"""逐页的检查咬得住：把一页按每种方式弄坏，看对应的那一项检查不通过，别的仍通过。"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from zlib import crc32

import pytest
import test_links
import test_pages
from playwright.sync_api import BrowserContext
from test_pages import Visit, visit

pytestmark = pytest.mark.xdist_group("bites")

PAGE = "chapters/02-linear-networks/04-softmax-regression"
CHECKS: list[Callable[[Visit], None]] = [
    test_pages.test_loads_without_trouble,
    test_pages.test_markup_is_rendered,
    test_pages.test_reads_in_chinese,
    test_pages.test_images_load_and_have_text,
    test_pages.test_controls_have_names,
    test_pages.test_text_is_legible,
    test_pages.test_fits_a_phone,
    test_pages.test_folds_open,
]
PIXEL = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw=="
STUCK = (
    "<details id='stuck'><summary>答案</summary><p>字</p></details><script>"
    "document.querySelector('#stuck').addEventListener('click', (e) => e.preventDefault())</script>"
)
BREAKS = [  # 加在正文开头的一段，与应当不通过的检查
    ("", None),
    ("<img alt='图' src='https://example.org/x.png'>", "loads_without_trouble"),
    ("<script src='http://192.0.2.1/x.js'></script>", "loads_without_trouble"),
    ("<script>console.error('坏了')</script>", "loads_without_trouble"),
    ("<script>throw new Error('坏了')</script>", "loads_without_trouble"),
    ("<script>fetch('no-such-file.json').catch(() => 0)</script>", "loads_without_trouble"),
    ("<p>漏下的 {ref}`sec-x`</p>", "markup_is_rendered"),
    (r"<p><span class='math'>\(\undefinedmacro{x}</span></p>", "markup_is_rendered"),
    ("<i id='twice'></i><i id='twice'></i>", "markup_is_rendered"),
    ("<p title='Toggle this'>字</p>", "reads_in_chinese"),
    (f"<img src='{PIXEL}'>", "images_load_and_have_text"),
    (f"<img alt='a.png' src='{PIXEL}'>", "images_load_and_have_text"),
    ("<button></button>", "controls_have_names"),
    ("<p style='color:#999;background:#fff'>看不清</p>", "text_is_legible"),
    ("<style>html[data-theme=dark] #d{color:#333}</style><p id='d'>字</p>", "text_is_legible"),
    ("<style>#t{transition:color 9s}html[data-theme=dark] #t{color:#333!important}</style>"
     "<p id='t'>渐变到看不清</p>", "text_is_legible"),
    ("<p style='width:391px;white-space:nowrap'>一行太长的字</p>", "fits_a_phone"),
    ("<details><summary>答案</summary><p style='width:600px'>字</p></details>", "fits_a_phone"),
    (STUCK, "folds_open"),
]  # fmt: skip


@pytest.fixture
def damage(site: Path) -> Iterator[Callable[[str], str]]:
    """把一页的正文前加上一段，另存一页，返回它的名字；测试完就删去。"""
    made = []

    def write(addition: str) -> str:
        text = (site / f"{PAGE}.html").read_text(encoding="utf-8")
        opening = '<article class="bd-article">'
        assert text.count(opening) == 1
        name = f"{PAGE}-damaged-{crc32(addition.encode())}"  # 浏览器会缓存，不能重名
        path = site / f"{name}.html"
        path.write_text(text.replace(opening, opening + addition), encoding="utf-8")
        made.append(path)
        return name

    yield write
    for path in made:
        path.unlink(missing_ok=True)


def failing(seen: Visit) -> list[str]:
    """不通过的检查。"""
    names = []
    for check in CHECKS:
        try:
            check(seen)
        except AssertionError:
            names.append(check.__name__.removeprefix("test_"))
    return names


@pytest.mark.parametrize(("addition", "expected"), BREAKS)
def test_each_damage_is_found(
    addition: str,
    expected: str | None,
    damage: Callable[[str], str],
    context: BrowserContext,
    base: str,
) -> None:
    found = failing(visit(context, base, damage(addition)))
    assert expected in found if expected else found == []


def test_broken_links_are_found(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text('<a href="b.html#here">甲</a>', encoding="utf-8")
    (tmp_path / "b.html").write_text('<p id="here"></p><a href="#">乙</a>', encoding="utf-8")
    test_links.test_local_links_resolve("a", tmp_path)
    test_links.test_local_links_resolve("b", tmp_path)
    for number, link in enumerate(("c.html", "b.html#there", "#nowhere")):
        (tmp_path / f"x{number}.html").write_text(f'<a href="{link}">丙</a>', encoding="utf-8")
        with pytest.raises(AssertionError):
            test_links.test_local_links_resolve(f"x{number}", tmp_path)
