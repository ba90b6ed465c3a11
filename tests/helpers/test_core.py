"""设备、档位、对拍、度量与种子：好输入给对的数，坏输入给说得清的错。"""

import math
import sys
import time
import types

import numpy as np
import pytest
import torch
from torch.nn import functional as F

import d2l_helpers as d2l
from d2l_helpers import device
from d2l_helpers.metrics import Mean


@pytest.fixture
def two_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device, "num_gpus", lambda: 2)


def test_without_gpu_everything_falls_back_to_one_device(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device, "num_gpus", lambda: 0)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    assert d2l.try_gpu() == torch.device("cpu")
    assert d2l.try_all_gpus() == [torch.device("cpu")]
    assert d2l.replicas(3) == [torch.device("cpu")] * 3
    with pytest.raises(IndexError, match=r"第 1 个 GPU.*0 个.*replicas\(2\)"):
        d2l.try_gpu(1)


def test_mps_is_used_before_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device, "num_gpus", lambda: 0)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert d2l.try_gpu() == torch.device("mps")
    assert d2l.replicas(2) == [torch.device("mps")] * 2


def test_with_two_gpus(two_gpus: None) -> None:
    assert d2l.try_gpu(1) == torch.device("cuda", 1)
    assert d2l.try_all_gpus() == [torch.device("cuda", i) for i in range(2)]
    assert d2l.replicas(2) == d2l.try_all_gpus()
    assert d2l.replicas(4) == [torch.device("cuda", 0)] * 4
    with pytest.raises(IndexError, match="第 2 个"):
        d2l.try_gpu(2)


@pytest.mark.parametrize("bad", [-1, -5])
def test_negative_device_index(bad: int) -> None:
    with pytest.raises(IndexError, match=str(bad)):
        d2l.try_gpu(bad)


def test_device_arguments_of_wrong_type_or_size() -> None:
    with pytest.raises(TypeError, match="'0'"):
        d2l.try_gpu("0")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="True"):
        d2l.try_gpu(True)
    with pytest.raises(IndexError, match="收到的是 0"):
        d2l.replicas(0)


def test_device_name_and_synchronize_on_cpu() -> None:
    assert d2l.device_name("cpu").startswith("CPU")
    d2l.synchronize("cpu")


def test_profile_follows_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("D2L_PROFILE", "full")
    assert d2l.pick(quick=1, full=2) == 2
    monkeypatch.setenv("D2L_PROFILE", "quick")
    assert d2l.pick(quick=1, full=2) == 1
    monkeypatch.setenv("D2L_PROFILE", "auto")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert d2l.profile() == "full"
    monkeypatch.setenv("D2L_PROFILE", "fast")
    with pytest.raises(ValueError, match="'fast'"):
        d2l.profile()


def test_agree_accepts_tensors_arrays_numbers_and_lists(capsys: pytest.CaptureFixture) -> None:
    x = torch.randn(3, 4, requires_grad=True)
    d2l.agree(x, x.detach().numpy(), name="甲")
    d2l.agree(1.0, 1.0 + 1e-7, name="乙")
    d2l.agree([x, x[0]], [x.clone(), x[0]], name="丙")
    d2l.agree([0.1, torch.inf], np.array([0.1, np.inf]), rtol=1e-4, name="丁")
    out = capsys.readouterr().out.splitlines()
    assert out[0] == "✓ 甲：误差 ≤ 1e-05"
    assert [line[2] for line in out] == list("甲乙丙丁")
    d2l.agree(1.1, 1.0, rtol=0.15, name="戊")
    assert capsys.readouterr().out == "✓ 戊：误差 ≤ 1.5e-01\n"
    d2l.agree(torch.arange(3), [0, 1, 2], rtol=0, atol=0, name="己")
    assert capsys.readouterr().out == "✓ 己：完全相同\n"


