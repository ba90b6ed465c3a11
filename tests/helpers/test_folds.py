"""分折：与 scikit-learn 一致，不重不漏，打乱只由发生器决定；分层的各类一样多。"""

import pytest
import torch
from sklearn.model_selection import KFold, StratifiedKFold

from d2l_helpers.data.folds import k_fold, stratified_folds


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


UNEVEN = torch.tensor([0] * 7 + [1] * 12 + [2] * 3 + [3] * 10)


def table(folds: torch.Tensor, labels: torch.Tensor, k: int) -> torch.Tensor:
    """各折各类的张数，(折, 类)。"""
    num_classes = int(labels.max()) + 1
    return torch.bincount(folds * num_classes + labels, minlength=k * num_classes).reshape(k, -1)


@pytest.mark.parametrize("k", [2, 3, 5])
def test_stratified_folds_count_like_scikit_learn(k: int) -> None:
    ours = table(stratified_folds(UNEVEN, k), UNEVEN, k)
    splits = StratifiedKFold(k).split(UNEVEN, UNEVEN)
    theirs = torch.stack([UNEVEN[valid].bincount(minlength=4) for _, valid in splits])
    assert torch.equal(ours, theirs)
    assert (ours.amax(dim=0) - ours.amin(dim=0)).max() <= 1
    assert ours.sum(dim=1).max() - ours.sum(dim=1).min() <= 1


def test_stratified_folds_do_not_care_about_order_or_names() -> None:
    shuffled = UNEVEN[torch.randperm(len(UNEVEN), generator=torch.Generator().manual_seed(0))]
    counts = table(stratified_folds(shuffled, 4), shuffled, 4)
    assert torch.equal(counts, table(stratified_folds(UNEVEN, 4), UNEVEN, 4))
    renamed = stratified_folds(UNEVEN * 10 - 7, 4)
    assert torch.equal(table(renamed, UNEVEN, 4), counts)


def test_stratified_folds_are_shuffled_by_the_generator_alone() -> None:
    def folds(seed: int) -> list[int]:
        return stratified_folds(UNEVEN, 3, generator=torch.Generator().manual_seed(seed)).tolist()

    before = torch.get_rng_state()
    assert folds(3) == folds(3) != folds(4)
    assert torch.equal(before, torch.get_rng_state())


@pytest.mark.parametrize("k", [1, 0, -2, 33])
def test_bad_number_of_stratified_folds_is_refused(k: int) -> None:
    with pytest.raises(ValueError, match=f"{k}"):
        stratified_folds(UNEVEN, k)


def test_labels_must_be_one_dimensional() -> None:
    with pytest.raises(ValueError, match=r"一维.*\(4, 8\)"):
        stratified_folds(UNEVEN.reshape(4, 8), 2)
