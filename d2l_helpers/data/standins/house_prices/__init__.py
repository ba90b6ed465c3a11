"""房价竞赛的替身：与 Kaggle 竞赛同样的文件、同样的 81 列，房子与价格是照公式造出来的。

先抽每套房子看不见的底细（地段、品质、年份、大小），各列由底细而来，价格也是：对数价格里有
线性的部分，也有弯曲（折旧先快后慢）与交互（老房子才在乎保养），最后加上约 0.1 的噪声。
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from d2l_helpers.data.standins.house_prices.fixtures import add_fixtures
from d2l_helpers.data.standins.house_prices.sampling import Columns, choose, grades, hide
from d2l_helpers.data.tabular import HOUSE_COLUMNS

VERSION = 1
NUM_TRAIN, NUM_TEST = 1460, 1459  # 与竞赛相同
FILES = ("kaggle_house_pred_train.csv", "kaggle_house_pred_test.csv")

# 社区：每百套里约有几套、地段（标准差的倍数）、典型的建成年份。名字是公开的，数是自己定的。
HOODS = {
    "NAmes": (15, -0.3, 1958), "CollgCr": (10, 0.5, 1999), "OldTown": (8, -1.0, 1925),
    "Edwards": (7, -0.8, 1955), "Somerst": (6, 0.9, 2004), "Gilbert": (5, 0.4, 1999),
    "NridgHt": (5, 1.9, 2005), "Sawyer": (5, -0.4, 1964), "NWAmes": (5, 0.2, 1976),
    "SawyerW": (4, 0.2, 1988), "BrkSide": (4, -0.9, 1930), "Crawfor": (4, 0.7, 1942),
    "Mitchel": (3, 0.0, 1982), "NoRidge": (3, 2.1, 1995), "Timber": (3, 1.0, 1990),
    "IDOTRR": (3, -1.4, 1926), "ClearCr": (2, 0.8, 1966), "StoneBr": (2, 2.2, 1998),
    "SWISU": (2, -0.6, 1926), "Blmngtn": (1, 0.5, 2004), "MeadowV": (1, -1.6, 1973),
    "BrDale": (1, -1.5, 1971), "Veenker": (1, 1.1, 1979), "NPkVill": (1, -0.3, 1977),
    "Blueste": (0.3, -0.5, 1980),
}  # fmt: skip

# 价格里各种类别的加减（对数）；没有写出的是 0
PREMIUMS = {
    "MSZoning": {"C (all)": -0.25, "RM": -0.05, "RH": -0.04, "FV": 0.04},
    "Condition1": {"Artery": -0.08, "Feedr": -0.05, "PosN": 0.06, "PosA": 0.07, "RRAe": -0.05},
    "BldgType": {"Duplex": -0.10, "2fmCon": -0.06, "Twnhs": -0.09, "TwnhsE": -0.03},
    "KitchenQual": {"Ex": 0.08, "Gd": 0.03, "Fa": -0.05},
    "BsmtQual": {"Ex": 0.06, "Gd": 0.02, "Fa": -0.03},
    "BsmtExposure": {"Gd": 0.05},
    "CentralAir": {"N": -0.07},
    "Functional": {"Min2": -0.04, "Mod": -0.08, "Maj1": -0.10, "Maj2": -0.25},
    "SaleCondition": {"Abnorml": -0.09, "Family": -0.05, "Partial": 0.05},
}


def build(num: int, seed: int) -> Columns:
    """造 ``num`` 套房子，返回列名到数组；缺失写作 ``"NA"``，价格在 ``SalePrice``。

    参数:
        num: 套数。
        seed: 随机数的种子；同样的种子得到同样的表。
    """
    rng = np.random.RandomState(seed)  # 它的随机数序列不随 NumPy 的版本变
    weight, level, typical = (np.array(part) for part in zip(*HOODS.values(), strict=True))
    hood = rng.choice(len(HOODS), num, p=weight / weight.sum())
    columns: Columns = {"Id": np.arange(1, num + 1), "Neighborhood": np.array(list(HOODS))[hood]}
    _add_body(rng, columns, level[hood], typical[hood])
    _add_rooms(rng, columns)
    add_fixtures(rng, columns)
    columns["SalePrice"] = _price(rng, columns, level[hood])
    return columns


def _add_body(rng: np.random.RandomState, t: Columns, level: np.ndarray, year: np.ndarray) -> None:
    """年份、品质、大小、地块：其余各列都由它们而来。"""
    n = len(level)
    t["YrSold"], t["MoSold"] = rng.randint(2006, 2011, n), 1 + rng.binomial(11, 0.48, n)
    built = np.clip(np.rint(year + 9 * rng.randn(n)), 1875, None).astype(int)
    t["YearBuilt"] = np.minimum(built, t["YrSold"])
    latest = np.maximum(t["YearBuilt"], 1950)
    redone = latest + (rng.rand(n) * (t["YrSold"] - latest + 1)).astype(int)
    remodelled = rng.rand(n) < np.where(t["YearBuilt"] < 1990, 0.55, 0.2)
    t["YearRemodAdd"] = np.where(remodelled, redone, latest)
    quality = 0.42 * level + (t["YearBuilt"] - 1971) / 42 + 0.62 * rng.randn(n)
    t["OverallQual"] = np.clip(np.rint(6.1 + 1.15 * quality), 1, 10).astype(int)
    spread = np.where(t["YearBuilt"] > 1995, 0.3, 1.15)
    t["OverallCond"] = np.clip(np.rint(5.35 + spread * rng.randn(n)), 1, 9).astype(int)
    living = np.exp(7.24 + 0.15 * quality + 0.06 * level + 0.25 * rng.randn(n))
    t["GrLivArea"] = np.clip(living, 334, 5000).astype(int)
    frontage = np.clip(68 + 7 * level + 18 * rng.randn(n), 21, 200).astype(int)
    t["LotArea"] = np.clip(frontage * 138 * np.exp(0.3 * rng.randn(n)), 1300, 160_000).astype(int)
    t["LotFrontage"] = hide(frontage, rng.rand(n) < 0.177)


def _add_rooms(rng: np.random.RandomState, t: Columns) -> None:
    """楼层、地下室、房间与卫生间。"""
    living, n = t["GrLivArea"], len(t["Id"])
    odd = choose(rng, n, {"": 72, "1.5Fin": 11, "SLvl": 5, "SFoyer": 3, "1.5Unf": 1, "2.5Unf": 1})
    two = rng.rand(n) < 1 / (1 + np.exp((1550 - living) / 180))
    t["HouseStyle"] = np.where(odd == "", np.where(two, "2Story", "1Story"), odd)
    upper = np.isin(t["HouseStyle"], ["2Story", "1.5Fin", "2.5Unf"])
    t["2ndFlrSF"] = np.where(upper, living * (0.36 + 0.14 * rng.rand(n)), 0).astype(int)
    rest = living - t["2ndFlrSF"]
    t["LowQualFinSF"] = np.where(rng.rand(n) < 0.018, rest * 0.15, 0).astype(int)
    t["1stFlrSF"] = rest - t["LowQualFinSF"]
    base = np.where(upper, 1.0, 0.95) * t["1stFlrSF"] * (0.82 + 0.2 * rng.rand(n))
    total = np.where(rng.rand(n) < 0.026, 0, base).astype(int)
    first = np.where(rng.rand(n) < 0.68, total * rng.beta(3, 2, n), 0).astype(int)
    second = np.where(rng.rand(n) < 0.11, (total - first) * rng.rand(n), 0).astype(int)
    t |= {"TotalBsmtSF": total, "BsmtFinSF1": first, "BsmtFinSF2": second}
    t["BsmtUnfSF"] = total - first - second
    t["BsmtFullBath"] = ((first > 300) & (rng.rand(n) < 0.7)).astype(int)
    t["BsmtHalfBath"] = ((total > 0) & (rng.rand(n) < 0.055)).astype(int)
    t["FullBath"] = np.clip(np.rint(living / 1050 + 0.35 * rng.randn(n)), 1, 4).astype(int)
    t["HalfBath"] = (upper & (rng.rand(n) < 0.75)).astype(int)
    bedrooms = np.clip(np.rint(1.3 + living / 950 + 0.5 * rng.randn(n)), 0, 8).astype(int)
    t["BedroomAbvGr"], t["KitchenAbvGr"] = bedrooms, 1 + (rng.rand(n) < 0.045)
    extra = np.clip(np.rint(living / 520 + 0.7 * rng.randn(n)), 1, None).astype(int)
    t["TotRmsAbvGrd"] = bedrooms + extra


def _price(rng: np.random.RandomState, t: Columns, level: np.ndarray) -> np.ndarray:
    """由各列与地段算出价格：在对数上相加，就是在价格上相乘。"""
    n = len(level)
    quality, age = t["OverallQual"] - 6, t["YrSold"] - t["YearBuilt"]
    since = t["YrSold"] - t["YearRemodAdd"]  # 上次翻修到现在
    living, lot = np.log(t["GrLivArea"] / 1460), np.log(t["LotArea"] / 9400)
    garage = np.array([0.0, 0.05, 0.10, 0.14, 0.15])[grades(t["GarageCars"])]
    old = 1 / (1 + np.exp((40 - age) / 6))
    log_price = (
        12.02 + 0.40 * living + 0.04 * quality + 0.012 * np.maximum(quality, 0) ** 2
        + 0.05 * level + 0.05 * lot + garage
        + 0.13 * (np.sqrt(t["TotalBsmtSF"] / 1000) - 1) + 0.05 * (t["BsmtFinSF1"] > 200)
        + 0.04 * (t["Fireplaces"] > 0) + 0.03 * (t["FullBath"] + t["HalfBath"] - 2)
        - 0.22 * (1 - np.exp(-age / 12)) - 0.06 * (1 - np.exp(-since / 12))
        + 0.11 * old * (t["OverallCond"] - 5)  # 新房子不在乎保养，老房子在乎
        + 0.12 * quality * living + 0.05 * level * living  # 好房子、好地段，大的更值钱
        + 0.04 * level * lot
        + 0.05 * (t["PoolArea"] > 0)
    )  # fmt: skip
    for name, premium in PREMIUMS.items():
        for kind, value in premium.items():
            log_price = log_price + value * (t[name] == kind)
    noise = 0.085 * rng.randn(n) * np.where(rng.rand(n) < 0.03, 2.2, 1)
    return (np.rint(np.exp(log_price + noise) / 100) * 100).astype(int)


def _write(path: Path, columns: Columns, names: tuple[str, ...], rows: slice) -> None:
    table = zip(*(columns[name][rows].tolist() for name in names), strict=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(names)
        writer.writerows(table)


def generate(root: Path) -> None:
    """把训练集与测试集写进 ``root``；测试集没有最后一列。"""
    columns = build(NUM_TRAIN + NUM_TEST, seed=17)
    _write(root / FILES[0], columns, HOUSE_COLUMNS, slice(0, NUM_TRAIN))
    # 训练集里不缺、测试集里却缺，以及只在测试集里才有的取值：原始数据里都有
    for name, rows in {"GarageCars": [1116], "TotalBsmtSF": [660], "SaleType": [29],
                       "MSZoning": [455, 756, 790, 1444], "KitchenQual": [95]}.items():  # fmt: skip
        columns[name] = hide(columns[name], np.isin(columns["Id"], np.add(rows, NUM_TRAIN)))
    columns["MSSubClass"][NUM_TRAIN + 1358] = 150
    _write(root / FILES[1], columns, HOUSE_COLUMNS[:-1], slice(NUM_TRAIN, None))