def test_agree_reports_the_largest_difference() -> None:
    a = torch.zeros(2, 3)
    b = a.clone()
    b[1, 2], b[0, 0] = 0.5, 0.1
    with pytest.raises(AssertionError, match=r"2/6 个元素不一致；最大误差在 \(1, 2\).*0\.5"):
        d2l.agree(a, b, name="坏")
    with pytest.raises(AssertionError, match="1/1"):
        d2l.agree(float("nan"), float("nan"), name="nan")
    with pytest.raises(AssertionError, match="1/2"):
        d2l.agree([0.0, torch.inf], [0.0, -torch.inf], name="异号无穷")


def test_agree_rejects_different_or_empty_shapes() -> None:
    with pytest.raises(ValueError, match=r"\(2, 3\) 与 \(3, 2\)"):
        d2l.agree(torch.zeros(2, 3), torch.zeros(3, 2), name="形状")
    with pytest.raises(ValueError, match="空"):
        d2l.agree(torch.zeros(0), torch.zeros(0), name="空")
    with pytest.raises(ValueError, match=r"1 个张量.*2 个"):
        d2l.agree([torch.zeros(1)], [torch.zeros(1)] * 2, name="列表")


def test_agree_tolerance_is_the_one_of_assert_close() -> None:
    d2l.agree(100.0 + 0.9e-3, 100.0, name="刚好")
    with pytest.raises(AssertionError):
        d2l.agree(100.0 + 1.1e-3, 100.0, name="超出")


def test_accuracy_is_a_mean_over_the_batch() -> None:
    scores = torch.tensor([[0.1, 0.9], [0.8, 0.2], [0.3, 0.7], [0.6, 0.4]])
    assert d2l.accuracy(scores, torch.tensor([1, 0, 0, 0])).item() == 0.75
    assert d2l.accuracy(torch.tensor([1, 2]), torch.tensor([1, 1])).item() == 0.5
    with pytest.raises(ValueError, match=r"4 个样本.*3 个"):
        d2l.accuracy(scores, torch.tensor([0, 1, 0]))


def test_mean_weights_by_samples() -> None:
    mean = Mean()
    with pytest.raises(ValueError, match="还没有"):
        mean.value()
    mean.update(torch.tensor(1.0, requires_grad=True), 4)
    mean.update(0.0, 1)
    assert mean.value() == pytest.approx(0.8)
    with pytest.raises(ValueError, match="收到的是 0"):
        mean.update(1.0, 0)


def test_timer_counts_seconds() -> None:
    timer = d2l.Timer()
    with pytest.raises(ValueError, match="stop"):
        timer.avg()
    with timer:
        sum(range(1000))
    timer.start()
    timer.stop()
    assert len(timer.times) == 2
    assert min(timer.times) > 0
    assert timer.cumsum()[-1] == pytest.approx(timer.sum())
    assert timer.avg() == pytest.approx(timer.sum() / 2)


def test_the_fastest_round_counts() -> None:
    waits = iter([0.05, 0.0, 0.03])
    assert d2l.fastest(lambda: time.sleep(next(waits)), rounds=3) < 0.03
    order: list[str] = []
    a, b = d2l.take_turns(
        lambda: (order.append("a"), time.sleep(0.02)), lambda: order.append("b"), rounds=2
    )
    assert order == ["a", "b", "a", "b"]
    assert a >= 0.02 > b
    with pytest.raises(ValueError, match="收到的是 0"):
        d2l.fastest(order.clear, rounds=0)


def test_seed_makes_runs_repeat() -> None:
    def draw() -> tuple[float, float]:
        d2l.seed(3)
        return torch.rand(1).item(), float(np.random.rand())

    assert draw() == draw()
    with pytest.raises(ValueError, match="-1"):
        d2l.seed(-1)


def test_an_environment_variable_moves_the_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("D2L_SEED_OFFSET", "1000")
    d2l.seed(3)
    moved = torch.rand(3)
    monkeypatch.delenv("D2L_SEED_OFFSET")
    d2l.seed(3)
    assert not torch.equal(torch.rand(3), moved)
    d2l.seed(1003)
    assert torch.equal(torch.rand(3), moved)
    monkeypatch.setenv("D2L_SEED_OFFSET", "一千")
    with pytest.raises(ValueError, match="一千"):
        d2l.seed(3)


