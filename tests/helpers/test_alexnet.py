"""AlexNet：参数与论文相符，输出形状对，太小的图当场报错。"""

import pytest
import torch

import d2l_helpers as d2l
from d2l_helpers.models.alexnet import alexnet, alexnet_side


def test_parameters_of_the_paper() -> None:
    with torch.device("meta"):
        assert d2l.count_parameters(alexnet(3, 1000, groups=2)) == 60_965_224


@pytest.mark.parametrize(("size", "stride"), [(63, 4), (64, 4), (97, 4), (35, 2), (224, 4)])
def test_any_size_that_is_large_enough(size: int, stride: int) -> None:
    narrow = {"channels": (4, 4, 4, 4, 4), "hidden": 8}
    net = alexnet(2, 3, **narrow, image_size=size, stride=stride)
    assert net(torch.randn(2, 2, size, size)).shape == (2, 3)
    assert net[:8](torch.randn(1, 2, size, size)).shape[-1] == alexnet_side(size, stride)


@pytest.mark.parametrize(("size", "stride"), [(62, 4), (34, 2), (28, 4)])
def test_too_small_an_image(size: int, stride: int) -> None:
    with pytest.raises(ValueError, match=rf"边长 {size} .*至少 {14 * stride + 7}"):
        alexnet(image_size=size, stride=stride)


def test_five_channels_are_needed() -> None:
    with pytest.raises(ValueError, match="unpack"):
        alexnet(channels=(8, 8))
