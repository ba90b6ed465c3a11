"""表格。"""

from __future__ import annotations

from d2l_helpers.data.hub.catalogue.mirrors import plain
from d2l_helpers.data.hub.sources import Source

SOURCES = (
    Source(
        "house_tiny",
        "小小的房屋表格：有缺失值和类别列（本书自制）",
        license="CC BY-SA 4.0；本书",
        section="pandas",
        standin="d2l_helpers.data.standins.house_tiny:generate",
        own=True,
    ),
    Source(
        "house_prices",
        "房价预测竞赛：Ames 市的房屋，79 个特征",
        (
            plain("kaggle_house_pred_train.csv", "585e9cc93e70b39160e7921475f9bcd7d31219ce"),
            plain("kaggle_house_pred_test.csv", "fa19780a7b011d9b009e8bff8e99922a8ee2eb90"),
        ),
        license="仅供学习；De Cock（2011），Kaggle 竞赛 house-prices",
        section="kaggle-house-price",
        standin="d2l_helpers.data.standins.house_prices:generate",
    ),
    Source(
        "airfoil",
        "翼型自噪声：NASA 的风洞测量，1503 行",
        (plain("airfoil_self_noise.dat", "76e5be1548fd8222e5074cf0faae75edff8cf93f"),),
        license="CC BY 4.0；Brooks, Pope, Marcolini（1989），UCI",
        section="minibatch-sgd",
        standin="d2l_helpers.data.standins.airfoil:generate",
    ),
)
