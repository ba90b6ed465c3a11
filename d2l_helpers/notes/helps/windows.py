"""没有窗口、没有人：图存成文件，按键与输入不等。"""

from __future__ import annotations

import builtins
import getpass
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.style
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from d2l_helpers.notes.helps.record import record

MOST = 20  # 一格至多留这么多幅图
DPI = 80


class Keeper:
    """把画好的图存进 ``folder``，名字是 ``stem-格-序号.png``。"""

    def __init__(self, folder: Path, stem: str) -> None:
        self.folder, self.stem, self.cell = folder, stem, 0
        self.kept: list[str] = []

    def begin(self, cell: int) -> None:
        """从第 ``cell`` 格起，重新数。"""
        self.cell, self.kept = cell, []

    def keep(self) -> None:
        """存下开着的图（空的不要），然后关掉，像 notebook 在一格末尾那样。"""
        for number in plt.get_fignums():
            figure = plt.figure(number)
            if figure.axes and len(self.kept) < MOST:
                name = f"{self.stem}-{self.cell}-{len(self.kept) + 1}.png"
                self.folder.mkdir(parents=True, exist_ok=True)
                figure.savefig(self.folder / name, dpi=DPI, bbox_inches="tight")
                self.kept.append(name)
        plt.close("all")


def install(keeper: Keeper, answers: list[str]) -> None:
    """换成不用窗口的画图后端；``answers`` 依次回答 ``input``，用完之后答空串。"""
    mpl.use("Agg", force=True)
    plt.show = lambda *args, **kwargs: keeper.keep()
    Figure.show = lambda self, *args, **kwargs: None
    plt.pause = lambda interval: record("window", "plt.pause")
    mpl.use = _ignore("matplotlib.use")
    plt.switch_backend = _ignore("plt.switch_backend")
    Figure.waitforbuttonpress = _pressed(None)
    Figure.ginput = _pressed([])
    original = mpl.style.use
    mpl.style.use = lambda style: original(_style(style))
    pending = iter(answers)
    builtins.input = lambda prompt="": _answer(str(prompt), pending)
    getpass.getpass = lambda prompt="": _answer(str(prompt), pending)


def _ignore(name: str) -> Any:
    def call(backend: Any = None, *args: Any, **kwargs: Any) -> None:
        if str(backend).lower() not in ("agg", "inline"):
            record("window", f"{name}({backend!r})")

    return call


def _pressed(value: Any) -> Any:
    def wait(self, *args: Any, **kwargs: Any) -> Any:
        record("key")
        return value

    return wait


def _style(style: Any) -> Any:
    """3.6 起 ``seaborn-…`` 的样式改名为 ``seaborn-v0_8-…``。"""
    if isinstance(style, str) and style.startswith("seaborn") and "v0_8" not in style:
        record("renamed", f"样式 {style} → {style.replace('seaborn', 'seaborn-v0_8')}")
        return style.replace("seaborn", "seaborn-v0_8")
    return style


def _answer(prompt: str, pending: Iterator[str]) -> str:
    text = next(pending, "")
    record("prompt", f"{prompt.strip() or 'input()'} ← {text!r}")
    print(f"{prompt}{text}")
    return text
