"""数据并行：与单个设备上用整批训练一致；切不匀、冻结、没用到的参数与模式都不例外。"""

from __future__ import annotations

import copy
from collections.abc import Callable

import pytest
import torch
from torch import nn
from torch.nn import functional as F

import d2l_helpers as d2l
from d2l_helpers.parallel import Replicas, broadcast, reduce_gradients, split_batch

CLOSE = {"rtol": 1e-5, "atol": 1e-6}


def data(n: int) -> tuple[torch.Tensor, torch.Tensor]:
    gen = torch.Generator().manual_seed(n)
    return torch.randn(n, 6, generator=gen), torch.randint(3, (n,), generator=gen)


def network() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 3))


OPTIMIZERS: dict[str, Callable] = {
    "手写": lambda params: d2l.SGD(params, lr=0.1),
    "动量": lambda params: torch.optim.SGD(params, lr=0.1, momentum=0.9, weight_decay=0.01),
    "Adam": lambda params: torch.optim.Adam(params, lr=0.01),
}


@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("optimizer", OPTIMIZERS.values(), ids=OPTIMIZERS.keys())
def test_training_agrees_with_a_single_device(optimizer: Callable, count: int) -> None:
    X, y = data(33)  # 每批 16 个，最后一批只有一个，比副本少
    batches = d2l.Batches((X, y), 16)
    single, together = network(), network()
    metrics = {"accuracy": d2l.accuracy}
    histories = [
        d2l.train(
            net, batches, F.cross_entropy, optimizer(net.parameters()), 4,
            metrics=metrics, device=device,
        )
        for net, device in ((single, "cpu"), (together, ["cpu"] * count))
    ]  # fmt: skip
    torch.testing.assert_close(list(together.parameters()), list(single.parameters()), **CLOSE)
    for name in ("train_loss", "train_accuracy"):
        assert histories[0][name] == pytest.approx(histories[1][name], rel=1e-5)


def test_per_sample_losses_are_averaged_over_the_whole_batch() -> None:
    X, y = data(7)
    net = network()
    expected = F.cross_entropy(net(X), y)
    y_hat, value = Replicas(net, ["cpu"] * 2).step(
        X, y, d2l.cross_entropy, d2l.SGD(net.parameters(), lr=0.0)
    )
    torch.testing.assert_close(value, expected.detach(), **CLOSE)
    torch.testing.assert_close(y_hat, net(X).detach(), **CLOSE)


def test_frozen_parameters_stay() -> None:
    X, y = data(8)
    net = network()
    copies = Replicas(net, ["cpu"] * 2)
    net[0].requires_grad_(False)  # 复制之后才冻结：别的副本仍会算出它的梯度
    before = copy.deepcopy(net.state_dict())
    copies.step(X, y, F.cross_entropy, d2l.SGD(net.parameters(), lr=0.1))
    assert torch.equal(net[0].weight, before["0.weight"])
    assert net[0].weight.grad is None
    assert not torch.equal(net[2].weight, before["2.weight"])


class Branches(nn.Module):
    """看第一个样本的正负，走左边或右边。"""

    def __init__(self) -> None:
        super().__init__()
        self.left, self.right = nn.Linear(1, 2), nn.Linear(1, 2)

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        return (self.left if X[0] < 0 else self.right)(X)


def test_a_parameter_used_by_one_replica_only_keeps_its_gradient() -> None:
    net = Branches()
    X, y = torch.tensor([[-1.0], [-2.0], [3.0], [4.0]]), torch.tensor([0, 1, 1, 0])
    expected = F.cross_entropy(net.right(X[2:]), y[2:]) / 2
    (gradient,) = torch.autograd.grad(expected, net.right.weight)
    before = net.right.weight.detach().clone()
    Replicas(net, ["cpu"] * 2).step(X, y, F.cross_entropy, d2l.SGD(net.parameters(), lr=1.0))
    torch.testing.assert_close(net.right.weight.detach(), before - gradient, **CLOSE)


