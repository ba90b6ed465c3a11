"""运行一份笔记的进程：一格一格地执行，每格完了送出一行 JSON。

``python -m d2l_helpers.notes.child 任务.json`` 由 :mod:`d2l_helpers.notes.process` 启动。
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import sys
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from d2l_helpers.data.hub import roots
from d2l_helpers.notes.diagnosis import errors, shapes, values
from d2l_helpers.notes.helps import (
    answers,
    cuda,
    hooks,
    loaders,
    oldnames,
    shell,
    smaller,
    windows,
)
from d2l_helpers.notes.helps.guard import Guard
from d2l_helpers.notes.helps.record import drain, record
from d2l_helpers.notes.reading import Cell

Send = Callable[[dict], None]
MOST_TEXT = 600  # 错误消息至多留这么多字


def main(job: dict, send: Send) -> None:
    """执行 ``job`` 里的笔记：``start``、``cell`` 各一行，最后 ``done``。"""
    sys.dont_write_bytecode = True
    os.chdir(job["cwd"])
    keeper = windows.Keeper(Path(job["figures"]), job["stem"])
    place = _Place(job, keeper)
    for raw in job["cells"]:
        cell = Cell(**raw)
        send({"event": "start", "cell": cell.number})
        send(place.run(cell))
        if place.left:
            break
    send({"event": "done"})


def report(job: dict, send: Send) -> None:
    """:func:`main`；运行器自己出的错也送出去（``broken``），不算在笔记头上。"""
    try:
        main(job, send)
    except BaseException:
        send({"event": "broken", "trace": traceback.format_exc()})
        raise


class _Place:
    """一份笔记的名字空间与帮助。"""

    def __init__(self, job: dict, keeper: windows.Keeper) -> None:
        source = "\n".join(cell["source"] for cell in job["cells"])
        protected = None if job["here"] else [Path(folder) for folder in job["protected"]]
        guard = Guard(protected, Path(job["figures"]))
        self.keeper, self.left, self.broken, self.quick = keeper, False, {}, job["quick"]
        self.raw = Path(job["raw"])
        self.shell = self._prepare(job, source, guard)
        sys.path.insert(0, job["cwd"])
        if job["path"].endswith(".py"):  # notebook 里没有 __file__
            self.shell.user_ns["__file__"] = str(Path(job["cwd"], Path(job["path"]).name))
        sys.argv = [Path(job["path"]).name]
        random.seed(0)
        guard.install()
        self.early = drain()

    def _prepare(self, job: dict, source: str, guard: Guard) -> Any:
        os.environ |= dict.fromkeys(("http_proxy", "https_proxy"), "http://127.0.0.1:9")
        os.environ |= {"no_proxy": "localhost,127.0.0.1", "HF_HUB_OFFLINE": "1"}
        answers.stay_offline()
        answers.answer_urllib()
        hooks.when_imported("requests", answers.answer_requests)
        hooks.when_imported("torchvision.datasets", answers.answer_torchvision)
        windows.install(self.keeper, job["answers"])
        oldnames.install(source, guard)
        loaders.install(job["quick"])
        if job["smaller"]:
            smaller.install()
        cuda.install(source)
        if errors.compares_dtypes(source):
            hooks.when_imported("pandas", _old_strings)
        transformers = [cuda.Placement()] if "cuda" in source else []
        transformers += [loaders.Shorter()] if job["quick"] else []
        return shell.make_shell(transformers, {cuda.WRAPPER: cuda.present})

    def run(self, cell: Cell) -> dict:
        """执行一格，返回它的结果。"""
        self.keeper.begin(cell.number)
        before = set(self.shell.user_ns)
        out, caught, started = shell.Tee(), [], time.perf_counter()
        with _captured(out, caught), _interruptible():
            result = self.shell.run_cell(cell.source, store_history=False)
        error = result.error_before_exec or result.error_in_exec
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
            broken = self._keep()
        self._note_data()
        state, said = self._judge(error or broken, cell, before)
        report = {
            "event": "cell", "number": cell.number, "state": state,
            "seconds": time.perf_counter() - started, "helps": self.early + drain(),
            "output": out.text() + self._raw_text(), "figures": self.keeper.kept, **said,
        }  # fmt: skip
        self.early = []
        report["advice"] += errors.about_warnings(caught, cell.source)
        if state == "ok":
            report["advice"] += shapes.wrong(cell.source, self.shell.user_ns, result.result)
            report["advice"] += values.mixed(cell.source, self.shell.user_ns)
        return report

    def _keep(self) -> BaseException | None:
        try:
            self.keeper.keep()
        except Exception as error:  # 图是笔记画的，画不出来就是笔记的错
            return error
        return None

    def _note_data(self) -> None:
        """这一格里数据中心给过什么。"""
        answers.say_the_rest({name for name, *_ in roots._given})

    def _raw_text(self) -> str:
        """不经过 ``sys.stdout`` 的输出（子进程、C++）。"""
        if not self.raw.is_file():
            return ""
        text = self.raw.read_text("utf-8", errors="replace")
        os.truncate(self.raw, 0)
        return text[: shell.Tee.LIMIT]

    def _judge(self, error: BaseException | None, cell: Cell, before: set[str]) -> tuple[str, dict]:
        nothing = {"error": "", "line": None, "trace": "", "advice": [], "because": None}
        if self.shell.exit_now or isinstance(error, SystemExit):
            self.left = True
            code = getattr(error, "code", None)
            if code in (None, 0):
                return "ok", nothing
            return "failed", nothing | {"error": f"笔记自己退出，返回码 {code!r}"}
        if error is None:
            return "ok", nothing
        if isinstance(error, KeyboardInterrupt):
            return "timeout", nothing
        line, row = errors.place_of(error, cell.source)
        said = {
            "error": f"{type(error).__name__}: {error}"[:MOST_TEXT],
            "line": cell.place(line) if line else None,
            "trace": "".join(traceback.format_exception_only(error))[:MOST_TEXT],
            "advice": errors.about(error, line, row, cell.source),
            "because": None,
        }
        if self.quick and errors.about_training(error, row):
            record("quick", "断言没有过：练得少，不作数")
            return "ok", nothing
        missing = getattr(error, "name", None) if isinstance(error, NameError) else None
        if because := self.broken.get(missing):
            said |= {"because": because, "advice": []}
        names = errors.names_made(cell.source) - (set(self.shell.user_ns) & before)
        self.broken |= dict.fromkeys(names, cell.number)
        return "failed", said


@contextlib.contextmanager
def _captured(out: shell.Tee, caught: list[str]) -> Iterator[None]:
    """收下打印的字与警告。"""

    def show(message: Any, category: type, *args: Any, **kwargs: Any) -> None:
        caught.append(f"{category.__name__}: {message}")
        print(f"{category.__name__}: {message}", file=out)

    original, warnings.showwarning = warnings.showwarning, show
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
            yield
    finally:
        warnings.showwarning = original


@contextlib.contextmanager
def _interruptible() -> Iterator[None]:
    """只有执行格子的时候，主进程的“到时间了”才打断得了。"""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def _old_strings(pandas: Any) -> None:
    if int(pandas.__version__.split(".")[0]) >= 3:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # 它说 pandas 4 会去掉这个选项
            pandas.set_option("future.infer_string", False)
        record("strings", "pandas " + pandas.__version__)


if __name__ == "__main__":
    with os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1) as _channel:
        _job = json.loads(Path(sys.argv[1]).read_text("utf-8"))
        _log = os.open(_job["raw"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(_log, 1)
        os.dup2(_log, 2)
        sys.argv, sys.modules["__main__"] = [""], sys.modules[__name__]
        report(_job, lambda event: print(json.dumps(event), file=_channel, flush=True))
