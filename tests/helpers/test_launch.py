"""launch：两个真的进程；做完、出错、被杀、超时，都要有交代，也不留下进程。"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import d2l_helpers as d2l
from d2l_helpers.parallel import first_failure

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="靠 POSIX 的信号")
# 抛出异常之后解释器收场；机器很忙时 gloo 的线程还没停，C++ 运行时就把进程中止了
DIED_OF_ERROR = "(以返回码 1 退出|被信号 SIGABRT 结束)"


@pytest.fixture
def ctrl_c() -> Iterator[None]:
    """收到 SIGINT 就抛 KeyboardInterrupt；测试在后台启动时，外壳让它不理这个信号。"""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str], Path]:
    """把一段脚本写成文件；不用 PyTorch 的启动得快。"""

    def write(text: str) -> Path:
        path = tmp_path / "脚本.py"
        path.write_text(f"import os, sys, threading\n{text}", encoding="utf-8")
        return path

    return write


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_every_rank_runs_with_its_arguments(write: Callable[[str], Path], tmp_path: Path) -> None:
    script = write(
        "from pathlib import Path\n"
        "rank, world = os.environ['RANK'], os.environ['WORLD_SIZE']\n"
        "facts = rank, world, sys.argv[2], os.environ['MASTER_ADDR']\n"
        "(Path(sys.argv[1]) / rank).write_text(' '.join(facts))\n"
        "sys.stdout.write(f'做完了 {rank}\\n')\n"
    )
    done = d2l.launch(script, tmp_path, 3.5, num_processes=2)
    told = [(tmp_path / str(rank)).read_text().split() for rank in range(2)]
    assert told == [[str(rank), "2", "3.5", "127.0.0.1"] for rank in range(2)]
    assert done.returncode == 0
    assert sorted(done.stdout.splitlines()) == ["做完了 0", "做完了 1"]


def test_processes_communicate_and_a_recorded_message_wins(write: Callable[[str], Path]) -> None:
    """秩 1 的异常最早；秩 0 随后抱怨“对方断开了”，不能冒充死因。"""
    script = write(
        "import torch, torch.distributed as dist\n"
        "from datetime import timedelta\n"
        "from torch.distributed.elastic.multiprocessing.errors import record\n"
        "@record\n"
        "def main():\n"
        "    dist.init_process_group('gloo', timeout=timedelta(seconds=60))\n"
        "    total = torch.tensor([float(dist.get_rank() + 1)])\n"
        "    dist.all_reduce(total)\n"
        "    if dist.get_rank() == 1:\n"
        "        raise KeyError(f'和是 {total.item()}')\n"
        "    dist.all_reduce(total)\n"
        "main()\n"
    )
    with pytest.raises(
        RuntimeError, match=rf"\A.*秩 1 {DIED_OF_ERROR}.*最早的消息：KeyError: '和是 3.0'。"
    ):
        d2l.launch(script)


@POSIX
def test_a_killed_process_is_named_with_its_signal(write: Callable[[str], Path]) -> None:
    script = write(
        "import signal\n"
        "if os.environ['RANK'] == '0': os.kill(os.getpid(), signal.SIGKILL)\n"
        "threading.Event().wait()\n"
    )
    with pytest.raises(RuntimeError, match=r"\A秩 0 被信号 SIGKILL 结束；没有一个进程留下消息"):
        d2l.launch(script)


def test_a_restart_saves_the_launch(write: Callable[[str], Path]) -> None:
    script = write(
        "attempt = os.environ['TORCHELASTIC_RESTART_COUNT']\n"
        "if attempt == '0' and os.environ['RANK'] == '1': os._exit(7)\n"
        "if attempt == '0': threading.Event().wait()\n"
        "sys.stdout.write(attempt + '\\n')\n"
    )
    assert d2l.launch(script, restarts=1).stdout.split() == ["1", "1"]


PIDS = "open(os.path.join(sys.argv[1], os.environ['RANK']), 'w').write(str(os.getpid()))\n"


def pids(folder: Path) -> list[int]:
    """等两个进程都写下自己的编号。"""
    files, end = [folder / "0", folder / "1"], time.monotonic() + 60
    while not all(file.exists() and file.read_text() for file in files):
        assert time.monotonic() < end, "进程没有启动"
        time.sleep(0.05)
    return [int(file.read_text()) for file in files]


@POSIX
@pytest.mark.usefixtures("ctrl_c")
@pytest.mark.parametrize(
    ("press_stop", "error", "message"),
    [
        (False, TimeoutError, r"秒还没做完，已全部结束。[^\n]*加大 timeout[^\n]*\n(?s:.*)在等"),
        (True, KeyboardInterrupt, "^$"),
    ],
    ids=["超时", "按停止"],
)
def test_no_process_is_left_behind(
    write: Callable[[str], Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    press_stop: bool,
    error: type[BaseException],
    message: str,
) -> None:
    started, communicate = [], subprocess.Popen.communicate

    def when_all_have_started(self: subprocess.Popen, timeout: float) -> tuple[str, str]:
        if not started:
            started.extend(pids(tmp_path))
            if press_stop:
                signal.raise_signal(signal.SIGINT)
            timeout = 0.5
        return communicate(self, timeout=timeout)

    monkeypatch.setattr(subprocess.Popen, "communicate", when_all_have_started)
    script = write(f"print('在等', file=sys.stderr, flush=True)\n{PIDS}threading.Event().wait()\n")
    with pytest.raises(error, match=message):
        d2l.launch(script, tmp_path, timeout=9)
    assert len(started) == 2
    assert not any(map(alive, started))


def test_errors_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="num_processes 应当至少是 1，收到的是 0"):
        d2l.launch(tmp_path / "没有.py", num_processes=0)
    with pytest.raises(FileNotFoundError, match=r"没有脚本 .*没有\.py；请先"):
        d2l.launch(tmp_path / "没有.py")


REPORT = """[rank0]: RuntimeError: 对方断开了
torch.distributed.elastic.multiprocessing.errors.ChildFailedError:
[0]:
  rank      : 0 (local_rank: 0)
  exitcode  : {} (pid: 24)  (SIGTERM)
[1]:
  rank      : 1 (local_rank: 1)
  exitcode  : {} (pid: 25)
"""


def test_reports_are_read(tmp_path: Path) -> None:
    told = first_failure(REPORT.format(-15, 7), tmp_path)
    assert told == "秩 1 以返回码 7 退出；最早的消息：RuntimeError: 对方断开了"
    assert first_failure(REPORT.format(-15, -15), tmp_path).startswith(
        "秩 0 被信号 SIGTERM 结束；秩 1"
    )
    for rank, message in ((1, "后来的"), (0, {"message": "最早的", "extraInfo": {}})):
        file = tmp_path / "attempt_0" / str(rank) / "error.json"
        file.parent.mkdir(parents=True)
        file.write_text(json.dumps({"message": message}), encoding="utf-8")
        os.utime(file, (1e9 + rank, 1e9 + rank))
    assert first_failure(REPORT.format(1, 1), tmp_path).endswith(
        "秩 1 以返回码 1 退出；最早的消息：最早的"
    )
    assert first_failure("没有报告", tmp_path / "空的") == "没有一个进程留下消息，像是被直接结束的"
