"""优化一章的两种图：几组重复试验的带子，等高线上的路径。"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from d2l_helpers.plotting import COLORS, new_axes, to_array

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_bands(
    x: Any,
    runs: dict[str, Any],
    *,
    ax: Axes | None = None,
    colors: Sequence[str] = COLORS,
    **labels: Any,
) -> Axes:
    """画几组重复试验：一组一种颜色，线是平均，带子从最小到最大。

    参数:
        x: 横坐标，形状 (点数,)。
        runs: 名字（英文）→ 重复的曲线，形状 (重复, 点数)。
        ax: 画在已有的坐标系里；缺省新开一张图。
        colors: 各组的颜色，不够就循环使用。
        labels: 交给坐标系的 ``set``，如 ``xlabel``、``ylabel``、``yscale``、``ylim``、``title``。

    返回:
        坐标系。

    异常:
        ValueError: 某一组的形状不是 (重复, 点数)。
    """
    ax = new_axes() if ax is None else ax
    x = to_array(x)
    for i, (name, curves) in enumerate(runs.items()):
        curves, color = to_array(curves), colors[i % len(colors)]
        if curves.ndim != 2 or curves.shape[1] != len(x):
            raise ValueError(
                f"{name} 的形状是 {curves.shape}，应当是 (重复, 点数)，点数同横坐标的 {len(x)}。"
            )
        ax.plot(x, curves.mean(0), color=color, label=name)
        ax.fill_between(x, curves.min(0), curves.max(0), color=color, alpha=0.2, linewidth=0)
    ax.set(**labels)
    _plain_ticks(ax, x)
    ax.legend()
    return ax


def _plain_ticks(ax: Axes, x: np.ndarray) -> None:
    """横坐标都是整数（轮数）就只标整数；对数的纵轴标 0.1、0.2、0.5，不用指数的写法。"""
    from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

    if ax.get_xscale() == "linear" and np.array_equal(x, np.round(x)):
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    if ax.get_yscale() == "log":
        low, high = ax.get_ylim()
        subs = (1, 2, 5) if high < 100 * low else (1,)
        ax.yaxis.set_major_locator(LogLocator(subs=subs))
        ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        ax.yaxis.set_minor_formatter(NullFormatter())


def plot_paths(
    f: Any,
    paths: dict[str, Any],
    *,
    xlim: tuple[float, float],
    ylim: tuple[float, float],
    ax: Axes | None = None,
    levels: int = 12,
    title: str = "",
) -> Axes:
    """在二元函数的等高线上画几条路径；起点是圆圈，终点是实心点。

    参数:
        f: 由形状 (…, 2) 的张量算出 (…,) 的函数值。
        paths: 名字（英文，空串不进图例）→ 路径，形状 (步数 + 1, 2)。
        xlim, ylim: 两个坐标的范围。
        ax: 画在已有的坐标系里；缺省新开一张图。
        levels: 等高线的条数；值按平方根均匀，谷底也看得见。
        title: 标题，英文。

    返回:
        坐标系。
    """
    ax = new_axes() if ax is None else ax
    grid = torch.meshgrid(torch.linspace(*ylim, 101), torch.linspace(*xlim, 101), indexing="ij")
    values = to_array(f(torch.stack(grid[::-1], dim=-1)))  # (101, 101)
    low, high = values.min(), values.max()
    marks = low + (high - low) * np.linspace(0, 1, levels + 1)[1:] ** 2
    ax.contour(
        to_array(grid[1]), to_array(grid[0]), values, marks, colors="#9aa3af", linewidths=0.7
    )
    for i, (name, path) in enumerate(paths.items()):
        points, color = to_array(path), COLORS[i % len(COLORS)]
        ax.plot(*points.T, ".-", color=color, lw=1.2, ms=4, label=name or None)
        ax.plot(*points[0], "o", color=color, mfc="white", ms=7)
        ax.plot(*points[-1], "o", color=color, ms=6)
    ax.set(xlim=xlim, ylim=ylim, xlabel="$x_1$", ylabel="$x_2$", title=title)
    ax.grid(visible=False)
    if any(paths):
        ax.legend()
    return ax
