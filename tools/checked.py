"""没有变的小节不必再查：正文、成对的文件、执行结果都与上次查过时一样，就不再读、不再比对。"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from jupyter_cache.base import JupyterCacheAbstract
from jupyter_cache.cache.db import NbCacheRecord, datetime_utcnow
from sqlalchemy import update

from tools.book import BUILD, ROOT, Section, digest, write_atomic
from tools.numbering import all_labels

CHECKED = BUILD / ".checked.json"
LISTING = b"{tableofcontents}"  # 有它的一页还显示着别的页的标题


class Checked:
    """各小节上次查过时的样子；``with`` 结束时写回。"""

    def __init__(self, cache: JupyterCacheAbstract) -> None:
        self.cache, self.folder = cache, Path(cache.path)
        self.known: dict[str, list[str]] = {}
        if CHECKED.exists():
            self.known = json.loads(CHECKED.read_text(encoding="utf-8"))
        # 成对的文件由它们生成：工具、目录、文献，和执行结果所在的文件夹
        sources = (ROOT / name for name in ("tools", "_toc.yml", "references.bib"))
        self.common = digest(*sources, extra=self.folder.name)
        self.labels = all_labels()
        self.results = {record.hashkey for record in cache.list_cache_records()}
        self.used: list[str] = []

    def look(self, section: Section, result: str) -> str:
        """一节现在的样子：正文、编号、成对的文件，与执行结果的文件（只看大小与时间）。"""
        text, file = section.path.read_bytes(), self.folder / "executed" / result / "base.ipynb"
        if LISTING in text or not file.is_file():
            return ""
        twin = section.twin.read_bytes() if section.twin.exists() else b""
        stat, labels = file.stat(), self.labels.get(section.path, {})
        rest = f"{self.common} {sorted(labels.items())} {stat.st_size} {stat.st_mtime_ns}"
        parts = (hashlib.sha256(part).digest() for part in (text, twin, rest.encode()))
        return hashlib.sha256(b"".join(parts)).hexdigest()[:16]

    def is_same(self, section: Section) -> bool:
        """这一节查过，而且此后什么也没有变。"""
        before, result = self.known.get(section.name, ("", ""))
        same = bool(before) and result in self.results and before == self.look(section, result)
        self.used += [result] if same else []
        return same

    def note(self, section: Section, result: str) -> None:
        """这一节刚刚查过，执行结果在缓存里叫 ``result``。"""
        self.known[section.name] = [self.look(section, result), result]

    def save(self) -> None:
        """写回；用到的执行结果记作刚刚用过，缓存满了时先删的才是没有用的。"""
        write_atomic(CHECKED, json.dumps(self.known, indent=1, sort_keys=True) + "\n")
        touched = update(NbCacheRecord).where(NbCacheRecord.hashkey.in_(self.used))
        with self.cache.db.begin() as connection:  # type: ignore[attr-defined]
            connection.execute(touched.values(accessed=datetime_utcnow()()))
