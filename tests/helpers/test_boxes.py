"""框与锚框：与 torchvision 一致，互逆，匹配与穷举相同，坏的输入说清楚。"""

from __future__ import annotations

from itertools import permutations

import pytest
import torch
from matplotlib import pyplot as plt
from torchvision import ops
from torchvision.models.detection._utils import BoxCoder

import d2l_helpers as d2l
from d2l_helpers.boxes import check_boxes

NAN = float("nan")


def random_boxes(generator: torch.Generator, count: int, *, grid: int = 0) -> torch.Tensor:
    """随机的框；``grid`` 大于零时四角落在整数格点上，常有相接、包含、没有面积的。"""
    if grid:
        corners = torch.randint(0, grid, (count, 2, 2), generator=generator).double()
    else:
        corners = torch.rand(count, 2, 2, generator=generator).double()
        corners[:, 1] = corners[:, 0] + 0.05 + corners[:, 1]
    low, high = corners.amin(dim=1), corners.amax(dim=1)
    return torch.cat([low, high], dim=1)


@pytest.fixture
def generator() -> torch.Generator:
    return torch.Generator().manual_seed(12)


# ---- 两种写法 ----------------------------------------------------------------------------------
def test_the_two_formats_are_inverse_and_agree(generator: torch.Generator) -> None:
    boxes = random_boxes(generator, 1000, grid=6).reshape(10, 100, 4)
    center = d2l.corner_to_center(boxes)
    torch.testing.assert_close(center, ops.box_convert(boxes, "xyxy", "cxcywh"))
    torch.testing.assert_close(d2l.center_to_corner(center), boxes)
    assert d2l.corner_to_center(torch.tensor([1.0, 2, 5, 10])).tolist() == [3, 6, 4, 8]
    assert d2l.corner_to_center(torch.zeros(0, 4)).shape == (0, 4)


@pytest.mark.parametrize("bad", [[3.0, 0, 1, 2], [0.0, 3, 2, 1], [0.0, 0, NAN, 1]])
def test_bad_boxes_are_named(bad: list[float]) -> None:
    boxes = torch.tensor([[0.0, 0, 1, 1], bad])
    for call in (d2l.corner_to_center, lambda b: d2l.box_iou(b, b)):
        with pytest.raises(ValueError, match="1 个框的右下角"):
            call(boxes)
    with pytest.raises(ValueError, match="1 个框的右下角"):
        d2l.encode_offsets(boxes[:1], boxes)


def test_shapes_and_types_are_explained() -> None:
    with pytest.raises(ValueError, match=r"\(…, 4\)"):
        check_boxes(torch.zeros(4, 5))
    with pytest.raises(ValueError, match=r"\(…, 4\)"):
        d2l.center_to_corner(torch.zeros(4, 2))
    with pytest.raises(TypeError, match="浮点"):
        check_boxes(torch.tensor([[0, 0, 1, 1]]))
    with pytest.raises(ValueError, match="负数"):
        d2l.center_to_corner(torch.tensor([0.0, 0, -1, 1]))
    flat = torch.tensor([[0.0, 0, 0, 1]])
    check_boxes(flat, empty_ok=True)
    with pytest.raises(ValueError, match="没有面积"):
        check_boxes(flat)


# ---- 交并比 ------------------------------------------------------------------------------------
@pytest.mark.parametrize("grid", [0, 4])
def test_iou_agrees_with_torchvision(generator: torch.Generator, grid: int) -> None:
    kinds = set()
    for _ in range(1000):
        a, b = random_boxes(generator, 3, grid=grid), random_boxes(generator, 4, grid=grid)
        ours, theirs = d2l.box_iou(a, b), ops.box_iou(a, b).nan_to_num(0.0)  # 0/0 定为 0
        torch.testing.assert_close(ours, theirs)
        low = torch.maximum(a[:, None, :2], b[:, :2])
        high = torch.minimum(a[:, None, 2:], b[:, 2:])
        inside = ((low == b[:, :2]) & (high == b[:, 2:])).all(dim=-1)
        kinds |= {"相接"} if (low == high).any() else set()
        kinds |= {"包含"} if (inside & (ours > 0)).any() else set()
        kinds |= {"零面积"} if ops.box_iou(a, b).isnan().any() else set()
    assert grid == 0 or kinds == {"相接", "包含", "零面积"}
    assert d2l.box_iou(a, a[:0]).shape == (3, 0)


