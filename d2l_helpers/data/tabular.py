"""表格数据。"""

from __future__ import annotations

from pathlib import Path

from d2l_helpers.data.hub import dataset_root


def load_house_tiny() -> Path:
    """返回一张小小的房屋表格（本书自制，CSV）的位置。

    列: ``rooms`` 房间数、``area`` 面积（平方米）、``year`` 建成年份（缺失最多）、
    ``facing`` 朝向（类别，有缺失）、``price`` 价格（万元）。

    返回:
        CSV 文件的路径；缺失值写作 ``NA``。
    """
    return dataset_root("house_tiny") / "house_tiny.csv"
