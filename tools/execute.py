"""并行执行过时的小节：结果进 jupyter-cache（网站从那里读），文字输出写进 notebooks/。"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import shutil
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

try:
    import resource
except ImportError:  # Windows
    resource = None

if __package__ is None or __package__ == "":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn, JupyterCacheAbstract
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from tools.book import BUILD, ROOT, Section, file_hash, find_section, sections, set_environment
from tools.twin import update_twin

CELL_TIMEOUT = 300  # 秒


def cache_folder() -> Path:
    """本次设置所用的执行缓存；辅助包、依赖、数据来源或档位变了，就是另一个文件夹。"""
    key = file_hash(ROOT / "d2l_helpers", ROOT / "requirements.lock")
    mode = f"{os.environ['D2L_DATA']}-{os.environ['D2L_PROFILE']}"
    return BUILD / f".jupyter_cache-{mode}-{key}"


def drop_old_caches(current: Path) -> None:
    """删去同一设置下、旧代码留下的缓存。"""
    prefix = current.name.rsplit("-", 1)[0]
    for folder in BUILD.glob(f"{prefix}-*"):
        if folder != current:
            shutil.rmtree(folder)


def cpu_seconds() -> float:
    """已经结束的子进程（内核）用掉的 CPU 秒数；没有这个接口的系统上退而用墙上时间。"""
    if resource is None:
        return time.perf_counter()
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def run_notebook(section: Section) -> tuple[Section, NotebookNode, float, str]:
    """在新的内核里执行一节，返回 notebook、CPU 用时（秒）与错误（没有则为空）。"""
    notebook, begin = section.read(), cpu_seconds()
    workdir = section.twin.parent if section.twin.parent.exists() else section.path.parent
    client = NotebookClient(
        notebook,
        timeout=CELL_TIMEOUT,
        kernel_name="python3",
        coalesce_streams=True,
        record_timing=False,
        resources={"metadata": {"path": str(workdir)}},
    )
    error = ""
    try:
        client.execute()
    except CellExecutionError as failure:
        error = str(failure)
    except CellTimeoutError:
        error = f"有一格超过 {CELL_TIMEOUT} 秒没有执行完。"
    except DeadKernelError:
        error = "内核中途退出（内存不够，或被杀死）。"
    notebook.metadata.pop("language_info", None)
    return section, notebook, cpu_seconds() - begin, error


def cached(cache: JupyterCacheAbstract, section: Section) -> NotebookNode | None:
    """缓存里与这一节的代码相符的结果。"""
    notebook = section.read()
    try:
        cache.match_cache_notebook(notebook)
    except KeyError:
        return None
    return cache.merge_match_into_notebook(notebook)[1]


def seconds_before(cache: JupyterCacheAbstract) -> dict[str, float]:
    """各小节上次的用时（秒），用来先执行长的。"""
    return {
        Path(record.uri).as_posix(): record.data.get("execution_seconds", 0.0)
        for record in cache.list_cache_records()
    }


def execute(wanted: list[Section], *, force: bool = False, jobs: int | None = None) -> list[str]:
    """执行过时的小节。

    参数:
        wanted: 要执行的小节。
        force: 没有过时的也重新执行。
        jobs: 并行的进程数；缺省为处理器个数。

    返回:
        失败的小节，每节一段说明；全部成功则为空。
    """
    folder = cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    drop_old_caches(folder)
    cache = get_cache(str(folder))
    stale = []
    for section in wanted:
        result = None if force else cached(cache, section)
        if result is None:
            stale.append(section)
        else:
            update_twin(section, result)
    if not stale:
        print(f"{len(wanted)} 节都没有变，不必重新执行。")
        return []
    before = seconds_before(cache)
    stale.sort(key=lambda s: -before.get(s.path.as_posix(), 0.0))
    return _execute_all(stale, cache, jobs or os.cpu_count() or 1)


def _execute_all(stale: list[Section], cache: JupyterCacheAbstract, jobs: int) -> list[str]:
    failures, context = [], multiprocessing.get_context("spawn")
    print(f"执行 {len(stale)} 节，{min(jobs, len(stale))} 个进程……", flush=True)
    with ProcessPoolExecutor(min(jobs, len(stale)), mp_context=context) as pool:
        futures = [pool.submit(run_notebook, section) for section in stale]
        for future in as_completed(futures):
            section, notebook, seconds, error = future.result()
            print(f"  {'✗' if error else '✓'} {section.name}  {seconds:.1f} 秒", flush=True)
            if error:
                failures.append(f"chapters/{section.name} 执行失败：\n{_shorten(error)}")
                continue
            bundle = CacheBundleIn(
                notebook, str(section.path), data={"execution_seconds": seconds}
            )
            cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)
            update_twin(section, notebook)
    return failures


def _shorten(error: str, lines: int = 40) -> str:
    kept = error.strip().splitlines()
    return "\n".join(kept if len(kept) <= lines else ["……", *kept[-lines:]])


def main(arguments: list[str] | None = None) -> int:
    """命令行入口。"""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sections", nargs="*", help="要执行的小节；缺省为全部")
    parser.add_argument("--force", action="store_true", help="没有过时的也重新执行")
    parser.add_argument("--data", choices=("auto", "real", "standin"), help="数据来源")
    parser.add_argument("--jobs", type=int, help="并行的进程数")
    options = parser.parse_args(arguments)
    set_environment(options.data)
    try:
        wanted = [find_section(name) for name in options.sections] or sections()
    except ValueError as error:
        print(f"错误：{error}", file=sys.stderr)
        return 2
    failures = execute(wanted, force=options.force, jobs=options.jobs)
    for failure in failures:
        print(f"\n{failure}", file=sys.stderr)
    if failures:
        print(f"\n{len(failures)} 节失败，其余的结果已经保存。", file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
