"""双线性的核：与框架的插值，奇数与偶数倍，以及拒绝什么。"""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from d2l_helpers.layers import bilinear_kernel


@pytest.mark.parametrize("scale", [1, 2, 3, 4, 5, 8])
def test_enlarges_like_the_framework_away_from_the_edge(scale: int) -> None:
    X = torch.rand(2, 3, 5, 7, generator=torch.Generator().manual_seed(0))
    weight = bilinear_kernel(3, scale)
    ours = F.conv_transpose2d(X, weight, stride=scale, padding=scale // 2)
    reference = F.interpolate(X, scale_factor=scale, mode="bilinear", align_corners=False)
    assert ours.shape == reference.shape
    inner = (..., slice(scale, -scale), slice(scale, -scale))
    torch.testing.assert_close(ours[inner], reference[inner])


def test_by_hand() -> None:
    assert bilinear_kernel(1, 2)[0, 0, 1].tolist() == [0.1875, 0.5625, 0.5625, 0.1875]
    assert bilinear_kernel(2, 3).shape == (2, 2, 5, 5)
    assert bilinear_kernel(2, 2)[0, 1].abs().max() == 0


@pytest.mark.parametrize(("channels", "scale"), [(0, 2), (3, 0), (3, -2)])
def test_wants_positive_numbers(channels: int, scale: int) -> None:
    with pytest.raises(ValueError, match="正整数"):
        bilinear_kernel(channels, scale)
