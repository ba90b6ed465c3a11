"""二维互相关：值、梯度、类型，以及拒绝什么。"""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from d2l_helpers.layers import corr2d


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (3, 2), (6, 5)])
def test_agrees_with_the_framework(size: tuple[int, int]) -> None:
    generator = torch.Generator().manual_seed(0)
    X = torch.randn(6, 5, generator=generator, dtype=torch.float64, requires_grad=True)
    K = torch.randn(*size, generator=generator, dtype=torch.float64, requires_grad=True)
    reference = F.conv2d(X[None, None], K[None, None])[0, 0]
    torch.testing.assert_close(corr2d(X, K), reference)
    G = torch.randn(reference.shape, generator=generator, dtype=torch.float64)
    ours = torch.autograd.grad(corr2d(X, K), (X, K), G)
    torch.testing.assert_close(ours, torch.autograd.grad(reference, (X, K), G))


def test_does_not_wrap_around_pixels() -> None:
    pixels = torch.tensor([[10, 200, 30]], dtype=torch.uint8)
    assert corr2d(pixels, torch.tensor([[1, -1]])).tolist() == [[-190, 170]]
    assert corr2d(pixels, torch.tensor([[0.5, 0.5]])).dtype == torch.float32


@pytest.mark.parametrize(
    "sizes", [((3,), (1, 1)), ((3, 3), (2,)), ((3, 3), (0, 1)), ((2, 3, 3), (2, 2))]
)
def test_wants_two_axes(sizes: tuple[tuple[int, ...], tuple[int, ...]]) -> None:
    with pytest.raises(ValueError, match="二维"):
        corr2d(*(torch.ones(size) for size in sizes))


@pytest.mark.parametrize("size", [(4, 1), (1, 4)])
def test_kernel_must_fit(size: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="放不进"):
        corr2d(torch.ones(3, 3), torch.ones(size))
