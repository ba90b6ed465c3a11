"""``make mutate``：把从零写的代码一次弄坏一处，看这一节的对拍、断言与比较的输出抓不抓得住。

坏掉的那一格之前的格子只执行一次；每处变异在分叉出的进程里从那一格执行起，遇到第一处失败就停。
读数写进 reference/readings.json；怎样改都没有分别的变异（等价），连同理由标在
reference/equivalent.yml 里，不算数。
"""

from __future__ import annotations

import argparse
import os
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

if __package__ is None or __package__ == "":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from nbformat import NotebookNode

from tools.book import Section, sections, tags
from tools.forks import Crashed, Farm, collect, end, fork, interruptible
from tools.mutants import Mutant, mutants, numbered, sample
from tools.readings import Reading, code_digest, equivalents, load, save, score
from tools.shake import NICENESS, start, tell, usable
from tools.twin import CodeCell, code_cells

COUNT = 10
LIMIT = 6 * 3600.0  # 秒；一节全部变异
ONE_LIMIT = 1800.0  # 秒；死循环由 CPU 秒数管，这里只管睡着不动的
CHECKS = {"check", "self-check"}


# ---- 在分叉出的进程里 ----


def places(cells: Sequence[NotebookNode], *, answers: bool = False) -> list[Mutant]:
    """一节里能做的全部变异：正文的，或练习答案的；检查与自检的格子不动。"""
    inside, found = False, []
    for index, cell in enumerate(cells):
        if cell.cell_type == "markdown":
            before, marker, _ = cell.source.rpartition("{solution-")
            if marker:
                inside = cell.source[len(before + marker) :].startswith("start}")
        elif inside == answers and not CHECKS & set(tags(cell)):
            found += mutants(index, cell.source)
    return numbered(found)


def _run_broken(shell: Any, mutant: Mutant, rest: list[CodeCell], seconds: float) -> str:
    """执行坏掉的一格与其后的格子，返回第一处失败的说明；都通过则为空。"""
    from tools.inprocess import limit_cpu, run_cells

    limit_cpu(10 + 5 * seconds)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    index, cell, expected = rest[0]
    broken = NotebookNode({**cell, "source": mutant.source})
    fault = run_cells(shell, [(index, broken, expected), *rest[1:]])
    return str(fault) if fault else ""


def _verdict(child: int, reading: int) -> str:
    """等一处变异的结果；进程死了、超时了，也算抓住。"""
    try:
        what = collect(child, reading, limit=ONE_LIMIT)
    except Crashed as crash:
        return str(crash)
    if what is None:
        end(child)
        return "超时"
    return what


def break_section(path: str, labels: list[str], seconds: float, abreast: int) -> dict[str, Any]:
    """执行一节，沿途把选中的变异各做一遍。

    参数:
        path: 小节的 .md。
        labels: 选中的变异。
        seconds: 这一节平时用的 CPU 秒数。
        abreast: 同时做几处。

    返回:
        ``fault`` 是原样执行时的失败（没有则为空）；``verdicts`` 是变异 → 怎样被抓住（漏网则为空）；
        ``fresh`` 是要从头做的：到那一格时进程里已经有了别的线程，不能分叉；或者开着临时文件夹，
        分叉出的各份会写同一个文件，先做完的还会把它删掉。
    """
    from tools.inprocess import ZmqShell, run_cell, working_in

    section = Section(Path(path))
    cells, shell = code_cells(section), ZmqShell(render=False)
    chosen = [m for m in places(section.read().cells) if m.label in set(labels)]
    verdicts: dict[str, str] = {}
    fresh: list[str] = []
    running: list[tuple[str, int, int]] = []
    with working_in(section):
        for position, (index, cell, expected) in enumerate(cells):
            for mutant in [m for m in chosen if m.cell == index]:
                if threads() > 1 or opened(shell.user_ns):
                    fresh.append(mutant.label)
                    continue
                while len(running) >= abreast:
                    label, child, reading = running.pop(0)
                    verdicts[label] = _verdict(child, reading)
                rest = cells[position:]
                pair = fork(lambda m=mutant, r=rest: _run_broken(shell, m, r, seconds))
                running.append((mutant.label, *pair))
            if fault := run_cell(shell, index, cell, expected):
                return {"fault": str(fault), "verdicts": {}, "fresh": []}
    verdicts |= {label: _verdict(child, reading) for label, child, reading in running}
    return {"fault": "", "verdicts": verdicts, "fresh": fresh}


def threads() -> int:
    """这个进程有几个线程；C++ 里起的也算（看得到的系统上）。"""
    listed = Path("/proc/self/task")
    return len(list(listed.iterdir())) if listed.exists() else threading.active_count()


def opened(names: Mapping[str, Any]) -> list[str]:
    """还开着的临时文件夹。"""
    found = [value for value in names.values() if isinstance(value, TemporaryDirectory)]
    return [folder.name for folder in found if Path(folder.name).exists()]


def break_one(path: str, label: str, seconds: float) -> str:
    """从头执行一节，其中一格是坏的；返回怎样被抓住，漏网则为空。"""
    from tools.inprocess import ZmqShell, run_cells, working_in

    section, shell = Section(Path(path)), ZmqShell(render=False)
    mutant = next(m for m in places(section.read().cells) if m.label == label)
    cells = code_cells(section)
    position = next(i for i, (index, _, _) in enumerate(cells) if index == mutant.cell)
    with working_in(section):
        run_cells(shell, cells[:position])
        return _run_broken(shell, mutant, cells[position:], seconds)


