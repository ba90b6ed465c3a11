"""装环境：无害的提醒不出声，真正的错误整段显示并说怎么办，中断了能接着装。"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tools import install as installer
from tools.book import ROOT

FAKE_PIP = """#!{python}
import pathlib, sys
if "--version" in sys.argv:
    sys.exit({no_pip})
print("Collecting torch")
sys.stderr.write({stderr!r})
sys.exit({code})
"""
WARNINGS = (
    "WARNING: Location 'file:///x/torch/' is ignored: it is neither a file nor a directory.\n"
    "WARNING: Ignoring invalid distribution ~orch (/x/site-packages)\n"
    "DEPRECATION: 旧的写法\n\n[notice] A new release of pip is available\n"
)


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """一个只有安装脚本与锁定文件的目录。"""
    (tmp_path / "tools").mkdir()
    shutil.copy(ROOT / "tools" / "install.py", tmp_path / "tools" / "install.py")
    (tmp_path / "requirements.lock").write_text("a==1\nb==2\n", encoding="utf-8")
    return tmp_path


def pretend(house: Path, stderr: str, code: int, no_pip: int = 0) -> None:
    """放一个假的虚拟环境：它的 pip 说这些话，以这个码退出。"""
    fake = house / ".venv" / "bin" / "python"
    fake.parent.mkdir(parents=True, exist_ok=True)
    text = FAKE_PIP.format(python=sys.executable, stderr=stderr, code=code, no_pip=no_pip)
    fake.write_text(text, encoding="utf-8")
    fake.chmod(0o755)


def install(house: Path) -> subprocess.CompletedProcess[str]:
    """执行一次安装。"""
    command = [sys.executable, "tools/install.py"]
    return subprocess.run(command, cwd=house, capture_output=True, text=True, check=False)


def test_harmless_warnings_go_to_the_log_only(house: Path) -> None:
    pretend(house, WARNINGS, 0)
    done = install(house)
    assert done.returncode == 0
    assert done.stderr.strip() == ""
    assert len(done.stdout.splitlines()) == 2
    log = (house / ".venv" / "install.log").read_text(encoding="utf-8")
    assert log.count("is ignored") == len(installer.STEPS)
    assert "Collecting torch" in log


def test_an_error_is_shown_wholly_even_when_pip_goes_on(house: Path) -> None:
    pretend(house, f"{WARNINGS}ERROR: a 与 b 不合\n  第二行\n", 0)
    done = install(house)
    assert "ERROR: a 与 b 不合\n  第二行\n" in done.stderr
    assert "WARNING" not in done.stderr


@pytest.mark.parametrize(
    ("stderr", "advice"),
    [
        ("ERROR: Could not install: [Errno 28] No space left on device\n", "磁盘满了"),
        (
            "WARNING: Retrying (Retry(total=0)) after connection broken by NewConnectionError\n"
            "ERROR: Could not find a version that satisfies the requirement a==1\n",
            "网络不通",
        ),
        ("ERROR: No matching distribution found for a==1\n", "make PY="),
        ("ERROR: [Errno 13] Permission denied: '/x'\n", "没有写的权限"),
        ("ERROR: 没见过的错\n", "再执行一次"),
    ],
)
def test_a_failure_says_what_to_do(house: Path, stderr: str, advice: str) -> None:
    pretend(house, WARNINGS + stderr, 1)
    done = install(house)
    assert done.returncode == 1
    assert stderr.splitlines()[-1] in done.stderr
    assert advice in done.stderr
    assert "install.log" in done.stderr
    assert "WARNING" not in done.stderr


def test_a_failure_without_errors_shows_the_end_of_the_log(house: Path) -> None:
    pretend(house, "", 1)
    assert "Collecting torch" in install(house).stderr


def test_a_half_made_environment_is_made_again(
    house: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made = []

    def create(folder: Path, *, clear: bool, with_pip: bool) -> None:
        made.append((clear, with_pip))
        pretend(house, "", 0)

    monkeypatch.setattr(installer, "ROOT", house)
    monkeypatch.setattr(installer, "VENV", house / ".venv")
    monkeypatch.setattr(installer, "LOG", house / ".venv" / "install.log")
    monkeypatch.setattr(installer.venv, "create", create)
    assert installer.main() == 0
    assert "第一次执行" in capsys.readouterr().out
    pretend(house, "", 0, no_pip=1)  # 建到一半：有 python，没有 pip
    assert installer.main() == 0
    assert installer.main() == 0
    assert made == [(True, True), (True, True)]


def test_an_old_python_is_told_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(installer, "OLDEST", (99,))
    assert installer.main() == 1
    assert "make PY=" in capsys.readouterr().err


def test_an_interruption_is_not_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(installer, "announce", interrupt)
    assert installer.main() == 130
    assert "接着装" in capsys.readouterr().err
