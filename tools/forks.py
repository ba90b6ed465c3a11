"""载好 torch 等的父进程：每件事在它分叉出的进程里做，互不影响，也不必重新导入。

``python -m tools.forks`` 从标准输入一行一件地收 JSON，一行一个地答。收件的一头断了（主人退出、
被杀或按了 Ctrl-C），正在做的事连同它的子进程都被结束。
"""

from __future__ import annotations

import builtins
import importlib
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from types import SimpleNamespace
from typing import Any

if __package__ is None or __package__ == "":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tools.book import ROOT

CAN_FORK = hasattr(os, "fork") and sys.platform != "win32"
PRELOAD = (
    "numpy",
    "pandas",
    "torch",
    "torchvision",
    "matplotlib.pyplot",
    "d2l_helpers",
    "tools.inprocess",
)
INLINE = "module://matplotlib_inline.backend_inline"
GRACE = 2.0  # 秒；先请它自己收拾，再强行结束
CHUNK = 1 << 16


class Crashed(RuntimeError):
    """做事的进程没有给出答案就退出了。"""


# ---- 分叉出的进程 ----


def fork(job: Any) -> tuple[int, int]:
    """在分叉出的进程里执行 ``job()``，返回它的进程号与读答案（JSON）的管道。"""
    reading, writing = os.pipe()
    child = os.fork()
    if child:
        os.close(writing)
        return child, reading
    code = 1
    try:
        os.close(reading)
        answer = json.dumps(job()).encode()
        with os.fdopen(writing, "wb") as pipe:
            pipe.write(answer)
        code = 0
    except BaseException as error:
        os.write(2, f"{type(error).__name__}: {error}\n".encode())
    finally:
        os._exit(code)


def collect(child: int, reading: int, *, limit: float, stop: int | None = None) -> Any:
    """等分叉出的进程答完；过了时限或 ``stop`` 那头断了，返回 None，由调用者结束它。

    参数:
        child: 进程号。
        reading: 读答案的管道。
        limit: 时限，秒。
        stop: 另一个管道；它断了就不再等。

    异常:
        Crashed: 进程没有答就退出了。
    """
    parts, deadline = [], time.monotonic() + limit
    watched = [reading] + ([stop] if stop is not None else [])
    try:
        while (left := deadline - time.monotonic()) > 0:
            ready = select.select(watched, [], [], left)[0]
            if reading in ready:
                part = os.read(reading, CHUNK)
                if not part:
                    break
                parts.append(part)
            elif stop in ready:
                return None
        else:
            return None
    finally:
        os.close(reading)
    status = os.waitpid(child, 0)[1]
    if status:
        number = os.waitstatus_to_exitcode(status)
        raise Crashed(f"信号 {-number}" if number < 0 else f"退出码 {number}")
    return json.loads(b"".join(parts))


def end(child: int, *, group: bool = False) -> None:
    """结束一个进程（或它那一组）：先像 Ctrl-C 那样请它自己收拾，过两秒强行结束。"""
    send = os.killpg if group else os.kill
    with suppress(ProcessLookupError):
        send(child, signal.SIGINT)
    gone, deadline = 0, time.monotonic() + GRACE
    while not gone and time.monotonic() < deadline:
        gone = os.waitpid(child, os.WNOHANG)[0]
        time.sleep(0.02)
    if group or not gone:
        with suppress(ProcessLookupError):  # 它自己退出了，同组的子进程未必
            send(child, signal.SIGKILL)
    if not gone:
        os.waitpid(child, 0)


# ---- 父进程 ----


