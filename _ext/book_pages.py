"""每一页的附加内容：下载与在线打开的按钮、执行用时与数据来源、对拍清单。"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.parsers.rst import Directive
from sphinx import addnodes
from sphinx.application import Sphinx

USES_DATA = re.compile(
    r"\bd2l\.(load_\w+|dataset_root|data_source|download"
    r"|fashion_mnist_arrays|time_machine|bananas|voc_images)\b"
)
AGREED = re.compile(r"^✓ (?P<name>.+)：(误差 )?(?P<tolerance>≤ \S+|完全相同)$", re.MULTILINE)
GITHUB_REMOTE = re.compile(r"github\.com[:/](?P<repo>[\w.-]+/[\w.-]+?)(\.git)?/?$")
PACKED = re.compile(
    r"^数据集 (?P<name>\S+)：.*PyPI 包 (?P<package>.+) 里的真实数据。$", re.MULTILINE
)
DATA_WORDS = {"standin": "替身（stand-in）", "real": "真实数据"}


# ---- 成对的 .ipynb ----


def twin_of(source: Path, docname: str) -> Path | None:
    """页面 ``chapters/X/Y`` 的成对文件 ``notebooks/X/Y.ipynb``；没有则为 ``None``。"""
    if not docname.startswith("chapters/"):
        return None
    path = source / "notebooks" / f"{docname.removeprefix('chapters/')}.ipynb"
    return path if path.is_file() else None


def github_repository(environment: Mapping[str, str], source: Path) -> str | None:
    """``拥有者/仓库``，由 GitHub 的环境变量或 git 的 origin 得知；不在 GitHub 上则为 ``None``。"""
    if environment.get("GITHUB_SERVER_URL", "https://github.com") != "https://github.com":
        return None
    if environment.get("GITHUB_REPOSITORY"):
        return environment["GITHUB_REPOSITORY"]
    command = ["git", "-C", str(source), "config", "--get", "remote.origin.url"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=10)
    except FileNotFoundError:  # 没有装 git：当作不知道仓库在哪里
        return None
    match = GITHUB_REMOTE.search(done.stdout.strip())
    return match["repo"] if match else None


def launch_links(repository: str, branch: str, notebook: str) -> list[tuple[str, str]]:
    """在线打开一个 .ipynb 的 (名称, 地址)。"""
    colab = f"https://colab.research.google.com/github/{repository}/blob/{branch}/{notebook}"
    binder = f"https://mybinder.org/v2/gh/{repository}/{branch}?urlpath=lab/tree/{notebook}"
    return [("Colab", colab), ("Binder", binder)]


def find_repository(app: Sphinx) -> None:
    """构建开始时查一次仓库的地址。"""
    app.book_repository = github_repository(os.environ, Path(app.srcdir))  # type: ignore[attr-defined]


def page_buttons(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """把下载与在线打开的地址交给模板 ``article-header-buttons.html``。"""
    twin = twin_of(Path(app.srcdir), pagename)
    context["book_download"], context["book_launch"] = None, []
    if twin is None:
        return
    relative = twin.relative_to(Path(app.srcdir)).as_posix()
    context["book_download"] = context["pathto"](f"_{relative}", 1)
    repository = app.book_repository  # type: ignore[attr-defined]
    if repository:
        branch = app.config.book_branch
        context["book_launch"] = launch_links(repository, branch, relative)


def watch_twin(app: Sphinx, document: nodes.document) -> None:
    """成对的文件变了，这一页就要重建。"""
    twin = twin_of(Path(app.srcdir), app.env.docname)
    if twin is not None:
        app.env.note_dependency(str(twin))


def copy_twins(app: Sphinx, exception: Exception | None) -> None:
    """构建结束后把成对的 .ipynb 拷到输出目录的 ``_notebooks/``。"""
    if exception is not None or app.builder.format != "html":
        return
    for docname in app.env.found_docs:
        twin = twin_of(Path(app.srcdir), docname)
        if twin is not None:
            target = Path(app.outdir) / f"_{twin.relative_to(Path(app.srcdir)).as_posix()}"
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(twin, target)


# ---- 执行用时与数据来源 ----


IMPORTS = {False: "（不含导入库）", True: "（含导入库）"}


def read_with_imports(app: Sphinx) -> None:
    """用时含着导入库的小节：由普通的内核执行的，不是从导入好各库的父进程分叉的。

    名单由 ``tools/execute.py`` 写在执行缓存里。
    """
    path = Path(app.config.nb_execution_cache_path) / "with_imports.json"
    names = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []
    app.book_with_imports = {f"chapters/{name}" for name in names}  # type: ignore[attr-defined]


def seconds_in_words(seconds: float) -> str:
    """用时写成中文，精确到十分之一秒。"""
    return "不到 0.1 秒" if seconds < 0.1 else f"{seconds:.1f} 秒"


def data_summary(code: str, output: str, data_mode: str) -> str:
    """用了什么数据：从包里取的由输出里的那一行得知，其余看代码与数据来源。"""
    packed = {match["name"]: match["package"] for match in PACKED.finditer(output)}
    names = "|".join(map(re.escape, packed)) or "(?!)"
    rest = re.sub(rf"d2l\.\w+\(\s*[\"'](?:{names})[\"']", "", code)
    words = [f"真实数据（PyPI 包 {'、'.join(sorted(set(packed.values())))}）"] if packed else []
    if USES_DATA.search(rest):
        words.append(DATA_WORDS.get(data_mode, "有真实文件时用真实数据，否则用替身（stand-in）"))
    return "；".join(words) or "不用数据"


def run_summary(
    code: str,
    seconds: float | None,
    data_mode: str,
    threads: str,
    output: str = "",
    with_imports: bool = False,
) -> str:
    """页首那一行：用时（含不含导入库）与数据来源。"""
    where = "一个 CPU 线程上" if threads == "1" else " CPU 上"
    if seconds is None:
        run = "本页代码已执行"
    else:
        run = f"本页代码在{where}执行用时 {seconds_in_words(seconds)}{IMPORTS[with_imports]}"
    return f"{run} · 数据：{data_summary(code, output, data_mode)}"


def add_run_summary(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """在有代码的页面的标题下加一行执行用时与数据来源。"""
    record = getattr(app.env, "nb_metadata", {}).get(docname, {}).get("exec_data")
    title = next(iter(doctree.findall(nodes.title)), None)
    cells, outputs = (
        [n.astext() for n in doctree.findall(nodes.container) if n.get("nb_element") == element]
        for element in ("cell_code_source", "cell_code_output")
    )
    failed = docname in app.book_failures  # type: ignore[attr-defined]
    if not record or title is None or not cells or failed:
        return
    config = app.config
    text = run_summary(
        "\n".join(cells),
        record["runtime"],
        config.book_data_mode,
        config.book_threads,
        "\n".join(outputs),
        docname in app.book_with_imports,  # type: ignore[attr-defined]
    )
    line = nodes.paragraph("", "", nodes.Text(text), classes=["run-summary"])
    title.parent.insert(title.parent.index(title) + 1, line)


# ---- 对拍清单 ----


def agreements(notebook: Path) -> tuple[str, list[tuple[str, str]]]:
    """一个 .ipynb 的标题，与它的输出里全部对拍的 (名称, 容差)。"""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    headings = (
        line[2:].strip()
        for cell in cells
        if cell["cell_type"] == "markdown"
        for line in "".join(cell["source"]).splitlines()
        if line.startswith("# ")
    )
    printed = [
        "".join(output["text"])
        for cell in cells
        for output in cell.get("outputs", ())
        if output["output_type"] == "stream"
    ]
    found = [(m["name"], m["tolerance"]) for text in printed for m in AGREED.finditer(text)]
    return next(headings, notebook.stem), found


class AgreeList(Directive):
    """``{agree-list}``：全书的对拍，按小节列出，每节链到原处。"""

    def run(self) -> list[nodes.Node]:
        """生成清单的节点。"""
        env = self.state.document.settings.env
        root = Path(env.srcdir)
        folder = root / "notebooks"
        env.note_reread()  # 便宜，每次都重新汇总
        groups: list[tuple[str, str, list[tuple[str, str]]]] = []
        for path in sorted(folder.glob("*/*.ipynb")):
            docname = "chapters/" + path.relative_to(folder).with_suffix("").as_posix()
            title, found = agreements(path)
            if found and docname in env.found_docs:
                groups.append((docname, title, found))
        total = sum(len(found) for _, _, found in groups)
        text = f"共 {total} 项对拍，来自 {len(groups)} 节。"
        return [nodes.paragraph(text, text), *(self._group(*group) for group in groups)]

    def _group(self, docname: str, title: str, found: list[tuple[str, str]]) -> nodes.section:
        section = nodes.section(ids=[nodes.make_id(f"agree {docname}")], classes=["agree-group"])
        heading = f"{title}（{len(found)} 项）"
        link = addnodes.pending_xref(
            "", nodes.inline("", "回到这一节"), refdomain="std", reftype="doc", refexplicit=True,
            reftarget=f"/{docname}", refwarn=True,
        )  # fmt: skip
        items = nodes.bullet_list(classes=["agree-list"])
        for name, tolerance in found:
            line = nodes.paragraph("", name, nodes.Text("  "), nodes.literal("", tolerance))
            items += nodes.list_item("", line)
        section += nodes.title(heading, heading)
        section += items
        section += nodes.paragraph("", "", link)
        return section


def setup(app: Sphinx) -> dict[str, Any]:
    """登记扩展。"""
    app.add_config_value("book_branch", "main", "html")
    app.add_directive("agree-list", AgreeList)
    app.connect("builder-inited", find_repository)
    app.connect("builder-inited", read_with_imports)
    app.connect("doctree-read", watch_twin)
    app.connect("html-page-context", page_buttons)
    app.connect("doctree-resolved", add_run_summary)
    app.connect("build-finished", copy_twins)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
