"""数据并行：副本共用一个 GPU 或各占一个，都与单个设备一致；有两个以上 GPU 时另有几项。"""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn
from torch.nn import functional as F

import d2l_helpers as d2l
from d2l_helpers import compat
from tests.gpu.toys import EXACT, make, pictures

SCRIPT = Path(__file__).with_name("two_processes.py")
TWO = pytest.mark.skipif(d2l.num_gpus() < 2, reason="要两个以上的 GPU")


@pytest.mark.parametrize("count", [2, 3])
def test_replicas_train_as_a_single_device_does(count: int, cuda: torch.device) -> None:
    X, y = pictures("LeNet", 37)  # 每批 16 个，切不匀；最后一批只有 5 个
    batches = d2l.Batches((X.double(), y), 16)
    single, together = make("LeNet").double(), make("LeNet").double()
    histories = []
    for net, device in ((single, cuda), (together, d2l.replicas(count))):
        optimizer = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
        metrics = {"accuracy": d2l.accuracy}
        histories.append(
            d2l.train(net, batches, F.cross_entropy, optimizer, 2, metrics=metrics, device=device)
        )
    torch.testing.assert_close(list(together.parameters()), list(single.parameters()), **EXACT)
    for name in ("train_loss", "train_accuracy"):
        assert histories[0][name] == pytest.approx(histories[1][name], rel=1e-8)


def test_batch_norm_runs_on_replicas(cuda: torch.device) -> None:
    batches = d2l.Batches(pictures("ResNet", 64), 16).to(cuda)
    net = make("ResNet")
    optimizer = torch.optim.SGD(net.parameters(), lr=0.05)
    history = d2l.train(net, batches, F.cross_entropy, optimizer, 4, device=d2l.replicas(2))
    assert history["train_loss"][-1] < history["train_loss"][0]
    assert {param.device for param in net.parameters()} == {d2l.replicas(2)[0]}


def test_notes_for_several_gpus_run(capsys: pytest.CaptureFixture) -> None:
    X, y = pictures("LeNet", 256)
    batches = compat.load_array((X, y), 32)
    net = make("LeNet")
    trainer = torch.optim.Adam(net.parameters(), lr=1e-3)
    loss = nn.CrossEntropyLoss(reduction="none")
    compat.train_ch13(net, batches, batches, loss, trainer, 5)
    assert compat.evaluate_accuracy(net, batches) > 0.9
    assert str(compat.try_all_gpus()) in capsys.readouterr().out


@TWO
def test_allreduce_crosses_devices() -> None:
    devices = d2l.try_all_gpus()
    tensors = [torch.full((3, 2), float(i + 1), device=d) for i, d in enumerate(devices)]
    where = [tensor.data_ptr() for tensor in tensors]
    d2l.allreduce(tensors)
    total = len(devices) * (len(devices) + 1) / 2
    assert all(tensor.eq(total).all() for tensor in tensors)
    assert [tensor.device for tensor in tensors] == devices
    assert [tensor.data_ptr() for tensor in tensors] == where


@TWO
def test_compat_splits_as_the_framework_does() -> None:
    devices = d2l.try_all_gpus()
    X, y = torch.randn(4 * len(devices) - 1, 3), torch.arange(4 * len(devices) - 1)
    for ours, whole in zip(compat.split_batch(X, y, devices), (X, y), strict=True):
        theirs = nn.parallel.scatter(whole, devices)
        assert [part.device for part in ours] == [part.device for part in theirs]
        torch.testing.assert_close(ours, theirs, rtol=0, atol=0)


@TWO
def test_two_processes_train_as_one_does(
    tmp_path: Path, cuda: torch.device, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(SCRIPT.parents[2]))  # 脚本要导入 tests.gpu
    d2l.launch(SCRIPT, "nccl", tmp_path / "result.pt")
    result = torch.load(tmp_path / "result.pt")
    X, y = pictures("LeNet", 32)
    net = make("LeNet").double().to(cuda)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
    history = d2l.train(net, [(X.double(), y)], F.cross_entropy, optimizer, 3, device=cuda)
    assert result["losses"].tolist() == pytest.approx(history["train_loss"], rel=1e-8)
    trained = [param.detach().cpu() for param in net.parameters()]
    torch.testing.assert_close(result["trained"], trained, **EXACT)
    assert result["spread"] == 0.0
