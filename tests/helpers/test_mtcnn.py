"""MTCNN 的第一级：得分图就是逐个窗口，框的换算，金字塔的边界，坏的参数。"""

from __future__ import annotations

import pytest
import torch

from d2l_helpers.data.photographs import photograph
from d2l_helpers.data.weights import mtcnn_weights
from d2l_helpers.models.mtcnn import PNet, face_input, move_edges, propose_faces, pyramid_scales

pytestmark = pytest.mark.usefixtures("standin_cache")


@pytest.fixture(scope="module")
def net() -> PNet:
    net = PNet().eval()
    net.load_state_dict(mtcnn_weights()["pnet"])
    return net


def test_every_cell_is_one_window(net: PNet) -> None:
    X = face_input(photograph("astronaut").crop((180, 60, 211, 80)))  # 20×31，宽是奇数
    with torch.no_grad():
        scores, offsets = net(X)
        assert scores.shape == (1, 5, 10)
        for i, j in ((0, 0), (4, 9), (2, 5)):
            one, moved = net(X[:, :, 2 * i : 2 * i + 12, 2 * j : 2 * j + 12])
            torch.testing.assert_close(scores[0, i, j], one[0, 0, 0], rtol=0, atol=1e-5)
            torch.testing.assert_close(offsets[0, :, i, j], moved[0, :, 0, 0])


def test_scales() -> None:
    assert pyramid_scales(17, 100, min_face=12) == [1.0, 0.709]
    assert pyramid_scales(11, 100, min_face=12) == []
    assert pyramid_scales(12, 12, min_face=12) == [1.0]


@pytest.mark.parametrize("bad", [{"min_face": 0}, {"factor": 1.0}, {"factor": 0.0}])
def test_bad_pyramids(bad: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="min_face 应当是正数"):
        pyramid_scales(100, 100, **bad)


def test_edges_move_by_shares_of_the_sides() -> None:
    box = torch.tensor([[100.0, 50, 120, 60]])
    moved = move_edges(box, torch.tensor([[0.1, 0.2, -0.05, 1.0]]))
    torch.testing.assert_close(moved, torch.tensor([[102.0, 52, 119, 70]]))


def test_boxes_lie_where_the_face_is(net: PNet) -> None:
    picture = photograph("astronaut").crop((100, 0, 400, 260))
    with torch.no_grad():
        boxes, scores = propose_faces(net, face_input(picture), 0.11)
        assert len(propose_faces(net, face_input(picture), 0.11, threshold=1.1)[0]) == 0
    left, top, right, bottom = boxes[scores.argmax()].tolist()
    assert left < 125 < right  # 鼻子附近，人工量的
    assert top < 117 < bottom
    assert (scores >= 0.6).all()
    assert len(boxes) == len(scores)
