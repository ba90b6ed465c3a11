"""SSD 与平均精度：次序与锚框一致，损失与 torchvision 相同，AP 与 scikit-learn、手算相同。"""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch
from sklearn.metrics import average_precision_score
from torchvision.models.detection._utils import BoxCoder
from torchvision.models.detection.ssd import SSD

import d2l_helpers as d2l
from d2l_helpers.metrics import average_precision, claim_truths, mark_detections
from d2l_helpers.models.ssd import by_anchor, hard_negatives


def test_rows_follow_the_anchors() -> None:
    Y = torch.randn(2, 12, 3, 5)
    rows = by_anchor(Y, 4)
    assert rows.shape == (2, 45, 4)
    assert torch.equal(rows[:, (2 * 5 + 1) * 3 + 2], Y[:, 8:12, 2, 1])
    with pytest.raises(ValueError, match="12 个通道"):
        by_anchor(Y, 5)


@pytest.mark.parametrize(("classes", "size"), [(1, (64, 64)), (3, (32, 48))])
def test_network_answers_for_every_anchor(classes: int, size: tuple[int, int]) -> None:
    net = d2l.TinySSD(classes, channels=(4, 6, 8)).eval()
    X = torch.rand(2, 3, *size)
    anchors, scores, offsets = net(X)
    count = 4 * (size[0] * size[1] // 64 + size[0] * size[1] // 256)
    assert anchors.shape == (count, 4)
    assert scores.shape == (2, count, classes + 1)
    assert offsets.shape == (2, count, 4)
    alone = net(X[1:])[1]
    torch.testing.assert_close(alone, scores[1:], rtol=1e-4, atol=1e-5)


def test_loss_agrees_with_torchvision() -> None:
    torch.manual_seed(0)
    anchors = d2l.TinySSD(2)(torch.rand(2, 3, 64, 64))[0]
    labels = torch.full((3, 2, 5), -1.0)
    labels[0] = torch.tensor([[1, 0.1, 0.1, 0.5, 0.4], [2, 0.5, 0.4, 0.9, 0.9]])
    labels[1, 0] = torch.tensor([2, 0.3, 0.2, 0.8, 0.9])
    Z, D = torch.randn(3, len(anchors), 3), torch.randn(3, len(anchors), 4)
    ours = d2l.ssd_loss(Z, D, d2l.anchor_targets(anchors, labels))
    boxes = [rows[rows[:, 0] > 0] for rows in labels]
    theirs = SSD.compute_loss(
        SimpleNamespace(box_coder=BoxCoder((10.0, 10.0, 5.0, 5.0)), neg_to_pos_ratio=3),
        [{"boxes": b[:, 1:], "labels": b[:, 0].long()} for b in boxes],
        {"cls_logits": Z, "bbox_regression": D},
        [anchors] * 3,
        [d2l.match_anchors(anchors, b[:, 1:]) for b in boxes],
    )
    torch.testing.assert_close(ours, (theirs["classification"], theirs["bbox_regression"]))


def test_hard_negatives_per_picture() -> None:
    each = torch.tensor([[0.3, 0.9, 2.0, 0.1, 0.7], [5.0, 4.0, 3.0, 2.0, 1.0]])
    positive = torch.tensor([[False, False, True, False, False], [False] * 5])
    assert hard_negatives(each, positive, 2).nonzero().tolist() == [[0, 1], [0, 4]]
    assert torch.equal(hard_negatives(each, positive, 9)[0], ~positive[0])


def test_average_precision_by_hand_and_by_sklearn() -> None:
    hits = torch.tensor([True, False, False, True, True, False])
    scores = torch.tensor([0.95, 0.9, 0.8, 0.7, 0.6, 0.3])
    shuffle = torch.tensor([3, 1, 5, 0, 2, 4])
    for order in (torch.arange(6), shuffle):
        s, h = scores[order], hits[order]
        assert average_precision(s, h, 4, interpolate=False) == pytest.approx(0.525)
        assert average_precision(s, h, 4) == pytest.approx(0.55)
        assert average_precision_score(h, s) * 3 / 4 == pytest.approx(0.525)
    assert average_precision(scores[:0], hits[:0], 3) == 0
    for wrong in ((scores, hits, 0), (scores, hits, 2), (scores[:5], hits, 4)):
        with pytest.raises(ValueError, match="个分数"):
            average_precision(*wrong)


def test_a_truth_is_claimed_once() -> None:
    truths = torch.tensor([[0.0, 0, 4, 4], [1, 0, 5, 4]])
    assert claim_truths(truths[[1, 1, 0]], truths).tolist() == [True, True, False]
    assert claim_truths(truths, truths[:0]).tolist() == [False, False]
    assert claim_truths(truths[:0], truths).tolist() == []
    labels = torch.cat([torch.tensor([[1.0], [2.0]]), truths], dim=1)[None]
    rows = torch.tensor([[2, 0.9, 1, 0, 5, 4], [1, 0.8, 9, 9, 10, 10]])
    assert mark_detections([rows], labels, 2)[1:] == (torch.tensor([True]), 1)
    assert mark_detections([rows], labels, 1)[1].tolist() == [False]
    with pytest.raises(ValueError, match="1 张图"):
        mark_detections([rows], labels[:0], 1)
