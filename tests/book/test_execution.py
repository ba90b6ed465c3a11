"""分叉出的内核：与新启动的一样，互不影响，谁没了都不留孤儿。"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat
import psutil
import pytest
from jupyter_client.manager import KernelManager

from tests.book.test_tools import twin, write_section
from tools.book import ROOT, set_environment
from tools.execute import WITH_IMPORTS, Meter
from tools.prefork import FORKED, PLAIN, QUIET, kernels, spent

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="别的系统上不分叉，内核照旧启动")

PATIENCE = 60  # 秒；机器再忙也该够了

# 新内核的样子：凡是导入时会看环境、会记在进程里的东西
STATE = """
import gc, json, locale, logging, multiprocessing, os, signal, sys, threading
import matplotlib, numpy, pandas, torch, torchvision, d2l_helpers
state = {
    "path": sys.path, "cwd": os.getcwd(), "argv": sys.argv[0], "flags": str(sys.flags),
    "environment": {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "JPY_"))},
    "signals": [str(signal.getsignal(n)).split(" at ")[0] for n in range(1, 32)],
    "leader": [os.getsid(0) == os.getpid(), os.getpgrp() == os.getpid()],
    "main": sorted(vars(sys.modules["__main__"])),
    "rc": str(dict(matplotlib.rcParams)), "backend": matplotlib.get_backend(),
    "pandas": [pandas.get_option(f"display.{n}") for n in ("width", "max_rows", "max_columns")],
    "numpy": [numpy.geterr(), str(numpy.get_printoptions())],
    "torch": [torch.get_num_threads(), str(torch.get_default_dtype()), torch.is_grad_enabled()],
    "logging": [str(logging.root.handlers), logging.root.level], "gc": gc.get_threshold(),
    "locale": locale.setlocale(locale.LC_ALL), "start": multiprocessing.get_start_method(),
    "main_thread": threading.current_thread() is threading.main_thread(),
    "home": d2l_helpers.__file__,
}
print(json.dumps(state))
"""
DRAW = """
import random, numpy, torch
print(torch.rand(1).item(), numpy.random.rand(), random.random())
"""


class Kernel:
    """一个活着的内核：执行代码，收集文字输出。"""

    def __init__(self, name: str, cwd: Path) -> None:
        self.manager = KernelManager(kernel_name=name)
        self.manager.start_kernel(cwd=str(cwd), extra_arguments=QUIET if name == PLAIN else [])
        self.client = self.manager.blocking_client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=PATIENCE)

    def run(self, code: str) -> str:
        """执行一格，返回它打印的文字与错误的类型。"""
        said = []

        def hear(message: dict) -> None:
            content = message["content"]
            said.append(content.get("text") or content.get("ename", ""))

        reply = self.client.execute_interactive(code, output_hook=hear, timeout=PATIENCE)
        assert reply["content"]["status"] != "aborted"
        return "".join(said).strip()

    def close(self) -> None:
        """结束内核。"""
        self.client.stop_channels()
        if self.manager.is_alive():
            self.manager.shutdown_kernel(now=True)


@pytest.fixture(scope="module")
def forked() -> Iterator[str]:
    """一个父进程，供本文件的测试共用。"""
    before = os.environ.pop("D2L_PREFORK", None)
    set_environment()
    with kernels() as name:
        yield name
    if before:
        os.environ["D2L_PREFORK"] = before


@pytest.fixture
def start(forked: str, tmp_path: Path) -> Iterator[Callable[..., Kernel]]:
    """启动内核；测试结束时都收走。"""
    started: list[Kernel] = []

    def begin(name: str = FORKED) -> Kernel:
        started.append(Kernel(name, tmp_path))
        return started[-1]

    assert forked == FORKED
    yield begin
    for kernel in started:
        kernel.close()


def gone(*pids: int) -> bool:
    """这些进程是不是很快就都没了（僵尸不算活着）。"""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        living = [pid for pid in pids if psutil.pid_exists(pid)]
        if all(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE for pid in living):
            return True
        time.sleep(0.2)
    return False


def test_a_forked_kernel_looks_like_a_new_one(start: Callable[..., Kernel]) -> None:
    ours, new = (json.loads(start(name).run(STATE)) for name in (FORKED, PLAIN))
    environments = [set(state.pop("environment").items()) for state in (ours, new)]
    assert environments[0] ^ environments[1] == set()
    assert ours == new


@pytest.mark.parametrize(
    ("variables", "is_forked"),
    [
        ({"KMP_INIT_AT_FORK": "FALSE", "KMP_DUPLICATE_LIB_OK": "True"}, True),
        ({"TORCHINDUCTOR_CACHE_DIR": None}, True),
        ({"TORCHINDUCTOR_CACHE_DIR": "elsewhere"}, False),
        ({"OMP_NUM_THREADS": "2"}, False),
    ],
)
def test_what_imports_set_is_no_difference(
    start: Callable[..., Kernel],
    monkeypatch: pytest.MonkeyPatch,
    variables: dict[str, str | None],
    is_forked: bool,
) -> None:
    """要内核的进程自己导入过 torch、scikit-learn，照样得到分叉的内核；线程数不同就不行。"""
    show = "import os, sys, torchvision; print({})"
    for name, value in variables.items():
        asked = f"os.environ[{name!r}]"
        monkeypatch.setenv(name, value or start(FORKED).run(show.format(asked)))
    argument = start(FORKED).run(show.format("sys.orig_argv[1]"))
    assert argument.endswith("server.py") == is_forked


def test_kernels_do_not_see_each_other(start: Callable[..., Kernel]) -> None:
    show = (
        "import os, sys, torch, d2l_helpers as d2l, matplotlib as mpl\n"
        "print(torch.get_default_dtype(), len(d2l.plotting.COLORS), mpl.rcParams['font.size'],"
        " len(sys.path), os.getcwd(), os.environ['D2L_DATA'], 'left' in vars(d2l))"
    )
    spoil = (
        "torch.set_default_dtype(torch.float64); d2l.plotting.COLORS.append('red')\n"
        "mpl.rcParams['font.size'] = 33; sys.path.append('x'); os.chdir('/')\n"
        "os.environ['D2L_DATA'] = 'real'; d2l.left = 1"
    )
    first = start()
    assert first.run("import sys; print('torch' in sys.modules)") == "True"
    before = first.run(show)
    assert first.run(spoil) == ""
    assert first.run(show) != before
    assert start().run(show) == before


def test_unseeded_draws_differ(start: Callable[..., Kernel]) -> None:
    ours, other = (start().run(DRAW).split() for _ in range(2))
    assert all(a != b for a, b in zip(ours, other, strict=True))


def test_another_environment_gets_a_kernel_of_its_own(
    start: Callable[..., Kernel], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ATEN_CPU_CAPABILITY", "default")
    kernel = start()
    assert kernel.run("import sys, os; print('torch' in sys.modules)") == "False"
    assert kernel.run("print(os.environ['ATEN_CPU_CAPABILITY'])") == "default"


def test_an_interrupt_reaches_the_kernel(start: Callable[..., Kernel]) -> None:
    kernel = start()
    sleep = "import time\nprint('begun')\ntime.sleep(600)"
    # 出错后内核默认丢弃紧跟着来的请求：丢不丢看谁先到，不是这里要考的
    asked = kernel.client.execute(sleep, stop_on_error=False)
    heard = [""]
    while heard[-1] != "begun\n":
        heard.append(kernel.client.get_iopub_msg(timeout=PATIENCE)["content"].get("text", ""))
    kernel.manager.interrupt_kernel()
    reply = kernel.client.get_shell_msg(timeout=PATIENCE)
    while reply["parent_header"].get("msg_id") != asked:
        reply = kernel.client.get_shell_msg(timeout=PATIENCE)
    assert reply["content"]["ename"] == "KeyboardInterrupt"
    assert kernel.run("print(1)") == "1"


def test_the_death_of_a_kernel_is_noticed(start: Callable[..., Kernel]) -> None:
    kernel = start()
    kernel.client.execute("import os\nos._exit(3)")
    assert kernel.manager.provisioner.process.wait(PATIENCE) == 3


def test_a_kernel_without_its_shim_ends_with_its_children(start: Callable[..., Kernel]) -> None:
    kernel = start()
    child = "import os, subprocess\nprint(os.getpid(), subprocess.Popen(['sleep', '600']).pid)"
    pids = list(map(int, kernel.run(child).split()))
    kernel.manager.provisioner.process.kill()
    assert gone(*pids)


def test_seconds_are_the_kernels_own(start: Callable[..., Kernel]) -> None:
    burn = "import time\nwhile time.process_time() < 1: pass"
    before = spent()
    kernel = start()
    kernel.run(burn)
    kernel.run(f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {burn!r}])")
    kernel.close()
    assert 2 <= spent() - before < 4


@pytest.mark.parametrize(("name", "imports"), [(FORKED, False), (PLAIN, True)])
def test_whether_the_seconds_hold_the_imports(
    start: Callable[..., Kernel], name: str, imports: bool
) -> None:
    meter, notebook = Meter(), nbformat.v4.new_notebook()
    kernel = start(name)
    kernel.run("1")
    kernel.close()
    assert meter.read(notebook) > 0
    assert notebook.metadata[WITH_IMPORTS] is imports


def sleep(book: Path) -> str:
    """一格代码：记下自己与父进程的进程号，然后睡着。"""
    note = f"open({str(book / 'pids')!r}, 'w').write(f'{{os.getpid()}} {{os.getppid()}} ')"
    return f"import os, time\n{note}\ntime.sleep(600)"


def without_prefork() -> dict[str, str]:
    """环境变量，去掉外面的父进程：各个命令启动自己的。"""
    return {name: value for name, value in os.environ.items() if name != "D2L_PREFORK"}


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """一本只有一节的小书，那一节睡着不醒。"""
    shutil.copytree(ROOT / "tools", tmp_path / "tools")
    shutil.copy(ROOT / "conftest.py", tmp_path)
    (tmp_path / "requirements.lock").touch()
    (tmp_path / "d2l_helpers").mkdir()
    write_section(tmp_path, "01-x", sleep(tmp_path))
    return tmp_path


def wait_for(path: Path) -> list[int]:
    """等一个文件写好，读出里面的进程号。"""
    end = time.monotonic() + 2 * PATIENCE
    while not (path.exists() and path.read_text(encoding="utf-8").endswith(" ")):
        assert time.monotonic() < end, f"{path.name} 一直没有写出来"
        time.sleep(0.2)
    return list(map(int, path.read_text(encoding="utf-8").split()))


NBVAL = ["-m", "pytest", "-n", "1", "--nbval", "--nbval-current-env", "notebooks"]


@pytest.mark.parametrize("command", [["tools/execute.py"], NBVAL], ids=["execute", "pytest"])
def test_nothing_outlives_a_killed_command(book: Path, command: list[str]) -> None:
    (book / "notebooks" / "00-a").mkdir(parents=True)
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(sleep(book))])
    nbformat.write(made, book / "notebooks" / "00-a" / "01-x.ipynb")
    run_it = {"cwd": book, "env": without_prefork(), "stdout": subprocess.DEVNULL}
    with subprocess.Popen([sys.executable, *command], **run_it) as tool:
        kernel, parent = wait_for(book / "pids")
        assert "prefork" in " ".join(psutil.Process(parent).cmdline())
        family = [child.pid for child in psutil.Process(tool.pid).children(recursive=True)]
        tool.send_signal(signal.SIGKILL)
    assert parent in family
    assert gone(kernel, *family)


def test_without_a_parent_everything_is_as_before(book: Path) -> None:
    write_section(book, "01-x", "import sys\nprint('torch' in sys.modules)")
    (book / "torchvision.py").write_text("raise ImportError('坏了')", encoding="utf-8")
    environment = without_prefork() | {"PYTHONPATH": str(book)}
    done = subprocess.run([sys.executable, "tools/execute.py"], cwd=book, env=environment,
                          capture_output=True, text=True, check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "坏了" in done.stderr
    assert "改用普通的内核" in done.stderr
    assert twin(book, "01-x").cells[1].outputs[0].text == "False\n"