def test_iou_has_a_gradient(generator: torch.Generator) -> None:
    a, b = random_boxes(generator, 3).requires_grad_(), random_boxes(generator, 4).requires_grad_()
    ours = torch.autograd.grad(d2l.box_iou(a, b).sum(), (a, b))
    theirs = torch.autograd.grad(ops.box_iou(a, b).sum(), (a, b))
    torch.testing.assert_close(ours, theirs)


# ---- 锚框 --------------------------------------------------------------------------------------
def test_anchors_are_square_in_pixels() -> None:
    anchors = d2l.anchor_boxes(3, 5, [0.5, 0.2], [1, 4, 0.25], image_size=(400, 600))
    assert anchors.shape == (3 * 5 * 4, 4)
    pixels = anchors * torch.tensor([600.0, 400, 600, 400])
    sizes = d2l.corner_to_center(pixels)
    expected = [[200, 200], [80, 80], [400, 100], [100, 400]]  # 先尺寸，再其余的比例
    torch.testing.assert_close(sizes[:4, 2:], torch.tensor(expected).float())
    torch.testing.assert_close(sizes[::4, :2][:6], torch.tensor(
        [[60, 400 / 6], [180, 400 / 6], [300, 400 / 6], [420, 400 / 6], [540, 400 / 6], [60, 200]]
    ))  # fmt: skip


@pytest.mark.parametrize("bad", [(0, 1, [0.5], [1]), (1, 1, [-0.5], [1]), (1, 1, [0.5], [])])
def test_bad_anchor_requests(bad: tuple) -> None:
    with pytest.raises(ValueError, match="正数"):
        d2l.anchor_boxes(*bad, image_size=(10, 10))


# ---- 匹配 --------------------------------------------------------------------------------------
def by_trying_all(iou: torch.Tensor, threshold: float) -> list[int]:
    """真框各挑一个不同的锚框，穷举；从大到小排好的交并比，按字典序取最大的。"""
    n, m = iou.shape
    ways = permutations(range(n), m)
    best = max(ways, key=lambda way: sorted((float(iou[i, j]) for j, i in enumerate(way)))[::-1])
    match = [int(row.argmax()) if row.max() >= threshold else -1 for row in iou]
    for j, i in enumerate(best):
        match[i] = j
    return match


@pytest.mark.parametrize("threshold", [0.2, 0.5, 0.9])
def test_matching_agrees_with_enumeration(generator: torch.Generator, threshold: float) -> None:
    conflicts = 0
    for _ in range(200):
        corners = torch.rand(9, 4, generator=generator).double() * 0.45
        boxes = torch.cat([corners[:, :2], 1 - corners[:, 2:]], dim=1)  # 都盖住中心：没有并列
        anchors, truths = boxes[:6], boxes[6:]
        iou = d2l.box_iou(anchors, truths)
        conflicts += len(iou.argmax(dim=0).unique()) < 3
        match = d2l.match_anchors(anchors, truths, threshold=threshold)
        assert match.tolist() == by_trying_all(iou, threshold)
        assert {0, 1, 2} <= set(match.tolist())
    assert conflicts > 10


def test_matching_without_truths_and_bad_input() -> None:
    anchors = d2l.anchor_boxes(2, 2, [0.5], [1], image_size=(8, 8))
    assert d2l.match_anchors(anchors, torch.zeros(0, 4)).tolist() == [-1] * 4
    with pytest.raises(ValueError, match="阈值"):
        d2l.match_anchors(anchors, anchors, threshold=0)
    with pytest.raises(ValueError, match="不能比真框少"):
        d2l.match_anchors(anchors[:1], anchors)


# ---- 偏移量与训练目标 --------------------------------------------------------------------------
def test_offsets_are_inverse_and_agree(generator: torch.Generator) -> None:
    anchors, boxes = random_boxes(generator, 1000), random_boxes(generator, 1000)
    offsets = d2l.encode_offsets(anchors, boxes)
    torch.testing.assert_close(d2l.decode_offsets(anchors, offsets), boxes)
    again = d2l.encode_offsets(anchors, d2l.decode_offsets(anchors, offsets))
    torch.testing.assert_close(again, offsets)
    coder = BoxCoder((10.0, 10.0, 5.0, 5.0))
    torch.testing.assert_close(offsets, coder.encode_single(boxes, anchors))
    batch = d2l.decode_offsets(anchors, torch.stack([offsets, 0 * offsets]))
    torch.testing.assert_close(batch, torch.stack([boxes, anchors]))
    with pytest.raises(ValueError, match="nan"):
        d2l.decode_offsets(anchors[:1], torch.full((1, 4), NAN))


