"""每份笔记一个新的进程：能分叉就分叉（已经导入好了），不能就从头启动。"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import d2l_helpers
from d2l_helpers.notes import child

GRACE = 5.0  # 秒；打断之后等它收拾


def can_fork() -> bool:
    """可不可以分叉：Linux 上，而且本进程只有一个线程（别的线程握着的锁到子进程里就没人放）。"""
    tasks = Path("/proc/self/task")
    return sys.platform == "linux" and tasks.is_dir() and len(list(tasks.iterdir())) == 1


class Process:
    """运行一份笔记的进程，与读它的消息的管道。"""

    def __init__(self, job: dict) -> None:
        self.code: int | None = None
        self._popen: subprocess.Popen | None = None
        pipe = self._fork(job) if can_fork() else self._spawn(job)
        self._lines: queue.Queue[dict | None] = queue.Queue()
        self._reader = threading.Thread(target=self._read, args=(pipe,), daemon=True)
        self._reader.start()

    def _fork(self, job: dict) -> BinaryIO:
        reading, writing = os.pipe()
        sys.stdout.flush()
        self.pid = os.fork()
        if self.pid:
            os.close(writing)
            return os.fdopen(reading, "rb")
        code = 1
        try:  # 分叉出的一边：到 os._exit 为止
            os.close(reading)
            os.setsid()
            log = os.open(job["raw"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            nothing = os.open(os.devnull, os.O_RDONLY)
            for source, target in ((nothing, 0), (log, 1), (log, 2)):
                os.dup2(source, target)
            with os.fdopen(writing, "w", encoding="utf-8", buffering=1) as channel:
                child.report(job, lambda event: print(json.dumps(event), file=channel))
            code = 0
        finally:
            os._exit(code)

    def _spawn(self, job: dict) -> BinaryIO:
        place = Path(job["raw"]).with_suffix(".json")
        place.write_text(json.dumps(job), "utf-8")
        roots = [str(Path(d2l_helpers.__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
        self._popen = subprocess.Popen(
            [sys.executable, "-X", "utf8", "-m", "d2l_helpers.notes.child", str(place)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, roots))},
            start_new_session=os.name == "posix",
        )
        self.pid = self._popen.pid
        return self._popen.stdout

    def _read(self, pipe: BinaryIO) -> None:
        with pipe:
            for line in pipe:
                self._lines.put(json.loads(line))
        self._lines.put(None)

    def events(self, limit: float) -> Iterator[dict]:
        """它送来的消息；一条消息之后 ``limit`` 秒没有下一条就打断，再没有就结束它。

        参数:
            limit: 一格的时限，秒。
        """
        while True:
            try:
                event = self._lines.get(timeout=limit)
            except queue.Empty:
                event = self._interrupted()
            if event is None:
                return
            yield event

    def _interrupted(self) -> dict | None:
        if os.name == "posix":
            os.kill(self.pid, signal.SIGINT)
            with contextlib.suppress(queue.Empty):
                return self._lines.get(timeout=GRACE)
        self.stop()
        return {"event": "killed"}

    def stop(self) -> None:
        """结束它和它的子进程；早已结束的不要紧。"""
        if self.code is not None:
            return
        if os.name == "posix":
            with contextlib.suppress(ProcessLookupError, PermissionError):  # 早已结束
                os.killpg(self.pid, signal.SIGKILL)
        elif self._popen is not None:
            self._popen.kill()
        self.wait()

    def wait(self) -> int:
        """等它结束，返回退出码；被信号结束时是负的信号。"""
        if self.code is None:
            if self._popen is not None:
                self.code = self._popen.wait()
            else:
                self.code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
            self._reader.join(timeout=GRACE)
        return self.code
