"""分叉出的内核：一个父进程把 torch、matplotlib、辅助包导入一次，每一节的内核由它分叉而来。

用法是 ``with kernels() as name:``，期间以 ``name`` 启动的内核不再各自付几秒钟的导入；不是 Linux、
或 ``D2L_PREFORK=off`` 时，``name`` 就是普通的 ``python3``。一条命令一个父进程，命令结束它就没了。
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools.book import BUILD, write_atomic

PLAIN, FORKED = "python3", "d2l-forked"
VARIABLE = "D2L_PREFORK"  # off：不用；否则由 kernels() 设成套接字的路径
HERE = Path(__file__).resolve().parent
SPECIFICATIONS = BUILD / ".home" / "share" / "jupyter"
QUIET = ["--IPKernelApp.log_level=40"]  # 内核对通信方式的提醒与书无关
STOP_SECONDS = 10


def write_specification() -> None:
    """写内核规格：命令是垫片，参数与 nbclient 给普通内核的一样。"""
    shim = [sys.executable, "-I", "-S", str(HERE / "shim.py"), "-f", "{connection_file}"]
    arguments = [*shim, *QUIET, "--HistoryManager.hist_file=:memory:"]
    specification = {"argv": arguments, "display_name": "Python 3", "language": "python"}
    write_atomic(SPECIFICATIONS / "kernels" / FORKED / "kernel.json", json.dumps(specification))


def start_server(folder: str) -> subprocess.Popen:
    """启动父进程；套接字此刻就在监听，请求可以先排着队，等它导入完。"""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(Path(folder) / "link"))
        listener.listen(64)
        os.environ[VARIABLE] = str(Path(folder) / "link")
        command = [sys.executable, str(HERE / "server.py"), str(listener.fileno()), folder]
        return subprocess.Popen(
            command, stdin=subprocess.PIPE, pass_fds=[listener.fileno()], start_new_session=True
        )


@contextmanager
def kernels() -> Iterator[str]:
    """启动父进程，交出内核的名字；结束时父进程与它的内核一个不留。

    环境变量要先设好（``set_environment``）：父进程导入时的环境若与要内核的进程不同，它会拒绝，
    那个内核就照常自己启动。
    """
    before = {name: os.environ.get(name) for name in (VARIABLE, "JUPYTER_PATH")}
    if not sys.platform.startswith("linux") or before[VARIABLE] == "off":
        yield PLAIN
        return
    write_specification()
    paths = [str(SPECIFICATIONS), before["JUPYTER_PATH"]]
    os.environ["JUPYTER_PATH"] = os.pathsep.join(filter(None, paths))
    folder = tempfile.mkdtemp(prefix="d2l-")
    server = start_server(folder)
    try:
        yield FORKED
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})
        server.stdin.close()
        try:
            server.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
        shutil.rmtree(folder, ignore_errors=True)  # 父进程自己会删，除非它是被杀死的


def spent() -> float:
    """本进程要来的分叉内核一共用了多少 CPU 秒（还没结束的，等它结束）；没有父进程时为 0。"""
    path = os.environ.get(VARIABLE, "off")
    if path == "off":
        return 0.0
    with socket.socket(socket.AF_UNIX) as link:
        try:
            link.connect(path)
            link.sendall(b"\0" + json.dumps({"spent_by": os.getpid()}).encode() + b"\n")
            answer = link.makefile().readline()
        except (ConnectionError, FileNotFoundError):
            answer = ""
    return json.loads(answer)["seconds"] if answer else 0.0
