"""看住一份笔记：不连外面的网，不装东西，不写读者的文件夹。

用的是 Python 的审计钩子：打开文件、连接、启动程序之前，解释器都来问一声。它管的是无意的动作，
不是牢笼：存心绕开的代码绕得开，所以只运行信得过的笔记。
"""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from d2l_helpers.notes.workspace import detach

INSTALLERS = {
    "pip", "pip3", "conda", "mamba", "apt", "apt-get", "brew", "git", "wget", "curl", "npm",
    "ssh", "scp", "uv", "aria2c", "gdown", "kaggle",
}  # fmt: skip
_LOCAL = ("127.", "localhost", "::1", "0.0.0.0")
_TOUCHES = {
    "os.remove": 1, "os.rename": 2, "os.rmdir": 1, "os.mkdir": 1, "os.truncate": 1,
    "os.chmod": 1, "os.link": 2, "os.symlink": 2,
}  # fmt: skip


class NoNetwork(ConnectionError):
    """笔记要联网，而运行器不联网。"""


def first_word(command: Any) -> str:
    """一条命令运行的是什么：``python -m pip`` 算 pip，``sudo`` 不算。"""
    if isinstance(command, bytes):
        command = os.fsdecode(command)
    if isinstance(command, str):
        command = shlex.split(command.replace("\\", "/"), posix=True) if command.strip() else []
    words = [Path(os.fsdecode(word)).name.removesuffix(".exe") for word in command]
    while words and (words[0] == "sudo" or "=" in words[0]):
        words = words[1:]
    if "-m" in words[:3] and words[0].startswith("python"):
        return words[words.index("-m") + 1] if words[-1] != "-m" else "python"
    if words[:2] in (["sh", "-c"], ["bash", "-c"]) and len(words) > 2:
        return first_word(os.fsdecode(list(command)[2]))
    return words[0] if words else ""


class Guard:
    """按事件的名字分派。

    参数:
        protected: 读者的文件夹；``None`` 表示准许写。
        allowed: 其中可以写的一个：读者要的图放在那里。
    """

    def __init__(self, protected: list[Path] | None, allowed: Path) -> None:
        self.protected = [str(path.resolve()) + os.sep for path in protected or []]
        self.allowed = str(allowed.resolve())
        self.busy = False
        self.rules: dict[str, Callable[[tuple], None]] = {
            "open": self._open,
            "socket.connect": lambda args: self._address(args[1]),
            "socket.sendto": lambda args: self._address(args[1]),
            "socket.getaddrinfo": lambda args: self._host(args[0]),
            "socket.gethostbyname": lambda args: self._host(args[0]),
            "subprocess.Popen": lambda args: self._command(args[1] or args[0]),
            "os.system": lambda args: self._command(args[0]),
        }
        for event, count in _TOUCHES.items():
            self.rules[event] = lambda args, count=count: self._touch(args[:count])

    def install(self) -> None:
        """从现在起看住；审计钩子装上就拆不下来，所以只在运行笔记的进程里用。"""
        sys.addaudithook(self)

    def __call__(self, event: str, args: tuple) -> None:
        rule = self.rules.get(event)
        if rule is None or self.busy:
            return
        self.busy = True
        try:
            rule(args)
        finally:
            self.busy = False

    # ---- 文件 ----
    def _open(self, args: tuple) -> None:
        path, mode, flags = args
        if not isinstance(path, str | bytes | os.PathLike):
            return
        writes = (
            any(letter in mode for letter in "wax+")
            if isinstance(mode, str)
            else bool((flags or 0) & (os.O_WRONLY | os.O_RDWR))
        )
        if writes:
            self.before_writing(path, keep=not (isinstance(mode, str) and mode[:1] in "wx"))

    def before_writing(self, path: str | bytes | os.PathLike, *, keep: bool = False) -> None:
        """要写 ``path``：链接换成副本；在读者的文件夹里就不许。"""
        path = os.fsdecode(path)
        if self.protected:
            detach(path, keep=keep)
        self._touch((path,))

    def _touch(self, paths: tuple) -> None:
        for path in paths:
            if not isinstance(path, str | bytes | os.PathLike):
                continue
            place = Path(os.fsdecode(path))
            real = str(place.parent.resolve() / place.name)
            if real == self.allowed or real.startswith(self.allowed + os.sep):
                continue
            if any(real.startswith(folder) for folder in self.protected):
                raise PermissionError(
                    f"笔记要改动 {real}：运行器不写你的文件夹；要让它写，加上 --here。"
                )

    # ---- 网络与命令 ----
    def _host(self, host: Any) -> None:
        name = os.fsdecode(host) if isinstance(host, str | bytes) else ""
        if name and not name.startswith(_LOCAL):
            raise NoNetwork(f"笔记要连 {name}：运行器不联网。")

    def _address(self, address: Any) -> None:
        if isinstance(address, tuple):
            self._host(address[0])

    def _command(self, command: Any) -> None:
        word = first_word(command)
        if word in INSTALLERS:
            raise NoNetwork(f"笔记要运行 {word}：运行器不安装、不下载，请自己在终端里做。")
