"""有一节没有执行成功时，网站照样建成，那一页写明出了什么事；改好以后页面又是完整的。"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from watching import ROOT

from tests.book.test_tools import results, run, write_section

pytestmark = pytest.mark.xdist_group("failing")  # 共用一本小书，一次接一次地建

COPIED = ("tools", "_ext", "_static", "_config.yml", "references.bib", "requirements.lock")
TOC = """format: jb-book
root: index
parts:
  - caption: 甲
    chapters:
      - file: chapters/00-a/index
        sections: [{sections}]
"""
NAMES = ("01-good", "02-raises", "03-slow", "04-dies", "05-broken")
WRONG = {  # 有 flag 这个文件时出错的三种代码
    "02-raises": "raise ValueError('汉字的消息')",
    "03-slow": "import time; time.sleep(60)",
    "04-dies": "import os; os._exit(1)",
}
CODE = """from pathlib import Path
print('先')
```

第二格里有数 {{glue:text}}`number`。

```{{code-cell}} ipython3
if Path({flag!r}).exists():
    {wrong}
print('中')
```

```{{code-cell}} ipython3
from myst_nb import glue
glue('number', 42, display=False)
print('后')"""
ONCE = """from pathlib import Path
if not Path({flag!r}).exists():
    Path({flag!r}).touch()
    raise RuntimeError('只在头一次')"""
BANNER = "这一页没有执行成功"


def limit(book: Path, seconds: int) -> None:
    """改小书里一格的时限：只在要它超时的那一次才短，机器再忙，别的测试也不该超时。"""
    execute = book / "tools" / "execute.py"
    pattern = r"(?<=    timeout = )\w+(?= if is_reference_mode)"  # 启动内核的时限不变
    text, changed = re.subn(pattern, str(seconds), execute.read_text(encoding="utf-8"))
    assert changed == 1
    execute.write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """五节的小书：一节好，一节报错，一节超时，一节的内核死掉，一节读不成。"""
    book = tmp_path_factory.mktemp("book")
    ignored = shutil.ignore_patterns("__pycache__")
    for name in COPIED:
        source, target = ROOT / name, book / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=ignored)
        else:
            shutil.copyfile(source, target)
    (book / "d2l_helpers").mkdir()
    (book / "d2l_helpers" / "__init__.py").write_text("answer = 42\n", encoding="utf-8")
    files = ", ".join(f"{{file: chapters/00-a/{name}}}" for name in NAMES)
    (book / "_toc.yml").write_text(TOC.replace("{sections}", files), encoding="utf-8")
    (book / "index.md").write_text("# 小书\n\n见 {ref}`sec-broken`。\n", encoding="utf-8")
    for name in NAMES:
        write_section(book, name, f"print('好 {name}')")
    for name, wrong in WRONG.items():
        write_section(book, name, CODE.format(flag=str(book / "flag"), wrong=wrong))
    (book / "chapters" / "00-a" / "index.md").write_text("# 甲\n", encoding="utf-8")
    return book


def page(book: Path, name: str) -> str:
    """一页的正文。"""
    text = (book / "_build" / "html" / "chapters" / "00-a" / f"{name}.html").read_text("utf-8")
    return re.search(r'<article class="bd-article".*?</article>', text, re.DOTALL)[0]


def twins(book: Path) -> list[str]:
    """写出了的 notebook。"""
    return sorted(path.stem for path in (book / "notebooks").rglob("*.ipynb"))


@pytest.fixture(scope="module")
def failed(book: Path) -> Path:
    """三节失败之后的网站。"""
    (book / "flag").touch()
    limit(book, 8)
    done = run(book, "tools/build.py")
    limit(book, 300)
    assert done.returncode == 1, done.stdout
    assert done.stdout.count("✗ 00-a/") == 2 * len(WRONG), "失败的小节要单独重来一次"
    for wanted in (
        "3 节两次都没有执行成功",
        "make run SECTION=chapters/00-a/0",
        "index.html",
        "ValueError：汉字的消息",
        "超时：这一格 8 秒还没有执行完",
        "内核退出：",
    ):
        assert wanted in done.stderr
    assert "WARNING" not in done.stderr
    return book


@pytest.mark.parametrize(
    ("name", "reason"),
    [("02-raises", "ValueError"), ("03-slow", "超时"), ("04-dies", "内核退出")],
)
def test_a_failed_page_says_which_cell_and_why(failed: Path, name: str, reason: str) -> None:
    text = page(failed, name)
    banner, rest = text.split("</div>", 1)
    assert BANNER in banner
    assert "本页第 2 格代码" in banner
    assert reason in banner
    assert f"SECTION=chapters/00-a/{name}" in banner
    assert "本页代码在" not in text, "没有执行完，不该写用时"
    before, at = rest.split('id="failed-cell"')
    assert "先\n" in before
    assert "traceback" not in before
    assert re.search(rf'class="output traceback.*{reason}', at, re.DOTALL)
    assert "后\n</pre>" not in at


def test_the_other_pages_are_whole_and_nothing_failed_is_kept(failed: Path) -> None:
    assert BANNER not in page(failed, "01-good")
    assert "好 01-good\n" in page(failed, "01-good")
    assert twins(failed) == ["01-good", "05-broken"]
    assert results(failed) == 2


def test_the_next_build_tries_again_and_leaves_no_banner(failed: Path) -> None:
    (failed / "flag").unlink(missing_ok=True)
    write_section(failed, "01-good", ONCE.format(flag=str(failed / "once")))
    done = run(failed, "tools/build.py")
    assert done.returncode == 0, done.stderr
    assert len(re.findall("✗ 00-a/01-good", done.stdout)) == 1
    assert len(re.findall("✓ 00-a/01-good", done.stdout)) == 1
    for name in NAMES:
        assert BANNER not in page(failed, name)
    for name in WRONG:
        assert "后\n</pre>" in page(failed, name)
        assert "第二格里有数 42" in re.sub("<[^>]+>", "", page(failed, name))
    assert twins(failed) == sorted(NAMES)
    assert "没有变化" in run(failed, "tools/build.py").stdout


def test_an_unreadable_page_becomes_a_stub(failed: Path) -> None:
    (failed / "flag").unlink(missing_ok=True)
    write_section(failed, "04-dies", "print('丁')")
    dies = failed / "chapters" / "00-a" / "04-dies.md"
    dies.write_bytes(dies.read_bytes().replace("丁".encode(), "丁".encode("gbk")))
    path = write_section(failed, "05-broken", ":tags: [没有结尾\nprint('乙')")
    done = run(failed, "tools/build.py")
    assert done.returncode == 1
    assert "2 节两次都没有执行成功" in done.stderr
    for name in ("04-dies", "05-broken"):
        text = page(failed, name)
        assert BANNER in text
        assert "读不成" in text
        assert "标题" in text
    assert 'href="chapters/00-a/05-broken.html#sec-broken"' in (
        failed / "_build" / "html" / "index.html"
    ).read_text(encoding="utf-8")
    for broken in (dies, path):
        write_section(failed, broken.stem, "print('改好了')")
    done = run(failed, "tools/build.py")
    assert done.returncode == 0, done.stderr
    for name in NAMES:
        assert BANNER not in page(failed, name)
    assert "改好了\n" in page(failed, "04-dies")
