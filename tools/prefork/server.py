"""父进程：先把大家都要用的库导入一遍，再应请求分叉（fork）出内核，看着它们直到命令结束。

只用于 Linux，由 ``tools.prefork.kernels`` 启动：标准输入是启动它的命令手里的管道，命令无论怎样
结束，管道都会关上，它就收走全部内核，退出。除此之外谁没了都不留孤儿：

- 垫片（shim）没了，套接字读到头，父进程杀掉它的内核；
- 父进程没了，内核的内核设定（PDEATHSIG）让它们一同结束；
- 内核没了，父进程收尸，记下它用的 CPU 秒数，告诉垫片退出码。
"""

from __future__ import annotations

import atexit
import builtins
import ctypes
import gc
import importlib
import json
import os
import re
import selectors
import shutil
import signal
import socket
import sys
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

LIBRARIES = (
    "IPython",
    "ipykernel.kernelapp",
    "ipykernel.ipkernel",
    "numpy",
    "pandas",
    "matplotlib.pyplot",
    "torch",
    "torchvision",
    "d2l_helpers",
)
# 逐个请求可以不同的环境变量：导入这些库的时候没有谁看它们；KMP_ 两个是 scikit-learn 导入时设的
MAY_DIFFER = re.compile(
    r"(D2L|JPY|PYTEST)_.*|KMP_(DUPLICATE_LIB_OK|INIT_AT_FORK)|PWD|OLDPWD|SHLVL|_|COLUMNS|LINES"
)
INLINE = "module://matplotlib_inline.backend_inline"
PR_SET_PDEATHSIG = 1


def import_libraries() -> None:
    """导入大家都要用的库，像是在新内核的第一格里导入：有些库导入时要看自己在哪里。"""
    backend = os.environ.get("MPLBACKEND")
    os.environ["MPLBACKEND"] = backend or INLINE  # ipykernel 启动时也这样设，matplotlib 要看
    builtins.get_ipython = lambda: SimpleNamespace(kernel=None)  # pandas 要看在不在终端里
    for name in LIBRARIES:
        importlib.import_module(name)
    del builtins.get_ipython
    if backend is None:  # 其余由导入设下的变量留着：新内核导入之后也有
        del os.environ["MPLBACKEND"]
    gc.collect()
    gc.freeze()  # 内核里的垃圾回收不再扫描这些模块，也就不会把共用的内存逐页复制


def reason_not_to_fork() -> str:
    """导入之后已经不宜分叉的理由；没有则为空。"""
    threads = len(list(Path("/proc/self/task").iterdir()))
    if threads > 1:
        return f"导入之后有 {threads} 个线程，分叉会丢掉其余的"
    if sys.modules["torch"].cuda.is_initialized():
        return "导入时已经启用了 CUDA，分叉出的内核用不了它"
    return ""


def send(link: socket.socket, message: dict) -> None:
    """说一句话；对方已经不在就算了，它的套接字接着会读到头。"""
    try:
        link.sendall(json.dumps(message).encode() + b"\n")
    except (BrokenPipeError, ConnectionResetError):
        return


@dataclass
class Request:
    """垫片的请求：内核的参数、工作目录、环境变量，三个标准文件，和谁要的。"""

    arguments: list[str]
    cwd: str
    env: dict[str, str]
    asker: int
    files: list[int]


@dataclass
class Kernel:
    """一个活着的内核：连着它的垫片的套接字，和要它的进程号。"""

    link: socket.socket
    asker: int


