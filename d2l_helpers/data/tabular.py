"""表格数据。"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from d2l_helpers.data.hub import DataError, dataset_root

if TYPE_CHECKING:
    import pandas as pd

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
