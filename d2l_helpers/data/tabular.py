"""表格数据。"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from d2l_helpers.data.hub import DataError, dataset_root

if TYPE_CHECKING:
    import pandas as pd
    import torch

# 房价竞赛的 81 列，次序与公开的文件相同；测试集没有最后一列
_HOUSE_HEADER = """
Id MSSubClass MSZoning LotFrontage LotArea Street Alley LotShape LandContour Utilities
LotConfig LandSlope Neighborhood Condition1 Condition2 BldgType HouseStyle OverallQual
OverallCond YearBuilt YearRemodAdd RoofStyle RoofMatl Exterior1st Exterior2nd MasVnrType
MasVnrArea ExterQual ExterCond Foundation BsmtQual BsmtCond BsmtExposure BsmtFinType1
BsmtFinSF1 BsmtFinType2 BsmtFinSF2 BsmtUnfSF TotalBsmtSF Heating HeatingQC CentralAir
Electrical 1stFlrSF 2ndFlrSF LowQualFinSF GrLivArea BsmtFullBath BsmtHalfBath FullBath
HalfBath BedroomAbvGr KitchenAbvGr KitchenQual TotRmsAbvGrd Functional Fireplaces
FireplaceQu GarageType GarageYrBlt GarageFinish GarageCars GarageArea GarageQual GarageCond
PavedDrive WoodDeckSF OpenPorchSF EnclosedPorch 3SsnPorch ScreenPorch PoolArea PoolQC Fence
MiscFeature MiscVal MoSold YrSold SaleType SaleCondition SalePrice
"""
HOUSE_COLUMNS = tuple(_HOUSE_HEADER.split())
AIRFOIL_ROWS = 1500  # 用前 1500 行，好分成整批


def load_house_tiny() -> Path:
    """返回一张小小的房屋表格（本书自制，CSV）的位置。

    列: ``rooms`` 房间数、``area`` 面积（平方米）、``year`` 建成年份（缺失最多）、
    ``facing`` 朝向（类别，有缺失）、``price`` 价格（万元）。

    返回:
        CSV 文件的路径；缺失值写作 ``NA``。
    """
    return dataset_root("house_tiny") / "house_tiny.csv"


def load_house_prices() -> tuple[pd.DataFrame, pd.DataFrame]:
    """读房价竞赛的训练集与测试集。

    返回:
        训练集（81 列，末列 ``SalePrice`` 是成交价，美元）与测试集（80 列，没有价格）；
        原样读入，缺失是 NaN，没有补也没有编码。

    异常:
        DataError: 取不到数据；或者文件的列与竞赛的不同。
    """
    root = dataset_root("house_prices")
    train = _read_houses(root / "kaggle_house_pred_train.csv", HOUSE_COLUMNS)
    return train, _read_houses(root / "kaggle_house_pred_test.csv", HOUSE_COLUMNS[:-1])


def _read_houses(path: Path, columns: tuple[str, ...]) -> pd.DataFrame:
    import pandas as pd

    table = pd.read_csv(path)
    if tuple(table.columns) != columns:
        missing = [name for name in columns if name not in table.columns]
        extra = [str(name) for name in table.columns if name not in columns]
        raise DataError(
            f"{path.name} 的列与竞赛的不同：少了 {missing or '（无）'}，"
            f"多了 {extra or '（无）'}，应当恰好有 {len(columns)} 列而且次序相同；"
            "请换成竞赛的原始文件。"
        )
    return table


def load_airfoil() -> tuple[torch.Tensor, torch.Tensor]:
    """读翼型自噪声的前 1500 行，每一列都减去平均、除以标准差。

    五个特征依次是频率、攻角、弦长、来流速度、吸力面的位移厚度，标签是声压级；次序照文件，
    同一次试验的各行连在一起。

    返回:
        特征，float32，形状 (1500, 5)；标签，float32，形状 (1500,)。每列的平均是 0，方差是 1。

    异常:
        DataError: 取不到数据；或者不是 6 列数，行数不够，有一列是常数。
    """
    import numpy as np
    import torch

    path = dataset_root("airfoil") / "airfoil_self_noise.dat"
    rows = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        try:
            rows.append([float(cell) for cell in line.split("\t")])
        except ValueError as error:
            raise DataError(
                f"{path.name} 第 {number} 行有不是数的格子：{line!r}；请换成原始文件。"
            ) from error
        if len(rows[-1]) != 6 or not np.isfinite(rows[-1]).all():
            raise DataError(
                f"{path.name} 第 {number} 行应当是制表符分隔的 6 个有限的数，"
                f"读到的是 {line!r}；请换成原始文件。"
            )
    if len(rows) < AIRFOIL_ROWS:
        raise DataError(
            f"{path.name} 只有 {len(rows)} 行，至少要 {AIRFOIL_ROWS} 行；请换成原始文件。"
        )
    table = np.array(rows[:AIRFOIL_ROWS])
    spread = table.std(axis=0)
    if (spread == 0).any():
        raise DataError(
            f"{path.name} 第 {spread.argmin() + 1} 列是常数，没有办法标准化；请换成原始文件。"
        )
    scaled = torch.tensor((table - table.mean(axis=0)) / spread, dtype=torch.float32)
    return scaled[:, :5], scaled[:, 5]
