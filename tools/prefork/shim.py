"""内核规格（kernel.json）里的命令：请父进程分叉出一个内核，自己只传信号、等它结束。

父进程不在、拒绝，或中途没了，就换成普通的内核。每个内核都要先启动它，所以只用到几个轻的模块。
"""

import json
import os
import select
import signal
import socket
import sys

LOOK = 1  # 秒；多久看一次启动自己的进程还在不在


def plain_kernel(arguments: list[str]) -> None:
    """本进程换成一个普通的内核，再不返回。"""
    os.execv(sys.executable, [sys.executable, "-m", "ipykernel_launcher", *arguments])


def read_line(link: socket.socket, asker: int) -> dict | None:
    """父进程的下一句话；它没了就返回 None。等的时候若启动自己的进程没了，自己也退出。"""
    line = b""
    while not line.endswith(b"\n"):
        if not select.select([link], [], [], LOOK)[0]:
            if os.getppid() != asker:
                sys.exit(1)
            continue
        part = link.recv(4096)
        if not part:
            return None
        line += part
    return json.loads(line)


def ask(arguments: list[str], asker: int) -> tuple[socket.socket, int] | None:
    """请父进程分叉一个内核；返回连着父进程的套接字与内核的进程号，不成则返回 None。"""
    link = socket.socket(socket.AF_UNIX)
    here = os.getcwd()  # noqa: PTH109  pathlib 太重
    request = {"arguments": arguments, "cwd": here, "env": dict(os.environ), "asker": asker}
    try:
        link.connect(os.environ["D2L_PREFORK"])
        socket.send_fds(link, [b"\0"], [0, 1, 2])
        link.sendall(json.dumps(request).encode() + b"\n")
        answer = read_line(link, asker)
    except (KeyError, OSError) as error:
        print(f"没有找到预先导入的父进程（{error}），改用普通的内核。", file=sys.stderr)
        return None
    if answer is None or "refused" in answer:
        reason = "没有了" if answer is None else f"不答应：{answer['refused']}"
        print(f"预先导入的父进程{reason}；改用普通的内核。", file=sys.stderr)
        return None
    return link, answer["pid"]


def main(arguments: list[str]) -> int:
    """命令行入口：参数原样交给内核；返回内核的退出码。"""
    asker = os.getppid()
    asked = ask(arguments, asker)
    if asked is None:
        plain_kernel(arguments)
    link, pid = asked

    def forward(number: int, _frame: object) -> None:
        try:
            os.killpg(pid, number)
        except ProcessLookupError:
            return  # 内核刚刚结束，下面就会读到

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, forward)
    end = read_line(link, asker)
    code = 1 if end is None else end["code"]
    return code if code >= 0 else 128 - code  # 被信号杀死的，照外壳（shell）的惯例报


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
