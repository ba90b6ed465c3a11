"""书的结构：有哪些小节、各自的文件在哪里、怎样读成 notebook。工具与测试共用。"""

from __future__ import annotations

import argparse
import difflib
import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

import nbformat
from myst_nb.core.read import read_myst_markdown_notebook
from nbformat import NotebookNode

ROOT = Path(__file__).resolve().parent.parent
CHAPTERS = ROOT / "chapters"
NOTEBOOKS = ROOT / "notebooks"
BUILD = ROOT / "_build"
HTML = BUILD / "html"

IGNORE_OUTPUT = "nbval-ignore-output"
ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "TQDM_DISABLE": "1",
    "PYTHONHASHSEED": "0",
    # 使用者自己的 IPython、matplotlib 与 Jupyter 设置不该影响书，书也不该往那里写
    "IPYTHONDIR": str(BUILD / ".home" / "ipython"),
    "MPLCONFIGDIR": str(BUILD / ".home" / "matplotlib"),
    "JUPYTER_RUNTIME_DIR": str(BUILD / ".home" / "jupyter"),
}
MODES = {"D2L_DATA": "standin", "D2L_PROFILE": "quick"}
UNWANTED = ("D2L_SEED_OFFSET", "MPLBACKEND", "PYTHONSTARTUP", "PYTHONWARNINGS")


def set_environment(data: str = "standin", profile: str = "quick") -> None:
    """设好执行章节所用的环境变量，不管外面原来设的是什么：输出不该随使用者的设置而变。

    参数:
        data: 数据来源，auto、real 或 standin。
        profile: 档位，auto、quick 或 full。
    """
    os.environ.update(ENVIRONMENT, D2L_DATA=data, D2L_PROFILE=profile)
    for name in UNWANTED:
        os.environ.pop(name, None)
    for name in ("IPYTHONDIR", "MPLCONFIGDIR", "JUPYTER_RUNTIME_DIR"):
        Path(ENVIRONMENT[name]).mkdir(parents=True, exist_ok=True)


def add_mode_options(parser: argparse.ArgumentParser) -> None:
    """给命令行加上 ``--data`` 与 ``--profile``。"""
    data, profile = ("auto", "real", "standin"), ("auto", "quick", "full")
    parser.add_argument("--data", choices=data, default="standin", help="数据来源")
    parser.add_argument("--profile", choices=profile, default="quick", help="档位")


def is_reference_mode() -> bool:
    """当前的数据来源与档位，是不是 notebooks/ 里那些输出的来源。"""
    return all(os.environ[name] == value for name, value in MODES.items())


@dataclass(frozen=True, order=True)
class Section:
    """一个小节：``chapters/`` 里的一个 .md。"""

    path: Path

    @property
    def name(self) -> str:
        """相对于 chapters/ 的名字，如 ``02-linear-networks/06-softmax-scratch``。"""
        return self.path.relative_to(CHAPTERS).with_suffix("").as_posix()

    @property
    def slug(self) -> str:
        """不带编号的文件名，如 ``softmax-scratch``。"""
        return self.path.stem.split("-", 1)[1]

    @property
    def is_project(self) -> bool:
        """是不是一章的大作业：``NN-project-….md``，没有印出来的答案，体例另有一套。"""
        return self.slug.startswith("project-")

    @property
    def twin(self) -> Path:
        """成对的 notebook。"""
        return NOTEBOOKS / f"{self.name}.ipynb"

    def text(self) -> str:
        """正文的全部文字。"""
        return self.path.read_text(encoding="utf-8")

    def read(self) -> NotebookNode:
        """把正文读成未执行的 notebook；与网站用同一个读法，因此缓存互认。"""
        return read_myst_markdown_notebook(self.text(), path=self.path)


def sections() -> list[Section]:
    """全部小节，按编号排列。"""
    return [Section(path) for path in sorted(CHAPTERS.glob("[0-9]*/[0-9]*.md"))]


def find_section(name: str) -> Section:
    """由 ``chapters/…``、``….md``、``notebooks/….ipynb`` 或单独的文件名找到小节。

    异常:
        ValueError: 没有这一节，或不止一节；消息里列出相近的名字。
    """
    wanted = name.strip().strip("/")
    for prefix in (f"{ROOT.as_posix()}/", "./", "chapters/", "notebooks/"):
        wanted = wanted.removeprefix(prefix)
    wanted = wanted.removesuffix(".md").removesuffix(".ipynb")
    known = sections()
    exact = [s for s in known if wanted in (s.name, s.path.stem, s.slug)]
    if len(exact) == 1:
        return exact[0]
    names = [s.name for s in exact or known]
    near = difflib.get_close_matches(wanted, names, n=3, cutoff=0.3) or names[:3]
    what = "不止一节叫" if exact else "没有这一节："
    raise ValueError(f"{what} {name!r}。相近的有：{'、'.join(f'chapters/{n}' for n in near)}")


def tags(cell: NotebookNode) -> list[str]:
    """一格的标签。"""
    return list(cell.metadata.get("tags", []))


def cell_id(section: Section, index: int) -> str:
    """由小节与次序决定的格子编号，重新生成时不变。"""
    return hashlib.sha256(f"{section.name}:{index}".encode()).hexdigest()[:8]


def files_under(*paths: Path) -> list[Path]:
    """若干文件，以及若干文件夹里的全部文件；不算字节码与隐藏文件夹。"""
    found = []
    for path in paths:
        inside = sorted(path.rglob("*")) if path.is_dir() else [path]
        found += [
            file
            for file in inside
            if file.is_file()
            and not any(
                part == "__pycache__" or part.startswith(".")
                for part in file.relative_to(ROOT).parts
            )
        ]
    return found


def digest(*paths: Path, extra: str = "") -> str:
    """若干文件与文件夹的名字和内容的散列。"""
    total = hashlib.sha256(extra.encode())
    for file in files_under(*paths):
        total.update(file.relative_to(ROOT).as_posix().encode() + b"\0")
        total.update(file.read_bytes() + b"\0")
    return total.hexdigest()[:16]


def write_atomic(path: Path, text: str) -> None:
    """写文件：先写临时文件再改名，中途被杀不会留下半个。"""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def load_twin(section: Section) -> NotebookNode | None:
    """读成对的 notebook；没有就返回 None。"""
    return nbformat.read(section.twin, as_version=4) if section.twin.exists() else None