def test_targets_by_hand() -> None:
    anchors = torch.tensor([[0, 0, 0.5, 0.5], [0.5, 0.5, 1, 1], [0, 0.5, 0.5, 1]])
    labels = torch.tensor(
        [[[2, 0, 0, 0.5, 0.4], [-1, 0, 0, 0, 0]], [[-1, 0, 0, 0, 0], [-1, 0, 0, 0, 0]]]
    )
    offsets, mask, classes = d2l.anchor_targets(anchors, labels)
    assert classes.tolist() == [[2, 0, 0], [0, 0, 0]]
    assert classes.dtype == torch.int64
    assert mask.tolist() == [[[1], [0], [0]], [[0], [0], [0]]]
    expected = d2l.encode_offsets(anchors[:1], labels[0, :1, 1:])
    torch.testing.assert_close(offsets[0, :1], expected)
    assert offsets[0, 1:].eq(0).all()
    assert offsets[1].eq(0).all()
    with pytest.raises(ValueError, match="背景"):
        d2l.anchor_targets(anchors, labels.clamp(min=0))
    with pytest.raises(ValueError, match="批量"):
        d2l.anchor_targets(anchors, labels[0])


# ---- 去重与检测 --------------------------------------------------------------------------------
@pytest.mark.parametrize("threshold", [0.0, 0.3, 0.7])
def test_nms_agrees_with_torchvision(generator: torch.Generator, threshold: float) -> None:
    for count in (1, 2, 40):
        for _ in range(50):
            boxes = random_boxes(generator, count)
            scores = torch.rand(count, generator=generator).double()
            classes = torch.randint(1, 4, (count,), generator=generator)
            ours = d2l.nms(boxes, scores, threshold)
            assert ours.tolist() == ops.nms(boxes, scores, threshold).tolist()
            ours = d2l.batched_nms(boxes, scores, classes, threshold)
            theirs = ops.batched_nms(boxes, scores, classes, threshold)
            assert ours.tolist() == theirs.tolist()


def test_nms_of_nothing_and_bad_input() -> None:
    nothing, none = torch.zeros(0, 4), torch.zeros(0)
    assert d2l.nms(nothing, none, 0.5).tolist() == []
    assert d2l.batched_nms(nothing, none, none.long(), 0.5).tolist() == []
    with pytest.raises(ValueError, match="分数的形状"):
        d2l.nms(nothing, torch.zeros(2), 0.5)
    with pytest.raises(ValueError, match="一样多"):
        d2l.batched_nms(nothing, none, torch.zeros(2), 0.5)


def test_detect_inverts_the_targets() -> None:
    anchors = d2l.anchor_boxes(4, 4, [0.3, 0.5], [1, 2, 0.5], image_size=(32, 32))
    labels = torch.tensor([[[1, 0.1, 0.1, 0.4, 0.5], [2, 0.5, 0.4, 0.9, 1.0]]])
    offsets, _, classes = d2l.anchor_targets(anchors, labels)
    probs = torch.nn.functional.one_hot(classes, 3).float().mT  # 一个完美的网络
    (found,) = d2l.detect(probs, offsets, anchors)
    found = found[found[:, 0].argsort()]
    torch.testing.assert_close(found[:, [0, 2, 3, 4, 5]], labels[0])
    assert found[:, 1].eq(1).all()


def test_detect_clips_and_explains() -> None:
    anchors = torch.tensor([[-0.2, 0, 0.5, 0.5], [1.2, 0, 1.5, 1]])
    probs = torch.tensor([[[0.4, 0.2], [0.6, 0.8]]])
    results = d2l.detect(probs, torch.zeros(1, 2, 4), anchors)
    torch.testing.assert_close(results[0], torch.tensor([[1, 0.6, 0, 0, 0.5, 0.5]]))
    empty = d2l.detect(probs, torch.zeros(1, 2, 4), anchors, min_score=0.9)[0]
    assert empty.shape == (0, 6)
    with pytest.raises(ValueError, match="softmax"):
        d2l.detect(3 * probs, torch.zeros(1, 2, 4), anchors)


def test_drawn_boxes() -> None:
    ax = plt.figure().add_subplot()
    d2l.show_boxes(ax, torch.tensor([[0.0, 1, 2, 3], [4, 5, 6, 7]]), ["a", "b"])
    assert ax.lines[0].get_xdata().tolist() == [0, 2, 2, 0, 0]
    assert [text.get_text() for text in ax.texts] == ["a", "b"]
    for boxes, labels in ((torch.zeros(4), ()), (torch.zeros(2, 4), ["a"])):
        with pytest.raises(ValueError, match="框"):
            d2l.show_boxes(ax, boxes, labels)
    plt.close("all")
