"""数据中心：文件从哪里来，怎样取得、核对、放好；读取函数只向它要一个装着完整文件的文件夹。"""

from d2l_helpers.data.hub.archives import extract
from d2l_helpers.data.hub.cache import cache_root
from d2l_helpers.data.hub.downloads import download
from d2l_helpers.data.hub.registry import register
from d2l_helpers.data.hub.roots import data_source, dataset_root, datasets
from d2l_helpers.data.hub.sources import Package, RemoteFile, Source
from d2l_helpers.data.hub.storage import DataError, StorageError

__all__ = [
    "DataError",
    "Package",
    "RemoteFile",
    "Source",
    "StorageError",
    "cache_root",
    "data_source",
    "dataset_root",
    "datasets",
    "download",
    "extract",
    "register",
]