def test_replicas_follow_the_mode_of_the_first() -> None:
    net = nn.Sequential(nn.Linear(6, 50), nn.Dropout(1.0), nn.Linear(50, 3)).eval()
    copies = Replicas(net, ["cpu"] * 2)
    X, y = data(4)
    net.train()
    y_hat, _ = copies.step(X, y, F.cross_entropy, d2l.SGD(net.parameters(), lr=0.0))
    torch.testing.assert_close(y_hat, net[2].bias.detach().expand(4, 3))  # 全都丢掉，只剩偏置
    net.eval()
    broadcast(copies.nets)
    assert not any(module.training for other in copies.nets for module in other.modules())


def test_parameters_loaded_between_steps_reach_every_replica() -> None:
    X, y = data(8)
    net, reference = network(), network()
    copies = Replicas(net, ["cpu"] * 2)
    for model in (net, reference):
        with torch.no_grad():
            model[2].bias += 1.0
    copies.step(X, y, F.cross_entropy, d2l.SGD(net.parameters(), lr=0.1))
    single = Replicas(reference, ["cpu"])
    single.step(X, y, F.cross_entropy, d2l.SGD(reference.parameters(), lr=0.1))
    torch.testing.assert_close(list(net.parameters()), list(reference.parameters()), **CLOSE)


def test_batch_norm_statistics_are_those_of_the_first_replica() -> None:
    X, y = data(8)
    net = nn.Sequential(nn.BatchNorm1d(6, momentum=1.0), nn.Linear(6, 3))
    copies = Replicas(net, ["cpu"] * 2)
    copies.step(X, y, F.cross_entropy, d2l.SGD(net.parameters(), lr=0.1))
    torch.testing.assert_close(net[0].running_mean, X[:4].mean(0), **CLOSE)
    broadcast(copies.nets)
    torch.testing.assert_close(copies.nets[1][0].running_mean, X[:4].mean(0), **CLOSE)


def test_split_batch_is_even_and_complete() -> None:
    X, y = data(8)
    Xs, ys = split_batch(X, y, ["cpu"] * 3)
    assert [len(part) for part in Xs] == [len(part) for part in ys] == [3, 3, 2]
    assert torch.equal(torch.cat(Xs), X)
    assert torch.equal(torch.cat(ys), y)


def test_allreduce_writes_into_the_tensors() -> None:
    tensors = [torch.full((2, 2), float(i)) for i in (1, 2, 4)]
    where = [tensor.data_ptr() for tensor in tensors]
    d2l.allreduce(tensors)
    assert all(tensor.eq(7).all() for tensor in tensors)
    assert [tensor.data_ptr() for tensor in tensors] == where


def test_gradients_are_summed_over_the_replicas_that_have_one() -> None:
    nets = [nn.Linear(1, 1, bias=False) for _ in range(3)]
    nets[1].weight.grad, nets[2].weight.grad = torch.tensor([[2.0]]), torch.tensor([[3.0]])
    reduce_gradients(nets)
    assert nets[0].weight.grad.item() == nets[2].weight.grad.item() == 5.0


def test_errors_say_what_to_do() -> None:
    X, y = data(4)
    with pytest.raises(ValueError, match=r"X 有 4 个样本，y 有 3 个"):
        split_batch(X, y[:3], ["cpu"] * 2)
    with pytest.raises(ValueError, match=r"4 个样本不够 5 个设备分；请"):
        split_batch(X, y, ["cpu"] * 5)
    with pytest.raises(ValueError, match=r"\(2,\), \(3,\)"):
        d2l.allreduce([torch.zeros(3), torch.zeros(2)])
    with pytest.raises(ValueError, match="至少有一个"):
        d2l.allreduce([])
    with pytest.raises(ValueError, match=r"至少要有一个设备，例如 \[try_gpu\(\)\]"):
        Replicas(network(), [])
