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
from tools.execute import cache_folder, execute, open_cache

STAMP = BUILD / ".stamp"
CONFIGURATION = BUILD / ".configuration"
LOOK = ("_ext", "_static", "_config.yml", "_toc.yml", "requirements.lock", "tools/build.py")
CONTENT = ("chapters", "reference", "images", "notebooks", "index.md", "references.bib")
JUPYTER_BOOK = "from jupyter_book.cli.main import main; main()"


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


def build_site() -> int:
    """运行 Jupyter Book，返回它的退出码。"""
    configuration = configuration_digest()
    command = [sys.executable, "-c", JUPYTER_BOOK, "build", str(ROOT), "--path-output", str(ROOT)]
    command += ["-W", "-n", "--keep-going", "-q"]
    if not is_same(CONFIGURATION, configuration):
        forget_the_build()
        shutil.rmtree(HTML, ignore_errors=True)
        command.append("--all")
    executed_before = len(open_cache().list_cache_records())
    environment = os.environ | {"D2L_EXEC_CACHE": str(cache_folder())}
    code = subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
    if not code and len(open_cache().list_cache_records()) != executed_before:
        print("建网站时又执行了小节：tools/ 与 Jupyter Book 对正文的读法不一致。", file=sys.stderr)
        code = 1
    if code:
        forget_the_build()
    else:
        write_atomic(CONFIGURATION, configuration)
    return code


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
    if failures := execute(sections()):
        print("", *failures, sep="\n", file=sys.stderr)
        print(f"\n{len(failures)} 节执行失败，网站没有重建。", file=sys.stderr)
        return 1
    if code := build_site():
        print("网站没有建成：上面列出的警告与错误都要先改正。", file=sys.stderr)
        return code
    write_atomic(STAMP, inputs_digest())
    print(f"网站建成。首页：{first_page}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
