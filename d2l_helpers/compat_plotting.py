"""公开的 ``d2l`` 包（0.17）里作图的名字；签名与含义照旧，画在我们的实现上。"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from IPython import display
from matplotlib import pyplot as plt
from matplotlib_inline import backend_inline

from d2l_helpers.plotting import show_images as _show_images


def use_svg_display() -> None:
    """让 notebook 里的图以 SVG 显示。"""
    backend_inline.set_matplotlib_formats("svg")


def set_figsize(figsize: tuple[float, float] = (3.5, 2.5)) -> None:
    """设置图的宽与高（英寸）。"""
    use_svg_display()
    plt.rcParams["figure.figsize"] = figsize


def set_axes(axes, xlabel, ylabel, xlim, ylim, xscale, yscale, legend) -> None:
    """设置坐标系的标签、范围、刻度与图例；缺省的项留给 matplotlib。"""
    axes.set(xlabel=xlabel or "", ylabel=ylabel or "", xscale=xscale, yscale=yscale)
    if xlim is not None:
        axes.set_xlim(xlim)
    if ylim is not None:
        axes.set_ylim(ylim)
    if legend:
        axes.legend(legend)
    axes.grid(True)


def _curves(values: Any) -> list[Any]:
    """一条曲线也写成曲线的列表。"""
    one = getattr(values, "ndim", None) == 1
    one = one or (isinstance(values, list | tuple | range) and not hasattr(values[0], "__len__"))
    return [values] if one else list(values)


def plot(
    X, Y=None, xlabel=None, ylabel=None, legend=None, xlim=None, ylim=None, xscale="linear",
    yscale="linear", fmts=("-", "m--", "g-.", "r:"), figsize=(3.5, 2.5), axes=None,
) -> None:  # fmt: skip
    """画一条或几条曲线；只给 ``X`` 时它是纵坐标，横坐标为 0、1、2……"""
    set_figsize(figsize)
    axes = axes or plt.gca()
    ys = _curves(X if Y is None else Y)
    xs = [range(len(y)) for y in ys] if Y is None else _curves(X)
    xs = xs * len(ys) if len(xs) == 1 else xs
    axes.cla()
    for i, (x, y) in enumerate(zip(xs, ys, strict=True)):
        axes.plot(_detached(x), _detached(y), fmts[i % len(fmts)])
    set_axes(axes, xlabel, ylabel, xlim, ylim, xscale, yscale, legend)


def _detached(values: Any) -> Any:
    return values.detach().cpu().numpy() if isinstance(values, torch.Tensor) else values


def show_images(imgs, num_rows, num_cols, titles=None, scale=1.5) -> np.ndarray:
    """把图像排成若干行列，返回展平的坐标系数组。"""
    imgs = [np.asarray(_detached(img)) for img in imgs]
    titles = list(titles) if titles is not None and len(titles) else None
    return _show_images(imgs, num_rows, num_cols, titles=titles, scale=scale).reshape(-1)


class Animator:
    """训练时逐点加长的曲线，就地更新而不清空，因此不闪烁。"""

    def __init__(
        self, xlabel=None, ylabel=None, legend=None, xlim=None, ylim=None, xscale="linear",
        yscale="linear", fmts=("-", "m--", "g-.", "r:"), nrows=1, ncols=1, figsize=(3.5, 2.5),
    ) -> None:  # fmt: skip
        use_svg_display()
        self.fig, axes = plt.subplots(nrows, ncols, figsize=figsize, squeeze=False)
        self.axes = list(axes.flat)
        self._settings = (xlabel, ylabel, xlim, ylim, xscale, yscale, legend or [])
        self.X: list[list[float]] = []
        self.Y: list[list[float]] = []
        self.fmts, self._handle = fmts, None
        plt.close(self.fig)  # 由我们显示，不让内联后端在格子末尾再画一遍

    def add(self, x, y) -> None:
        """给每条曲线添一个点；某条这次没有值就传 ``None``。"""
        ys = list(y) if hasattr(y, "__len__") else [y]
        xs = list(x) if hasattr(x, "__len__") else [x] * len(ys)
        while len(self.X) < len(ys):
            self.X.append([])
            self.Y.append([])
        for i, (a, b) in enumerate(zip(xs, ys, strict=True)):
            if a is not None and b is not None:
                self.X[i].append(a)
                self.Y[i].append(float(b))
        axes = self.axes[0]
        axes.cla()
        for i, (a, b) in enumerate(zip(self.X, self.Y, strict=True)):
            axes.plot(a, b, self.fmts[i % len(self.fmts)])
        set_axes(axes, *self._settings)
        if self._handle is None:
            self._handle = display.display(self.fig, display_id=True)
        else:
            self._handle.update(self.fig)
