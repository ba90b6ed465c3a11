"""作图：一种安静的样式，几个短函数；图内只用英文与数学符号，任何机器都有字体。"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from d2l_helpers.data.segmentation import VOC_COLORS
from d2l_helpers.oldnames import old_calls
from d2l_helpers.screen import Screen

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from d2l_helpers.training import History

# 色盲也能分辨的六种颜色
COLORS = ["#2563a8", "#d9622b", "#2b8a57", "#a63d7a", "#b8860b", "#5b5f66"]
STYLE = {
    "figure.figsize": (5.2, 3.2),
    "figure.dpi": 110,
    "figure.constrained_layout.use": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#e3e6ea",
    "grid.linewidth": 0.8,
    "axes.edgecolor": "#6b7280",
    "axes.titlesize": 11,
    "font.size": 10,
    "legend.frameon": False,
    "lines.linewidth": 1.8,
    "image.cmap": "viridis",
}


def use_style() -> None:
    """采用本书的作图样式；作图函数会自行调用。"""
    import matplotlib.pyplot as plt
    from cycler import cycler

    plt.rcParams.update(STYLE)
    plt.rcParams["axes.prop_cycle"] = cycler(color=COLORS)


def to_array(values: Any) -> np.ndarray:
    """张量或别的数列变成 CPU 上的数组。"""
    if isinstance(values, torch.Tensor):
        return values.detach().cpu().numpy()
    return np.asarray(values)


def new_axes(figsize: tuple[float, float] | None = None) -> Axes:
    """开一张新图，返回它的坐标系。

    参数:
        figsize: 宽与高（英寸）；缺省用本书的样式。
    """
    import matplotlib.pyplot as plt

    use_style()
    return plt.subplots(figsize=figsize)[1]


@old_calls('d2l.plot(x, [y1, y2], xlabel="x", ylabel="f(x)", legend=[…])')
def plot(
    x: Any,
    ys: Any,
    *,
    xlabel: str = "",
    ylabel: str = "",
    legend: Sequence[str] = (),
    xlim: tuple[float, float] | None = None,
    ylim: tuple[float, float] | None = None,
    xscale: str = "linear",
    yscale: str = "linear",
    fmts: Sequence[str] = ("-", "--", "-.", ":"),
    figsize: tuple[float, float] | None = None,
    title: str = "",
    ax: Axes | None = None,
) -> Axes:
    """画一条或几条曲线。

    参数:
        x: 横坐标，形状 (点数,)。
        ys: 一条曲线（形状 (点数,)）或曲线的列表；列表里各条的点数都与 ``x`` 相同。
        xlabel, ylabel, title: 英文或数学符号。
        legend: 各条曲线的名字。
        xlim, ylim, xscale, yscale: 坐标范围与刻度（``linear`` 或 ``log``）。
        fmts: 各条曲线的线型，不够就循环使用。
        figsize: 宽与高（英寸）。
        ax: 画在已有的坐标系里；缺省新开一张图。

    返回:
        坐标系，可以接着添画。

    异常:
        ValueError: 某条曲线的点数与 ``x`` 不同，或名字的个数与曲线不同。
    """
    ax = new_axes(figsize) if ax is None else ax
    x = to_array(x)
    curves = [to_array(y) for y in ys] if np.ndim(ys[0]) > 0 else [to_array(ys)]
    if legend and len(legend) != len(curves):
        raise ValueError(f"有 {len(curves)} 条曲线，却给了 {len(legend)} 个名字：{list(legend)}。")
    for i, y in enumerate(curves):
        if y.shape != x.shape:
            raise ValueError(f"第 {i} 条曲线有 {y.shape} 个点，横坐标有 {x.shape} 个，应当相同。")
        ax.plot(x, y, fmts[i % len(fmts)], label=legend[i] if legend else None)
    ax.set(xlabel=xlabel, ylabel=ylabel, title=title, xscale=xscale, yscale=yscale)
    if xlim is not None:
        ax.set_xlim(xlim)
    if ylim is not None:
        ax.set_ylim(ylim)
    if legend:
        ax.legend()
    return ax


def plot_history(
    history: History,
    names: Sequence[str] | None = None,
    *,
    ylim: tuple[float, float] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """画训练记录里的各条曲线，横轴是轮数。

    参数:
        history: :func:`d2l_helpers.train` 返回的记录。
        names: 要画的量；缺省全部。
        ylim: 纵轴范围。
        ax: 画在已有的坐标系里；缺省新开一张图。

    返回:
        坐标系。
    """
    names = list(history) if names is None else list(names)
    ax = new_axes() if ax is None else ax
    for name, fmt in zip(names, ["-", "--", "-.", ":"] * len(names), strict=False):
        series = history[name]
        ax.plot(range(1, len(series) + 1), series, fmt, label=name.replace("_", " "))
    ax.set(xlabel="epoch")
    if ylim is not None:
        ax.set_ylim(ylim)
    ax.legend()
    return ax


@old_calls("d2l.show_images(images, num_rows, num_cols, titles=[…], scale=1.2)")
def show_images(
    images: Any,
    num_rows: int,
    num_cols: int,
    *,
    titles: Sequence[str] | None = None,
    scale: float = 1.2,
) -> np.ndarray:
    """把图像排成若干行列。

    参数:
        images: 形状 (张数, 高, 宽)、(张数, 1, 高, 宽)、(张数, 高, 宽, 3) 或 (张数, 3, 高, 宽)。
        num_rows, num_cols: 行数与列数；图像多于格子时只画前面的。
        titles: 各张图的标题，英文。
        scale: 每格边长（英寸）。

    返回:
        坐标系的数组，形状 (行, 列)。

    异常:
        ValueError: 图像的形状不在上列之中，或标题不够。
    """
    import matplotlib.pyplot as plt

    use_style()
    shown = [_image(to_array(image)) for image in list(images)[: num_rows * num_cols]]
    if titles is not None and len(titles) < len(shown):
        raise ValueError(f"要画 {len(shown)} 张图，只给了 {len(titles)} 个标题。")
    size = (num_cols * scale, num_rows * scale * (1.25 if titles is not None else 1))
    _, axes = plt.subplots(num_rows, num_cols, figsize=size, squeeze=False)
    for ax in axes.flat:
        ax.axis("off")
    for i, (ax, image) in enumerate(zip(axes.flat, shown, strict=False)):
        ax.imshow(image, cmap="gray" if image.ndim == 2 else None)
        if titles is not None:
            ax.set_title(titles[i], fontsize=9)
    return axes


def show_boxes(
    ax: Axes, boxes: Any, labels: Sequence[str] = (), colors: Sequence[str] | None = None
) -> None:
    """在图像上画像素坐标的框；每条边衬一道白边，深处浅处都看得清。坐标范围不变：伸出图外的部分看不见。

    参数:
        ax: 已经画好图像的坐标系。
        boxes: (框数, 4)，依次 xmin、ymin、xmax、ymax，像素；归一化的先乘 (宽, 高, 宽, 高)。
        labels: 各个框左上角的字，英文；缺省不写。
        colors: 各个框的颜色，不够就循环使用；缺省用本书的六种。

    异常:
        ValueError: 框的形状不对，或者给了字而个数与框不同。
    """
    import matplotlib.patheffects as effects

    boxes = to_array(boxes)
    if boxes.ndim != 2 or boxes.shape[1] != 4:
        raise ValueError(f"框的形状应当是 (框数, 4)，收到的是 {boxes.shape}。")
    if len(labels) not in (0, len(boxes)):
        raise ValueError(f"有 {len(boxes)} 个框，却给了 {len(labels)} 条字：{list(labels)}。")
    colors = colors or COLORS
    halo = [effects.withStroke(linewidth=4, foreground="white")]
    for i, (left, top, right, bottom) in enumerate(boxes.tolist()):
        color = colors[i % len(colors)]
        outline = ([left, right, right, left, left], [top, top, bottom, bottom, top])
        still = {"scalex": False, "scaley": False}  # 坐标范围仍是图像的
        ax.plot(*outline, "-", color=color, linewidth=2, path_effects=halo, **still)
        if labels:
            badge = {"facecolor": color, "edgecolor": "white", "pad": 2}
            ax.text(left, top, labels[i], color="white", fontsize=8, va="top", bbox=badge)


def overlay(image: torch.Tensor, classes: torch.Tensor) -> torch.Tensor:
    """把各像素的类别用 VOC 的颜色叠在图上；背景淡成灰色，物体的边缘是白的。

    参数:
        image: uint8，形状 (3, 高, 宽)。
        classes: 类别，整数，形状 (高, 宽)，0 是背景；255（或别的超出类别数的）当作边缘。

    返回:
        uint8，形状 (3, 高, 宽)，可以交给 :func:`show_images`。

    出处:
        本书“语义分割和数据集”。
    """
    colors = torch.tensor([(200, 200, 200), *VOC_COLORS[1:], (255, 255, 255)])
    painted = colors[classes.clamp(max=len(VOC_COLORS))].permute(2, 0, 1)
    gray = image.float().mean(dim=0)  # (高, 宽)
    return (0.35 * gray + 0.65 * painted).to(torch.uint8)


def _image(image: np.ndarray) -> np.ndarray:
    if image.ndim == 3 and image.shape[0] in (1, 3) and image.shape[-1] not in (1, 3):
        image = np.moveaxis(image, 0, -1)  # (高, 宽, 通道)
    if image.ndim == 3 and image.shape[-1] == 1:
        image = image[..., 0]
    if image.ndim != 2 and not (image.ndim == 3 and image.shape[-1] == 3):
        raise ValueError(
            f"一张图像的形状应当是 (高, 宽)、(通道, 高, 宽) 或 (高, 宽, 通道)，"
            f"通道为 1 或 3；收到的是 {image.shape}。"
        )
    return image


class LiveCurve:
    """训练时就地更新的曲线：``train(…, on_epoch=d2l.LiveCurve())``。

    同一个输出区反复更新而不清空，因此不闪烁；脚本里画好的图由 ``plt.show()`` 显示。

    参数:
        names: 要画的量；缺省全部。
        ylim: 纵轴范围。
    """

    def __init__(
        self, names: Sequence[str] | None = None, *, ylim: tuple[float, float] | None = None
    ) -> None:
        self.names, self.ylim = names, ylim
        self._screen: Screen | None = None
        self._ax: Axes | None = None

    def __call__(self, history: History) -> None:
        if self._ax is None:
            self._ax = new_axes()
            self._screen = Screen(self._ax.figure)
        self._ax.clear()
        plot_history(history, self.names, ylim=self.ylim, ax=self._ax)
        self._screen.refresh()
