"""《时光机器》的替身：《哈姆雷特》，同样的纯文本，字数也相近（约 17 万个字符，三万多个词）。

两本都是公有领域的英文书，折行、空行与标点的写法一样；内容当然不同，语言也早了三百年。
"""

from __future__ import annotations

from pathlib import Path

from d2l_helpers.data.text import shakespeare

VERSION = 1


def generate(root: Path) -> None:
    """把《哈姆雷特》写成 ``root`` 里的 ``timemachine.txt``。"""
    (root / "timemachine.txt").write_text(shakespeare("hamlet"), "utf-8", newline="\n")
