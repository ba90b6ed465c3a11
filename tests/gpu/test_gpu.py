"""设备、档位、小批量与手写的零件在 GPU 上照常工作。"""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn
from torch.nn import functional as F

import d2l_helpers as d2l


def test_devices_are_real(cuda: torch.device) -> None:
    n = d2l.num_gpus()
    assert d2l.try_gpu() == cuda
    assert d2l.try_all_gpus() == [torch.device("cuda", i) for i in range(n)]
    assert d2l.replicas(n) == d2l.try_all_gpus()
    assert d2l.replicas(n + 1) == [cuda] * (n + 1)
    assert d2l.device_name(cuda) == torch.cuda.get_device_name(0)
    with pytest.raises(IndexError, match=str(n)):
        d2l.try_gpu(n)


def test_profile_is_full_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("D2L_PROFILE", raising=False)
    assert d2l.profile() == "full"


def test_agree_compares_across_devices(cuda: torch.device) -> None:
    A = torch.ones(256, 256, device=cuda)
    d2l.agree(A @ A, torch.full((256, 256), 256.0), name="GPU 上的矩阵乘法")


def test_batches_live_on_the_gpu(cuda: torch.device) -> None:
    images = torch.randint(0, 256, (1000, 28, 28), dtype=torch.uint8)
    labels = torch.arange(1000)
    batches = d2l.Batches((images, labels), 128, shuffle=True).to(cuda)
    X, y = next(iter(batches))
    assert X.device == y.device == cuda
    assert sorted(torch.cat([y for _, y in batches]).tolist()) == list(range(1000))


def test_training_on_the_gpu_equals_training_on_the_cpu(cuda: torch.device) -> None:
    torch.manual_seed(0)
    X, y = torch.randn(512, 20), torch.randint(0, 3, (512,))
    batches = list(zip(X.split(64), y.split(64), strict=True))
    on_cpu = nn.Linear(20, 3)
    on_gpu = copy.deepcopy(on_cpu)
    for net, device in ((on_cpu, None), (on_gpu, cuda)):
        optimizer = torch.optim.SGD(net.to(device or "cpu").parameters(), lr=0.1)
        metrics = {"accuracy": d2l.accuracy}
        history = d2l.train(
            net, batches, F.cross_entropy, optimizer, 3, metrics=metrics, device=device
        )
        assert history.samples_per_second > 0
    torch.testing.assert_close(on_gpu.weight.cpu(), on_cpu.weight, rtol=1e-4, atol=1e-5)


def test_hand_written_parts_run_on_the_gpu(cuda: torch.device) -> None:
    logits = torch.randn(64, 10, device=cuda, requires_grad=True)
    y = torch.randint(0, 10, (64,), device=cuda)
    torch.testing.assert_close(
        d2l.cross_entropy(logits, y), F.cross_entropy(logits, y, reduction="none")
    )
    before = logits.detach().clone()
    d2l.cross_entropy(logits, y).sum().backward()
    d2l.SGD([logits], lr=0.1).step()
    torch.testing.assert_close(logits.detach(), before - 0.1 * logits.grad)