# ---- 主人这边 ----


def run(
    farm: Farm, section: Section, chosen: list[Mutant], seconds: float, abreast: int
) -> dict[str, str]:
    """做一节的变异，返回变异 → 怎样被抓住（漏网则为空）。

    异常:
        RuntimeError: 原样就没有通过，或进程中途退出。
    """
    labels = [mutant.label for mutant in chosen]
    common = {"environment": {}, "path": str(section.path), "seconds": seconds}
    done = farm.do(
        "tools.mutate:break_section", limit=LIMIT, labels=labels, abreast=abreast, **common
    )
    fault = done.get("crashed") or done["result"]["fault"]
    if fault:
        raise RuntimeError(f"{section.name} 原样就没有通过：{fault}")
    verdicts = done["result"]["verdicts"]
    for label in done["result"]["fresh"]:
        one = farm.do("tools.mutate:break_one", limit=ONE_LIMIT, label=label, **common)
        verdicts[label] = one.get("crashed") or one["result"]
    return verdicts


def plan(
    wanted: Sequence[Section], count: int, *, force: bool, problems: list[str]
) -> Iterator[tuple[Section, str, list[Mutant], float]]:
    """每一节：小节、代码的散列、选中的变异、平时的 CPU 秒数；有读数的不再列出。"""
    known = load()
    for section in wanted:
        try:
            code_cells(section)
        except ValueError as error:
            problems.append(str(error))
            continue
        cells = section.read().cells
        digest = code_digest(cells)
        before = usable(known["mutate"].get(section.name), digest)
        if before and before["n"] >= count and not force:
            continue
        seconds = known["shake"].get(section.name, {}).get("seconds") or 30.0
        yield section, digest, sample(places(cells), count), seconds


def mutate(
    wanted: Sequence[Section], count: int = COUNT, *, force: bool = False, jobs: int = 2
) -> list[str]:
    """做这些小节的变异，一节做完就记下读数并打印一行；返回没有做成的说明。

    参数:
        wanted: 小节。
        count: 每节至多几处。
        force: 读数没有过时也重做。
        jobs: 同时几个进程：几节并行，只有一节时几处并行。
    """
    every = [section.name for section in sections()]
    problems: list[str] = []
    abreast = jobs if len(wanted) == 1 else 1
    marked = equivalents()
    with interruptible(jobs) as (pool, farm):
        waiting = [
            (section, digest, submit(pool, farm, section, chosen, seconds, abreast))
            for section, digest, chosen, seconds in plan(
                wanted, count, force=force, problems=problems
            )
        ]
        for problem in problems:
            tell(f"  ✗ {problem}")
        for section, digest, future in waiting:
            try:
                verdicts = future.result()
            except RuntimeError as error:
                problems.append(str(error))
                tell(f"  ✗ {error}")
                continue
            survivors = sorted(label for label, what in verdicts.items() if not what)
            caught = len(verdicts) - len(survivors)
            reading = {"code": digest, "n": count, "caught": caught, "survivors": survivors}
            save("mutate", section.name, reading, known=every)
            tell(row(section.name, reading, marked.get(section.name, {})))
    return problems


def submit(
    pool: ThreadPoolExecutor, farm: Farm, section: Section, *rest: Any
) -> Future[dict[str, str]]:
    """交给一个线程去做。"""
    return pool.submit(run, farm, section, *rest)


def row(name: str, reading: Reading, marked: dict[str, str]) -> str:
    """表里的一行，下面是漏网的变异，等价的注明。"""
    caught, total, _ = score(reading, marked)
    lines = [f"  {caught:3d}/{total:<3d} {name}"]
    for label in reading["survivors"]:
        why = f"（等价：{marked[label]}）" if label in marked else ""
        lines.append(f"          漏网 {label}{why}")
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """命令行入口：``mutate.py 小节或 all``。"""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("section", help="小节，或 all")
    parser.add_argument("--count", type=int, default=COUNT, help="每节至多几处变异")
    parser.add_argument("--force", action="store_true", help="读数没有过时也重做")
    parser.add_argument("--jobs", type=int, default=2, help="同时几个进程")
    parser.add_argument("--nice", type=int, default=NICENESS, help="让出处理器的程度，0 到 19")
    options = parser.parse_args(arguments)
    return start(options, lambda wanted: measure(wanted, options))


def measure(wanted: list[Section], options: argparse.Namespace) -> int:
    """做变异，再打印总数；没有做成的小节使返回值为 1，漏网的不算失败。"""
    problems = mutate(wanted, options.count, force=options.force, jobs=options.jobs)
    known, marked = load()["mutate"], equivalents()
    names = [section.name for section in wanted if section.name in known]
    scores = [score(known[name], marked.get(name, {})) for name in names]
    caught, total = sum(row[0] for row in scores), sum(row[1] for row in scores)
    if total:
        tell(f"{len(names)} 节的 {total} 处变异抓住 {caught} 处（{caught / total:.0%}）。")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
