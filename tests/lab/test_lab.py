"""像读者那样用 JupyterLab：从目录进入，运行，展开答案，点链接，保存。"""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import quote

import pytest
from opened_lab import Lab, Watched
from playwright.sync_api import Locator, Page

from tools.book import CHAPTERS, ROOT, sections
from tools.links import page_title
from tools.numbering import page_numbers

SECTIONS = (
    "01-preliminaries/05-calculus",
    "03-multilayer-perceptrons/02-mlp-scratch",
    "15-tools/02-python-iterators",
)
FIRST_LINK = re.compile(r"\[([^\]$`*]+)\]\(([^)#\s]+\.md)[^)]*\)")
CURRENT = "window.jupyterapp.shell.currentWidget"
READY = """(path) => {
  const panel = window.jupyterapp?.shell.currentWidget;
  return panel?.context?.path === path && panel.context.isReady && panel.content.widgets?.length > 1
    && panel.sessionContext.session?.kernel?.status === 'idle';
}"""
CELLS = f"""() => {CURRENT}.content.widgets.map((cell) => {{
  const model = cell.model.sharedModel;
  return {{
    kind: cell.model.type, source: model.getSource(), hidden: cell.isHidden,
    folded: Boolean(cell.inputHidden), tags: cell.model.getMetadata('tags') ?? [],
    count: cell.model.executionCount ?? null,
    errors: (model.outputs ?? []).filter((o) => o.output_type === 'error').map((o) => o.evalue),
  }};
}})"""

# 界面上看得见的、整句没有一个汉字的话：文字、提示与无障碍的名字；正文、代码与输出不算
ENGLISH = """() => {
  const content = '.jp-RenderedHTMLCommon, .cm-editor, .jp-OutputArea-output, .jp-PlaceholderText';
  const found = new Set();
  const keep = (text) => /[A-Za-z]{2}/.test(text) && !/[\\u4e00-\\u9fff]/.test(text)
    && found.add(text.trim());
  for (const element of document.body.querySelectorAll('*')) {
    if (element.closest(content + ', script, style') || !element.checkVisibility()) continue;
    for (const node of element.childNodes) if (node.nodeType === 3) keep(node.textContent);
    for (const name of ['title', 'aria-label', 'placeholder'])
      keep(element.getAttribute(name) ?? '');
  }
  return [...found];
}"""
NAME = re.compile(r"[\w.\-/]+|Python 3 \(ipykernel\)")  # 文件、文件夹与内核的名字
SKIP = "Skip to main panel"  # JupyterLab 写死的；按 Tab 才看得见


def assert_chinese(page: Page) -> None:
    """界面上没有英文的话。"""
    english = [text for text in page.evaluate(ENGLISH) if not NAME.fullmatch(text)]
    assert [text for text in english if text != SKIP] == []


def open_page(page: Page, lab: Lab, path: str) -> None:
    """打开一页，等内核空闲。"""
    page.goto(f"{lab.base}lab/tree/{quote(path)}")
    page.wait_for_function(READY, arg=path)


def is_dirty(page: Page) -> bool:
    """当前的文件算不算改过。"""
    return page.evaluate(f"() => {CURRENT}.context.model.dirty")


def save(page: Page) -> None:
    """保存当前的文件。"""
    page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")


def current(page: Page) -> Locator:
    """当前的面板；以前打开的还藏在后面。"""
    return page.locator(f"[id='{page.evaluate(f'() => {CURRENT}.id')}']")


def bring_to_view(page: Page, text: str) -> None:
    """滚动到第一个含有 ``text`` 的那一格。"""
    page.evaluate(
        f"""async (text) => {{
          const notebook = {CURRENT}.content;
          const index = notebook.widgets.findIndex(
            (cell) => cell.model.sharedModel.getSource().includes(text));
          notebook.activeCellIndex = index;
          await notebook.scrollToItem(index, 'start');
        }}""",
        text,
    )


