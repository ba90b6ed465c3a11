"""全卷积网络：任何大小、跳跃连接的算法、双线性的初值，以及拒绝什么。"""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

import d2l_helpers as d2l
from d2l_helpers.models.fcn import crop_to, enlarge, shrink


@pytest.mark.parametrize("size", [(16, 16), (37, 50), (64, 80)])
def test_any_size(size: tuple[int, int]) -> None:
    net = d2l.FCN(5, (4, 6, 8, 10))
    assert net(torch.rand(2, 3, *size)).shape == (2, 5, *size)


def test_skips_add_the_scores_of_finer_maps() -> None:
    torch.manual_seed(0)
    net = d2l.FCN(5, (4, 6, 8, 10)).eval()
    X, maps = torch.rand(1, 3, 64, 48), []
    for stage in net.stages:
        maps.append(stage(maps[-1] if maps else X))
    scores = net.heads[0](maps[3])
    scores = net.ups[0](scores) + net.heads[1](maps[2])
    scores = net.ups[1](scores) + net.heads[2](maps[1])
    torch.testing.assert_close(net(X), net.ups[2](scores))


@pytest.mark.parametrize("scale", [2, 4, 16])
def test_enlarging_starts_as_interpolation(scale: int) -> None:
    X = torch.randn(2, 3, 6, 7, generator=torch.Generator().manual_seed(0))
    theirs = F.interpolate(X, scale_factor=scale, mode="bilinear")
    ours = enlarge(3, scale)(X)
    assert ours.shape == theirs.shape
    inner = (..., slice(scale, -scale), slice(scale, -scale))
    torch.testing.assert_close(ours[inner], theirs[inner], atol=1e-5, rtol=1e-5)


def test_pieces() -> None:
    assert shrink(3, 4, 2)(torch.rand(1, 3, 9, 10)).shape == (1, 4, 5, 5)
    scores = torch.arange(12.0).reshape(1, 1, 3, 4)
    assert crop_to(scores, torch.zeros(1, 9, 2, 3)).flatten().tolist() == [0, 1, 2, 4, 5, 6]


def test_bad_input() -> None:
    with pytest.raises(ValueError, match=r"四级的通道数，不是 \(16, 32\)"):
        d2l.FCN(widths=(16, 32))
