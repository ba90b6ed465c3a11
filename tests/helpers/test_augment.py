"""成批的随机增广：逐样本独立，类型与形状不变，均匀，以及拒绝什么。"""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from d2l_helpers.data.augment import random_crop, random_flip


def seeded(value: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(value)


@pytest.mark.parametrize("dtype", [torch.uint8, torch.float32])
def test_flip_is_independent_for_each_image(dtype: torch.dtype) -> None:
    images = torch.arange(24).reshape(1, 2, 3, 4).to(dtype).repeat(400, 1, 1, 1)
    before = images.clone()
    flipped = random_flip(images, seeded())
    assert flipped.dtype == dtype
    assert torch.equal(images, before)
    same = (flipped == images).flatten(1).all(dim=1)
    turned = (flipped == images.flip(-1)).flatten(1).all(dim=1)
    assert (same ^ turned).all()
    assert 150 < same.sum() < 250
    assert torch.equal(flipped, random_flip(images, seeded()))


@pytest.mark.parametrize("padding", [0, 1, 3])
def test_crop_takes_every_window_and_nothing_else(padding: int) -> None:
    image = torch.rand(2, 5, 4, generator=seeded(1))
    cropped = random_crop(image.repeat(2000, 1, 1, 1), padding, seeded())
    assert cropped.shape == (2000, 2, 5, 4)
    padded = F.pad(image, (padding,) * 4)
    side = 2 * padding + 1
    windows = [padded[:, i : i + 5, j : j + 4] for i in range(side) for j in range(side)]
    counts = torch.stack([(cropped == w).flatten(1).all(dim=1).sum() for w in windows])
    assert counts.sum() == 2000
    expected = 2000 / side**2
    assert (counts - expected).abs().max() <= 5 * expected**0.5


def test_crop_keeps_the_type() -> None:
    images = torch.randint(256, (3, 1, 6, 6), dtype=torch.uint8, generator=seeded())
    assert random_crop(images, 2, seeded()).dtype == torch.uint8


def test_wants_a_batch() -> None:
    with pytest.raises(ValueError, match="批量, 通道, 高, 宽"):
        random_flip(torch.ones(3, 4, 4))
    with pytest.raises(ValueError, match="批量, 通道, 高, 宽"):
        random_crop(torch.ones(3, 4, 4), 2)
    with pytest.raises(ValueError, match="非负"):
        random_crop(torch.ones(1, 3, 4, 4), -1)
