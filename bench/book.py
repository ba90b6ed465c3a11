"""测速：执行与测试整本书要多久，内核的起停占多少。只报告，不作测试。

用法: ``python bench/book.py`` 起停一个内核、执行十节，分叉的内核与普通的各一遍（几分钟）；
``python bench/book.py --all`` 把 ``make test``、``make book`` 从头到尾各跑一遍（很久）。
在书的一份拷贝里测，打印 Markdown 表格。CPU 秒数含全部子进程；墙上的秒数随机器忙闲变。
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from jupyter_client.manager import start_new_kernel

from tools.book import ROOT, set_environment
from tools.execute import cpu_seconds
from tools.prefork import PLAIN, QUIET, kernels

LEFT_OUT = shutil.ignore_patterns(".venv", "_build", "__pycache__")
FIRST_CELL = """import matplotlib.pyplot as plt
import torch
import d2l_helpers as d2l
d2l.plot([1, 2], [3, 4])"""
SECTIONS = (
    "01-ndarray", "03-pandas", "06-autograd", "02-linear-regression-scratch", "06-softmax-scratch",
    "02-mlp-scratch", "05-read-write", "02-conv-layer", "06-lenet", "03-auto-parallelism",
)  # fmt: skip
REPEATS = 7


def timed(book: Path, *command: str, prefork: bool = True) -> tuple[float, float]:
    """在 ``book`` 里运行一个工具，返回（秒，CPU 秒）；失败就打印它说的话再报错。"""
    environment = os.environ | {"PYTHONPATH": str(book)}
    environment |= {} if prefork else {"D2L_PREFORK": "off"}
    before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run([sys.executable, *command], cwd=book, env=environment, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)  # fmt: skip
    seconds, after = time.perf_counter() - begin, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        print(done.stdout, file=sys.stderr)
        done.check_returncode()
    return seconds, sum(after[:2]) - sum(before[:2])


def copy_of_the_book(folder: str) -> Path:
    """书的一份拷贝，没有执行过。"""
    return Path(shutil.copytree(ROOT, Path(folder) / "book", ignore=LEFT_OUT))


def one_kernel(name: str) -> tuple[float, float]:
    """起一个内核，执行一格，结束它；返回（秒，CPU 秒）。"""
    begin, cpu = time.perf_counter(), cpu_seconds()
    quiet = QUIET if name == PLAIN else []  # 分叉的内核，规格里已经写了
    manager, client = start_new_kernel(300, name, cwd=str(ROOT), extra_arguments=quiet)
    reply = client.execute_interactive(FIRST_CELL, output_hook=lambda _: None)
    if reply["content"]["status"] != "ok":
        raise RuntimeError("".join(reply["content"]["traceback"]))
    client.stop_channels()
    manager.shutdown_kernel()
    return time.perf_counter() - begin, cpu_seconds() - cpu


def kernel_start() -> None:
    """两种内核起停各几次，取中位数；不含父进程自己的那一次导入。"""
    rows = []
    for mode in ("", "off"):
        os.environ["D2L_PREFORK"] = mode
        with kernels() as name:
            one_kernel(name)  # 头一个要等父进程导入完，也把文件读进内存
            runs = [one_kernel(name) for _ in range(REPEATS)]
        rows.append([statistics.median(column) for column in zip(*runs, strict=True)])
    del os.environ["D2L_PREFORK"]
    print("### 一个内核：起，执行一格（导入 torch、matplotlib、辅助包，画一张图），停\n")
    table(("分叉的内核", "普通的内核"), rows, "内核")


def table(names: tuple[str, ...], rows: list, what: str) -> None:
    """打印三列的表。"""
    print(f"| {what} | 秒 | CPU 秒 |\n| --- | ---: | ---: |")
    for name, (seconds, cpu) in zip(names, rows, strict=True):
        print(f"| {name} | {seconds:.1f} | {cpu:.1f} |", flush=True)
    print(flush=True)


def ten_sections(book: Path) -> None:
    """十节，强制重新执行，两种内核各一遍；先多执行一遍，让替身数据都已生成。"""
    command = ("tools/execute.py", "--force", *SECTIONS)
    _, *rows = [timed(book, *command, prefork=prefork) for prefork in (True, True, False)]
    print(f"### 重新执行 {len(SECTIONS)} 节\n")
    table(("分叉的内核", "普通的内核"), rows, "内核")


def whole_book(book: Path) -> None:
    """整本书：先建（冷）再建（热），测试，测试之后换掉缓存再建；并列出各节的 CPU 秒数。"""
    rows = [timed(book, "tools/build.py"), timed(book, "tools/build.py")]
    each = json.loads((book / "_build" / ".seconds.json").read_text(encoding="utf-8"))
    shutil.rmtree(book / "_build")
    rows += [timed(book, "tools/test.py"), timed(book, "tools/build.py")]
    names = ("make book，从头", "make book，什么也没改", "make test", "make test 之后的 make book")
    print("### 整本书\n")
    table(names, rows, "命令")
    print("| 小节 | CPU 秒 |\n| --- | ---: |")
    for name, seconds in [*each.items(), ("合计", sum(each.values()))]:
        print(f"| {name} | {seconds:.1f} |")


def main() -> None:
    """命令行入口。"""
    set_environment()
    with tempfile.TemporaryDirectory() as folder:
        book = copy_of_the_book(folder)
        if "--all" in sys.argv[1:]:
            whole_book(book)
        else:
            kernel_start()
            ten_sections(book)


if __name__ == "__main__":
    main()
