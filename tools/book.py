"""书的结构：有哪些小节、各自的文件在哪里、怎样读成 notebook。工具与测试共用。"""

from __future__ import annotations

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
DEFAULT_ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "D2L_DATA": "standin",
    "D2L_PROFILE": "quick",
    "TQDM_DISABLE": "1",
    "PYTHONHASHSEED": "0",
}


def set_environment(data: str | None = None) -> None:
    """补上执行章节所用的环境变量；已经设置的不动，``data`` 给出时以它为准。

    异常:
        ValueError: ``data`` 不是 auto、real、standin 之一。
    """
    if data is not None:
        if data not in ("auto", "real", "standin"):
            raise ValueError(f"DATA 应当是 auto、real 或 standin，收到的是 {data!r}。")
        os.environ["D2L_DATA"] = data
    for name, value in DEFAULT_ENVIRONMENT.items():
        os.environ.setdefault(name, value)


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


def file_hash(*paths: Path) -> str:
    """若干文件（文件夹则取其中全部 .py）内容的散列。"""
    digest = hashlib.sha256()
    for path in paths:
        files = sorted(path.rglob("*.py")) if path.is_dir() else [path]
        for file in files:
            digest.update(file.relative_to(ROOT).as_posix().encode() + b"\0")
            digest.update(file.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


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
