"""整本书的测试怎样跑：nbval 的格子与普通测试同在一次 pytest 里。"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tools import feeding
from tools.book import set_environment
from tools.feeding import is_cell
from tools.prefork import FORKED, PLAIN, VARIABLE, kernels
from tools.share import comparison_share

set_environment(os.environ.get("D2L_DATA", "standin"), os.environ.get("D2L_PROFILE", "quick"))

GLUE = "application/papermill.record/text/plain"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """正文里引用的数（glue）逐台机器可以不同，由断言看管，这里不比较。"""
    for item in items:
        if is_cell(item) and GLUE not in item.parent.skip_compare:
            item.parent.skip_compare += (GLUE,)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """内核死掉之后 nbval 把其余格子记成 xfail；在这里它们是失败。"""
    report = yield
    if is_cell(item) and report.skipped and hasattr(report, "wasxfail"):
        report.outcome, report.longrepr = "failed", f"没有执行：{report.wasxfail}"
        del report.wasxfail
    return report


class Slowest:
    """记下每一节的用时，最后列出最慢的十节。"""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """累加一格的用时（秒）。"""
        file = report.nodeid.split("::")[0]
        if file.endswith(".ipynb"):
            self.seconds[file] += report.duration

    def pytest_terminal_summary(self, terminalreporter) -> None:
        """打印最慢的十节，与被比较的格子所占的比例。"""
        if not self.seconds:
            return
        write = terminalreporter.write_line
        terminalreporter.section("最慢的十节（秒）")
        for name, value in sorted(self.seconds.items(), key=lambda row: -row[1])[:10]:
            write(f"{value:6.1f}  {name}")
        compared, bearing = comparison_share()
        share = compared / max(bearing, 1)
        write(f"有输出的格子 {bearing} 个，逐字比较的 {compared} 个（{share:.0%}）")


def choose_kernel(config: pytest.Config) -> None:
    """有父进程可用，notebook 就用分叉出的内核；主进程启动它，xdist 的工作进程沿用。"""
    if hasattr(config, "workerinput"):
        name = FORKED if os.environ.get(VARIABLE, "off") != "off" else PLAIN
    else:
        stack = ExitStack()
        name = stack.enter_context(kernels())
        config.add_cleanup(stack.close)
    if name == FORKED:
        config.option.nbval_kernel_name, config.option.nbval_current_env = name, False


def pytest_configure(config: pytest.Config) -> None:
    """登记上面的记录，选内核，并让执行过的小节进缓存。"""
    config.pluginmanager.register(Slowest(), "slowest-sections")
    if config.getoption("nbval", False):
        choose_kernel(config)
        feeding.register(config)