def test_it_opens_the_contents_in_chinese(lab: Lab, watched: Watched) -> None:
    page = watched.page
    page.goto(f"{lab.base}lab")
    contents = page.locator(".jp-MarkdownViewer")
    contents.locator("a", has_text=page_title(sections()[0].path)).wait_for()
    links = contents.locator("a").evaluate_all("(all) => all.map((a) => a.textContent)")
    missing = [page_title(p) for p in page_numbers() if p.name != "index.md"]
    assert [title for title in missing if title not in links] == []
    menus = page.locator("#jp-MainMenu .lm-MenuBar-itemLabel").all_inner_texts()
    assert {"文件", "编辑", "查看", "运行", "内核", "设置", "帮助"} <= set(menus)
    contents.locator("a", has_text=page_title(sections()[0].path)).first.click()
    page.wait_for_function(READY, arg=f"chapters/{sections()[0].name}.md")
    bring_to_view(page, "![")
    picture = current(page).locator(".jp-MarkdownOutput img").first
    picture.wait_for()
    page.wait_for_function("(image) => image.naturalWidth > 0", arg=picture.element_handle())
    assert (watched.foreign, watched.errors) == ([], [])


@pytest.mark.parametrize("name", SECTIONS)
def test_a_section(name: str, lab: Lab, watched: Watched) -> None:
    """打开不算改动；答案、检查与自检收着；全部运行没有错；保存之后 git diff 是空的。"""
    page, path = watched.page, f"chapters/{name}.md"
    open_page(page, lab, path)
    assert not is_dirty(page)
    assert_folded(page.evaluate(CELLS))
    assert_chinese(page)
    unfold_first_answer(page)
    page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-all-cells')")
    code = [cell for cell in page.evaluate(CELLS) if cell["kind"] == "code"]
    assert [cell["errors"] for cell in code if cell["errors"]] == []
    assert [cell["count"] for cell in code] == list(range(1, len(code) + 1))
    save(page)
    assert not is_dirty(page)
    assert lab.git("status", "--porcelain") == ""
    follow_a_link(page, CHAPTERS / f"{name}.md")
    assert (watched.foreign, watched.errors) == ([], [])


def assert_folded(cells: list[dict]) -> None:
    """每道练习的答案都收着，检查与自检的代码也收着。"""
    answers = [i for i, cell in enumerate(cells) if cell["source"].startswith("##### 参考答案")]
    assert len(answers) >= 3
    assert all(cells[i + 1]["hidden"] and not cells[i]["hidden"] for i in answers)
    checks = [cell for cell in cells if {"check", "self-check"} & set(cell["tags"])]
    assert checks
    assert all(cell["folded"] for cell in checks)


def unfold_first_answer(page: Page) -> None:
    """点开第一个答案，它的第一格就看得见了；这不算改动正文。"""
    bring_to_view(page, "##### 参考答案")
    button = current(page).locator(".jp-showHiddenCellsButton").first
    assert re.fullmatch(r"点开看收起的 \d+ 格", button.inner_text().strip())
    assert_chinese(page)
    button.click()
    cells = page.evaluate(CELLS)
    first = next(i for i, cell in enumerate(cells) if cell["source"].startswith("##### 参考答案"))
    assert not cells[first + 1]["hidden"]


def follow_a_link(page: Page, source: Path) -> None:
    """点开头的第一个页间链接，打开的正是它写的那一页。

    回到开头时，先前的位置还要画上一会儿；所以按正文里写的文字去找，不取“画面上的第一个”。
    """
    text, target = FIRST_LINK.search(source.read_text()).groups()
    page.evaluate(f"() => {CURRENT}.content.scrollToItem(0, 'start')")
    links = current(page).locator(".jp-MarkdownOutput a[href*='.md']")
    links.filter(has_text=text).first.click()
    page.wait_for_function(f"(before) => {CURRENT}.context.path !== before",
                           arg=f"chapters/{source.parent.name}/{source.name}")  # fmt: skip
    opened = page.evaluate(f"() => {CURRENT}.context.path")
    assert opened == (source.parent / target).resolve().relative_to(ROOT).as_posix()


def test_an_edit_changes_one_line(lab: Lab, watched: Watched) -> None:
    page, path = watched.page, f"chapters/{SECTIONS[0]}.md"
    open_page(page, lab, path)
    page.evaluate(
        f"""() => {{
          const model = {CURRENT}.content.widgets[0].model.sharedModel;
          model.setSource(model.getSource() + '添一句。');
        }}"""
    )
    page.wait_for_function(f"() => {CURRENT}.context.model.dirty")
    save(page)
    assert lab.git("diff", "--numstat").split() == ["1", "1", path]
    assert "添一句。" in lab.git("diff")
    lab.git("checkout", "--", path)
