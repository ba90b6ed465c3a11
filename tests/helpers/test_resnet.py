"""残差块与 ResNet：形状、近路、参数个数，与 torchvision 同权重时输出相同。"""

import pytest
import torch
from torchvision import models

import d2l_helpers as d2l
from d2l_helpers.layers import Residual
from d2l_helpers.models.resnet import resnet, resnet18
from tests.helpers.borrowed import assert_same_outputs


@pytest.mark.parametrize(
    ("args", "projected"),
    [((4, 4), False), ((4, 4, 2), True), ((4, 8), True), ((4, 8, 2), True)],
)
def test_shortcut_follows_the_shape(args: tuple[int, ...], projected: bool) -> None:
    block = Residual(*args)
    strides = args[2] if len(args) > 2 else 1
    assert block(torch.randn(2, 4, 7, 7)).shape == (2, args[1], -(-7 // strides), -(-7 // strides))
    assert (len(block.shortcut) > 0) is projected


def test_the_flag_decides_when_given() -> None:
    assert len(Residual(4, 4, use_1x1conv=True).shortcut) == 2
    with pytest.raises(RuntimeError):  # 形状变了，却不许近路跟着变
        Residual(4, 8, use_1x1conv=False)(torch.randn(2, 4, 7, 7))


def test_identity_when_the_last_scale_is_zero() -> None:
    block, X = Residual(4, 4), torch.rand(2, 4, 7, 7)
    torch.nn.init.zeros_(block.residual[-1].weight)
    assert torch.equal(block(X), X)


@pytest.mark.parametrize("training", [False, True])
def test_same_as_torchvision(training: bool) -> None:
    torch.manual_seed(0)
    reference, ours = models.resnet18(num_classes=10), resnet18(3, 10)
    assert_same_outputs(ours, reference, torch.randn(4, 3, 64, 64), training)


def test_parameters_and_shapes() -> None:
    with torch.device("meta"):
        assert d2l.count_parameters(resnet18(3, 1000)) == 11_689_512
        resnet34 = resnet((3, 4, 6, 3), in_channels=3, num_classes=1000)
        assert d2l.count_parameters(resnet34) == 21_797_672
        small = resnet((1, 2), 4, stem="small")
        assert small[:3](torch.empty(2, 1, 28, 28)).shape == (2, 8, 14, 14)
        assert small(torch.empty(2, 1, 28, 28)).shape == (2, 10)


def test_unknown_stem() -> None:
    with pytest.raises(ValueError, match="tiny"):
        resnet(stem="tiny")
