"""房价竞赛的替身：底细之外的各列——外观、地下室、车库、设备、院子与成交。

类别的写法照公开的数据说明；“没有这样东西”写作 ``NA``，与缺失同样写法，这正是原始数据的难处。
"""

from __future__ import annotations

import numpy as np

from d2l_helpers.data.standins.house_prices.sampling import Columns, choose, grade, hide

QUALITY = ("Po", "Fa", "TA", "Gd", "Ex")

# 与价格无关或关系很小的类别：取值与大致的份额
PLAIN = {
    "Street": {"Pave": 99.6, "Grvl": 0.4},
    "LotShape": {"Reg": 63, "IR1": 33, "IR2": 3, "IR3": 1},
    "LandContour": {"Lvl": 90, "Bnk": 4, "HLS": 4, "Low": 2},
    "Utilities": {"AllPub": 99.9, "NoSeWa": 0.1},
    "LotConfig": {"Inside": 72, "Corner": 18, "CulDSac": 6, "FR2": 3, "FR3": 0.3},
    "LandSlope": {"Gtl": 95, "Mod": 4, "Sev": 1},
    "Condition1": {"Norm": 86, "Feedr": 5.5, "Artery": 3.3, "RRAn": 1.8, "PosN": 1.3,
                   "RRAe": 0.8, "PosA": 0.6, "RRNn": 0.3, "RRNe": 0.2},
    "Condition2": {"Norm": 99, "Feedr": 0.4, "Artery": 0.2, "PosN": 0.2, "RRNn": 0.2},
    "RoofStyle": {"Gable": 78, "Hip": 19.5, "Flat": 1, "Gambrel": 0.8, "Mansard": 0.5,
                  "Shed": 0.2},
    "RoofMatl": {"CompShg": 98.2, "Tar&Grv": 0.8, "WdShngl": 0.5, "WdShake": 0.4, "Metal": 0.1},
    "BsmtCond": {"TA": 90, "Gd": 4.5, "Fa": 4, "Po": 0.3},
    "BsmtFinType2": {"Unf": 88, "Rec": 4, "LwQ": 3, "BLQ": 2, "ALQ": 1.5, "GLQ": 1.5},
    "Heating": {"GasA": 97.8, "GasW": 1.2, "Grav": 0.5, "Wall": 0.3, "OthW": 0.2},
    "Electrical": {"SBrkr": 91.4, "FuseA": 6.4, "FuseF": 1.9, "FuseP": 0.2, "Mix": 0.1},
    "Functional": {"Typ": 93, "Min2": 2.4, "Min1": 2.2, "Mod": 1.2, "Maj1": 0.8, "Maj2": 0.3,
                   "Sev": 0.1},
    "GarageQual": {"TA": 95, "Fa": 3.5, "Gd": 1, "Ex": 0.2, "Po": 0.3},
    "GarageCond": {"TA": 96, "Fa": 2.5, "Gd": 0.7, "Po": 0.5, "Ex": 0.3},
    "SaleType": {"WD": 88, "New": 6, "COD": 3, "ConLD": 0.7, "CWD": 0.4, "ConLI": 0.4,
                 "ConLw": 0.4, "Oth": 0.3, "Con": 0.2},
}  # fmt: skip

SIDING = {"VinylSd": 35, "HdBoard": 15, "MetalSd": 15, "Wd Sdng": 14, "Plywood": 7.5,
          "CemntBd": 4, "BrkFace": 3.5, "WdShing": 2, "Stucco": 2, "AsbShng": 1.4}  # fmt: skip


def add_fixtures(rng: np.random.RandomState, t: Columns) -> None:
    """添上其余各列。"""
    n = len(t["Id"])
    for name, shares in PLAIN.items():
        t[name] = choose(rng, n, shares)
    t["Electrical"] = hide(t["Electrical"], t["Id"] == 1380)  # 整个训练集里只缺这一格
    _add_outside(rng, t)
    _add_basement(rng, t)
    _add_garage(rng, t)
    _add_grades(rng, t)
    _add_yard(rng, t)
    _add_sale(rng, t)
    t["MSSubClass"] = _subclass(t)