def resolve(name: str) -> Any:
    """``模块:函数``。"""
    module, function = name.split(":")
    return getattr(importlib.import_module(module), function)


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """做一件事：``call`` 是 ``模块:函数``，``arguments`` 是它的参数，``limit`` 是时限（秒）。"""

    def job() -> Any:
        os.setpgid(0, 0)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(2, 1)
        return resolve(request["call"])(**request["arguments"])

    child, reading = fork(job)
    try:
        result = collect(child, reading, limit=request["limit"], stop=0)
    except Crashed as crash:
        return {"crashed": str(crash)}
    if result is None:
        end(child, group=True)
        return {"crashed": f"超过 {request['limit']:.0f} 秒没有做完"}
    with suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)  # 做完了，它起的进程也不留下
    return {"result": result}


def preload() -> None:
    """载入；pandas 在导入时看是不是在 notebook 里，由此决定宽的表省不省略列，所以装作是。"""
    builtins.get_ipython = lambda: SimpleNamespace(kernel=None)
    try:
        for name in PRELOAD:
            importlib.import_module(name)
    finally:
        del builtins.get_ipython


def serve() -> None:
    """载入，然后一件一件地做，直到收件的一头断开。"""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    preload()
    while line := _read_line():
        reply = json.dumps(answer(json.loads(line))) + "\n"
        try:
            os.write(1, reply.encode())
        except BrokenPipeError:
            return


def _read_line() -> bytes:
    """从标准输入读一行，不多读：``select`` 看的是文件描述符，缓冲里的它看不见。"""
    parts = []
    while (part := os.read(0, CHUNK)) and not part.endswith(b"\n"):
        parts.append(part)
    return b"".join(parts) + part


# ---- 主人这边 ----


class Farm:
    """按环境变量分组的父进程；要用时借一个，没有空闲的就再起一个。"""

    def __init__(self) -> None:
        self._idle: dict[str, list[subprocess.Popen[bytes]]] = {}
        self._all: list[subprocess.Popen[bytes]] = []
        self._lock = Lock()

    def __enter__(self) -> Farm:
        return self

    def __exit__(self, *unused: Any) -> None:
        for server in self._all:
            with suppress(BrokenPipeError):  # 已经被杀的
                server.stdin.close()
        for server in self._all:
            server.wait()
            server.stdout.close()

    @contextmanager
    def _borrow(self, environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
        key = json.dumps(environment, sort_keys=True)
        with self._lock:
            free = self._idle.setdefault(key, [])
            server = free.pop() if free else self._start(environment)
        yield server
        with self._lock:
            free.append(server)

    def _start(self, environment: dict[str, str]) -> subprocess.Popen[bytes]:
        paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
        more = {"PYTHONPATH": os.pathsep.join(paths), "MPLBACKEND": INLINE}
        server = subprocess.Popen(
            [sys.executable, "-m", "tools.forks"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | more | environment,
        )
        self._all.append(server)
        return server

    def do(
        self, call: str, *, environment: dict[str, str], limit: float, **arguments: Any
    ) -> dict[str, Any]:
        """在这样的环境里做一件事。

        参数:
            call: ``模块:函数``。
            environment: 另设的环境变量。
            limit: 时限，秒。
            arguments: 函数的参数，要能写成 JSON。

        返回:
            ``{"result": …}``；进程崩溃或超时则是 ``{"crashed": 原因}``。
        """
        request = {"call": call, "arguments": arguments, "limit": limit}
        with self._borrow(environment) as server:
            server.stdin.write(json.dumps(request).encode() + b"\n")
            server.stdin.flush()
            line = server.stdout.readline()
        if not line:
            raise Crashed(f"载好的父进程退出了（{server.wait()}），做的是 {call}")
        return json.loads(line)


@contextmanager
def interruptible(jobs: int) -> Iterator[tuple[ThreadPoolExecutor, Farm]]:
    """几个线程与它们要借的父进程；中途有异常（例如按了 Ctrl-C）时不再做剩下的，也不留下进程。"""
    with ThreadPoolExecutor(jobs) as pool, Farm() as farm:  # 先断开父进程，线程才等得到头
        try:
            yield pool, farm
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


if __name__ == "__main__":
    serve()
