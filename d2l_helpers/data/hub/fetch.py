"""下载：超时、重试、镜像、断点续传、摘要核对；只有完整的文件才会得到它的名字。

每个文件先写进 ``名字.part``，长度与摘要都核对过，才一步改名到位。所以无论什么时候被打断，
叫这个名字的文件要么没有，要么是完整的。
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tqdm.auto import tqdm

from d2l_helpers.data.hub.storage import (
    DataError,
    StorageError,
    Unreachable,
    digest_of,
    matches,
    parse_digest,
    record,
    storage,
)
from d2l_helpers.progress import bars_disabled

CHUNK = 1 << 18  # 一次至多读的字节数
AGENT = "Mozilla/5.0 (compatible; d2l-helpers)"  # 有的站点拒绝 urllib 默认的名字


class _Interrupted(Exception):
    """一次传输没有成功，值得再试。"""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Policy:
    """下载的耐心。

    参数:
        timeout: 连接、以及等待下一批字节的秒数。
        attempts: 连续多少次毫无进展就放弃这个地址。
        backoff: 第一次重试之前等待的秒数，以后每次加倍。
        stall: 至少每隔这么多秒要收到 ``stall_bytes`` 字节，否则算断了。
        stall_bytes: 见 ``stall``，单位字节。
        total: 一个地址总共用的秒数。
        sleep: 等待所用的函数。
    """

    timeout: float = 10.0
    attempts: int = 3
    backoff: float = 1.0
    stall: float = 30.0
    stall_bytes: int = 4096
    total: float = 4 * 3600.0
    sleep: Callable[[float], None] = time.sleep


POLICY = Policy()


class _Part:
    """还没有下载完的文件 ``名字.part``，与记着它从哪里来的 ``名字.part.json``。"""

    def __init__(self, target: Path) -> None:
        self.target = target
        self.path = target.with_name(target.name + ".part")
        self.meta = target.with_name(target.name + ".part.json")

    def size(self) -> int:
        return self.path.stat().st_size if self.path.exists() else 0

    def origin(self) -> dict[str, Any]:
        try:
            origin = json.loads(self.meta.read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return origin if isinstance(origin, dict) else {}

    def discard(self) -> None:
        with storage(self.target.parent):
            self.path.unlink(missing_ok=True)
            self.meta.unlink(missing_ok=True)

    def publish(self) -> None:
        with storage(self.target.parent):
            with self.path.open("rb") as file:
                os.fsync(file.fileno())
            self.path.replace(self.target)
            self.meta.unlink(missing_ok=True)


def _range_headers(url: str, part: _Part, digest: str | None) -> dict[str, str]:
    """续传要带的请求头；不能放心续传时是空的。"""
    size, origin = part.size(), part.origin()
    validator = origin.get("validator") if origin.get("url") == url else None
    if not size or not (validator or digest):
        return {}
    headers = {"Range": f"bytes={size}-"}
    if validator:
        headers["If-Range"] = validator
    return headers


def _open(url: str, headers: dict[str, str], timeout: float) -> http.client.HTTPResponse:
    request = urllib.request.Request(url, headers={"User-Agent": AGENT, **headers})
    try:
        return urllib.request.urlopen(request, timeout=timeout)
    except urllib.error.HTTPError as error:
        with error:
            message = f"服务器答复 {error.code} {error.reason}"
        if error.code in (408, 416, 429) or error.code >= 500:
            raise _Interrupted(message, error.code) from error
        raise DataError(message) from error
    except urllib.error.URLError as error:  # 还没有连上
        raise Unreachable(f"连不上（{error.reason}）") from error
    except (OSError, http.client.HTTPException) as error:  # 连上了，却没有得到答复
        raise _Interrupted(f"没有答复（{error or type(error).__name__}）") from error


def _start(response: http.client.HTTPResponse, part: _Part) -> int:
    """这次答复从第几个字节开始；零表示从头。"""
    if response.status != http.HTTPStatus.PARTIAL_CONTENT:
        return 0
    found = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
    if not found or int(found[1]) != part.size():
        part.discard()
        raise _Interrupted("服务器续传的位置不对")
    return int(found[1])


def _transfer(url: str, part: _Part, digest: str | None, policy: Policy, deadline: float) -> bool:
    """传一次；传完返回“是否接着旧的一半”。"""
    headers = _range_headers(url, part, digest)
    try:
        response = _open(url, headers, policy.timeout)
    except _Interrupted as error:
        if (
            headers and error.status == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
        ):  # 旧的一半比整个文件还长
            part.discard()
        raise
    with response:
        start = _start(response, part)
        left = response.headers.get("Content-Length")
        if left is None and digest is None and not response.chunked:
            raise DataError("服务器没有给出长度，也没有公布的摘要，无从知道文件是否完整")
        total = None if left is None else start + int(left)
        etag = response.headers.get("ETag", "")
        validator = response.headers.get("Last-Modified") if etag[:2] in ("", "W/") else etag
        if not start:
            part.discard()  # 先丢掉旧的一半，再记新的来历：否则两者可能被错配
        with storage(part.target.parent):
            part.meta.write_text(json.dumps({"url": url, "validator": validator}), "utf-8")
        _receive(response, part, start, total, policy, deadline)
    return start > 0


def _receive(
    response: http.client.HTTPResponse,
    part: _Part,
    start: int,
    total: int | None,
    policy: Policy,
    deadline: float,
) -> None:
    got, mark, mark_time = start, start, time.monotonic()
    with contextlib.ExitStack() as stack:
        with storage(part.target.parent):
            file = part.path.open("ab" if start else "wb")
        stack.callback(_close, file, part.target.parent)
        bar = stack.enter_context(_bar(part.target.name, start, total))
        while total is None or got < total:
            chunk = _read(response, CHUNK if total is None else min(CHUNK, total - got))
            if not chunk:
                break
            with storage(part.target.parent):
                file.write(chunk)
            got += len(chunk)
            bar.update(len(chunk))
            now = time.monotonic()
            if now > deadline:
                raise DataError(f"超过了总时限 {policy.total:g} 秒，只收到 {got} 字节")
            if now - mark_time > policy.stall:
                if got - mark < policy.stall_bytes:
                    raise _Interrupted(f"几乎停了：{policy.stall:g} 秒只收到 {got - mark} 字节")
                mark, mark_time = got, now
    if total is not None and got < total:
        raise _Interrupted(f"中途断开：应有 {total} 字节，只收到 {got} 字节")


def _bar(name: str, start: int, total: int | None) -> tqdm:
    size = {"initial": start, "total": total, "unit": "B", "unit_scale": True}
    return tqdm(desc=name, delay=2, leave=False, disable=bars_disabled(), **size)


def _read(response: http.client.HTTPResponse, size: int) -> bytes:
    try:
        return response.read1(size)
    except (OSError, http.client.HTTPException) as error:
        raise _Interrupted(f"传到一半断了（{error or type(error).__name__}）") from error


def _close(file: Any, folder: Path) -> None:
    with storage(folder):
        file.close()


def _fetch_from(url: str, part: _Part, digest: str | None, policy: Policy) -> None:
    """从一个地址下载并核对；不成功就抛出 ``DataError``。"""
    deadline = time.monotonic() + policy.total
    best, fruitless, connected, restarted = part.size(), 0, False, False
    while True:
        try:
            resumed = _transfer(url, part, digest, policy, deadline)
        except (_Interrupted, Unreachable) as error:
            if isinstance(error, Unreachable) and not connected:
                raise  # 一次也没有连上：不必再等
            connected, got = True, part.size()
            best, fruitless = max(best, got), 0 if got > best else fruitless + 1
            if fruitless >= policy.attempts or time.monotonic() > deadline:
                raise DataError(f"{error}，试了 {fruitless} 次都没有进展") from error
            policy.sleep(policy.backoff * 2 ** max(fruitless - 1, 0))
            continue
        if digest is None or matches(part.path, digest):
            return
        wrong = f"内容不对：{digest_of(part.path, parse_digest(digest)[0])}，应当是 {digest}"
        part.discard()
        if not resumed or restarted:
            raise DataError(wrong)
        best, restarted = 0, True  # 旧的一半可能是坏的，从头再来一次


def fetch(
    urls: Sequence[str],
    path: Path,
    digest: str | None = None,
    *,
    policy: Policy | None = None,
) -> Path:
    """依次从各个地址下载，直到得到一个完整、摘要相符的文件。

    参数:
        urls: 首选地址与镜像，只认 http 与 https。
        path: 存成哪个文件；已有同名文件会被换掉。
        digest: ``"sha1:…"`` 等；``None`` 时只核对长度，并把 sha256 记在 ``名字.sha256`` 里。
        policy: 超时与重试；默认 ``POLICY``。

    返回:
        ``path``。

    异常:
        ValueError: 地址不是 http(s)，或者摘要的写法不对。
        Unreachable: 所有地址都连不上。
        StorageError: 写不进去。
        DataError: 其他：答复出错、中途断开、内容不对……
    """
    for url in urls:
        if not url.startswith(("http://", "https://")):
            raise ValueError(f"只能从 http 或 https 地址下载，收到的是 {url!r}。")
    if digest is not None:
        parse_digest(digest)
    with storage(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
    part, problems = _Part(path), []
    for url in urls:
        try:
            _fetch_from(url, part, digest, policy or POLICY)
        except StorageError:
            raise
        except DataError as error:
            problems.append((url, error))
            continue
        if digest is None:
            record(part.path, path)
        part.publish()
        return path
    away = bool(problems) and all(isinstance(error, Unreachable) for _, error in problems)
    lines = "\n".join(f"  {url}：{error}" for url, error in problems) or "  没有可用的地址"
    raise (Unreachable if away else DataError)(f"下载不到 {path.name}：\n{lines}")
