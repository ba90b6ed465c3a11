"""JupyterLab 的检查共用的：开着的 JupyterLab，与盯着错误的页面。"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Page


@dataclass
class Lab:
    """开着的 JupyterLab：地址与它所在的那份拷贝。"""

    base: str
    book: Path

    def git(self, *arguments: str) -> str:
        """在拷贝里运行 git，返回输出。"""
        command = ["git", "-C", str(self.book), *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@dataclass
class Watched:
    """一个页面和它打开以来出过的问题。"""

    page: Page
    foreign: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
