"""EfficientNet-Lite0：名字一个不剩地对上，形状，真照片认得对。"""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn
from torch.nn import functional as F

from d2l_helpers.data.photographs import photograph
from d2l_helpers.data.weights import efficientnet_lite0_weights
from d2l_helpers.models.efficientnet import (
    NUM_CLASSES,
    SIDE,
    EfficientNetLite0,
    InvertedResidual,
    SameConv2d,
    _renamed,
    efficientnet_lite0,
    imagenet_name,
)

pytestmark = pytest.mark.usefixtures("standin_cache")


@pytest.fixture(scope="module")
def net() -> EfficientNetLite0:
    return efficientnet_lite0(pretrained=True).eval()


def prepared(name: str) -> torch.Tensor:
    """照片正中的正方形，224×224，像素在 −1 与 1 之间；形状 (1, 3, 224, 224)。"""
    image = photograph(name)
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    image = image.crop((left, top, left + side, top + side))
    pixels = np.array(image.resize((SIDE, SIDE), Image.Resampling.BICUBIC))
    return torch.from_numpy(pixels).permute(2, 0, 1)[None].float() / 127.5 - 1


def test_every_tensor_finds_its_place(net: EfficientNetLite0) -> None:
    weights, state = efficientnet_lite0_weights(), net.state_dict()
    names = {name: _renamed(name) for name in weights}
    assert len(set(names.values())) == len(weights) == 296
    assert set(names.values()) == set(state)
    assert all(torch.equal(state[names[name]], value) for name, value in weights.items())
    assert sum(p.numel() for p in net.parameters()) == 4_652_008
    assert names["_blocks.0._project_conv.weight"] == "stages.0.0.project.conv.weight"
    assert names["_blocks.15._bn0.bias"] == "stages.6.0.expand.norm.bias"
    assert names["_bn1.running_var"] == "head.norm.running_var"


def test_it_recognises_the_cat_and_the_coffee(net: EfficientNetLite0) -> None:
    with torch.inference_mode():
        cat, coffee = (net(prepared(name)).softmax(1)[0] for name in ("cat", "coffee"))
    assert set(cat.topk(3).indices.tolist()) == {281, 282, 285}
    assert cat[[281, 282, 285]].sum() > 0.8
    assert coffee.argmax() == 967
    assert 0.9 < coffee.max() < 0.97


def test_feature_maps(net: EfficientNetLite0) -> None:
    X = torch.randn(2, 3, 224, 224, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        maps, vectors, logits = net.features(X), net.embed(X), net(X)
        torch.testing.assert_close(net.head(maps[-1]).mean((2, 3)), vectors)
        torch.testing.assert_close(net.classifier(vectors), logits)
    shapes = [tuple(m.shape) for m in maps]
    channels = (16, 24, 40, 80, 112, 192, 320)
    sides = (112, 56, 28, 14, 14, 7, 7)
    assert shapes == [(2, c, s, s) for c, s in zip(channels, sides, strict=True)]
    assert vectors.shape == (2, 1280)
    assert logits.shape == (2, NUM_CLASSES)
    assert maps[0].min() < 0  # 收窄之后没有激活
    assert vectors.min() >= 0
    assert vectors.max() <= 6  # ReLU6


def test_fresh_network_and_new_head() -> None:
    torch.manual_seed(0)
    fresh = efficientnet_lite0()
    assert fresh.training
    assert not torch.equal(fresh.classifier.bias, efficientnet_lite0_weights()["_fc.bias"])
    fresh.classifier = nn.Linear(1280, 2)
    out = fresh(torch.randn(2, 3, 64, 64))
    assert out.shape == (2, 2)
    out.sum().backward()
    assert all(p.grad is not None for p in fresh.parameters())


@pytest.mark.parametrize("size", [7, 8, 31, 32])
@pytest.mark.parametrize(("kernel", "stride"), [(3, 1), (3, 2), (5, 2), (1, 1)])
def test_same_padding_against_the_definition(size: int, kernel: int, stride: int) -> None:
    """逐格按定义算：第 i 格看从 i·步幅 − ⌊补零/2⌋ 起的那一段，多的一个零在右下。"""
    conv = SameConv2d(1, 1, kernel, stride, bias=False).requires_grad_(False)
    X = torch.arange(size * size, dtype=torch.float32).reshape(1, 1, size, size) / size
    out = -(-size // stride)
    total = max((out - 1) * stride + kernel - size, 0)
    room = torch.zeros(size + total, size + total)
    first = total // 2
    room[first : first + size, first : first + size] = X[0, 0]
    want = torch.tensor([
        [(room[i * stride : i * stride + kernel, j * stride : j * stride + kernel]
          * conv.weight[0, 0]).sum() for j in range(out)] for i in range(out)
    ])  # fmt: skip
    assert conv(X).shape == (1, 1, out, out)
    torch.testing.assert_close(conv(X)[0, 0], want, rtol=1e-4, atol=1e-4)


def test_inverted_residual_adds_its_input_only_when_the_shape_stays() -> None:
    torch.manual_seed(0)
    X = torch.randn(2, 8, 6, 6)
    for block, residual in (
        (InvertedResidual(8, 8, 6, 3, 1), True),
        (InvertedResidual(8, 8, 6, 3, 2), False),
        (InvertedResidual(8, 12, 6, 3, 1), False),
    ):
        block.eval()
        inside = block.project(block.depthwise(block.expand(X)))
        torch.testing.assert_close(block(X), X + inside if residual else inside)
    assert isinstance(InvertedResidual(8, 8, 1, 3, 1).expand, nn.Identity)
    depthwise = block.depthwise.conv
    assert depthwise.groups == depthwise.in_channels == 48


def test_same_convolution_is_the_plain_one_at_stride_one() -> None:
    conv = SameConv2d(2, 3, 5, bias=False)
    X = torch.randn(1, 2, 9, 8, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(conv(X), F.conv2d(X, conv.weight, padding=2))


def test_names() -> None:
    assert imagenet_name(282) == "虎猫"
    assert imagenet_name(torch.tensor(967), english=True) == "espresso"
    assert imagenet_name(0) == "第 0 类"
    assert imagenet_name(999, english=True) == "class 999"
    for index in (-1, 1000):
        with pytest.raises(ValueError, match=f"收到的是 {index}"):
            imagenet_name(index)