def _add_outside(rng: np.random.RandomState, t: Columns) -> None:
    """用地、建筑类型、外墙与饰面。"""
    n, old = len(t["Id"]), t["YearBuilt"] < 1945
    new = np.isin(t["Neighborhood"], ["Somerst"])
    zone = np.where(
        old,
        choose(rng, n, {"RM": 60, "RL": 35, "C (all)": 5}),
        choose(rng, n, {"RL": 90, "RM": 9, "RH": 1}),
    )
    t["MSZoning"] = np.where(new, choose(rng, n, {"FV": 75, "RL": 25}), zone)
    types = {"1Fam": 83.5, "TwnhsE": 7.8, "Duplex": 3.6, "Twnhs": 3, "2fmCon": 2.1}
    t["BldgType"] = choose(rng, n, types)
    first, other = choose(rng, n, SIDING), choose(rng, n, SIDING)
    t["Exterior1st"], t["Exterior2nd"] = first, np.where(rng.rand(n) < 0.9, first, other)
    faced = rng.rand(n) < 0.22 + 0.08 * (t["OverallQual"] - 5)
    kind = np.where(faced, choose(rng, n, {"BrkFace": 75, "Stone": 22, "BrkCmn": 3}), "None")
    area = np.where(faced, 40 + t["GrLivArea"] * 0.25 * rng.rand(n), 0).astype(int)
    unknown = rng.rand(n) < 0.008
    t["MasVnrType"], t["MasVnrArea"] = hide(kind, unknown), hide(area, unknown)
    modern = np.where(t["YearBuilt"] > 1985, "PConc", "CBlock")
    concrete = np.where(old, choose(rng, n, {"BrkTil": 70, "CBlock": 30}), modern)
    other = choose(rng, n, {"PConc": 60, "CBlock": 30, "Slab": 6, "Stone": 3, "Wood": 1})
    t["Foundation"] = np.where(rng.rand(n) < 0.15, other, concrete)
    t["CentralAir"] = np.where(rng.rand(n) < np.where(old, 0.25, 0.02), "N", "Y")


def _add_basement(rng: np.random.RandomState, t: Columns) -> None:
    """地下室的类别；没有地下室的都写 NA。"""
    n, none = len(t["Id"]), t["TotalBsmtSF"] == 0
    score = (t["YearBuilt"] - 1960) / 25 + 0.5 * (t["OverallQual"] - 6) + 0.5 * rng.randn(n)
    t["BsmtQual"] = hide(grade(score, (-2.2, 0.4, 2.9), QUALITY[1:]), none)
    exposure = {"No": 66, "Av": 16, "Gd": 10, "Mn": 8}
    t["BsmtExposure"] = hide(choose(rng, n, exposure), none | (t["Id"] == 949))
    kind = choose(rng, n, {"GLQ": 42, "ALQ": 22, "BLQ": 15, "Rec": 14, "LwQ": 7})
    t["BsmtFinType1"] = hide(np.where(t["BsmtFinSF1"] > 0, kind, "Unf"), none)
    for name in ("BsmtCond", "BsmtFinType2"):
        t[name] = hide(t[name], none)


def _add_garage(rng: np.random.RandomState, t: Columns) -> None:
    """车库；没有车库的，类别与建成年份都写 NA，车位与面积是 0。"""
    n, none = len(t["Id"]), rng.rand(len(t["Id"])) < 0.055
    score = 1.75 + 0.3 * (t["OverallQual"] - 6) + (t["YearBuilt"] - 1971) / 70
    cars = np.clip(np.rint(score + 0.4 * rng.randn(n)), 1, 4).astype(int)
    t["GarageCars"] = np.where(none, 0, cars)
    t["GarageArea"] = np.where(none, 0, cars * 245 * np.exp(0.15 * rng.randn(n))).astype(int)
    later = t["YearBuilt"] + (rng.rand(n) * (t["YrSold"] - t["YearBuilt"])).astype(int)
    t["GarageYrBlt"] = hide(np.where(rng.rand(n) < 0.8, t["YearBuilt"], later), none)
    apart = np.where(t["YearBuilt"] < 1960, "Detchd", "Attchd")
    kind = choose(rng, n, {"Attchd": 70, "BuiltIn": 15, "Basment": 5, "CarPort": 3, "2Types": 2})
    t["GarageType"] = hide(np.where(rng.rand(n) < 0.3, kind, apart), none)
    finish = grade(t["OverallQual"] + 1.2 * rng.randn(n), (5.8, 7.2), ("Unf", "RFn", "Fin"))
    t["GarageFinish"] = hide(finish, none)
    for name in ("GarageQual", "GarageCond"):
        t[name] = hide(t[name], none)


