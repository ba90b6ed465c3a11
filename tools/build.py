"""建网站：执行过时的小节，再让 Jupyter Book 生成 ``_build/html``，警告即错误。"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

if __package__ is None or __package__ == "":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from jupyter_cache import get_cache

from tools.book import (
    BUILD,
    HTML,
    ROOT,
    add_mode_options,
    digest,
    sections,
    set_environment,
    write_atomic,
)
from tools.execute import cache_folder, execute
from tools.failures import Failure, prepare

STAMP = BUILD / ".stamp"
CONFIGURATION = BUILD / ".configuration"
LOOK = ("_ext", "_static", "_config.yml", "_toc.yml", "requirements.lock", "tools/pages.py")
CONTENT = ("chapters", "reference", "images", "notebooks", "index.md", "references.bib")


def inputs_digest() -> str:
    """网站全部输入的散列（辅助包已经算在缓存的名字里）；与上次相同就什么也不必做。"""
    inputs = [ROOT / name for name in (*LOOK, *CONTENT)]
    return digest(*inputs, extra=cache_folder().name)


def configuration_digest() -> str:
    """样式、扩展、设置与数据来源的散列；它变了就要从头建，增量会留下旧页面。"""
    mode = f"{os.environ['D2L_DATA']}-{os.environ['D2L_PROFILE']}"
    return digest(*(ROOT / name for name in LOOK), extra=mode)


def forget_the_build() -> None:
    """删去中间结果与标记，下一次就从头建；留着旧的 doctrees，下一次会把警告藏起来。"""
    shutil.rmtree(BUILD / ".doctrees", ignore_errors=True)
    for leftover in (CONFIGURATION, STAMP):
        leftover.unlink(missing_ok=True)


def is_same(marker: Path, value: str) -> bool:
    """标记文件里记的是不是这个值。"""
    return marker.exists() and marker.read_text(encoding="utf-8") == value


def build_site(failures: list[Failure]) -> int:
    """运行 Jupyter Book，返回它的退出码；失败的小节也成页，页首写明出了什么事。"""
    configuration = configuration_digest()
    environment = {"D2L_EXEC_CACHE": str(cache_folder()), "D2L_FAILURES": ""}
    environment |= prepare(failures, cache_folder()) if failures else {}
    unreadable = any(failure.is_unreadable for failure in failures)
    command = [sys.executable, str(ROOT / "tools" / "pages.py")]
    if unreadable:  # 读不成的一页换成了空页，指向它的公式与图的引用会有警告
        command.append("--lenient")
    if not is_same(CONFIGURATION, configuration):
        forget_the_build()
        shutil.rmtree(HTML, ignore_errors=True)
    before = count_results(environment)
    code = subprocess.run(command, cwd=ROOT, env=os.environ | environment, check=False).returncode
    if not code and count_results(environment) != before:
        print("建网站时又执行了小节：tools/ 与 Jupyter Book 对正文的读法不一致。", file=sys.stderr)
        code = 1
    if code or unreadable:
        forget_the_build()
    else:
        write_atomic(CONFIGURATION, configuration)
    return code


def count_results(environment: dict[str, str]) -> int:
    """网站所读的缓存里有几节的结果。"""
    return len(get_cache(environment["D2L_EXEC_CACHE"]).list_cache_records())


def execute_all() -> list[Failure]:
    """执行过时的小节；失败的最后逐一单独再来一次，那时没有别的在运行。"""
    failures = execute(sections())
    if failures:
        print(f"{len(failures)} 节失败，逐一单独再执行一次：", flush=True)
    return [again for first in failures for again in execute([first.section])]


def say_how_to_go_on(failures: list[Failure], first_page: Path) -> None:
    """失败的小节、为什么，以及接下来怎么办。"""
    print("", *failures, sep="\n", file=sys.stderr)
    print(f"\n{len(failures)} 节两次都没有执行成功：", file=sys.stderr)
    for failure in failures:
        print(f"  chapters/{failure.section.name}.md  {failure.reason}", file=sys.stderr)
    print(
        f"网站仍然建成了，别的页面都完整；这几页的开头写明哪一格出错、为什么。首页：{first_page}\n"
        f"接下来：make run SECTION=chapters/{failures[0].section.name} 单独执行、看各格的输出；"
        "改好以后 make book，只重新执行失败与改过的小节。",
        file=sys.stderr,
    )


def main(arguments: list[str] | None = None) -> int:
    """命令行入口。"""
    parser = argparse.ArgumentParser(description=__doc__)
    add_mode_options(parser)
    options = parser.parse_args(arguments)
    set_environment(options.data, options.profile)
    first_page = HTML / "index.html"
    if first_page.exists() and is_same(STAMP, inputs_digest()):
        print(f"没有变化。首页：{first_page}")
        return 0
    STAMP.unlink(missing_ok=True)  # 下面有一步失败，下一次就要再来
    failures = execute_all()
    if code := build_site(failures):
        print(*failures, sep="\n", file=sys.stderr)
        print("网站没有建成：上面列出的警告与错误都要先改正。", file=sys.stderr)
        return code
    if failures:
        say_how_to_go_on(failures, first_page)
        return 1
    write_atomic(STAMP, inputs_digest())
    print(f"网站建成。首页：{first_page}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
