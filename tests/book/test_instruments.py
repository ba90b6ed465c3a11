"""两件仪器做到它们承诺的事：埋下脆弱的小节与抓不住错的检查，看它们找不找得到。"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest

from tests.book.test_mutants import cell
from tests.book.test_tools import HEADER
from tools.book import ROOT, sections
from tools.forks import CAN_FORK, Crashed, collect, end, fork
from tools.inprocess import ZmqShell, difference, limit_cpu
from tools.mutate import places
from tools.readings import RUNS, SEEDS, code_digest, dump, equivalents, load, save, score

pytestmark = pytest.mark.skipif(not CAN_FORK, reason="这个系统不能分叉进程")

# ---- 一本小书：每一节埋一种毛病 ----

COUNT_SPINNERS = """
from pathlib import Path
here, found = Path.cwd().parents[1], []
for process in Path("/proc").glob("[0-9]*"):
    try:
        if (process / "cwd").readlink() == here:
            found.append((process / "cmdline").read_text())
    except OSError:
        pass
assert not any("sum(range(10**6))" in line for line in found)
""".strip()
PLANTED = {
    "01-steady": [("import random\nrandom.seed(3)\nprint('稳')\n1 + 1", "稳\n", "2")],
    "02-lucky": [("import random\nrandom.seed(3)\nassert random.random() < 0.3", "", "")],
    "03-threads": [("import os\nprint(os.environ['OMP_NUM_THREADS'])", "1\n", "")],
    "04-plain": [("import os\nos.environ.get('ATEN_CPU_CAPABILITY', 'best')", "", "'best'")],
    "05-busy": [(COUNT_SPINNERS, "", "")],
    "06-weak": [
        ("def mean(x):\n    return sum(x) / len(x)", "", ""),
        ("assert mean([2, 2]) > 0", "", ""),
    ],
    "07-strong": [
        ("def mean(x):\n    return sum(x) / len(x)", "", ""),
        ("mean([1, 2, 6])", "", "3.0"),
    ],
}


def write_section(book: Path, name: str, cells: list[tuple[str, str, str]]) -> None:
    """写一节与它成对的 notebook：每格是代码、印出的文字、最后那个表达式的值。"""
    path = book / "chapters" / "00-a" / f"{name}.md"
    twin = book / "notebooks" / "00-a" / f"{name}.ipynb"
    for file in (path, twin):
        file.parent.mkdir(parents=True, exist_ok=True)
    fence = "\n```\n\n接着。\n\n```{code-cell} ipython3\n"
    code = fence.join(source for source, _, _ in cells)
    path.write_text(HEADER.format(slug=name[3:], code=code), encoding="utf-8")
    made = nbformat.v4.new_notebook()
    for count, (source, text, value) in enumerate(cells, 1):
        cell = nbformat.v4.new_code_cell(source, execution_count=count)
        cell.outputs = [nbformat.v4.new_output("stream", text=text)] if text else []
        data = {"text/plain": value}
        cell.outputs += [nbformat.v4.new_output("execute_result", data)] if value else []
        made.cells.append(cell)
    nbformat.write(made, twin)


def replace(path: Path, pattern: str, new: str) -> None:
    """改一个文件里的一处。"""
    text, times = re.subn(pattern, new, path.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert times == 1, f"{path.name} 里应当恰有一处 {pattern}"
    path.write_text(text, encoding="utf-8")


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """一本小书；父进程只载入用得到的，起得快。"""
    shutil.copytree(
        ROOT / "tools", tmp_path / "tools", ignore=shutil.ignore_patterns("__pycache__")
    )
    replace(tmp_path / "tools" / "forks.py", r"PRELOAD = \(.*?\)", 'PRELOAD = ("tools.inprocess",)')
    replace(tmp_path / "tools" / "shake.py", "SPINNERS = 4", "SPINNERS = 1")
    for name, cells in PLANTED.items():
        write_section(tmp_path, name, cells)
    return tmp_path


def command(book: Path, tool: str, *arguments: str) -> dict[str, object]:
    """在小书里运行一件仪器的命令与环境。"""
    return {
        "args": [sys.executable, f"tools/{tool}.py", *arguments, "--nice", "0"],
        "cwd": book,
        "env": os.environ | {"PYTHONPATH": str(book)},
        "text": True,
        "stdout": subprocess.PIPE,
        "stderr": subprocess.PIPE,
    }


def readings(book: Path, instrument: str) -> dict[str, dict]:
    """小书里的读数，小节只写文件名。"""
    found = json.loads((book / "reference" / "readings.json").read_text(encoding="utf-8"))
    return {name.removeprefix("00-a/"): row for name, row in found[instrument].items()}


def failed(book: Path) -> dict[str, set[str]]:
    """每一节没有通过的扰动。"""
    return {
        name: {run for run, what in row["runs"].items() if what}
        for name, row in readings(book, "shake").items()
    }


def test_shake_finds_the_planted_fragile_sections(book: Path) -> None:
    runs = ["base", "threads", "plain", *SEEDS[:3]]
    replace(book / "tools" / "forks.py", r'"tools.inprocess",', '"tools.inprocess", "tools.seeds"')
    for name in ("05-busy", "06-weak", "07-strong"):
        (book / "chapters" / "00-a" / f"{name}.md").unlink()
    done = subprocess.run(**command(book, "shake", "all", "--runs", *runs), check=False)
    assert done.returncode == 1, done.stderr
    found = failed(book)
    assert set() < found.pop("02-lucky") <= set(SEEDS)
    assert found == {"01-steady": set(), "03-threads": {"threads"}, "04-plain": {"plain"}}
    for line in ("03-threads（两个线程）第 1 格 `import os`：书上 '1'，这里 '2'", "AssertionError"):
        assert line in done.stdout


@pytest.mark.skipif(not Path("/proc").exists(), reason="要看 /proc")
def test_shake_makes_the_machine_busy(book: Path) -> None:
    options = command(book, "shake", "05-busy", "--runs", "base", "busy", "--jobs", "1")
    assert subprocess.run(**options, check=False).returncode == 1
    assert failed(book) == {"05-busy": {"busy"}}
    assert not processes_of(book)


def test_mutate_tells_a_weak_check_from_a_strong_one(book: Path) -> None:
    for name in ("06-weak", "07-strong"):
        done = subprocess.run(**command(book, "mutate", name), check=False)
        assert done.returncode == 0, done.stderr
    found = readings(book, "mutate")
    weak, strong = found["06-weak"], found["07-strong"]
    survivor = "运算符：return sum(x) / len(x) → return sum(x) * len(x)"
    assert weak["survivors"] == [survivor]
    assert (strong["caught"], strong["survivors"]) == (1, [])
    assert score(weak, {}) == (0, 1, [survivor])
    assert score(weak, {survivor: "理由"}) == (0, 0, [])


def test_mutants_do_not_share_a_temporary_folder(book: Path) -> None:
    """漏网的一份执行到底，删去它的临时文件夹；别的几份和原样的一份各有自己的。"""
    cells = [
        ("import pathlib, tempfile\nfolder = tempfile.TemporaryDirectory()", "", ""),
        ("def f(x):\n    return x + 1 - x * 2\nplace = pathlib.Path(folder.name, 'a')", "", ""),
        ("place.write_text(str(f(1)))", "", "1"),
        ("assert place.read_text()[-1] in '0123456'\nfolder.cleanup()", "", ""),
    ]
    write_section(book, "06-weak", cells)
    done = subprocess.run(**command(book, "mutate", "06-weak"), check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert readings(book, "mutate")["06-weak"]["survivors"]


def test_a_section_that_fails_as_it_is_gets_no_mutants(book: Path) -> None:
    write_section(book, "07-strong", [("def f(x):\n    return x + 1\nf(1)", "", "3")])
    done = subprocess.run(**command(book, "mutate", "07-strong"), check=False)
    assert done.returncode == 1
    assert "原样就没有通过" in done.stdout
    assert not (book / "reference" / "readings.json").exists()


def processes_of(book: Path) -> list[str]:
    """还在这本小书里运行的进程。"""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if str(book) in (process / "cwd").readlink().as_posix():
                found.append((process / "cmdline").read_text())
        except OSError:  # 已经结束，或不是我们的
            continue
    return found


@pytest.mark.skipif(not Path("/proc").exists(), reason="要看 /proc")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_leaves_no_process_and_goes_on(book: Path, how: signal.Signals) -> None:
    for name in ("03-threads", "04-plain", "05-busy", "06-weak", "07-strong"):
        (book / "chapters" / "00-a" / f"{name}.md").unlink()
    sleepy = "import subprocess, sys\nfrom pathlib import Path\nwait = Path('on').exists() or "
    sleepy += "subprocess.run([sys.executable, '-c', 'import time; time.sleep(600)']).returncode"
    write_section(book, "02-lucky", [(sleepy, "", "")])
    options = command(book, "shake", "all", "--runs", "base", "--jobs", "1")
    deadline = time.monotonic() + 240
    with subprocess.Popen(**options) as running:
        try:
            first = book / "reference" / "readings.json"
            while not first.exists() or not any("sleep(600)" in x for x in processes_of(book)):
                assert running.poll() is None, running.stderr.read()
                assert time.monotonic() < deadline, "第二节迟迟没有执行到"
                time.sleep(0.05)
            running.send_signal(how)
            running.communicate(timeout=60)
        finally:
            running.kill()
    deadline = time.monotonic() + 30
    while (left := processes_of(book)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not left
    assert list(readings(book, "shake")) == ["01-steady"]
    (book / "notebooks" / "00-a" / "on").touch()
    done = subprocess.run(**options, check=False)
    assert done.returncode == 0, done.stderr
    assert "02-lucky" in done.stdout
    assert "01-steady" not in done.stdout


def test_a_killed_server_is_explained(book: Path) -> None:
    killed = "import os\nos.kill(os.getppid(), 9)"
    write_section(book, "01-steady", [(killed, "", "")])
    done = subprocess.run(**command(book, "shake", "01-steady", "--runs", "base"), check=False)
    assert done.returncode == 1
    assert "再执行一次就接着做" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (book / "reference" / "readings.json").exists()


def test_a_twin_that_lags_behind_is_reported(book: Path) -> None:
    write_section(book, "01-steady", [("print('新')", "新\n", "")])
    path = book / "chapters" / "00-a" / "01-steady.md"
    path.write_text(path.read_text(encoding="utf-8").replace("新", "更新"), encoding="utf-8")
    done = subprocess.run(**command(book, "shake", "01-steady"), check=False)
    assert done.returncode == 1
    assert "make run SECTION=chapters/00-a/01-steady" in done.stdout


# ---- 在进程里执行 ----


def in_fork(job: Callable[[], object]) -> object:
    """在分叉出的进程里做，免得 IPython 留在测试的进程里。"""
    return collect(*fork(job), limit=60)


def test_the_shell_collects_what_a_kernel_would_send() -> None:
    def job() -> list:
        shell = ZmqShell()
        cells = ["print('a')\nprint('b')", "1\n2", "import sys\nprint('x', file=sys.stderr)"]
        cells += [
            "from IPython.display import display\nh = display(1, display_id='n')\nh.update(2)"
        ]
        cells += ["import pandas\npandas.DataFrame({'甲': [1]})", "_ = 5", "f(", "1 / 0"]
        return [(outputs, repr(error)) for outputs, error in map(shell.run, cells)]

    results = in_fork(job)
    assert [error for _, error in results[:6]] == ["None"] * 6
    texts = [[o.get("text", o.get("data")) for o in outputs] for outputs, _ in results]
    assert texts[:4] == [["a\nb\n"], [{"text/plain": "2"}], ["x\n"], [{"text/plain": "2"}]]
    assert set(texts[4][0]) == {"text/plain", "text/html"}
    assert texts[5] == []
    assert "SyntaxError" in results[6][1]
    assert "ZeroDivisionError" in results[7][1]


def test_differences_are_named() -> None:
    def stream(text: str) -> list[dict]:
        return [{"output_type": "stream", "name": "stdout", "text": text}]

    assert difference(stream("a\nb\n"), stream("a\nb\n")) == ""
    assert difference(stream("a\nb\n"), stream("a\nc\n")) == "书上 'b'，这里 'c'"
    assert "这里没有" in difference(stream("a\n"), [])
    image = [{"output_type": "display_data", "data": {"image/png": "…", "text/plain": "<F>"}}]
    assert difference([{**image[0], "data": {"text/plain": "<F>"}}], image) == ""


def test_only_the_seeds_of_cells_are_moved() -> None:
    def job() -> list[bool]:
        import random

        import numpy as np
        import torch

        import d2l_helpers as d2l
        from tools.seeds import move_seeds

        def draw(value: int, name: str) -> list[float]:
            space = {"__name__": name, "d2l": d2l, "value": value}
            code = """