class Server:
    """等请求、分叉、收尸的循环。"""

    def __init__(self, listener: socket.socket) -> None:
        self.listener, self.born, self.reason = listener, dict(os.environ), ""
        self.kernels: dict[int, Kernel] = {}
        self.seconds: dict[int, float] = {}  # 要内核的进程 → 它的内核已经用掉的 CPU 秒数
        self.waiting: list[tuple[socket.socket, int]] = []  # 等着问秒数的
        self.bell, ringer = socket.socketpair()
        for end in (self.bell, ringer):
            end.setblocking(False)
        self.ringer = ringer
        signal.set_wakeup_fd(ringer.fileno())
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self.selector = selectors.DefaultSelector()
        for source in (0, listener, self.bell):
            self.selector.register(source, selectors.EVENT_READ)

    def serve(self) -> Request | None:
        """一直服务到命令结束，返回 None；在分叉出的内核里，返回它的请求。"""
        while True:
            for key, _ in self.selector.select():
                if key.fileobj == 0:
                    return None
                if key.fileobj is self.bell:
                    self.bell.recv(4096)
                    self.reap()
                elif key.fileobj is not self.listener:
                    self.abandon(key.fileobj)
                elif request := self.accept():
                    return request

    def accept(self) -> Request | None:
        """接待一个来客；只有在分叉出的内核里才返回请求。"""
        link, _ = self.listener.accept()
        _, files, *_ = socket.recv_fds(link, 1, 3)
        line = link.makefile("rb").readline()
        asked = json.loads(line) if line.endswith(b"\n") else {}  # 话没说完就没了的，不算
        if "spent_by" in asked:
            self.waiting.append((link, asked["spent_by"]))
            self.tell_seconds()
        elif asked and (refused := self.reason or self.different(asked["env"])):
            send(link, {"refused": refused})
        elif asked:
            return self.fork(link, Request(**asked, files=files))
        for file in files:
            os.close(file)
        return None

    def different(self, env: dict[str, str]) -> str:
        """请求的环境里，与父进程导入各库时不同的变量；没有则为空。

        导入这些库自己也会设变量（例如 ``TORCHINDUCTOR_CACHE_DIR``），要内核的进程导入过它们，
        就也有：与此刻的环境相同的不算不同。
        """
        names = {name for name in env.keys() | self.born.keys()
                 if env.get(name) not in (self.born.get(name), os.environ.get(name))}  # fmt: skip
        names = sorted(name for name in names if not MAY_DIFFER.fullmatch(name))
        return f"环境变量 {'、'.join(names)} 与父进程导入时不同" if names else ""

    def fork(self, link: socket.socket, request: Request) -> Request | None:
        """分叉；在内核里返回请求，在父进程里记下内核，返回 None。"""
        pid = os.fork()
        if pid == 0:
            self.leave(link)
            return request
        for file in request.files:
            os.close(file)
        self.kernels[pid] = Kernel(link, request.asker)
        self.selector.register(link, selectors.EVENT_READ)
        send(link, {"pid": pid})
        return None

    def leave(self, link: socket.socket) -> None:
        """在内核里：放下父进程的一切。"""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        self.selector.close()
        others = [kernel.link for kernel in self.kernels.values()]
        others += [waiting for waiting, _ in self.waiting]
        for end in (link, self.listener, self.bell, self.ringer, *others):
            end.close()

    def abandon(self, link: socket.socket) -> None:
        """垫片没了：杀掉它的内核；尸体由 ``reap`` 收。"""
        for pid, kernel in self.kernels.items():
            if kernel.link is link:  # 没有，就是同一刻已经收走了
                self.selector.unregister(link)
                kill(pid)

    def reap(self) -> None:
        """收走已经结束的内核：记下用时（连同它的子进程），把退出码告诉垫片。"""
        while self.kernels:
            pid, status, usage = os.wait4(-1, os.WNOHANG)
            if pid == 0:
                break
            if kernel := self.kernels.pop(pid, None):
                spent = usage.ru_utime + usage.ru_stime
                self.seconds[kernel.asker] = self.seconds.get(kernel.asker, 0.0) + spent
                if kernel.link in self.selector.get_map():
                    self.selector.unregister(kernel.link)
                send(kernel.link, {"code": os.waitstatus_to_exitcode(status)})
                kernel.link.close()
        self.tell_seconds()

    def tell_seconds(self) -> None:
        """回答问秒数的；他要的内核还有没结束的，就再等等。"""
        busy = {kernel.asker for kernel in self.kernels.values()}
        for link, asker in [row for row in self.waiting if row[1] not in busy]:
            send(link, {"seconds": self.seconds.get(asker, 0.0)})
            link.close()
            self.waiting.remove((link, asker))

    def close(self) -> None:
        """命令结束了：杀掉并收走全部内核。"""
        for pid in self.kernels:
            kill(pid)
        for pid in self.kernels:
            os.waitpid(pid, 0)


def kill(pid: int) -> None:
    """杀掉一个内核与它启动的进程。"""
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:  # 它还没有来得及自成一组
        os.kill(pid, signal.SIGKILL)


def become_kernel(request: Request, parent: int, born: set[str]) -> None:
    """刚分叉出的进程变成内核：会话、标准文件、目录、环境、随机数，都与新启动的一样。"""
    os.setsid()
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
    for number, file in enumerate(request.files):
        os.dup2(file, number)
        os.close(file)
    os.chdir(request.cwd)
    imported = {name: os.environ[name] for name in os.environ.keys() - born}  # 导入时设下的
    os.environ.clear()
    os.environ.update(imported | request.env)
    os.environ.pop("PYTEST_CURRENT_TEST", None)  # 有它，ipykernel 就不收子进程的输出
    import ipykernel_launcher
    import numpy as np
    import torch
    from ipykernel import kernelapp

    np.random.seed()  # Python 的 random 自己会在分叉之后重设，这两个不会
    torch.default_generator.seed()
    # 1：不必盯着父进程，PDEATHSIG 在盯
    sys.argv = [ipykernel_launcher.__file__, *request.arguments, "--IPKernelApp.parent_handle=1"]
    code = 1
    try:
        kernelapp.launch_new_instance()
        code = 0
    finally:
        atexit._run_exitfuncs()
        os._exit(code)  # 不再逐个拆掉各库的模块：那要一秒多 CPU，而进程反正要没了


def main() -> None:
    """入口：``server.py 监听着的套接字的编号 套接字所在的临时文件夹``。"""
    number, folder = int(sys.argv[1]), Path(sys.argv[2])
    del sys.path[0]  # 本脚本的文件夹；新内核里没有它
    parent = os.getpid()
    server = Server(socket.socket(fileno=number))
    try:
        import_libraries()
        server.reason = reason_not_to_fork()
        if request := server.serve():
            become_kernel(request, parent, set(server.born))
    finally:
        if os.getpid() == parent:
            server.close()
            shutil.rmtree(folder)
    os._exit(0)  # 不拆各库的模块，理由同上


if __name__ == "__main__":
    main()
