"""DenseNet：通道怎样增长，与 torchvision 同权重时输出相同，参数个数与公式一致。"""

import pytest
import torch
from torchvision import models

import d2l_helpers as d2l
from d2l_helpers.models.densenet import DenseBlock, dense_layer, densenet, transition
from tests.helpers.borrowed import assert_same_outputs


@pytest.mark.parametrize("bottleneck", [0, 1, 4])
def test_block_appends_and_keeps_what_was_there(bottleneck: int) -> None:
    block, X = DenseBlock(3, 5, 2, bottleneck), torch.randn(2, 5, 7, 6)
    Y = block(X)
    assert Y.shape == (2, 5 + 3 * 2, 7, 6)
    assert torch.equal(Y[:, :5], X)
    assert [layer[0][0].num_features for layer in block] == [5, 7, 9]


def test_bottleneck_narrows_what_the_3x3_reads() -> None:
    plain, narrow = dense_layer(100, 4, 0), dense_layer(100, 4, 2)
    assert plain[-1][-1].weight.shape == (4, 100, 3, 3)
    assert narrow[-1][-1].weight.shape == (4, 8, 3, 3)


def test_transition_halves_the_side() -> None:
    assert transition(6, 4)(torch.randn(1, 6, 9, 8)).shape == (1, 4, 4, 4)


@pytest.mark.parametrize("training", [False, True])
def test_same_as_torchvision(training: bool) -> None:
    torch.manual_seed(0)
    reference = models.DenseNet(8, (2, 3, 2), 16, bn_size=2, num_classes=7)
    ours = densenet((2, 3, 2), 8, 3, 7, bottleneck=2)
    assert_same_outputs(ours, reference, torch.randn(4, 3, 64, 64), training)


@pytest.mark.parametrize("depth", [121, 169])
def test_as_many_parameters_as_torchvision(depth: int) -> None:
    layers = {121: (6, 12, 24, 16), 169: (6, 12, 32, 32)}[depth]
    with torch.device("meta"):
        ours = densenet(layers, in_channels=3, num_classes=1000)
        reference = getattr(models, f"densenet{depth}")(weights=None)
    shapes = [[p.shape for p in net.parameters()] for net in (ours, reference)]
    assert shapes[0] == shapes[1]
    if depth == 121:
        assert d2l.count_parameters(ours) == 7_978_856


def test_width_compression_and_small_stem() -> None:
    net = densenet((1, 2), 3, 2, 4, width=5, compression=0.4, stem="small")
    assert net.transition1[-2].weight.shape == (3, 8, 1, 1)  # (5 + 3) × 0.4 向下取整
    assert net.fc.in_features == 3 + 2 * 3
    assert net(torch.randn(2, 2, 10, 10)).shape == (2, 4)


def test_unknown_stem() -> None:
    with pytest.raises(ValueError, match="tiny"):
        densenet(stem="tiny")
