"""房价竞赛的替身与读入：81 列，同一个种子同样的字节，缺失与难度在说好的范围里。"""

import csv
import hashlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import Ridge

import d2l_helpers as d2l
from d2l_helpers.data import tabular
from d2l_helpers.data.hub import DataError
from d2l_helpers.data.standins import house_prices
from d2l_helpers.data.tabular import HOUSE_COLUMNS

TRAIN, TEST = house_prices.FILES
# 内容有意改动时，VERSION 加一并改这里
DIGESTS = {TRAIN: "09f05271de991e1c", TEST: "7c3bb0e79c0fe908"}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("houses")
    house_prices.generate(folder)
    return folder


@pytest.fixture(scope="module")
def tables(root: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    return pd.read_csv(root / TRAIN), pd.read_csv(root / TEST)


def test_same_seed_same_bytes(root: Path, tmp_path: Path) -> None:
    house_prices.generate(tmp_path)
    for name, digest in DIGESTS.items():
        data = (root / name).read_bytes()
        assert data == (tmp_path / name).read_bytes()
        assert hashlib.sha256(data).hexdigest()[:16] == digest
    first, second = (house_prices.build(50, seed)["SalePrice"] for seed in (1, 2))
    assert not np.array_equal(first, second)


def test_format_is_that_of_the_competition(root: Path) -> None:
    assert len(HOUSE_COLUMNS) == len(set(HOUSE_COLUMNS)) == 81
    rows = {}
    for name, columns in ((TRAIN, HOUSE_COLUMNS), (TEST, HOUSE_COLUMNS[:-1])):
        with (root / name).open(encoding="utf-8", newline="") as file:
            header, *rows[name] = csv.reader(file)
        assert tuple(header) == columns
        assert {len(row) for row in rows[name]} == {len(columns)}
    ids = [[int(row[0]) for row in rows[name]] for name in (TRAIN, TEST)]
    assert ids == [list(range(1, 1461)), list(range(1461, 2920))]  # 两份不相交


def test_missing_where_the_competition_has_it(tables: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    train, test = tables
    share = train.isna().mean()
    for name, low, high in (
        ("PoolQC", 0.98, 1.0), ("MiscFeature", 0.93, 0.99), ("Alley", 0.90, 0.96),
        ("Fence", 0.75, 0.86), ("FireplaceQu", 0.40, 0.55), ("LotFrontage", 0.14, 0.21),
        ("GarageYrBlt", 0.03, 0.08), ("BsmtQual", 0.01, 0.05), ("MasVnrArea", 0.003, 0.015),
    ):  # fmt: skip
        assert low < share[name] < high, name
    assert train["Electrical"].isna().sum() == 1
    assert share["SalePrice"] == share["GrLivArea"] == 0
    only_test = [c for c in test if test[c].isna().any() and not train[c].isna().any()]
    expected = ["GarageCars", "KitchenQual", "MSZoning", "SaleType", "TotalBsmtSF"]
    assert sorted(only_test) == expected
    assert 150 in set(test["MSSubClass"]) - set(train["MSSubClass"])


def test_columns_are_consistent(tables: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    t = tables[0]
    assert (t["1stFlrSF"] + t["2ndFlrSF"] + t["LowQualFinSF"] == t["GrLivArea"]).all()
    parts = t["BsmtFinSF1"] + t["BsmtFinSF2"] + t["BsmtUnfSF"]
    assert (parts == t["TotalBsmtSF"]).all()
    assert t[["1stFlrSF", "BsmtUnfSF", "LotArea", "SalePrice"]].min().min() >= 0
    assert (t["YearBuilt"] <= t["YearRemodAdd"].clip(lower=1950)).all()
    assert (t["YearRemodAdd"] <= t["YrSold"]).all()
    assert (t["GarageType"].isna() == (t["GarageCars"] == 0)).all()
    assert t["YrSold"].between(2006, 2010).all()
    assert t["OverallQual"].between(1, 10).all()
    assert 120_000 < t["SalePrice"].median() < 200_000


def encoded(table: pd.DataFrame) -> np.ndarray:
    inputs = table.drop(columns=["Id", "SalePrice"])
    numbers = inputs.select_dtypes("number").drop(columns="MSSubClass")
    scaled = ((numbers - numbers.mean()) / numbers.std()).fillna(0)
    kinds = inputs.drop(columns=numbers.columns).astype(object)
    return np.hstack([scaled, pd.get_dummies(kinds, dummy_na=True, dtype=float)])


def test_difficulty(tables: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    X, y = encoded(tables[0]), np.log(tables[0]["SalePrice"].to_numpy())
    errors = []
    for fold in np.arange(len(y)).reshape(5, -1):
        rest = np.setdiff1d(np.arange(len(y)), fold)
        errors.append(Ridge(alpha=10).fit(X[rest], y[rest]).predict(X[fold]) - y[fold])
    error = float(np.sqrt(np.mean(np.square(errors))))
    assert 0.11 < error < 0.14
    assert 3 * error < y.std() < 0.5  # 一律猜平均远远不如


@pytest.mark.usefixtures("standin_cache")
def test_loader_gives_raw_tables() -> None:
    train, test = d2l.load_house_prices()
    assert train.shape == (1460, 81)
    assert test.shape == (1459, 80)
    assert list(train)[:-1] == list(test)
    assert train["PoolQC"].isna().any()
    assert d2l.data_source("house_prices") == "standin"


def test_loader_names_the_wrong_columns(root: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(tabular, "dataset_root", lambda _: tmp_path)
    train = pd.read_csv(root / TRAIN, keep_default_na=False)
    train.rename(columns={"SalePrice": "Price"}).to_csv(tmp_path / TRAIN, index=False)
    with pytest.raises(DataError, match=r"少了 \['SalePrice'\]，多了 \['Price'\]"):
        tabular.load_house_prices()
    train[train.columns[::-1]].to_csv(tmp_path / TRAIN, index=False)
    with pytest.raises(DataError, match="次序相同"):
        tabular.load_house_prices()
