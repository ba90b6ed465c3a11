"""小小的房屋表格：本书自制，十二行，用来学处理缺失值与类别。"""

from __future__ import annotations

from pathlib import Path

VERSION = 1

# 房间数、面积（平方米）、建成年份（缺失最多）、朝向（类别，有缺失）、价格（万元）
TABLE = """\
rooms,area,year,facing,price
3,89.5,2011,south,268
NA,64.0,NA,NA,181
2,58.5,1998,east,159
4,126.0,NA,south,402
NA,47.0,1987,north,118
3,95.5,NA,NA,271
1,38.0,2004,NA,109
2,NA,NA,south,203
5,152.0,2019,south,515
3,82.0,NA,west,226
NA,71.5,NA,east,197
4,118.5,2015,NA,366
"""


def generate(root: Path) -> None:
    """把表格写成 ``root`` 里的 ``house_tiny.csv``。"""
    (root / "house_tiny.csv").write_text(TABLE, "utf-8", newline="\n")
