"""数据的家：缓存文件夹里各处放什么、跨进程的锁、临时文件夹、连不上网的记号。

```
$D2L_CACHE/
    real/<名字>/         真实数据；一步改名而成，所以在就是完整的
    standin-v1/<名字>/   替身，另有自己的根；里面有 STAND-IN.txt
    book/<名字>/         本书自制的数据
    downloads/<名字>/    读者自己放好的原始文件，以及 download() 的结果
    partial/<名字>/      还没有下载完的文件
    tmp/<名字>/          正在解压或生成的文件夹；残留的由下一个持锁者清掉
    locks/               锁；进程死了，操作系统自会放开
```
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from filelock import FileLock

from d2l_helpers.data.hub.storage import DataError, storage

STAMP = ".d2l-data.json"
OFFLINE_SECONDS = 600.0  # 连不上的主机在这么久之内不再尝试


def cache_root() -> Path:
    """缓存的根：``$D2L_CACHE``，否则 XDG 缓存文件夹或 ``~/.cache`` 里的 ``d2l_helpers``。

    返回:
        绝对路径；文件夹不一定已经存在。
    """
    if chosen := os.environ.get("D2L_CACHE"):
        return Path(chosen).expanduser().absolute()
    if base := os.environ.get("XDG_CACHE_HOME"):
        return Path(base).expanduser().absolute() / "d2l_helpers"
    return Path.home() / ".cache" / "d2l_helpers"


@contextlib.contextmanager
def locked(name: str) -> Iterator[None]:
    """独占名为 ``name`` 的数据集，直到代码块结束；别的进程在此等待。"""
    folder = cache_root() / "locks"
    lock = FileLock(folder / f"{name}.lock")
    with storage(cache_root()):
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def key(text: str) -> str:
    """把任意文字变成能作文件名的短串。"""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@contextlib.contextmanager
def staging(name: str) -> Iterator[Path]:
    """给持锁者一个空的临时文件夹，与成品在同一个文件系统；结束时收拾干净。"""
    home = cache_root() / "tmp" / name
    with storage(cache_root()):
        shutil.rmtree(home, ignore_errors=True)  # 死掉的进程留下的
        home.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(dir=home)) / name
        folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(home, ignore_errors=True)


def finish(folder: Path, final: Path, stamp: dict[str, Any]) -> None:
    """写上印记，一步改名到位；旧版的成品先移进临时文件夹。"""
    with storage(cache_root()):
        text = json.dumps(stamp, ensure_ascii=False, indent=1)
        (folder / STAMP).write_text(text, "utf-8")
        final.parent.mkdir(parents=True, exist_ok=True)
        if final.exists():
            final.rename(folder.with_name(f"{folder.name}.old"))
        folder.rename(final)


def stamp_of(final: Path) -> dict[str, Any] | None:
    """成品的印记；没有成品时是 ``None``。

    异常:
        DataError: 有这个文件夹，却不是我们放进去的。
    """
    file = final / STAMP
    if file.is_file():
        return json.loads(file.read_text("utf-8"))
    if final.is_dir() and any(final.iterdir()):
        raise DataError(
            f"文件夹 {final} 不是数据中心放进去的（没有 {STAMP}），不知道是否完整：请把它移走。"
            f"要自己放数据，请把原始文件放进 {cache_root() / 'downloads' / final.name}。"
        )
    return None


def hosts_of(urls: Iterable[str]) -> set[str]:
    """各个地址的主机名。"""
    return {urlsplit(url).netloc for url in urls}


def unreachable_hosts() -> set[str]:
    """最近连不上的主机（别的进程记下的也算）。"""
    now = time.time()
    return {host for host, when in _marks().items() if 0 <= now - when < OFFLINE_SECONDS}


def mark_unreachable(hosts: set[str], *, forget: bool = False) -> None:
    """记下（或忘掉）连不上的主机。记不下也不要紧：不过是下次再等一回。"""
    before = _marks()
    when = 0.0 if forget else time.time()
    marks = before | dict.fromkeys(hosts & set(before) if forget else hosts, when)
    _offline.update(marks)
    if marks == before:
        return
    with contextlib.suppress(OSError):
        file = cache_root() / "unreachable.json"
        temporary = file.with_name(f"{file.name}.{os.getpid()}")
        temporary.write_text(json.dumps(marks), "utf-8")
        temporary.replace(file)


_offline: dict[str, float] = {}  # 缓存写不了时，至少本进程记得


def _marks() -> dict[str, float]:
    try:
        marks = json.loads((cache_root() / "unreachable.json").read_text("utf-8"))
    except (OSError, ValueError):
        return dict(_offline)
    return {host: float(when) for host, when in marks.items()}
