"""``make shake``：换种子、换线程数、换指令集、在繁忙的机器上，把一节再执行几遍。

断言在哪一种下都该成立；要比较的输出，除了换种子，哪一种下都该与书上的相同。
读数写进 reference/readings.json，可信度页由它生成。
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path

if __package__ is None or __package__ == "":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tools.book import Section, find_section, sections, set_environment
from tools.forks import CAN_FORK, Crashed, Farm, interruptible
from tools.readings import RUN_WORDS, RUNS, Reading, code_digest, failures, load, save
from tools.twin import code_cells

LIMIT = 3600.0  # 秒；一节一遍，机器忙得几乎轮不到时也该够
SPINNERS = 4
NICENESS = 10
# MKL 在 AMD 上、OpenBLAS 在任何机器上都不看前两个变量，所以各给一个
PLAIN = {
    "ATEN_CPU_CAPABILITY": "default",
    "ONEDNN_MAX_CPU_ISA": "SSE41",
    "MKL_CBWR": "COMPATIBLE",
    "OPENBLAS_CORETYPE": "Prescott",
}
ENVIRONMENTS = {"threads": {"OMP_NUM_THREADS": "2"}, "plain": PLAIN}
SPIN = """
import os, signal
signal.signal(signal.SIGINT, signal.SIG_IGN)
parent = os.getppid()
while os.getppid() == parent:
    sum(range(10**6))
"""


@contextmanager
def busy(count: int = SPINNERS) -> Iterator[None]:
    """旁边有几个空转的进程；主人没了它们自己退出。"""
    spinning = [subprocess.Popen([sys.executable, "-c", SPIN]) for _ in range(count)]
    try:
        yield
    finally:
        for process in spinning:
            process.kill()
            process.wait()


def run(farm: Farm, section: Section, name: str) -> tuple[str, float]:
    """在一种扰动下执行一节，返回失败的说明（通过则为空）与 CPU 秒数。

    参数:
        farm: 载好的父进程。
        section: 小节。
        name: 扰动，``RUNS`` 之一。
    """
    offset = int(name.partition("+")[2] or 0)
    beside = busy() if name == "busy" else nullcontext()
    with beside:
        done = farm.do(
            "tools.inprocess:run_section",
            environment=ENVIRONMENTS.get(name, {}),
            limit=LIMIT,
            path=str(section.path),
            offset=offset,
            render=name == "base",
        )
    if "crashed" in done:
        return f"进程中途退出：{done['crashed']}", 0.0
    fault = done["result"]["fault"]
    what = f"第 {fault['cell']} 格 `{fault['line']}`：{fault['what']}" if fault else ""
    return what, done["result"]["seconds"]


def usable(reading: Reading | None, digest: str) -> Reading | None:
    """读数还能用（代码没有变过）就返回它。"""
    return reading if reading and reading["code"] == digest else None


def plan(
    wanted: Sequence[Section], names: Sequence[str], *, force: bool, found: list[str]
) -> Iterator[tuple[Section, Reading, list[str]]]:
    """每一节：小节、已有的读数、还要做的扰动；都做过的不再列出，不能做的记在 ``found`` 里。"""
    known = load()["shake"]
    for section in wanted:
        try:
            digest = code_digest(cell for _, cell, _ in code_cells(section))
        except ValueError as error:
            found.append(str(error))
            continue
        before = None if force else usable(known.get(section.name), digest)
        reading = before or {"code": digest, "runs": {}, "seconds": 0.0}
        todo = [name for name in names if name not in reading["runs"]]
        if todo:
            yield section, reading, todo


def shake(
    wanted: Sequence[Section],
    names: Sequence[str] = RUNS,
    *,
    force: bool = False,
    jobs: int = 2,
) -> list[str]:
    """摇一摇这些小节，一节做完就记下读数并打印一行；返回失败的说明，每行一条。

    参数:
        wanted: 小节。
        names: 扰动。
        force: 读数没有过时也重做。
        jobs: 同时执行几遍。
    """
    found: list[str] = []
    every = [section.name for section in sections()]
    with interruptible(jobs) as (pool, farm):
        waiting = [
            (section, reading, {pool.submit(run, farm, section, name): name for name in todo})
            for section, reading, todo in plan(wanted, names, force=force, found=found)
        ]
        for problem in found:
            tell(f"  ✗ {problem}")
        for section, reading, running in waiting:
            for future, name in running.items():
                what, seconds = future.result()
                reading["runs"][name] = what
                if name == "base":
                    reading["seconds"] = seconds
                if what:
                    found.append(f"{section.name}（{RUN_WORDS[name]}）{what}")
                    tell(f"  ✗ {found[-1]}")
            save("shake", section.name, reading, known=every)
            tell(row(section.name, reading))
    return found


def row(name: str, reading: Reading) -> str:
    """表里的一行：每种扰动一个记号。"""
    marks = {True: "✗", False: "✓"}
    cells = [marks[bool(reading["runs"][n])] if n in reading["runs"] else "·" for n in RUNS]
    return f"  {' '.join(cells)}  {reading['seconds']:6.1f} 秒  {name}"


def tell(text: str) -> None:
    """打印一行，立刻看得见。"""
    print(text, flush=True)


def main(arguments: list[str] | None = None) -> int:
    """命令行入口：``shake.py 小节或 all``。"""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("section", help="小节，或 all")
    parser.add_argument("--force", action="store_true", help="读数没有过时也重做")
    parser.add_argument("--runs", nargs="+", choices=RUNS, default=list(RUNS), help="只做这几种")
    parser.add_argument("--jobs", type=int, default=2, help="同时执行几遍")
    parser.add_argument("--nice", type=int, default=NICENESS, help="让出处理器的程度，0 到 19")
    options = parser.parse_args(arguments)
    return start(options, lambda wanted: measure(wanted, options))


def start(options: argparse.Namespace, work: Callable[[list[Section]], int]) -> int:
    """两件仪器共同的开头：找到小节，设好环境，让出处理器；按 Ctrl-C 时说一句怎样接着做。"""
    if not CAN_FORK:
        print("这个系统不能分叉进程（fork），请在 Linux 或 macOS 上运行。", file=sys.stderr)
        return 2
    try:
        wanted = sections() if options.section == "all" else [find_section(options.section)]
    except ValueError as error:
        print(f"错误：{error}", file=sys.stderr)
        return 2
    set_environment()
    os.nice(options.nice)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # 放在后台起的，SIGINT 本来不理
    try:
        return work(wanted)
    except KeyboardInterrupt:
        print("\n停下了；做完的小节已经记下，再执行一次就从这里接着做。", file=sys.stderr)
        return 130
    except Crashed as crash:
        print(f"\n{crash}。做完的小节已经记下，再执行一次就接着做。", file=sys.stderr)
        return 1


def measure(wanted: list[Section], options: argparse.Namespace) -> int:
    """摇，再打印总数；有没通过的就返回 1。"""
    tell("  " + "、".join(RUN_WORDS[name] for name in RUNS) + "；· 还没有做")
    found = shake(wanted, options.runs, force=options.force, jobs=options.jobs)
    known = load()["shake"]
    rows = [known[section.name] for section in wanted if section.name in known]
    bad = sum(bool(failures(reading)) for reading in rows)
    tell(f"{len(rows)} 节里 {len(rows) - bad} 节在做过的各种扰动下都通过。")
    return 1 if bad or found else 0


if __name__ == "__main__":
    sys.exit(main())
