"""GoogLeNet：借用 torchvision 的权重得到同样的输出；论文版的参数个数；变窄与取几块。"""

import pytest
import torch
from torch import nn
from torchvision import models

import d2l_helpers as d2l
from d2l_helpers.models.googlenet import BLOCKS, Inception, googlenet, scaled
from tests.helpers.borrowed import assert_same_outputs

TORCHVISION = {"batch_norm": True, "third_kernel": 3, "last_pool": 2, "dropout": 0.2}


def test_same_outputs_as_torchvision() -> None:
    torch.manual_seed(0)
    reference = models.googlenet(weights=None, aux_logits=False, init_weights=False)
    d2l.init_he(reference)
    for module in reference.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.running_mean, std=0.1)
    ours = googlenet(3, 1000, **TORCHVISION)
    assert_same_outputs(ours, reference, torch.randn(1, 3, 96, 96))


def test_parameters_of_the_paper() -> None:
    with torch.device("meta"):
        assert d2l.count_parameters(googlenet(3, 1000)) == 6_998_552
        assert d2l.count_parameters(googlenet(3, 1000, **TORCHVISION)) == 6_624_904


def test_branches_are_concatenated_in_order() -> None:
    block = Inception(3, 1, (2, 4), (2, 5), 6)
    X = torch.randn(2, 3, 7, 8)
    assert [Z.shape[1] for Z in block.branches(X)] == [1, 4, 5, 6]
    assert torch.equal(block(X), torch.cat(block.branches(X), dim=1))
    assert block(X).shape == (2, 16, 7, 8)


@pytest.mark.parametrize("blocks", [tuple(BLOCKS), ("3a", "3b", "4a", "5a"), ("4a",)])
def test_narrow_networks(blocks: tuple[str, ...]) -> None:
    net = googlenet(2, 3, width=1 / 8, blocks=blocks, stem="small").eval()
    assert net(torch.randn(2, 2, 28, 28)).shape == (2, 3)
    pools = [name for name, _ in net.named_children() if name.startswith("pool")]
    assert len(pools) == len({name[0] for name in blocks}) - 1


def test_widths_never_vanish() -> None:
    assert scaled((64, (16, 32)), 0.01) == (1, (1, 1))


def test_unknown_words() -> None:
    with pytest.raises(ValueError, match="收到的是 'tiny'"):
        googlenet(stem="tiny")
    with pytest.raises(KeyError, match="6a"):
        googlenet(blocks=("3a", "6a"))
