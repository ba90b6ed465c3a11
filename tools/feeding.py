"""``make test`` 执行过的，``make book`` 不再执行：一节的格子全部通过之后，结果放进执行缓存。

nbval 仍是裁判，每次都重新执行。这里只记下它收到的消息，等一节的每一格都执行过、也都比较过，照
nbclient 的做法把消息变成输出，随最后一格的报告交给主进程（xdist 的工作进程不碰缓存），由它存进
建站要读的那个缓存。没有通过、没有选中、没有执行完的，什么也不存。
"""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from myst_nb.core.read import MystMetadataParsingError
from nbclient import NotebookClient
from nbclient.exceptions import CellControlSignal
from nbformat import NotebookNode
from nbval.plugin import IPyNbFile, coalesce_streams

from tools.book import ROOT, Section, find_section, is_reference_mode
from tools.execute import Meter, cache_folder, open_cache, store


def is_cell(item: pytest.Item) -> bool:
    """是不是 notebook 里的一格。"""
    return Path(item.fspath).suffix == ".ipynb"


class Run:
    """一个 notebook 的一次执行：收到的消息、通过了几格、CPU 秒表。"""

    def __init__(self, file: IPyNbFile) -> None:
        self.code = [cell.source for cell in file.nb.cells if cell.cell_type == "code"]
        self.messages: dict[str, list[dict]] = defaultdict(list)
        self.passed, self.meter = 0, Meter()

    def listen(self, kernel: SimpleNamespace) -> None:
        """记下内核往后广播的每一条消息，按它回答的请求分开。"""
        receive = kernel.get_message

        def get_message(stream: str, timeout: float | None = None) -> dict:
            message = receive(stream, timeout=timeout)
            if stream == "iopub":
                self.messages[message["parent_header"].get("msg_id", "")].append(message)
            return message

        kernel.get_message = get_message

    def cells(self) -> list[list[dict]]:
        """执行每一格时收到的消息；问候内核的那些不算。"""
        kinds = [{message["msg_type"] for message in group} for group in self.messages.values()]
        groups = zip(self.messages.values(), kinds, strict=True)
        return [group for group, kind in groups if "execute_input" in kind]


def replay(notebook: NotebookNode, cells: list[list[dict]]) -> None:
    """把收到的消息变成各格的输出，写进 ``notebook``：与 nbclient 执行得到的一样。"""
    client = NotebookClient(notebook, record_timing=False)
    index = [i for i, cell in enumerate(notebook.cells) if cell.cell_type == "code"]
    for count, (i, messages) in enumerate(zip(index, cells, strict=True), 1):
        cell = notebook.cells[i]
        client.clear_before_next_output = False
        for message in messages:
            try:
                client.process_message(message, cell, i)
            except CellControlSignal:  # 这一格执行完了
                break
        cell.outputs = in_order(coalesce_streams(cell.outputs))
        cell.execution_count = count  # nbval 执行时不让内核计数
        for output in cell.outputs:
            if output.output_type == "execute_result":
                output.execution_count = count
    client.set_widgets_metadata()


def in_order(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """紧挨着的标准输出与标准错误，先后由谁先到而定；一律让标准输出在前。"""
    names = [output.get("name") for output in outputs]
    for i, pair in enumerate(pairwise(names)):
        if pair == ("stderr", "stdout"):
            outputs[i], outputs[i + 1] = outputs[i + 1], outputs[i]
    return outputs


def executed(section: Section, run: Run) -> NotebookNode | None:
    """执行过的 notebook；正文的代码与执行的不同（正文刚刚改过）则为 None。"""
    try:
        notebook = section.read()
    except MystMetadataParsingError:
        return None
    if run.code != [cell.source for cell in notebook.cells if cell.cell_type == "code"]:
        return None
    replay(notebook, run.cells())
    return notebook


class Harvest:
    """执行格子的进程里：一节全部通过，就把结果附在最后一格的报告上。"""

    def __init__(self) -> None:
        self.runs: dict[Path, Run] = {}

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """第一格开始之前读 CPU 秒数；内核启动之后开始记消息。"""
        starts = is_cell(item) and item.path not in self.runs
        if starts:
            self.runs[item.path] = Run(item.parent)
        yield
        if starts:
            self.runs[item.path].listen(item.parent.kernel)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo):
        """数通过的格子；最后一格收尾（内核已经结束）时，把结果附上。"""
        report = yield
        if is_cell(item):
            run = self.runs[item.path]
            run.passed += report.passed and call.when == "call"
            last = item.cell_num == len(run.code) - 1 and call.when == "teardown"
            if last and report.passed and run.passed == len(run.code):
                report.d2l_executed = self.result(item.path, run)
            if last:
                del self.runs[item.path]
        return report

    def result(self, path: Path, run: Run) -> dict | None:
        """一节的结果，能在进程之间传递；不是书里的 notebook，或正文已经改过，则为 None。"""
        try:
            section = find_section(path.relative_to(ROOT).as_posix())
        except ValueError:
            return None
        notebook = executed(section, run)
        if notebook is None:
            return None
        seconds = run.meter.read(notebook)
        return {"name": section.name, "seconds": seconds, "notebook": nbformat.writes(notebook)}


class Store:
    """主进程里：收到一节的结果就存进执行缓存。"""

    def __init__(self) -> None:
        self.cache, self.folder, self.stored = open_cache(), cache_folder(), 0

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """存一节；执行期间辅助包改过的，不知道用的是新的还是旧的，不存。"""
        result = getattr(report, "d2l_executed", None)
        if result and cache_folder() == self.folder:
            notebook = nbformat.reads(result["notebook"], as_version=4)
            store(find_section(result["name"]), notebook, result["seconds"], self.cache)
            self.stored += 1

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """说存了几节。"""
        if self.stored:
            terminalreporter.write_line(f"{self.stored} 节的结果已经存好，make book 不再执行它们。")


def register(config: pytest.Config) -> None:
    """登记上面两件事；只在与 ``notebooks/`` 同样的设置下、逐字比较时才做。"""
    options = config.option
    strict = options.nbval and not (options.nbval_lax or options.nbval_sanitize_with)
    if strict and is_reference_mode():
        config.pluginmanager.register(Harvest(), "harvest")
        if not hasattr(config, "workerinput"):
            config.pluginmanager.register(Store(), "store")
