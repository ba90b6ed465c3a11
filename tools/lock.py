"""由 requirements.txt 求解 requirements.lock：各平台、各 Python 版本共用的确切版本。"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    """用 uv 求解；结果里不写软件源的地址。"""
    install = [sys.executable, "-m", "pip", "install", "--quiet", "uv"]
    subprocess.run(install, check=True)
    command = [sys.executable, "-m", "uv", "pip", "compile", "requirements.txt"]
    command += ["--universal", "--python-version", "3.11", "-o", "requirements.lock"]
    command += ["--no-header", "--no-annotate", "--no-emit-index-url", "--no-emit-find-links"]
    command += ["--upgrade", "--quiet"]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
