"""Batches：次序、批数、副本、变换、设备，以及说得清的错误。"""

import numpy as np
import pytest
import torch

import d2l_helpers as d2l
from d2l_helpers.data.batches import NARROW

X, y = torch.arange(30.0).reshape(10, 3), torch.arange(10)
WIDE = NARROW  # 一行 float32 的 WIDE 个数是 4 * NARROW 字节，走“宽”的那条路


def orders(batches: d2l.Batches) -> list[int]:
    return torch.cat([batch[-1] for batch in batches]).tolist()


@pytest.mark.parametrize("drop_last", [False, True])
@pytest.mark.parametrize(("n", "size"), [(10, 3), (9, 3), (3, 3)])
def test_number_and_size_of_batches(n: int, size: int, drop_last: bool) -> None:
    batches = d2l.Batches((X[:n], y[:n]), size, drop_last=drop_last)
    sizes = [len(batch[0]) for batch in batches]
    assert sizes == [3] * (n // 3) + ([n % 3] if n % 3 and not drop_last else [])
    assert len(batches) == len(sizes)
    assert batches.num_samples == n


def test_batch_larger_than_data_is_one_batch() -> None:
    batches = d2l.Batches((X, y), 100)
    assert len(batches) == 1
    assert [len(a) for a, _ in batches] == [10]


@pytest.mark.parametrize("width", [1, WIDE])
def test_rows_stay_together_and_all_are_visited(width: int) -> None:
    wide = torch.arange(10.0)[:, None].expand(10, width).contiguous()
    for shuffle in (False, True):
        batches = d2l.Batches((wide, y, X), 4, shuffle=shuffle)
        seen = []
        for a, b, c in batches:
            torch.testing.assert_close(a, b[:, None].float().expand(-1, width))
            torch.testing.assert_close(c, X[b])
            seen += b.tolist()
        assert sorted(seen) == list(range(10))
        assert (seen == list(range(10))) is not shuffle


def test_every_iteration_has_its_own_order_and_seeds_repeat() -> None:
    def three(seed: int) -> list[list[int]]:
        generator = torch.Generator().manual_seed(seed)
        batches = d2l.Batches((y,), 4, shuffle=True, generator=generator)
        return [orders(batches) for _ in range(3)]

    first = three(1)
    assert first[0] != first[1] != first[2]
    assert three(1) == first
    assert three(2) != first
    d2l.seed(3)
    by_global = orders(d2l.Batches((y,), 4, shuffle=True))
    d2l.seed(3)
    assert orders(d2l.Batches((y,), 4, shuffle=True)) == by_global


def test_own_generator_leaves_the_global_one_alone() -> None:
    d2l.seed(0)
    expected = torch.rand(1)
    d2l.seed(0)
    orders(d2l.Batches((y,), 4, shuffle=True, generator=torch.Generator()))
    assert torch.rand(1) == expected


def test_two_iterators_at_once_do_not_disturb_each_other() -> None:
    batches = d2l.Batches((y,), 1, shuffle=True)
    pairs = [(int(a), int(b)) for (a,), (b,) in zip(batches, batches, strict=True)]
    assert {a for a, _ in pairs} == {b for _, b in pairs} == set(range(10))


@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize("width", [1, WIDE])
def test_batches_are_copies(width: int, shuffle: bool) -> None:
    data = torch.ones(10, width)
    for (batch,) in d2l.Batches((data,), 4, shuffle=shuffle):
        batch.zero_()
    assert data.min() == 1


def test_transform_runs_once_per_batch_on_the_whole_batch() -> None:
    shapes = []

    def transform(a: torch.Tensor, b: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        shapes.append((a.shape, a.dtype))
        return a.float() / 2, b

    pixels = torch.arange(10, dtype=torch.uint8)[:, None]
    batches = list(d2l.Batches((pixels, y), 4, transform=transform))
    assert shapes == [((4, 1), torch.uint8)] * 2 + [((2, 1), torch.uint8)]
    assert torch.cat([a for a, _ in batches]).flatten().tolist() == [i / 2 for i in range(10)]


def test_to_keeps_every_setting() -> None:
    generator = torch.Generator().manual_seed(0)
    batches = d2l.Batches(
        (X, y), 4, shuffle=True, drop_last=True, generator=generator,
        transform=lambda a, b: (a.float() + 1, b.float()),
    )  # fmt: skip
    moved = batches.to("meta")
    assert moved.device.type == "meta"
    assert batches.device.type == "cpu"
    assert len(moved) == len(batches) == 2
    for a, b in moved:  # 变换在数据所在的设备上运行
        assert a.device.type == b.device.type == "meta"
        assert b.dtype == torch.float32
    same = batches.to("cpu")
    generator.manual_seed(7)
    ours = orders(batches)
    generator.manual_seed(7)
    assert orders(same) == ours


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        (((X, y), 0), ValueError, "至少是 1.*0"),
        (((X, y), -3), ValueError, "-3"),
        (((X, y), 2.0), TypeError, "整数.*2.0"),
        (((X, y), True), TypeError, "整数.*True"),
        (((X, y), "4"), TypeError, "整数.*'4'"),
        (((X, y[:9]), 4), ValueError, r"\[10, 9\]"),
        (((), 4), ValueError, "空的"),
        ((X, 4), TypeError, r"\(X,\)"),
        (((X, np.arange(10)), 4), TypeError, "第 1 项是 ndarray.*as_tensor"),
        (((torch.tensor(3.0),), 4), ValueError, "0 维"),
        (((X[:0], y[:0]), 4), ValueError, "一个样本也没有"),
        (((X, y.to("meta")), 4), ValueError, "cpu、meta"),
    ],
)
def test_bad_input(arguments: tuple, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        d2l.Batches(*arguments)


def test_bad_generator_and_nothing_left() -> None:
    with pytest.raises(TypeError, match=r"Generator.*42"):
        d2l.Batches((X, y), 4, shuffle=True, generator=42)
    with pytest.raises(ValueError, match="凑不满一批 11"):
        d2l.Batches((X, y), 11, drop_last=True)


def test_synthetic_data_has_the_promised_distribution() -> None:
    d2l.seed(0)
    w = torch.tensor([2.0, -3.4, 0.5])
    X, y = d2l.synthetic_data(w, 4.2, 4000, noise=0.1)
    assert (X.shape, y.shape) == ((4000, 3), (4000, 1))
    residual = y[:, 0] - X @ w - 4.2
    assert residual.std().item() == pytest.approx(0.1, rel=0.05)
    assert abs(residual.mean().item()) < 0.01
    assert X.std().item() == pytest.approx(1, rel=0.05)
    exact = d2l.synthetic_data(w, 4.2, 5, noise=0)
    torch.testing.assert_close(exact[1], exact[0] @ w[:, None] + 4.2)
    with pytest.raises(ValueError, match=r"\(3, 1\)"):
        d2l.synthetic_data(w[:, None], 0.0, 5)
