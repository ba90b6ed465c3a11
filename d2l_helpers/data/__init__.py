"""数据：数据中心（取得文件）、内存里的批量，以及各数据集的读取函数。"""

from d2l_helpers.data.hub import (
    DataError,
    data_source,
    dataset_root,
    datasets,
    download,
    extract,
    register,
)

__all__ = [
    # 数据中心
    "DataError",
    "data_source",
    "dataset_root",
    "datasets",
    "download",
    "extract",
    "register",
]
