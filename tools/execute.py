"""并行执行过时的小节：结果进 jupyter-cache（网站从那里读），文字输出写进 notebooks/。"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import shutil
import sys
import threading
import time
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from pathlib import Path

try:
    import resource
except ImportError:  # Windows
    resource = None

if __package__ is None or __package__ == "":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn, JupyterCacheAbstract
from myst_nb.core.read import MystMetadataParsingError
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from nbformat.reader import NotJSONError

from tools.book import (
    BUILD,
    ROOT,
    Section,
    add_mode_options,
    digest,
    find_section,
    is_reference_mode,
    sections,
    set_environment,
    write_atomic,
)
from tools.checked import Checked
from tools.failures import Failure, blame
from tools.prefork import PLAIN, QUIET, kernels, spent
from tools.twin import update_twin

SECONDS = BUILD / ".seconds.json"  # 各小节上次的用时，用来先执行长的
CELL_TIMEOUT = 300  # 秒
WITH_IMPORTS = "with_imports"  # 用时含着导入库：先记在 notebook 的元数据里，再记进缓存旁的文件
LONG_CELL_TIMEOUT = 3600  # 秒；真实数据要下载，完整档位要训练


def cache_folder() -> Path:
    """本次设置所用的执行缓存；辅助包、依赖、Python、数据来源或档位变了，就是另一个文件夹。"""
    python = ".".join(map(str, sys.version_info[:2]))
    key = digest(ROOT / "d2l_helpers", ROOT / "requirements.lock", extra=python)
    mode = f"{os.environ['D2L_DATA']}-{os.environ['D2L_PROFILE']}"
    return BUILD / f".jupyter_cache-{mode}-{key}"


def open_cache() -> JupyterCacheAbstract:
    """打开本次设置的缓存，并删去同一设置下、旧代码留下的缓存。"""
    folder = cache_folder()
    prefix = folder.name.rsplit("-", 1)[0]
    for old in BUILD.glob(f"{prefix}-*"):
        if old != folder:
            shutil.rmtree(old)
    folder.mkdir(parents=True, exist_ok=True)
    return get_cache(str(folder))


def cached(cache: JupyterCacheAbstract, section: Section) -> tuple[NotebookNode, str] | None:
    """缓存里与这一节的代码相符的结果与它的名字；没有（或正文有误，执行时会报）就返回 None。

    存到一半被打断的（有记录没有文件，或文件读不成）也算没有。
    """
    try:
        number, notebook = cache.merge_match_into_notebook(section.read())
    except (KeyError, NotJSONError, MystMetadataParsingError, UnicodeDecodeError):
        return None
    return notebook, cache.get_cache_record(number).hashkey


def find_stale(
    cache: JupyterCacheAbstract, wanted: list[Section], *, rewrite: bool = False
) -> list[Section]:
    """缓存里没有结果的小节；有的，顺带更新它成对的 notebook，查过而没有变的不再看。"""
    checked, stale = Checked(cache), []
    for section in wanted:
        if not rewrite and checked.is_same(section):
            continue
        found = cached(cache, section)
        if found is None:
            stale.append(section)
            continue
        if is_reference_mode():
            update_twin(section, found[0], always=rewrite)
        checked.note(section, found[1])
    checked.save()
    return stale


def cpu_seconds() -> float:
    """本进程已经结束的内核用掉的 CPU 秒数；没有这个接口的系统上退而用墙上时间。

    普通的内核是子进程；分叉出的内核是父进程的孩子，要问它，而且不含它替大家做的那一次导入。
    """
    if resource is None:
        return time.perf_counter()
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime + spent()


class Meter:
    """一个内核用掉的 CPU 秒数，和其中含不含导入库：从造出它到内核结束。"""

    def __init__(self) -> None:
        self.begin, self.forked = cpu_seconds(), spent()

    def read(self, notebook: NotebookNode) -> float:
        """用掉的秒数；普通的内核自己导入各库，在 ``notebook`` 里注明，页面照此说明。"""
        notebook.metadata[WITH_IMPORTS] = spent() == self.forked
        return cpu_seconds() - self.begin


def end_with_parent() -> None:
    """工作进程里：主进程没了（哪怕是被杀死的）就跟着结束，不然它会永远等下一节。"""

    def watch() -> None:
        multiprocessing.parent_process().join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def run_notebook(section: Section, kernel: str = PLAIN) -> tuple[NotebookNode, float, str]:
    """在新的内核里执行一节，返回 notebook、CPU 用时（秒）与错误（没有则为空）。"""
    notebook, meter = section.read(), Meter()
    timeout = CELL_TIMEOUT if is_reference_mode() else LONG_CELL_TIMEOUT
    workdir = section.twin.parent if section.twin.parent.exists() else section.path.parent
    begun: list[NotebookNode] = []  # 开始执行了的格子
    client = NotebookClient(
        notebook,
        on_cell_execute=lambda cell, cell_index: begun.append(cell),
        timeout=timeout,
        startup_timeout=CELL_TIMEOUT,  # 第一批内核要等父进程导入完
        kernel_name=kernel,
        coalesce_streams=True,
        record_timing=False,
        extra_arguments=QUIET if kernel == PLAIN else [],  # 分叉的内核，规格里已经写了
        resources={"metadata": {"path": str(workdir)}},
    )
    error = ""
    try:
        client.execute()
    except CellExecutionError as failure:
        error = str(failure)
    except CellTimeoutError:
        error = blame(begun, "超时", f"这一格 {timeout} 秒还没有执行完")
    except DeadKernelError:
        error = blame(begun, "内核退出", "执行这一格时内核不在了（内存不够，或被杀死）")
    notebook.metadata.pop("language_info", None)
    return notebook, meter.read(notebook), error


def seconds_before() -> dict[str, float]:
    """各小节上次的用时（秒）；没有记录时为空。"""
    return json.loads(SECONDS.read_text(encoding="utf-8")) if SECONDS.exists() else {}


def note_imports(section: Section, with_imports: bool, folder: Path) -> None:
    """缓存里的 ``with_imports.json``：用时含着导入库的小节；网站由它写那句说明。"""
    path = folder / f"{WITH_IMPORTS}.json"
    before = set(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else set()
    after = before | {section.name} if with_imports else before - {section.name}
    if after != before:
        write_atomic(path, json.dumps(sorted(after), indent=1) + "\n")


def store(
    section: Section, notebook: NotebookNode, seconds: float, cache: JupyterCacheAbstract
) -> None:
    """把执行过的一节放进缓存，记下用时（CPU 秒），和它含不含导入库。"""
    note_imports(section, notebook.metadata.pop(WITH_IMPORTS, False), Path(cache.path))
    bundle = CacheBundleIn(notebook, str(section.path), data={"execution_seconds": seconds})
    leftover = Path(cache.path) / "executed" / cache.create_hashed_notebook(notebook)[1]
    shutil.rmtree(leftover, ignore_errors=True)  # 存到一半被打断的空文件夹，jupyter-cache 不会覆盖
    cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)
    known = seconds_before() | {section.name: round(seconds, 2)}
    write_atomic(SECONDS, json.dumps(known, indent=1, sort_keys=True) + "\n")


def execute(
    wanted: list[Section],
    *,
    force: bool = False,
    rewrite: bool = False,
    jobs: int | None = None,
    cache: JupyterCacheAbstract | None = None,
) -> list[Failure]:
    """执行过时的小节；结果进缓存，用替身与快速档位时也写 notebooks/。

    参数:
        wanted: 要执行的小节。
        force: 没有过时的也重新执行。
        rewrite: 只有不比较的输出变了的 notebook 也重写。
        jobs: 并行的进程数；缺省为处理器个数。
        cache: 结果放进哪个缓存；缺省是本次设置的。

    返回:
        失败的小节；全部成功则为空。
    """
    cache = cache or open_cache()
    stale = [*wanted] if force else find_stale(cache, wanted, rewrite=rewrite)
    if not stale:
        print(f"{len(wanted)} 节都没有变，不必重新执行。")
        return []
    before = seconds_before()
    stale.sort(key=lambda section: -before.get(section.name, 0.0))
    jobs = min(jobs or os.cpu_count() or 1, len(stale))
    failures = []
    print(f"执行 {len(stale)} 节，{jobs} 个进程……", flush=True)
    context = multiprocessing.get_context("spawn")
    with kernels() as kernel, ProcessPoolExecutor(jobs, context, end_with_parent) as pool:
        running = {pool.submit(run_notebook, section, kernel): section for section in stale}
        for future in as_completed(running):
            failure = _keep(running[future], future, cache, rewrite)
            failures += [failure] if failure else []
    return failures


def _keep(
    section: Section, future: Future, cache: JupyterCacheAbstract, rewrite: bool
) -> Failure | None:
    """保存一节的结果；失败时什么也不写，返回失败。"""
    if crash := future.exception():  # 正文读不成 notebook，或执行它的进程被杀
        print(f"  ✗ {section.name}", flush=True)
        return Failure(section, f"{type(crash).__name__}: {crash}")
    notebook, seconds, error = future.result()
    print(f"  {'✗' if error else '✓'} {section.name}  {seconds:.1f} 秒", flush=True)
    if error:
        return Failure(section, error, notebook)
    store(section, notebook, seconds, cache)
    if is_reference_mode():
        update_twin(section, notebook, always=rewrite)
    return None


def main(arguments: list[str] | None = None) -> int:
    """命令行入口。"""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sections", nargs="*", help="要执行的小节；缺省为全部")
    parser.add_argument("--force", action="store_true", help="没有过时的也重新执行")
    parser.add_argument("--rewrite", action="store_true", help="重写全部 notebook")
    parser.add_argument("--jobs", type=int, help="并行的进程数")
    add_mode_options(parser)
    options = parser.parse_args(arguments)
    set_environment(options.data, options.profile)
    try:
        wanted = [find_section(name) for name in options.sections] or sections()
    except ValueError as error:
        print(f"错误：{error}", file=sys.stderr)
        return 2
    failures = execute(wanted, force=options.force, rewrite=options.rewrite, jobs=options.jobs)
    for failure in failures:
        print(f"\n{failure}", file=sys.stderr)
    if failures:
        print(f"\n{len(failures)} 节失败，其余的结果已经保存。", file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