import random, numpy as np, torch
torch.manual_seed(value); a = torch.rand(1).item()
b = torch.rand(1, generator=torch.Generator().manual_seed(value)).item()
np.random.seed(value); c = np.random.rand()
random.seed(value); found = [a, b, c, random.random(), random.Random(value).random()]
sampler = torch.utils.data.DistributedSampler(range(9), 1, 0, seed=value)
found += list(sampler)
found += [np.random.default_rng(value).random(), np.random.RandomState(value).rand()]
d2l.seed(value); found += [torch.rand(1).item(), np.random.rand(), random.random()]
"""
            exec(code, space)
            return space["found"]

        before, elsewhere = draw(1003, "__main__"), draw(3, "library")[:16]
        move_seeds(1000)
        classes = isinstance(torch.default_generator, torch.Generator)
        classes &= isinstance(np.random.mtrand._rand, np.random.RandomState)
        classes &= isinstance(random.Random(1), random.Random)
        script = "import torch; torch.manual_seed(3); print(torch.rand(1).item())"
        ran = subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, check=True
        )
        scripts = float(ran.stdout) == before[0]  # 格子启动的脚本里也移动
        script = "import sys; print('torch' in sys.modules)"
        ran = subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, check=True
        )
        scripts &= ran.stdout == "False\n"  # 脚本不导入 torch，也不替它导入
        return [
            draw(3, "__main__") == before, draw(3, "library")[:16] == elsewhere, classes, scripts
        ]  # fmt: skip

    assert in_fork(job) == [True, True, True, True]


def endless() -> None:
    """死循环，至多用一秒 CPU。"""
    limit_cpu(1)
    while True:
        pass


def test_a_dead_or_slow_fork_is_noticed() -> None:
    with pytest.raises(Crashed, match="退出码 1"):
        in_fork(lambda: 1 / 0)
    with pytest.raises(Crashed, match="信号 9"):
        in_fork(lambda: os.kill(os.getpid(), signal.SIGKILL))
    with pytest.raises(Crashed, match=f"信号 {signal.SIGXCPU.value}"):
        in_fork(endless)
    child, reading = fork(lambda: time.sleep(600))
    assert collect(child, reading, limit=0.1) is None
    end(child)
    with pytest.raises(ChildProcessError):
        os.waitpid(child, 0)


# ---- 读数的文件 ----


def test_the_digest_sees_code_and_tags_only() -> None:
    cells = [cell("code", "x = 1"), cell("markdown", "正文")]
    raw = [{**c, "source": [c.source]} for c in cells]
    assert code_digest(cells) == code_digest(cells[:1]) == code_digest(raw)
    assert code_digest(cells) != code_digest([cell("code", "x = 2")])
    assert code_digest(cells) != code_digest([cell("code", "x = 1", "check")])


def test_the_page_and_the_tools_see_the_same_code() -> None:
    for section in sections():
        twin = json.loads(section.twin.read_text(encoding="utf-8"))
        assert code_digest(section.read().cells) == code_digest(twin["cells"]), section.name


def test_readings_are_one_sorted_line_each(tmp_path: Path) -> None:
    path = tmp_path / "readings.json"
    for name in ("b", "a", "gone"):
        save("shake", name, {"code": name, "runs": {}}, known=["a", "b", "gone"], path=path)
    save("mutate", "a", {"code": "x"}, known=["a", "b"], path=path)
    text = path.read_text(encoding="utf-8")
    assert list(json.loads(text)["shake"]) == ["a", "b"]
    assert len([line for line in text.splitlines() if line.startswith("  ")]) == 3
    assert dump(load(path)) == text


def test_the_tracked_readings_are_valid() -> None:
    names, found = {section.name for section in sections()}, load()
    for instrument, rows in found.items():
        assert set(rows) <= names, f"{instrument} 里有不存在的小节：{set(rows) - names}"
    for row in found["shake"].values():
        assert set(row) == {"code", "runs", "seconds"}
        assert set(row["runs"]) <= set(RUNS)
    for row in found["mutate"].values():
        assert set(row) == {"code", "n", "caught", "survivors"}
        assert row["caught"] + len(row["survivors"]) <= row["n"]


def test_the_marked_equivalents_exist_and_have_reasons() -> None:
    known = {section.name: section for section in sections()}
    for name, entries in equivalents().items():
        assert name in known, f"equivalent.yml 里有不存在的小节 {name}"
        labels = {mutant.label for mutant in places(known[name].read().cells)}
        stale = [label for label in entries if label not in labels]
        assert not stale, f"{name} 里已经没有这些变异，请从 equivalent.yml 里删去：{stale}"
        assert all(len(str(reason)) >= 4 for reason in entries.values()), f"{name} 有缺理由的"
