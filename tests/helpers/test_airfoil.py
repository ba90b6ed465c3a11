"""翼型自噪声的替身与读入：格式与原件相同，范围与难度在说好的范围里，坏文件说得出坏在哪里。"""

import hashlib
from pathlib import Path

import numpy as np
import pytest
import torch

import d2l_helpers as d2l
from d2l_helpers.data import tabular
from d2l_helpers.data.hub import DataError
from d2l_helpers.data.standins import airfoil

DIGEST = "ea02137c708fab7d"  # 内容有意改动时，VERSION 加一并改这里


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("airfoil")
    airfoil.generate(folder)
    return folder / airfoil.FILE


def test_same_seed_same_bytes(path: Path) -> None:
    assert hashlib.sha256(path.read_bytes()).hexdigest()[:16] == DIGEST
    assert not np.array_equal(airfoil.build(50, seed=1), airfoil.build(50, seed=2))


def test_format_and_ranges(path: Path) -> None:
    cells = [line.split("\t") for line in path.read_text("utf-8").splitlines()]
    assert len(cells) == airfoil.NUM_ROWS
    assert {len(row) for row in cells} == {6}
    table = np.array(cells, float)
    bounds = ((200, 20000), (0, 22.2), (0.0254, 0.3048), (31.7, 71.3), (4e-4, 0.0584), (103, 141))
    for column, (low, high) in zip(table.T, bounds, strict=True):
        assert low <= column.min() < column.max() <= high
    assert set(table[:, 0]) <= set(airfoil.BANDS)
    assert set(table[:, 2]) == set(airfoil.CHORDS)
    assert set(table[:, 3]) == set(airfoil.SPEEDS)
    assert 122 < table[:, 5].mean() < 127
    same_run = (np.diff(table[:, 1:5], axis=0) == 0).all(axis=1)
    assert (np.diff(table[:, 0])[same_run] > 0).mean() > 0.97  # 一次试验里频率递增


@pytest.mark.usefixtures("standin_cache")
def test_loader_standardises_each_column() -> None:
    X, y = d2l.load_airfoil()
    assert X.shape == (1500, 5)
    assert y.shape == (1500,)
    assert X.dtype == y.dtype == torch.float32
    table = torch.cat([X, y[:, None]], dim=1).double()
    assert table.mean(dim=0).abs().max() < 1e-6
    assert (table.std(dim=0, correction=0) - 1).abs().max() < 1e-6
    assert d2l.data_source("airfoil") == "standin"
    w = torch.linalg.lstsq(X, y[:, None]).solution[:, 0]
    left = (X @ w - y).square().mean()  # 线性回归解释一半左右，与原件相近
    assert 0.35 < left < 0.6


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("800\t0\t0.3\t71.3\t0.002", "第 3 行应当是制表符分隔的 6 个"),
        ("800\t0\t0.3\t71.3\t0.002\tnan", "第 3 行应当是制表符分隔的 6 个"),
        ("800,0,0.3,71.3,0.002,126", "第 3 行有不是数的格子：'800,0"),
    ],
)
def test_loader_says_which_line(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str, message: str
) -> None:
    lines = path.read_text("utf-8").splitlines()
    lines[2] = line
    (tmp_path / airfoil.FILE).write_text("\n".join(lines), "utf-8")
    monkeypatch.setattr(tabular, "dataset_root", lambda _: tmp_path)
    with pytest.raises(DataError, match=message):
        tabular.load_airfoil()


def test_loader_wants_enough_rows_that_vary(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tabular, "dataset_root", lambda _: tmp_path)
    lines = path.read_text("utf-8").splitlines()
    (tmp_path / airfoil.FILE).write_text("\n".join(lines[:99]), "utf-8")
    with pytest.raises(DataError, match="只有 99 行，至少要 1500 行"):
        tabular.load_airfoil()
    (tmp_path / airfoil.FILE).write_text("\n".join(lines[:1] * 1500), "utf-8")
    with pytest.raises(DataError, match="第 1 列是常数"):
        tabular.load_airfoil()
