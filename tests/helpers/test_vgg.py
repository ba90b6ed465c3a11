"""VGG：四种深度的参数个数与 torchvision 的相同，边长每块减半，太小的图当场报错。"""

import pytest
import torch
from torchvision import models

import d2l_helpers as d2l
from d2l_helpers.models.vgg import vgg, vgg_block


@pytest.mark.parametrize(
    ("depth", "convs"),
    [(11, (1, 1, 2, 2, 2)), (13, (2,) * 5), (16, (2, 2, 3, 3, 3)), (19, (2, 2, 4, 4, 4))],
)
def test_as_many_parameters_as_torchvision(depth: int, convs: tuple[int, ...]) -> None:
    with torch.device("meta"):
        reference = getattr(models, f"vgg{depth}")(weights=None, init_weights=False)
        ours = vgg(3, 1000, convs=convs)
    shapes = [[p.shape for p in net.parameters()] for net in (ours, reference)]
    assert shapes[0] == shapes[1]


def test_block_halves_the_side() -> None:
    assert vgg_block(3, 2, 5)(torch.randn(1, 2, 12, 12)).shape == (1, 5, 6, 6)


@pytest.mark.parametrize("size", [32, 33, 63, 96])
def test_sizes(size: int) -> None:
    net = vgg(2, 3, channels=(2, 2, 4, 4, 4), hidden=8, image_size=size)
    assert net(torch.randn(2, 2, size, size)).shape == (2, 3)
    assert d2l.count_parameters(net.fc1) == 4 * (size // 32) ** 2 * 8 + 8


def test_too_small_an_image() -> None:
    with pytest.raises(ValueError, match=r"边长 31 .*5 次减半"):
        vgg(image_size=31)


def test_every_block_needs_its_channels() -> None:
    with pytest.raises(ValueError, match="shorter"):
        vgg(channels=(8, 8))
