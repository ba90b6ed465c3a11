"""compat 里框的名字：签名、形状与次序照旧；数与手算的、与 torchvision 的一致；改对的各有一例。"""

from __future__ import annotations

import inspect

import matplotlib as mpl
import pytest
import torch
from torchvision import ops

from d2l_helpers import compat as d2l

mpl.use("Agg")

SIGNATURES = {
    "bbox_to_rect": "(bbox, color)",
    "box_corner_to_center": "(boxes)",
    "box_center_to_corner": "(boxes)",
    "multibox_prior": "(data, sizes, ratios)",
    "show_bboxes": "(axes, bboxes, labels=None, colors=None)",
    "box_iou": "(boxes1, boxes2)",
    "assign_anchor_to_bbox": "(ground_truth, anchors, device, iou_threshold=0.5)",
    "offset_boxes": "(anchors, assigned_bb, eps=1e-06)",
    "multibox_target": "(anchors, labels)",
    "offset_inverse": "(anchors, offset_preds)",
    "nms": "(boxes, scores, iou_threshold)",
    "multibox_detection": "(cls_probs, offset_preds, anchors, nms_threshold=0.5, "
    "pos_threshold=0.009999999)",
}


@pytest.mark.parametrize("name", SIGNATURES)
def test_signature(name: str) -> None:
    plain = inspect.signature(getattr(d2l, name))
    parameters = [p.replace(annotation=p.empty) for p in plain.parameters.values()]
    assert str(inspect.Signature(parameters)) == SIGNATURES[name]


def random_boxes(n: int, seed: int = 0) -> torch.Tensor:
    points = torch.rand(n, 2, 2, generator=torch.Generator().manual_seed(seed))
    low, high = points.min(dim=1).values, points.max(dim=1).values
    return torch.cat([low, high + 0.01], dim=1)


def test_two_ways_to_write_a_box() -> None:
    boxes = torch.tensor([[10, 20, 40, 60], [0, 0, 5, 8]])  # 整数也行
    centers = d2l.box_corner_to_center(boxes)
    assert centers.tolist() == [[25, 40, 30, 40], [2.5, 4, 5, 8]]
    assert (d2l.box_center_to_corner(centers) == boxes).all()
    with pytest.raises(ValueError, match="写反的换过来"):
        d2l.box_corner_to_center(boxes.flip(1))


def test_iou_and_nms_agree_with_torchvision() -> None:
    a, b = random_boxes(30), random_boxes(20, 1)
    torch.testing.assert_close(d2l.box_iou(a, b), ops.box_iou(a, b))
    assert d2l.box_iou(torch.zeros(1, 4), torch.zeros(1, 4)).tolist() == [[0.0]]
    scores = torch.rand(30, generator=torch.Generator().manual_seed(2))
    for threshold in (0.1, 0.3, 0.6):
        kept = d2l.nms(a, scores, threshold)
        assert kept.tolist() == ops.nms(a, scores, threshold).tolist()


def test_prior_is_in_the_old_order_and_right_on_a_wide_image() -> None:
    anchors = d2l.multibox_prior(torch.zeros(2, 3, 4, 8), [0.5, 0.25], [1, 4, 0.25])
    assert anchors.shape == (1, 4 * 8 * 4, 4)
    grid = anchors.reshape(4, 8, 4, 4)  # 行、列、种类、四角
    center = (grid[..., :2] + grid[..., 2:]) / 2
    torch.testing.assert_close(center[1, 5], torch.tensor([5.5 / 8, 1.5 / 4]).expand(4, 2))
    size = (grid[..., 2:] - grid[..., :2])[2, 3] * torch.tensor([8.0, 4.0])  # 像素
    expected = [[2, 2], [1, 1], [4, 1], [1, 4]]  # (s1, r1)、(s2, r1)、(s1, r2)、(s1, r3)
    torch.testing.assert_close(size, torch.tensor(expected).float())


def test_crowded_truths_each_get_an_anchor() -> None:
    anchors = torch.tensor([[0, 0, 1, 1], [0, 0, 0.5, 0.5], [0.6, 0.6, 1, 1]])
    truths = torch.tensor([[0, 0, 1, 0.9], [0, 0, 0.9, 0.9]])  # 都最像 0 号锚框
    match = d2l.assign_anchor_to_bbox(truths, anchors, "cpu")
    assert match.tolist() == [0, 1, -1]
    assert match.dtype == torch.int64
    assert d2l.assign_anchor_to_bbox(truths, anchors, "cpu", 0.12).tolist() == [0, 1, 0]


