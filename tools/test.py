"""``make test``：辅助包的测试、书的规矩、全部格子重新执行并比较，一次跑完。"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

if __package__ is None or __package__ == "":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tools.book import ROOT, set_environment

CELL_TIMEOUT = 120  # 秒；内核死掉时 nbval 要等这么久
STARTUP_TIMEOUT = 300  # 秒；第一批内核要等父进程导入完


def main(arguments: list[str]) -> int:
    """命令行入口；多余的参数原样交给 pytest。"""
    set_environment()
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    command += ["--nbval", "--nbval-current-env", f"--nbval-cell-timeout={CELL_TIMEOUT}"]
    command += [f"--nbval-kernel-startup-timeout={STARTUP_TIMEOUT}"]
    command += ["-n", "auto", "--dist", "loadfile"]
    command += arguments or ["notebooks", "tests/helpers", "tests/book"]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
