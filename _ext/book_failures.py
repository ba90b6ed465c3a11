"""没有执行成功的页面：页首写明哪一格、为什么，链到那一格；读不成的正文换成一页说明。"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment

CELL = "failed-cell"  # 出错那一格的锚点


def failures_from_environment(app: Sphinx, config: Config) -> None:
    """读 ``D2L_FAILURES`` 指的文件（见 tools/failures.py）；全部成功时没有它。"""
    path = os.environ.get("D2L_FAILURES")
    known = json.loads(Path(path).read_text(encoding="utf-8")) if path else {}
    app.book_failures = known  # type: ignore[attr-defined]
    if known:  # 没有算出来的数引用不到，错误消息里的汉字不合追踪的语法：都不必再警告
        hidden = ["mystnb.glue", "misc.highlighting_failure"]
        config.suppress_warnings = [*config.suppress_warnings, *hidden]
    if any(failure["stub"] for failure in known.values()):
        config.suppress_warnings.append("ref")


def reread_failed_pages(
    app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]
) -> set[str]:
    """这一次或上一次失败的页面都要重读：正文没有变，输出也变了。"""
    failed = set(app.book_failures)  # type: ignore[attr-defined]
    before = getattr(env, "book_failed", set())
    env.book_failed = failed  # type: ignore[attr-defined]
    return (failed | before) & env.found_docs


def use_stub(app: Sphinx, docname: str, source: list[str]) -> None:
    """读不成的正文换成只有标题的一页。"""
    failure = app.book_failures.get(docname)  # type: ignore[attr-defined]
    if failure and failure["stub"]:
        source[0] = failure["stub"]


def failed_cell(doctree: nodes.document, index: int | None) -> tuple[nodes.Element | None, str]:
    """出错的那一格，与怎样称呼它（第几格、在哪个小标题下）。"""
    cells = [c for c in doctree.findall(nodes.container) if c.get("nb_element") == "cell_code"]
    for number, cell in enumerate(cells, 1):
        if cell["cell_index"] != index:
            continue
        above: Any = cell.parent
        while above is not None and not isinstance(above, nodes.section):
            above = above.parent
        where = f"（“{above.next_node(nodes.title).astext()}”里）" if above is not None else ""
        return cell, f"本页第 {number} 格代码{where}"
    return None, "本页的代码"


def explain_failure(app: Sphinx, doctree: nodes.document) -> None:
    """在标题下写明出了什么事、哪些内容因此不全、怎样再执行。"""
    failure = app.book_failures.get(app.env.docname)  # type: ignore[attr-defined]
    title = next(iter(doctree.findall(nodes.title)), None)
    if not failure or title is None:
        return
    cell, name = failed_cell(doctree, failure["cell"])
    what, missing = "没有执行成功：", "没有执行，正文里由代码算出的数也可能缺。"
    if failure["stub"]:
        subject: nodes.Node = nodes.Text("这一页的正文")
        what, missing = "读不成：", "改好之前，这一页没有内容。"
    elif cell is None:
        subject, missing = nodes.Text(name), f"这一页的代码{missing}"
    else:
        cell["ids"].append(CELL)
        subject = nodes.reference("", name, internal=True, refuri=f"#{CELL}")
        missing = f"它后面的格子{missing}"
    reason = nodes.literal("", failure["reason"])
    again = [nodes.Text("再执行："), nodes.literal("", failure["again"]), nodes.Text("，改好以后 "),
             nodes.literal("", "make book"), nodes.Text("。")]  # fmt: skip
    box = nodes.admonition(
        "", nodes.title("", "这一页没有执行成功"), classes=["error", "book-failed"]
    )
    box += nodes.paragraph("", "", subject, nodes.Text(what), reason)
    box += nodes.paragraph("", "", nodes.Text(f"{missing}别的页面不受影响。"), *again)
    title.parent.insert(title.parent.index(title) + 1, box)


def setup(app: Sphinx) -> dict[str, Any]:
    """登记扩展。"""
    app.connect("config-inited", failures_from_environment)
    app.connect("env-get-outdated", reread_failed_pages)
    app.connect("source-read", use_stub)
    app.connect("doctree-read", explain_failure)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