def test_losses_agree_with_the_framework() -> None:
    logits = torch.randn(32, 5, dtype=torch.float64) * 100
    y = torch.randint(5, (32,))
    torch.testing.assert_close(
        d2l.cross_entropy(logits, y), F.cross_entropy(logits, y, reduction="none")
    )
    y_hat, target = torch.randn(8, 1), torch.randn(8)
    torch.testing.assert_close(
        d2l.squared_loss(y_hat, target).mean() * 2, F.mse_loss(y_hat[:, 0], target)
    )
    assert math.isfinite(d2l.cross_entropy(torch.tensor([[1e4, -1e4]]), torch.tensor([1])).item())


@pytest.mark.parametrize("bad", [-1, 5])
def test_cross_entropy_refuses_labels_out_of_range(bad: int) -> None:
    with pytest.raises(ValueError, match=rf"0 与 4 之间.*{bad}"):
        d2l.cross_entropy(torch.zeros(2, 5), torch.tensor([0, bad]))


def test_sgd_agrees_with_torch() -> None:
    torch.manual_seed(0)
    ours = torch.randn(5, requires_grad=True)
    theirs = ours.detach().clone().requires_grad_()
    a, b = d2l.SGD([ours], lr=0.1), torch.optim.SGD([theirs], lr=0.1)
    for _ in range(5):
        for param, optimizer in ((ours, a), (theirs, b)):
            optimizer.zero_grad()
            (param**4).sum().backward()
            optimizer.step()
    torch.testing.assert_close(ours, theirs)
    a.zero_grad()
    assert ours.grad is None
    a.step()  # 没有梯度的参数原样不动
    torch.testing.assert_close(ours, theirs)


def test_agree_by_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    d2l.agree(0.5, 0.549, standard_error=0.01, name="抽样")
    assert capsys.readouterr().out == "✓ 抽样：相差不到 5 个标准误\n"
    with pytest.raises(AssertionError, match="抽样"):
        d2l.agree(0.5, 0.551, standard_error=0.01, name="抽样")
    for bad in (0.0, -1.0, math.inf, math.nan):
        with pytest.raises(ValueError, match="标准误"):
            d2l.agree(0.5, 0.5, standard_error=bad, name="抽样")


def test_expect_error_shows_the_first_line(capsys: pytest.CaptureFixture[str]) -> None:
    with d2l.expect_error(RuntimeError, ValueError):
        raise ValueError("\x1b[1m第一行\x1b[0m <T object at 0x7f3a>\n第二行")
    assert capsys.readouterr().out == "ValueError：第一行 <T object>\n"
    with d2l.expect_error(KeyError):
        raise KeyError
    assert capsys.readouterr().out == "KeyError\n"


def test_expect_error_catches_nothing_else() -> None:
    with pytest.raises(TypeError, match="另一种"), d2l.expect_error(ValueError):
        raise TypeError("另一种")
    with pytest.raises(AssertionError, match="本应抛出 ValueError"), d2l.expect_error(ValueError):
        pass
    with pytest.raises(TypeError, match="请指明"), d2l.expect_error():
        pass


def test_glue_stores_plain_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    """网站用 ``{glue:text}`键:.2f` `` 排数，只认 Python 自己的数。"""
    stored = {}
    fake = types.SimpleNamespace(glue=lambda name, value, display: stored.update({name: value}))
    monkeypatch.setitem(sys.modules, "myst_nb", fake)
    d2l.glue("numpy", np.float64(0.5))
    d2l.glue("tensor", torch.tensor(3))
    d2l.glue("text", "十")
    assert stored == {"numpy": 0.5, "tensor": 3, "text": "十"}
    assert [type(value) for value in stored.values()] == [float, int, str]
