"""看清一个网络：参数、形状、运算次数都与独立的来源一致；网络用过之后原样不动。"""

import pandas as pd
import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

import d2l_helpers as d2l


def networks() -> dict[str, tuple[nn.Module, torch.Tensor]]:
    shared = nn.Linear(8, 8)
    return {
        "conv": (
            nn.Sequential(
                nn.Conv2d(3, 8, 3, stride=2), nn.BatchNorm2d(8), nn.ReLU(),
                nn.Conv2d(8, 8, 3, groups=4, padding=1, bias=False), nn.Flatten(), nn.LazyLinear(5),
            ),
            torch.randn(4, 3, 15, 15),
        ),
        "shared": (nn.Sequential(shared, nn.Tanh(), shared), torch.randn(3, 8)),
        "transposed": (nn.Sequential(nn.ConvTranspose2d(4, 6, 4, 2, 1)), torch.randn(2, 4, 5, 5)),
        "nested": (
            nn.Sequential(nn.Sequential(nn.Conv1d(2, 4, 3)), nn.Flatten(), nn.Linear(32, 1)),
            torch.randn(2, 2, 10),
        ),
    }  # fmt: skip


@pytest.mark.parametrize("name", networks())
def test_flops_agree_with_torch(name: str) -> None:
    net, X = networks()[name]
    net(X)  # 延后初始化的层先定下形状
    with FlopCounterMode(display=False) as counter:
        net(X)
    assert d2l.count_flops(net, X) == counter.get_total_flops() > 0


def test_parameters_count_shared_ones_once() -> None:
    net, _ = networks()["shared"]
    assert d2l.count_parameters(net) == 8 * 8 + 8


def test_shape_table() -> None:
    net, X = networks()["conv"]
    table = d2l.shape_table(net, X)
    assert isinstance(table, pd.DataFrame)
    assert table["类型"].tolist()[:3] == ["Conv2d", "BatchNorm2d", "ReLU"]
    assert table["输出形状"].iloc[0] == (4, 8, 7, 7)
    assert table["输出形状"].iloc[-1] == (4, 5)
    assert table["参数个数"].sum() == d2l.count_parameters(net)


@pytest.mark.parametrize("look", [d2l.shape_table, d2l.count_flops])
def test_looking_changes_nothing(look) -> None:
    net, X = networks()["conv"]
    net(X)
    net[1].eval()
    before = {name: value.clone() for name, value in net.state_dict().items()}
    look(net, X)
    assert all(torch.equal(before[name], value) for name, value in net.state_dict().items())
    assert [module.training for module in net] == [True, False, True, True, True, True]
    assert all(not module._forward_hooks for module in net.modules())


@pytest.mark.parametrize("look", [d2l.shape_table, d2l.count_flops])
def test_hooks_are_removed_after_an_error(look) -> None:
    net, _ = networks()["conv"]
    with pytest.raises(RuntimeError):
        look(net, torch.randn(1, 7, 15, 15))
    assert all(not module._forward_hooks for module in net.modules())


def test_init_he_has_the_promised_variance() -> None:
    torch.manual_seed(0)
    net = d2l.init_he(nn.Sequential(nn.Conv2d(16, 64, 3), nn.Flatten(), nn.Linear(400, 300)))
    for layer, fan_in in ((net[0], 16 * 9), (net[2], 400)):
        assert layer.weight.var().item() == pytest.approx(2 / fan_in, rel=0.05)
        assert not layer.bias.any()


@pytest.mark.parametrize("look", [d2l.shape_table, d2l.count_flops])
def test_a_lazy_network_can_still_be_trained(look) -> None:
    """延后初始化的参数在这里定下形状；若是在 inference_mode 里定的，以后就求不了梯度。"""
    net, X = networks()["conv"]
    look(net, X)
    net(X).sum().backward()
    assert all(param.grad is not None for param in net.parameters())


def test_calls_are_counted_forward_and_backward() -> None:
    X, w = torch.randn(6, 3), torch.randn(3, requires_grad=True)
    assert d2l.count_calls(lambda: X @ w.detach()) == 2  # detach 与乘法
    assert d2l.count_calls(lambda: [row + 1 for row in X]) == 1 + 6  # 一次拆开，六次加法
    assert d2l.count_calls(lambda: [x + 1 for x in (1, 2)]) == 0  # Python 的数不经过框架
    forward = d2l.count_calls(lambda: (X @ w).sum())
    assert d2l.count_calls(lambda: (X @ w).sum().backward()) > forward > 0


def test_calls_do_not_depend_on_the_batch_and_the_mode_ends() -> None:
    net, X = networks()["conv"]
    net.eval()(X)
    small, large = (d2l.count_calls(lambda n=n: net(X[:n])) for n in (1, 4))
    assert small == large
    with pytest.raises(ZeroDivisionError):
        d2l.count_calls(lambda: 1 / 0)
    assert d2l.count_calls(lambda: None) == 0  # 出错之后也不留下计数
