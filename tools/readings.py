"""仪器的读数：``shake`` 与 ``mutate`` 写，可信度页与 ``make`` 的表读。

一个小文件 ``reference/readings.json``，一节一个仪器占一行，按名字排列；读数里记着当时代码的散列，
代码一改就过时。不需要 torch，网站也能读。
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml
from filelock import FileLock

from tools.book import BUILD, ROOT, write_atomic

READINGS = ROOT / "reference" / "readings.json"
EQUIVALENT = ROOT / "reference" / "equivalent.yml"
INSTRUMENTS = ("mutate", "shake")

SEEDS = tuple(f"seed+{offset}" for offset in (1000, 2000, 3000, 4000, 5000))
RUNS = ("base", "threads", "plain", "busy", *SEEDS)
RUN_WORDS = {"base": "原样", "threads": "两个线程", "plain": "朴素指令", "busy": "机器繁忙"} | {
    name: f"种子加 {name.removeprefix('seed+')}" for name in SEEDS
}
Reading = dict[str, Any]


def code_digest(cells: Iterable[Mapping[str, Any]]) -> str:
    """一节全部代码格（源码与标签）的散列；正文改了不变。

    参数:
        cells: notebook 的格子；从 .md 读来的与从 .ipynb 读来的给出同样的散列。
    """
    total = hashlib.sha256()
    for cell in cells:
        if cell["cell_type"] == "code":
            source = cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])
            parts = (source, ",".join(cell["metadata"].get("tags", [])))
            total.update("\0".join((*parts, "")).encode())
    return total.hexdigest()[:12]


def load(path: Path = READINGS) -> dict[str, dict[str, Reading]]:
    """全部读数：仪器 → 小节 → 读数；没有文件时为空。"""
    found = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return {name: found.get(name, {}) for name in INSTRUMENTS}


def dump(readings: Mapping[str, Mapping[str, Reading]]) -> str:
    """写成文字：一节一个仪器一行。"""
    blocks = []
    for instrument in INSTRUMENTS:
        rows = [
            f"  {json.dumps(name)}: {json.dumps(row, ensure_ascii=False, sort_keys=True)}"
            for name, row in sorted(readings.get(instrument, {}).items())
        ]
        body = ",\n".join(rows)
        blocks.append(f'"{instrument}": {{\n{body}\n}}' if rows else f'"{instrument}": {{}}')
    return "{\n" + ",\n".join(blocks) + "\n}\n"


def save(
    instrument: str, section: str, reading: Reading, *, known: Iterable[str], path: Path = READINGS
) -> None:
    """记下一节的读数；别的进程同时在写也不会丢，写到一半被杀也不会坏。

    参数:
        instrument: ``shake`` 或 ``mutate``。
        section: 小节的名字。
        reading: 读数。
        known: 现有小节的名字；已经没有的小节，读数一并删去。
        path: 读数的文件。
    """
    BUILD.mkdir(exist_ok=True)
    keep = set(known)
    with FileLock(BUILD / f".{path.name}.lock"):
        readings = load(path)
        readings[instrument][section] = reading
        trimmed = {
            name: {key: row for key, row in rows.items() if key in keep}
            for name, rows in readings.items()
        }
        write_atomic(path, dump(trimmed))


# ---- shake 的读数 ----


def failures(reading: Reading) -> dict[str, str]:
    """没有通过的扰动：名字 → 哪一格、怎样失败。"""
    return {name: what for name, what in reading["runs"].items() if what}


def seeds_passed(reading: Reading) -> tuple[int, int]:
    """通过的种子数，与试过的种子数。"""
    tried = [reading["runs"][name] for name in SEEDS if name in reading["runs"]]
    return sum(not what for what in tried), len(tried)


# ---- mutate 的读数 ----


def equivalents(path: Path = EQUIVALENT) -> dict[str, dict[str, str]]:
    """手工标出的等价变异：小节 → 变异 → 理由。"""
    found = yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else None
    return found or {}


def score(reading: Reading, marked: Mapping[str, str]) -> tuple[int, int, list[str]]:
    """一节的（抓住的，算数的，漏网的）；标为等价的不算数。"""
    survivors = [what for what in reading["survivors"] if what not in marked]
    return reading["caught"], reading["caught"] + len(survivors), survivors
