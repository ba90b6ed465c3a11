"""公开的 ``d2l`` 包（0.17）里作图的名字；签名与含义照旧。"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import torch
from IPython import get_ipython
from matplotlib import pyplot as plt
from matplotlib_inline import backend_inline

from d2l_helpers.screen import Screen

FMTS = ("-", "m--", "g-.", "r:")


def use_svg_display() -> None:
    """让 notebook 里的图以 SVG 显示；不在 IPython 里时什么也不做。"""
    if get_ipython() is not None:
        backend_inline.set_matplotlib_formats("svg")


def set_figsize(figsize: tuple[float, float] = (3.5, 2.5)) -> None:
    """设置图的宽与高（英寸）。"""
    use_svg_display()
    plt.rcParams["figure.figsize"] = figsize


def set_axes(axes, xlabel, ylabel, xlim, ylim, xscale, yscale, legend) -> None:
    """设置坐标系的标签、范围、刻度与图例；缺省的项留给 matplotlib。"""
    axes.set(xlabel=xlabel or "", ylabel=ylabel or "", xscale=xscale, yscale=yscale)
    for limits, setter in ((xlim, axes.set_xlim), (ylim, axes.set_ylim)):
        # 只训练一轮时 xlim 是 [1, 1]：这不是范围，交给 matplotlib 自己定
        if limits is not None and (_scalar(limits) or limits[0] != limits[1]):
            setter(limits)
    names = [legend] if isinstance(legend, str) else list(legend or ())
    drawn = [*axes.lines, *axes.patches, *axes.collections, *axes.containers]
    if names and drawn:
        axes.legend(names[: len(drawn)])
    axes.grid(True)


def _scalar(value: Any) -> bool:
    return getattr(value, "ndim", None) == 0 or not hasattr(value, "__len__")


def _plain(values: Any) -> Any:
    """matplotlib 认得的数：带梯度的张量先取出来。"""
    if isinstance(values, torch.Tensor):
        return values.detach().cpu().numpy()
    if isinstance(values, list | tuple):
        return [_plain(value) for value in values]
    return values


def _curves(values: Any) -> list[Any]:
    """一条曲线也写成曲线的列表。"""
    one = getattr(values, "ndim", None) == 1 or isinstance(values, range)
    one = one or (isinstance(values, list | tuple) and _scalar(values[0]))
    return [_plain(curve) for curve in ([values] if one else values)]


def plot(
    X, Y=None, xlabel=None, ylabel=None, legend=None, xlim=None, ylim=None, xscale="linear",
    yscale="linear", fmts=FMTS, figsize=(3.5, 2.5), axes=None,
) -> None:  # fmt: skip
    """画一条或几条曲线；只给 ``X`` 时它是纵坐标，横坐标为 0、1、2……

    不写 ``axes`` 就画在当前的坐标系里，先擦掉原来的；训练曲线的图不擦，另起一张。
    """
    set_figsize(figsize)
    if axes is None:
        live = plt.get_fignums() and getattr(plt.gcf(), "_d2l_curves", False)
        axes = plt.figure().gca() if live else plt.gca()
    ys = _curves(X if Y is None else Y)
    xs = [range(len(y)) for y in ys] if Y is None else _curves(X)
    xs = xs if len(xs) == len(ys) else xs * len(ys)
    axes.cla()
    for i, (x, y) in enumerate(zip(xs, ys, strict=False)):
        axes.plot(x if len(x) else range(len(y)), y, fmts[i % len(fmts)])
    set_axes(axes, xlabel, ylabel, xlim, ylim, xscale, yscale, legend)


def _picture(image: Any) -> Any:
    """``imshow`` 认得的图：张量 (1, 高, 宽)、(3, 高, 宽) 的通道移到最后或去掉。"""
    if not isinstance(image, torch.Tensor):
        return image
    if image.ndim == 3 and image.shape[0] in (1, 3) and image.shape[-1] not in (1, 3, 4):
        image = image.squeeze(0) if image.shape[0] == 1 else image.movedim(0, -1)
    return _plain(image)


def show_images(imgs, num_rows, num_cols, titles=None, scale=1.5) -> np.ndarray:
    """把图像（张量、数组或 PIL 图像）排成若干行列，返回展平的坐标系数组。"""
    size = (num_cols * scale, num_rows * scale)
    axes = plt.subplots(num_rows, num_cols, figsize=size, squeeze=False)[1].flatten()
    titles = [] if titles is None else list(titles)
    for i, (ax, image) in enumerate(zip(axes, imgs, strict=False)):
        ax.imshow(_picture(image))
        if i < len(titles):
            ax.set_title(titles[i])
    for ax in axes:
        ax.xaxis.set_visible(False)
        ax.yaxis.set_visible(False)
    return axes


class Animator:
    """训练时逐点加长的曲线。"""

    def __init__(
        self, xlabel=None, ylabel=None, legend=None, xlim=None, ylim=None, xscale="linear",
        yscale="linear", fmts=FMTS, nrows=1, ncols=1, figsize=(3.5, 2.5),
    ) -> None:  # fmt: skip
        use_svg_display()
        self.fig, axes = plt.subplots(nrows, ncols, figsize=figsize)
        self.axes = [axes] if nrows * ncols == 1 else axes
        self._main = np.ravel(self.axes)[0]
        self.config_axes = partial(
            set_axes, self._main, xlabel, ylabel, xlim, ylim, xscale, yscale, legend
        )
        self.X: list[list[float]] = []
        self.Y: list[list[float]] = []
        self.fmts, self._screen = fmts, Screen(self.fig)
        self.fig._d2l_curves = True  # plot 不画进训练曲线的图里

    def add(self, x, y) -> None:
        """给每条曲线添一个点；某条这次没有值就传 ``None``。"""
        ys = [y] if _scalar(y) else list(y)
        xs = [x] * len(ys) if _scalar(x) else list(x)
        while len(self.X) < len(ys):
            self.X.append([])
            self.Y.append([])
        for i, (a, b) in enumerate(zip(xs, ys, strict=False)):
            if a is not None and b is not None:
                self.X[i].append(_number(a))
                self.Y[i].append(_number(b))
        self._main.cla()
        for i, (a, b) in enumerate(zip(self.X, self.Y, strict=True)):
            self._main.plot(a, b, self.fmts[i % len(self.fmts)])
        self.config_axes()
        self._screen.refresh()


def _number(value: Any) -> Any:
    return value.detach().item() if isinstance(value, torch.Tensor) else value
