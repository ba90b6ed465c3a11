"""分割的度量与叠色图：手算、与 scikit-learn、可以累加，以及拒绝什么。"""

from __future__ import annotations

import pytest
import torch
from sklearn import metrics

import d2l_helpers as d2l


def random_pair(seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    truth = torch.randint(0, 5, (4, 6, 7), generator=generator)
    predicted = torch.randint(0, 6, (4, 6, 7), generator=generator)
    truth[torch.rand(truth.shape, generator=generator) < 0.2] = 255
    return predicted, truth


def test_by_hand() -> None:
    truth = torch.tensor([[0, 0, 255], [1, 1, 1]])
    predicted = torch.tensor([[0, 1, 7], [1, 1, 0]])  # 不计的像素猜成什么都行
    matrix = d2l.confusion_matrix(predicted, truth, 3)
    assert matrix.tolist() == [[1, 1, 0], [1, 2, 0], [0, 0, 0]]
    ious = d2l.class_ious(matrix)
    torch.testing.assert_close(ious[:2], torch.tensor([1 / 3, 2 / 4]))
    assert ious[2].isnan()
    assert d2l.mean_iou(matrix).item() == pytest.approx(5 / 12)


def test_against_sklearn() -> None:
    predicted, truth = random_pair()
    ours = d2l.confusion_matrix(predicted, truth, 6)
    flat = truth[truth != 255], predicted[truth != 255]
    assert ours.tolist() == metrics.confusion_matrix(*flat, labels=range(6)).tolist()
    each = metrics.jaccard_score(*flat, labels=range(6), average=None)
    torch.testing.assert_close(
        d2l.class_ious(ours).double(), torch.from_numpy(each), rtol=1e-6, atol=0
    )
    macro = metrics.jaccard_score(*flat, labels=range(5), average="macro")
    assert d2l.mean_iou(ours).item() == pytest.approx(macro)


def test_matrices_add_up() -> None:
    predicted, truth = random_pair(1)
    parts = [d2l.confusion_matrix(p, t, 6) for p, t in zip(predicted, truth, strict=True)]
    assert torch.equal(sum(parts), d2l.confusion_matrix(predicted, truth, 6))


def test_other_ignored_label() -> None:
    truth = torch.tensor([0, 1, 2])
    assert d2l.confusion_matrix(truth, truth, 3, ignore=2).diag().tolist() == [1, 1, 0]


def test_bad_input() -> None:
    truth = torch.tensor([0, 1])
    with pytest.raises(ValueError, match="形状应当相同"):
        d2l.confusion_matrix(truth[:1], truth, 2)
    with pytest.raises(ValueError, match=r"在 0 与 1 之间，出现的却有 \[0, 2\]"):
        d2l.confusion_matrix(torch.tensor([0, 2]), truth, 2)
    with pytest.raises(ValueError, match=r"出现的却有 \[-1, 0\]"):
        d2l.confusion_matrix(truth, torch.tensor([0, -1]), 2)
    with pytest.raises(ValueError, match="没有一个计入的像素"):
        d2l.mean_iou(torch.zeros(3, 3))


def test_overlay() -> None:
    image = torch.full((3, 1, 3), 100, dtype=torch.uint8)
    shown = d2l.overlay(image, torch.tensor([[0, 15, 255]]))
    assert shown.dtype == torch.uint8
    assert shown.shape == image.shape
    expected = [[200] * 3, list(d2l.VOC_COLORS[15]), [255] * 3]
    for pixel, color in zip(shown[:, 0].T.tolist(), expected, strict=True):
        assert pixel == [int(35 + 0.65 * value) for value in color]
