"""运行格子的外壳：IPython 的，但魔法命令不作画图的事，``!`` 不安装、不下载。"""

from __future__ import annotations

import ast
import io
import shlex
import subprocess
from pathlib import Path
from typing import Any

from IPython.core.displaypub import DisplayPublisher
from IPython.core.history import HistoryManager
from IPython.core.interactiveshell import InteractiveShell

from d2l_helpers.notes.helps.answers import content
from d2l_helpers.notes.helps.guard import NoNetwork, first_word
from d2l_helpers.notes.helps.record import record

_PLAIN = {
    "ls", "dir", "pwd", "cat", "head", "tail", "echo", "mkdir", "cp", "mv", "rm", "unzip", "tar",
    "gunzip", "wc", "du", "find", "grep", "touch", "date", "uname", "which",
}  # fmt: skip
_IGNORED = ("matplotlib", "config", "load_ext", "reload_ext", "autoreload", "pylab", "gui")
_INSTALLS = ("pip", "conda", "mamba", "uv", "micromamba")
_SCRIPTS = ("bash", "sh", "script", "cmd", "powershell")


class _Publisher(DisplayPublisher):
    """``display(对象)`` 只留文字；清空输出的请求不理会，前面打印的字就还在。"""

    def publish(self, data: dict, *args: Any, **kwargs: Any) -> None:
        """打印文字的那一份。"""
        print(data.get("text/plain", ""))

    def clear_output(self, wait: bool = False) -> None:
        """不清空。"""


def make_shell(transformers: list[ast.NodeTransformer], names: dict[str, Any]) -> InteractiveShell:
    """一个不记历史、不上色、报错不打印的外壳。

    参数:
        transformers: 执行之前依次改写语法树。
        names: 预先放进笔记的名字空间的。
    """
    HistoryManager.enabled = False
    shell = InteractiveShell.instance(display_pub_class=_Publisher, colors="nocolor")
    shell.history_manager.enabled = False
    shell.ast_transformers += transformers
    shell.showtraceback = shell.showsyntaxerror = lambda *args, **kwargs: None
    shell.displayhook.write_output_prompt = lambda: None
    shell.user_ns.update(names)
    shell.system = shell.system_piped = shell.system_raw = _run
    shell.getoutput = lambda command, *args, **kwargs: _output(command).splitlines()
    magics = shell.magics_manager.magics  # 直接放进表里：config 这个名字登记不进去
    magics["line"] |= {name: _ignore(name) for name in _IGNORED}
    magics["line"] |= {name: _install(name) for name in _INSTALLS}
    magics["cell"] |= {name: _script(name) for name in _SCRIPTS}
    return shell


def _ignore(name: str) -> Any:
    def magic(line: str = "") -> None:
        if name != "matplotlib" or line.strip() not in ("", "inline", "notebook", "widget"):
            record("magic", f"%{name} {line}".strip())

    return magic


def _install(name: str) -> Any:
    return lambda line="": record("shell", f"%{name} {line}".strip())


def _script(name: str) -> Any:
    return lambda line="", cell="": record("shell", f"%%{name}")


def _run(command: str) -> None:
    print(_output(command), end="")


def _output(command: str) -> str:
    """一条 ``!`` 命令的输出；只运行看看、搬搬文件的，下载认得的数据改由我们给。"""
    try:
        word = first_word(command)
    except ValueError:  # 引号不成对
        word = ""
    if word in ("wget", "curl"):
        return _fetch(command)
    if word not in _PLAIN:
        record("shell", f"!{command.strip()}")
        return ""
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def _fetch(command: str) -> str:
    words = shlex.split(command)
    urls = [word for word in words if "://" in word]
    target = ""
    for flag in ("-O", "-o", "--output-document", "--output"):
        if flag in words[:-1] and "://" not in words[words.index(flag) + 1]:
            target = words[words.index(flag) + 1]
    folder = words[words.index("-P") + 1] if "-P" in words[:-1] else "."
    for url in urls:
        try:
            data = content(url)
        except NoNetwork as error:
            record("shell", f"!{command.strip()}")
            return f"{error}\n"
        Path(folder).mkdir(parents=True, exist_ok=True)
        Path(folder, target or url.rpartition("/")[2]).write_bytes(data)
    return ""


class Tee(io.StringIO):
    """收下打印的字，至多留开头与末尾。"""

    LIMIT = 20_000  # 字

    def text(self) -> str:
        """到现在为止的字。"""
        whole = self.getvalue()
        if len(whole) <= self.LIMIT:
            return whole
        half = self.LIMIT // 2
        return f"{whole[:half]}\n……（略去 {len(whole) - 2 * half} 字）……\n{whole[-half:]}"

    def fileno(self) -> int:
        """有的程序要文件号；没有，就当是别的流。"""
        raise io.UnsupportedOperation("笔记的输出收在内存里，没有文件号")
