"""会出各种毛病的本地 HTTP 服务器，以及不等 torch 就能用数据中心的子进程。"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ROOT = Path(__file__).parents[2]
Act = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    """按服务器的剧本回答；每个路径的剧本依次用一条，最后一条一直用下去。"""

    protocol_version = "HTTP/1.1"
    server: FaultyServer

    def do_GET(self) -> None:
        self.close_connection = True
        with self.server.lock:
            self.server.requests.append((self.path, dict(self.headers)))
            acts = self.server.acts.get(self.path, [status(404)])
            act = acts.pop(0) if len(acts) > 1 else acts[0]
        try:
            act(self)
        except ConnectionError:
            self.server.dropped += 1  # 客户端先走了

    def head(self, code: int, **headers: object) -> None:
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


class FaultyServer(ThreadingHTTPServer):
    """用法：``with FaultyServer() as server: server.serve("/a", whole(b"..."))``。"""

    daemon_threads = True

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.lock = threading.Lock()
        self.release = threading.Event()  # 放走所有故意挂着的回答
        self.acts: dict[str, list[Act]] = {}
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.dropped = 0
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    def serve(self, path: str, *acts: Act) -> str:
        self.acts[path] = list(acts)
        return f"http://127.0.0.1:{self.server_port}{path}"

    def stop(self) -> None:
        self.release.set()
        self.shutdown()
        self.server_close()

    def __exit__(self, *args: object) -> None:
        self.stop()


def status(code: int) -> Act:
    return lambda handler: handler.head(code, Content_Length=0)


def whole(content: bytes, etag: str | None = '"v1"', ranges: bool = True) -> Act:
    """正常的服务器，会续传。"""

    def act(handler: Handler) -> None:
        extra = {"ETag": etag} if etag else {}
        wanted = handler.headers.get("Range", "")
        start = int(wanted.removeprefix("bytes=").rstrip("-") or 0) if ranges else 0
        if handler.headers.get("If-Range", etag) != etag:
            start = 0
        if start >= len(content) and start:
            handler.head(416, Content_Length=0)
            return
        if start:
            extra["Content_Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        handler.head(206 if start else 200, Content_Length=len(content) - start, **extra)
        handler.wfile.write(content[start:])

    return act


def cut(content: bytes, at: int, etag: str | None = '"v1"') -> Act:
    """答应给全部，给了 ``at`` 个字节就断线。"""

    def act(handler: Handler) -> None:
        extra = {"ETag": etag} if etag else {}
        handler.head(200, Content_Length=len(content), **extra)
        handler.wfile.write(content[:at])

    return act


def hang(content: bytes = b"", at: int = 0) -> Act:
    """给了 ``at`` 个字节就再也没有动静；``content`` 为空时连答复都没有。"""

    def act(handler: Handler) -> None:
        if content:
            handler.head(200, Content_Length=len(content), ETag='"v1"')
            handler.wfile.write(content[:at])
            handler.wfile.flush()
        handler.server.release.wait()

    return act


def after_release(act: Act) -> Act:
    """等测试放行之后再正常回答。"""

    def later(handler: Handler) -> None:
        handler.server.release.wait()
        act(handler)

    return later


def trickle(length: int) -> Act:
    """一个字节一个字节地给，总不超时。"""

    def act(handler: Handler) -> None:
        handler.head(200, Content_Length=length)
        while not handler.server.release.wait(0.02):
            handler.wfile.write(b".")

    return act


def no_length(content: bytes) -> Act:
    def act(handler: Handler) -> None:
        handler.head(200, Connection="close")
        handler.wfile.write(content)

    return act


# ---- 子进程 ---------------------------------------------------------------------------------
PRELUDE = f"""
import os, sys, types
for name in ("d2l_helpers", "d2l_helpers.data"):  # 绕开 __init__：不必等 torch
    module = types.ModuleType(name)
    module.__path__ = [os.path.join({str(ROOT)!r}, *name.split("."))]
    sys.modules[name] = module
from d2l_helpers.data import hub
from d2l_helpers.data.hub import cache, fetch, obtain
from d2l_helpers.data.hub.sources import RemoteFile, Source
"""


def spawn(code: str, **environment: str) -> subprocess.Popen[str]:
    """在新进程里运行 ``code``，其中可以直接用 ``hub``、``Source`` 等。"""
    return subprocess.Popen(
        [sys.executable, "-c", PRELUDE + code],
        env={**os.environ, "no_proxy": "127.0.0.1", "TQDM_DISABLE": "1", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen[str]) -> str:
    """等子进程正常结束，返回它打印的文字。"""
    out, err = process.communicate(timeout=20)
    assert process.returncode == 0, err
    return out.strip()


def wait_until(condition: Callable[[], object], process: subprocess.Popen[str]) -> None:
    """等到条件成立；子进程先死了，或者 10 秒还不成立，就是失败。"""
    deadline = time.monotonic() + 10
    while not condition():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline, "等了 10 秒，条件还不成立"
        time.sleep(0.01)