def _add_grades(rng: np.random.RandomState, t: Columns) -> None:
    """按品质定的等级：外墙、厨房、暖气、壁炉。"""
    n, quality = len(t["Id"]), t["OverallQual"] - 6
    redone = (t["YearRemodAdd"] - 1985) / 20
    t["ExterQual"] = grade(quality + 0.6 * rng.randn(n), (-3.2, 0.5, 2.9), QUALITY[1:])
    t["ExterCond"] = grade(t["OverallCond"] + rng.randn(n), (0.5, 3.3, 6.6, 9), QUALITY)
    score = 0.7 * quality + redone + 0.6 * rng.randn(n)
    t["KitchenQual"] = grade(score, (-2.6, 0.3, 2.6), QUALITY[1:])
    t["HeatingQC"] = grade(redone + 0.8 * rng.randn(n), (-2.9, -1.9, -0.2, 0.3), QUALITY)
    fires = 0.25 * quality + (t["GrLivArea"] - 1500) / 900 + 0.6 * rng.randn(n)
    t["Fireplaces"] = np.searchsorted((-0.05, 1.15, 2.4), fires)
    kind = choose(rng, n, {"Gd": 49, "TA": 41, "Fa": 4, "Ex": 3, "Po": 3})
    t["FireplaceQu"] = hide(kind, t["Fireplaces"] == 0)


def _add_yard(rng: np.random.RandomState, t: Columns) -> None:
    """车道、平台、门廊、泳池、围栏、巷子与杂项；多数房子没有。"""
    n = len(t["Id"])

    def some(share: float, low: int, high: int) -> np.ndarray:
        return np.where(rng.rand(n) < share, rng.randint(low, high, n), 0)

    old = t["YearBuilt"] < 1945
    drive = choose(rng, n, {"N": 25, "P": 7, "Y": 68})
    t["PavedDrive"] = np.where(old, drive, choose(rng, n, {"Y": 96, "N": 3, "P": 1}))
    t["WoodDeckSF"], t["OpenPorchSF"] = some(0.48, 60, 340), some(0.55, 16, 160)
    t["EnclosedPorch"], t["3SsnPorch"] = some(0.14, 30, 260), some(0.016, 100, 300)
    t["ScreenPorch"], t["PoolArea"] = some(0.08, 60, 300), some(0.0055, 440, 740)
    pools = choose(rng, n, {"Ex": 40, "Gd": 40, "Fa": 20})
    t["PoolQC"] = hide(pools, t["PoolArea"] == 0)
    fence = choose(rng, n, {"MnPrv": 56, "GdPrv": 21, "GdWo": 19, "MnWw": 4})
    t["Fence"] = hide(fence, rng.rand(n) >= 0.19)
    alley = choose(rng, n, {"Grvl": 55, "Pave": 45})
    t["Alley"] = hide(alley, rng.rand(n) >= np.where(old, 0.22, 0.03))
    kinds = choose(rng, n, {"Shed": 90, "Othr": 5, "Gar2": 4, "TenC": 1})
    t["MiscVal"] = some(0.037, 4, 30) * 50
    t["MiscFeature"] = hide(kinds, t["MiscVal"] == 0)


def _add_sale(rng: np.random.RandomState, t: Columns) -> None:
    """成交的情形：新房子多是预售。"""
    n = len(t["Id"])
    usual = {"Normal": 89, "Abnorml": 7.5, "Family": 1.5, "Alloca": 0.9, "AdjLand": 0.3}
    fresh = (t["YrSold"] - t["YearBuilt"] <= 1) & (rng.rand(n) < 0.8)
    t["SaleCondition"] = np.where(fresh, "Partial", choose(rng, n, usual))
    t["SaleType"] = np.where(fresh, "New", np.where(t["SaleType"] == "New", "WD", t["SaleType"]))


def _subclass(t: Columns) -> np.ndarray:
    """建筑的编号：写成整数，其实是类别。"""
    old, style, kind = t["YearBuilt"] < 1946, t["HouseStyle"], t["BldgType"]
    rows = {"1Story": (20, 30), "2Story": (60, 70), "1.5Fin": (50, 50), "1.5Unf": (45, 45),
            "SLvl": (80, 80), "SFoyer": (85, 85), "2.5Unf": (75, 75)}  # fmt: skip
    code = np.zeros(len(old), int)
    for name, (new_code, old_code) in rows.items():
        code = np.where(style == name, np.where(old, old_code, new_code), code)
    terrace = np.isin(kind, ["Twnhs", "TwnhsE"])
    code = np.where(terrace, np.where(style == "2Story", 160, 120), code)
    return np.where(kind == "Duplex", 90, np.where(kind == "2fmCon", 190, code))
