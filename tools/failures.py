"""没有执行成功的小节：说清是哪一格、为什么，让网站照样建成，而好的结果不受牵连。"""

from __future__ import annotations

import json
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from nbformat import NotebookNode

from tools.book import BUILD, Section, write_atomic

FAILED = BUILD / ".failed"  # 只为这一次建站：好的缓存的一份拷贝，加上失败的结果
TRACEBACK_LINES = 40
LABEL = re.compile(r"^\(([\w-]+)\)=\s*$", re.MULTILINE)
TITLE = re.compile(r"^# (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Failure:
    """一节的失败。``notebook`` 是执行到出错为止的结果；没有开始执行就是 ``None``。"""

    section: Section
    error: str
    notebook: NotebookNode | None = None

    @property
    def is_unreadable(self) -> bool:
        """正文是不是读不成 notebook。"""
        return self.notebook is None and unexecuted(self.section) is None

    @property
    def cell(self) -> int | None:
        """出错的那一格在 notebook 里的位置；错不在某一格时为 ``None``。"""
        cells = self.notebook.cells if self.notebook else []
        wrong = [index for index, cell in enumerate(cells) if _has_error(cell)]
        return wrong[-1] if wrong else None

    @property
    def reason(self) -> str:
        """一行的原因：异常的名字与消息的第一行。"""
        if self.cell is None:
            lines = self.error.strip().splitlines()
        else:
            outputs = self.notebook.cells[self.cell].outputs
            wrong = [output for output in outputs if output.output_type == "error"][-1]
            lines = f"{wrong.ename}：{wrong.evalue}".strip().splitlines()
        return lines[0] if lines else "没有错误消息"

    def __str__(self) -> str:
        """哪一节、哪一格的代码、错误追踪的头尾。"""
        lines = self.error.strip().splitlines()
        if len(lines) > TRACEBACK_LINES:
            half = TRACEBACK_LINES // 2
            omitted = f"……（略去 {len(lines) - 2 * half} 行）……"
            lines = [*lines[:half], omitted, *lines[-half:]]
        return f"chapters/{self.section.name}.md 执行失败：\n" + "\n".join(lines)


def _has_error(cell: NotebookNode) -> bool:
    return any(output.output_type == "error" for output in cell.get("outputs", ()))


def blame(begun: list[NotebookNode], name: str, why: str) -> str:
    """超时或内核死掉时，格子里没有错误输出；给最后开始的一格补上，返回这个错误。"""
    error = f"{name}：{why}"
    output = nbformat.v4.new_output("error", ename=name, evalue=why, traceback=[error])
    for cell in begun[-1:]:
        cell.outputs = [*cell.get("outputs", []), output]
    return error


def unexecuted(section: Section) -> NotebookNode | None:
    """只有代码、没有输出的 notebook；正文读不成 notebook 时为 ``None``。"""
    try:
        return section.read()
    except Exception:  # 什么样的坏正文都可能；读不成的原因已经在 Failure.error 里
        return None


def stub(failure: Failure) -> str:
    """读不成的正文换成的一页：保留标题与标签，别处指向它的链接才不断。"""
    text = failure.section.path.read_bytes().decode("utf-8", errors="replace")
    title = TITLE.search(text)
    labels = [f"({label})=" for label in dict.fromkeys(LABEL.findall(text))]
    return "\n".join([*labels, f"# {title[1] if title else failure.section.slug}", ""])


def describe_for_the_site(failure: Failure) -> dict[str, Any]:
    """网站要知道的：出错的格子、原因、怎样再执行，以及代替正文的一页（读得成时没有）。"""
    return {
        "cell": failure.cell,
        "reason": failure.reason,
        "again": f"make run SECTION=chapters/{failure.section.name}",
        "stub": stub(failure) if failure.is_unreadable else None,
    }


def prepare(failures: list[Failure], cache: Path) -> dict[str, str]:
    """备好给网站看的缓存与失败的说明；执行的缓存本身不变。

    参数:
        failures: 失败的小节。
        cache: 只有成功结果的执行缓存。

    返回:
        建站要加的环境变量。
    """
    shutil.rmtree(FAILED, ignore_errors=True)
    overlay = FAILED / "cache"
    shutil.copytree(cache, overlay)
    site = {}
    for failure in failures:
        notebook = failure.notebook or unexecuted(failure.section)
        if notebook is not None:
            bundle = CacheBundleIn(notebook, str(failure.section.path))
            opened = get_cache(str(overlay))
            opened.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)
        site[f"chapters/{failure.section.name}"] = describe_for_the_site(failure)
    write_atomic(FAILED / "failures.json", json.dumps(site, ensure_ascii=False, indent=1))
    return {
        "D2L_EXEC_CACHE": str(overlay),
        "D2L_FAILURES": os.fspath(FAILED / "failures.json"),
    }
