"""注意力权重的热图：一张 HTML 表，行头列头可以是汉字，不靠绘图库的字体。"""

from __future__ import annotations

import html
from collections.abc import Sequence

import torch

COLOR = "96, 165, 250"
DARK_TEXT = 0.69  # 比这更浓的格子用黑字；更淡的随页面，深色页面上也看得清


class Heatmap:
    """一张热图；放在一格的最后一行，页面与 JupyterLab 里都显示成带颜色的表。

    参数:
        weights: 权重，形状 (查询数, 键数)，0 到 1。
        rows, columns: 查询与键的名字。
        caption: 表的说明，一句。

    异常:
        ValueError: 权重不是二维的、名字的个数不符，或者有权重不在 0 到 1 之间。

    出处:
        本书“注意力提示”。
    """

    def __init__(
        self,
        weights: torch.Tensor,
        rows: Sequence[str],
        columns: Sequence[str],
        caption: str = "",
    ) -> None:
        weights = torch.as_tensor(weights).detach().cpu()
        if tuple(weights.shape) != (len(rows), len(columns)):
            raise ValueError(
                f"权重的形状是 {tuple(weights.shape)}，名字却有 {len(rows)} 行 {len(columns)} 列。"
            )
        if not bool(((weights > -1e-6) & (weights < 1 + 1e-6)).all()):
            raise ValueError(
                f"权重应当在 0 到 1 之间，收到的从 {weights.min():.3g} 到 {weights.max():.3g}。"
            )
        self.values = weights.tolist()
        self.rows, self.columns = [str(name) for name in rows], [str(name) for name in columns]
        self.caption = caption

    def __repr__(self) -> str:
        """文字的样子：每行一个查询，百分数。"""
        lines = [" ".join(["　", *self.columns])]
        for name, row in zip(self.rows, self.values, strict=True):
            lines.append(" ".join([name, *(f"{100 * value:.0f}" for value in row)]))
        return "\n".join([self.caption, *lines] if self.caption else lines)

    def _repr_html_(self) -> str:
        plain = "padding:.25em .45em;text-align:center;border:none"
        head = "".join(
            f'<th scope="col" style="{plain}">{html.escape(name)}</th>' for name in self.columns
        )
        body = "".join(
            f'<tr><th scope="row" style="{plain};text-align:right">{html.escape(name)}</th>'
            + "".join(_cell(value, plain) for value in row)
            + "</tr>"
            for name, row in zip(self.rows, self.values, strict=True)
        )
        caption = f"<caption>{html.escape(self.caption)}</caption>" if self.caption else ""
        return (
            '<div class="d2l-heatmap" tabindex="0" style="overflow-x:auto">'
            '<table style="border-collapse:collapse;width:auto;margin:0;color:inherit">'
            f"{caption}<thead><tr><td></td>{head}</tr></thead><tbody>{body}</tbody></table></div>"
        )


def _cell(value: float, style: str) -> str:
    value = min(max(value, 0.0), 1.0)
    text = f"{100 * value:.0f}" if value >= 0.005 else ""
    color = ";color:#000" if value >= DARK_TEXT else ""
    return f'<td style="{style};background:rgba({COLOR}, {value:.2f}){color}">{text}</td>'
