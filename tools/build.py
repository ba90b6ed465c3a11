"""建网站：执行过时的小节，再让 Jupyter Book 生成 ``_build/html``，警告即错误。"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

if __package__ is None or __package__ == "":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tools.book import BUILD, HTML, ROOT, sections, set_environment, write_atomic
from tools.execute import cache_folder, execute

STAMP = BUILD / ".stamp"
CONFIGURATION = BUILD / ".configuration"
SITE_INPUTS = ("_ext", "_static", "images", "chapters", "reference", "notebooks", "d2l_helpers")
SITE_FILES = ("_config.yml", "_toc.yml", "index.md", "references.bib", "requirements.lock")


def _digest(paths: list[Path], extra: str = "") -> str:
    digest = hashlib.sha256(extra.encode())
    for path in sorted(paths):
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0")
            digest.update(path.read_bytes() + b"\0")
    return digest.hexdigest()


def inputs_digest() -> str:
    """网站全部输入的散列；与上次相同就什么也不必做。"""
    files = [ROOT / name for name in SITE_FILES]
    for folder in SITE_INPUTS:
        files += (ROOT / folder).rglob("*")
    files.append(ROOT / "tools" / "build.py")
    return _digest(files, cache_folder().name)


def configuration_digest() -> str:
    """样式、扩展与设置的散列；它变了就要从头建，增量会留下旧页面。"""
    files = [ROOT / name for name in ("_config.yml", "_toc.yml", "requirements.lock")]
    for folder in ("_ext", "_static"):
        files += (ROOT / folder).rglob("*")
    return _digest(files, os.environ["D2L_DATA"])


def build_site() -> int:
    """运行 Jupyter Book；失败时删去中间结果，因为下一次增量会把警告藏起来。"""
    configuration = configuration_digest()
    fresh = not CONFIGURATION.exists() or CONFIGURATION.read_text() != configuration
    command = [sys.executable, "-c", "from jupyter_book.cli.main import main; main()", "build"]
    command += [str(ROOT), "--path-output", str(ROOT), "-W", "-n", "--keep-going", "-q"]
    command += ["--all"] if fresh else []
    environment = os.environ | {"D2L_EXEC_CACHE": str(cache_folder())}
    code = subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
    if code:
        shutil.rmtree(BUILD / ".doctrees", ignore_errors=True)
        for leftover in (CONFIGURATION, STAMP):
            leftover.unlink(missing_ok=True)
    else:
        write_atomic(CONFIGURATION, configuration)
    return code


def main(arguments: list[str] | None = None) -> int:
    """命令行入口。"""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", choices=("auto", "real", "standin"), help="数据来源")
    options = parser.parse_args(arguments)
    set_environment(options.data)
    first_page = HTML / "index.html"
    if STAMP.exists() and first_page.exists() and STAMP.read_text() == inputs_digest():
        print(f"没有变化。首页：{first_page}")
        return 0
    failures = execute(sections())
    if failures:
        print("\n".join(failures), file=sys.stderr)
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
