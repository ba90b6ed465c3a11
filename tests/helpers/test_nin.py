"""NiN：参数与作者的 CIFAR-10 配置相同，得分是类别图的平均，任意大小的图都行。"""

import pytest
import torch
from torch import nn

import d2l_helpers as d2l
from d2l_helpers.models.nin import nin, nin_block

NARROW = {"widths": ((6, 5, 4), (8, 8, 8), (7, 7)), "dropout": 0.0}


def test_parameters_of_the_authors_network() -> None:
    with torch.device("meta"):
        assert d2l.count_parameters(nin(3, 10)) == 966_986


@pytest.mark.parametrize(
    ("side", "stride", "maps"), [(32, 1, 8), (32, 2, 4), (29, 1, 8), (9, 1, 3)]
)
def test_scores_are_the_mean_of_the_class_maps(side: int, stride: int, maps: int) -> None:
    net = nin(2, 3, **NARROW, stride=stride)
    X = torch.randn(2, 2, side, side)
    class_maps = net[:-2](X)
    assert class_maps.shape == (2, 3, maps, maps)
    torch.testing.assert_close(net(X), class_maps.mean((2, 3)))


def test_scores_can_be_negative() -> None:
    net = nin(1, 10, **NARROW)
    assert not isinstance(net.classes[-1], nn.ReLU)
    assert (net(torch.randn(8, 1, 32, 32)) < 0).any()


def test_block_looks_at_neighbours_only_once() -> None:
    block = nin_block(1, (4, 3, 2), kernel_size=3)
    assert [m.kernel_size for m in block if isinstance(m, nn.Conv2d)] == [(3, 3), (1, 1), (1, 1)]
    assert len(block) == 6
    assert isinstance(block[-1], nn.ReLU)


def test_every_block_needs_its_kernel() -> None:
    with pytest.raises(ValueError, match="shorter"):
        nin(kernel_sizes=(5, 5))