def test_offsets_have_the_old_scale_and_an_exact_inverse() -> None:
    anchors, boxes = random_boxes(40), random_boxes(40, 1)
    a, b = (ops.box_convert(x, "xyxy", "cxcywh") for x in (anchors, boxes))
    expected = torch.cat([10 * (b - a)[:, :2] / a[:, 2:], 5 * (b / a)[:, 2:].log()], dim=1)
    offsets = d2l.offset_boxes(anchors, boxes)
    torch.testing.assert_close(offsets, expected, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(d2l.offset_inverse(anchors, offsets), boxes, atol=1e-5, rtol=0)


def test_placeholders_give_zero_and_flat_boxes_are_refused() -> None:
    anchors = random_boxes(3)
    boxes = torch.stack([anchors[1], torch.zeros(4), anchors[2]])
    offsets = d2l.offset_boxes(anchors, boxes)
    assert offsets[1].tolist() == [0, 0, 0, 0]
    assert offsets[0].abs().max() > 0
    assert offsets.isfinite().all()
    boxes[0, 2] = boxes[0, 0]  # 宽是 0
    with pytest.raises(ValueError, match="没有面积的丢掉"):
        d2l.offset_boxes(anchors, boxes)


def test_targets_keep_their_shapes_and_skip_the_padding() -> None:
    anchors = d2l.multibox_prior(torch.zeros(1, 1, 6, 6), [0.3, 0.5], [1, 2, 0.5])
    rows = [[[0, 0.1, 0.1, 0.5, 0.5], [2, 0.4, 0.4, 0.9, 0.8]],
            [[1, 0.2, 0.3, 0.8, 0.9], [-1, -1, -1, -1, -1]],
            [[-1, 0, 0, 0, 0], [-1, 0, 0, 0, 0]]]  # fmt: skip
    labels = torch.tensor(rows)
    before = labels.clone()
    offsets, mask, classes = d2l.multibox_target(anchors, labels)
    n = anchors.shape[1]
    assert offsets.shape == mask.shape == (3, 4 * n)
    assert classes.shape == (3, n)
    assert classes.dtype == torch.int64
    assert [set(row.tolist()) for row in classes] == [{0, 1, 3}, {0, 2}, {0}]
    assert (mask.reshape(3, n, 4) == (classes > 0)[..., None]).all()
    assert (offsets[mask == 0] == 0).all()
    assert (labels == before).all()
    for i, row in enumerate(labels):
        decoded = d2l.offset_inverse(anchors[0], offsets[i].reshape(-1, 4))
        for c, *box in row[row[:, 0] >= 0].tolist():
            mine = decoded[classes[i] == c + 1]
            torch.testing.assert_close(mine, torch.tensor(box).expand_as(mine), atol=1e-5, rtol=0)


ANCHORS = torch.tensor([[[0.1, 0.1, 0.5, 0.5], [0.12, 0.1, 0.5, 0.5], [0.1, 0.12, 0.5, 0.5],
                         [0.6, 0.6, 0.9, 0.9], [0.0, 0.7, 0.2, 0.9]]])  # fmt: skip
PROBS = torch.tensor([[[0.1, 0.2, 0.2, 0.5, 0.995],
                       [0.8, 0.7, 0.0, 0.2, 0.005],
                       [0.1, 0.1, 0.8, 0.3, 0.0]]])  # fmt: skip


def test_detection_keeps_its_layout_and_neighbours_of_another_class() -> None:
    out = d2l.multibox_detection(PROBS, torch.zeros(1, 20, dtype=torch.int64), ANCHORS)
    assert out.shape == (1, 5, 6)
    # 0 号压住同类的 1 号；2 号与 0 号几乎重合，类别不同，留下；4 号分数太低
    assert out[0, :, 0].tolist() == [0, 1, 1, -1, -1]
    torch.testing.assert_close(out[0, :, 1], torch.tensor([0.8, 0.8, 0.3, 0.995, 0.7]))
    torch.testing.assert_close(out[0, :, 2:], ANCHORS[0, [0, 2, 3, 4, 1]])


def test_both_thresholds_are_used() -> None:
    zeros = torch.zeros(1, 20)
    loose = d2l.multibox_detection(PROBS, zeros, ANCHORS, nms_threshold=0.99)
    assert sorted(loose[0, :, 0].tolist()) == [-1, 0, 0, 1, 1]
    strict = d2l.multibox_detection(PROBS, zeros, ANCHORS, pos_threshold=0.5)
    assert sorted(strict[0, :, 0].tolist()) == [-1, -1, -1, 0, 1]
    both = d2l.multibox_detection(PROBS.expand(2, 3, 5), zeros.expand(2, 20), ANCHORS)
    torch.testing.assert_close(both[0], both[1])


def test_boxes_are_drawn() -> None:
    rect = d2l.bbox_to_rect([10.0, 20.0, 40.0, 60.0], "red")
    assert (rect.get_xy(), rect.get_width(), rect.get_height()) == ((10, 20), 30, 40)
    assert not rect.get_fill()
    axes = d2l.plt.imshow(torch.zeros(70, 70).numpy()).axes
    d2l.show_bboxes(axes, torch.rand(7, 4, requires_grad=True), ["a", "b"])
    assert len(axes.patches) == 7
    assert [text.get_text() for text in axes.texts] == ["a", "b"]
    colors = [patch.get_edgecolor() for patch in axes.patches]
    assert colors[0] == colors[5] != colors[1]
    d2l.show_bboxes(axes, [[1, 2, 3, 4]], "one", "w")
    assert axes.texts[-1].get_text() == "one"
    assert axes.texts[-1].get_color() == "k"
    d2l.plt.close("all")
