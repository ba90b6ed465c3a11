"""笔记运行的地方：一个临时文件夹，读得到笔记旁边的文件，写不到它们身上。"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

NEIGHBOURS = ("data", "img", "images")  # 笔记常读的 ../data、../img
MOST = 2000  # 至多映照这么多文件
LARGEST = 64 << 20  # 不能建链接的系统上，至多拷贝这么大的文件，字节


def prepare(note: Path, root: Path) -> Path:
    """在 ``root`` 里映照笔记所在的文件夹，返回运行时的当前文件夹。

    文件夹是真的，文件是指向原文件的链接；要写一个文件时，先由 :func:`detach` 换成副本。

    参数:
        note: 笔记。
        root: 空的临时文件夹。

    返回:
        ``root`` 里与笔记所在文件夹同名的文件夹。
    """
    home = note.resolve().parent
    here = root / (home.name or "notes")
    left = _mirror(home, here, MOST)
    for name in NEIGHBOURS:
        if (home.parent / name).is_dir() and name != here.name:
            left = _mirror(home.parent / name, root / name, left)
    return here


def _mirror(source: Path, target: Path, budget: int) -> int:
    """映照一个文件夹，返回还剩多少个文件的余地；用完了就停。"""
    target.mkdir(parents=True, exist_ok=True)
    for entry in sorted(source.iterdir()):
        if budget <= 0:
            break
        if entry.name.startswith(".") or entry.name == "__pycache__":
            continue
        if entry.is_dir() and not entry.is_symlink():
            budget = _mirror(entry, target / entry.name, budget)
        elif entry.is_file():
            _link(entry, target / entry.name)
            budget -= 1
    return budget


def _link(source: Path, target: Path) -> None:
    try:
        target.symlink_to(source)
    except (OSError, NotImplementedError):  # Windows 上没有权限
        if source.stat().st_size <= LARGEST:
            shutil.copy(source, target)


def detach(path: str | os.PathLike, *, keep: bool) -> None:
    """要写 ``path`` 之前：它若是指向原文件的链接，换成副本（``keep``）或去掉。"""
    place = Path(path)
    if not place.is_symlink():
        return
    target = place.resolve()
    place.unlink()
    if keep and target.is_file():
        shutil.copy(target, place)
