"""有输出的格子里，有多少真正被逐字比较。"""

from __future__ import annotations

import re

from nbformat import NotebookNode

from tools.book import IGNORE_OUTPUT, load_twin, sections, tags

FIGURE = re.compile(r"<Figure size [^>]*>\s*")


def _texts(cell: NotebookNode) -> list[str]:
    return [
        str(output.get("text") or output.get("data", {}).get("text/plain", ""))
        for output in cell.get("outputs", [])
    ]


def is_compared(cell: NotebookNode) -> bool:
    """这一格的输出是否被比较，而且不只是“画了一张图”。"""
    text = "".join(FIGURE.sub("", part) for part in _texts(cell))
    return IGNORE_OUTPUT not in tags(cell) and bool(text.strip())


def comparison_share() -> tuple[int, int]:
    """返回（被比较的格子数，有输出的格子数）；只有图的格子算有输出而没有被比较。"""
    compared = bearing = 0
    for section in sections():
        twin = load_twin(section)
        for cell in twin.cells if twin else []:
            if cell.get("outputs"):
                bearing += 1
                compared += is_compared(cell)
    return compared, bearing
