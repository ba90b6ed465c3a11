"""k_fold：与 scikit-learn 的下标一致，不重不漏，打乱只由发生器决定。"""

import pytest
import torch
from sklearn.model_selection import KFold

from d2l_helpers.data.folds import k_fold


@pytest.mark.parametrize(("n", "k"), [(2, 2), (10, 5), (11, 4), (23, 7), (6, 6)])
def test_same_indices_as_scikit_learn(n: int, k: int) -> None:
    reference = list(KFold(k).split(range(n)))
    ours = list(k_fold(n, k))
    assert len(ours) == k
    for (train, valid), (train_reference, valid_reference) in zip(ours, reference, strict=True):
        assert train.tolist() == train_reference.tolist()
        assert valid.tolist() == valid_reference.tolist()


def test_shuffled_folds_cover_every_sample_once() -> None:
    folds = list(k_fold(23, 4, generator=torch.Generator().manual_seed(1)))
    assert sorted(torch.cat([valid for _, valid in folds]).tolist()) == list(range(23))
    for train, valid in folds:
        assert sorted(torch.cat([train, valid]).tolist()) == list(range(23))
    assert torch.cat([valid for _, valid in folds]).tolist() != list(range(23))


def test_generator_alone_decides_the_order() -> None:
    def valid_parts(seed: int) -> list[list[int]]:
        generator = torch.Generator().manual_seed(seed)
        return [valid.tolist() for _, valid in k_fold(20, 5, generator=generator)]

    before = torch.get_rng_state()
    assert valid_parts(3) == valid_parts(3) != valid_parts(4)
    list(k_fold(20, 5))
    assert torch.equal(before, torch.get_rng_state())


@pytest.mark.parametrize(("n", "k"), [(5, 1), (5, 6), (0, 2), (5, 0), (5, -2)])
def test_bad_k_is_refused_at_once(n: int, k: int) -> None:
    with pytest.raises(ValueError, match=f"k = {k}、n = {n}"):
        k_fold(n, k)
