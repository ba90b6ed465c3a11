"""正文里的名字各显示成什么：术语与文献成为链接，图与公式成为编号，``glue`` 成为书上的数。"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from pybtex.database import Entry, Person, parse_file

from tools.book import ROOT
from tools.links import link_to, page_title
from tools.numbering import all_labels, page_numbers

GLOSSARY = ROOT / "reference" / "glossary.md"
BIBLIOGRAPHY = ROOT / "reference" / "bibliography.md"
NAMED = re.compile(r"(?P<text>.*?)\s*<(?P<target>[^<>]+)>")
HEADING = r"^\({}\)=\n+#+ (.+)$"


@cache
def entries() -> Mapping[str, Entry]:
    """文献的条目，按键。"""
    return parse_file(str(ROOT / "references.bib"), bib_format="bibtex").entries


def _plain(text: str) -> str:
    return text.replace("{", "").replace("}", "").replace("\\", "")


def _surname(person: Person) -> str:
    return _plain(" ".join([*person.prelast_names, *person.last_names]))


def authors(entry: Entry) -> str:
    """一篇文献的作者：一人、两人，或“某某等”。"""
    people = [_surname(person) for person in entry.persons.get("author", ())]
    if len(people) > 2 or (len(people) == 2 and people[1] == "others"):
        return f"{people[0]} 等"
    return " 与 ".join(people) or _plain(entry.fields.get("key", ""))


def cited(entry: Entry) -> str:
    """正文里引用一篇文献的写法：作者与年份。"""
    return f"{authors(entry)}，{entry.fields.get('year', '')}"


def formatted(value: str, form: str) -> str:
    """``glue`` 记下的值按格式写出来；不是数的照原样，去掉引号。"""
    value = value.strip("'\"")
    return format(float(value), form) if form else value


class Names:
    """一页里的名字。

    参数:
        page: 这一页。
        values: ``glue`` 记下的值；没有的显示成省略号。
    """

    def __init__(self, page: Path, values: Mapping[str, str] | None = None) -> None:
        self.page, self.values = page, values or {}
        self.labels = all_labels().get(page, {})

    def label(self, label: str) -> str:
        """本页的图、练习或公式的编号；不认识的是空字符串。"""
        return self.labels.get(label, "")

    def role(self, role: str, value: str) -> str:
        """一个角色显示成什么。"""
        named = NAMED.fullmatch(value)
        text, target = (named["text"], named["target"]) if named else (value, value)
        if role == "glue:text":
            name, _, form = value.partition(":")
            return formatted(self.values[name], form) if name in self.values else "……"
        if role == "term":
            return f"[{text}]({self._relative(GLOSSARY)}#{target.replace(' ', '-')})"
        if role == "cite":
            return "；".join(self._citation(key.strip()) for key in value.split(","))
        if role == "ref":
            heading = re.search(HEADING.format(re.escape(target)), self._text(), re.MULTILINE)
            return text if named or heading is None else heading[1]
        return self.label(target) or target

    def listing(self, name: str) -> list[str]:
        """一个列表指令的各行。"""
        if name == "tableofcontents":
            return [f"- {link_to(page, self.page.parent)}" for page in self._sections()]
        if name == "bibliography":
            return [
                f"- {cited(entry)}：*{_plain(entry.fields['title'])}*"
                for entry in sorted(entries().values(), key=authors)
            ]
        title = page_title(self.page)
        return [f"这份清单由网站汇总：`make book` 之后打开网站的“{title}”一页。"]

    def _sections(self) -> list[Path]:
        return [p for p in page_numbers() if p.parent == self.page.parent and p != self.page]

    def _citation(self, key: str) -> str:
        entry = entries().get(key)
        shown = cited(entry) if entry else key
        return f"[{shown}]({self._relative(BIBLIOGRAPHY)})"

    def _relative(self, target: Path) -> str:
        return os.path.relpath(target, self.page.parent).replace(os.sep, "/")

    def _text(self) -> str:
        return self.page.read_text(encoding="utf-8")
