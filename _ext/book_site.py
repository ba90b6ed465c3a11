"""网站的接线：本地 MathJax、由环境变量而来的设置、界面上的中文。"""

from __future__ import annotations

import os
import shutil
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from docutils import nodes
from myst_nb.sphinx_ext import add_global_html_resources
from pygments.lexer import RegexLexer
from pygments.token import Generic, Text
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ConfigError
from sphinx.transforms import SphinxTransform
from sphinx_exercise import copy_asset_files

# 只拷贝用得到的约 2 MB；不放进 _static/（其中每个 .js 都会被每一页加载）。
MATHJAX_FILES = ("tex-chtml.js", "output/chtml/fonts/woff-v2/*.woff", "input/tex/extensions/*.js")
MATHJAX_UNUSED = {"all-packages.js", "mhchem.js", "physics.js", "bussproofs.js"}


def mathjax_source() -> Path:
    """已安装的 sphinx-mathjax-offline 包里 MathJax 3 的文件夹。

    异常:
        ConfigError: 没有安装这个包。
    """
    spec = find_spec("sphinx-mathjax-offline")
    if spec is None or not spec.submodule_search_locations:
        raise ConfigError("找不到 MathJax：请先执行 pip install -r requirements.lock")
    return Path(next(iter(spec.submodule_search_locations))) / "static" / "mathjax"


def copy_mathjax(app: Sphinx) -> None:
    """把 MathJax 拷到输出目录的 mathjax/，已有同样大小的文件不再拷。"""
    if app.builder.format != "html":
        return
    source, target = mathjax_source(), Path(app.outdir) / "mathjax"
    for pattern in MATHJAX_FILES:
        for path in source.glob(pattern):
            copy = target / path.relative_to(source)
            if path.name in MATHJAX_UNUSED or (
                copy.exists() and copy.stat().st_size == path.stat().st_size
            ):
                continue
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)


def copy_styles_first(app: Sphinx, builder: Any) -> None:
    """这两份样式表本来最后才拷；先拷，从头建与只重写几页时，写出的校验码才一样。"""
    if builder.format == "html":
        (Path(app.outdir) / "_static").mkdir(parents=True, exist_ok=True)
        add_global_html_resources(app, None)
        copy_asset_files(app, None)


def settings_from_environment(app: Sphinx, config: Config) -> None:
    """``D2L_EXEC_CACHE`` 给出执行缓存；``D2L_DATA`` 等记成设置，变了就重写页面。"""
    cache = os.environ.get("D2L_EXEC_CACHE")
    if cache and not config.nb_execution_cache_path:
        config.nb_execution_cache_path = str(Path(cache).resolve())
    config.book_data_mode = os.environ.get("D2L_DATA", "auto")
    config.book_threads = os.environ.get("OMP_NUM_THREADS", "")


def allow_parallel(app: Sphinx, config: Config) -> None:
    """给小节编号的扩展没有声明能否并行；它只在主进程里、读完之后工作，所以能。"""
    numbering = app.extensions.get("sphinx_multitoc_numbering")
    if numbering is not None:
        numbering.parallel_read_safe = numbering.parallel_write_safe = True


class OutputLexer(RegexLexer):
    """单元格的文字输出：``✓`` 开头的行（对拍与自检）标成 ``Generic.Inserted``，其余照原样。"""

    name = "单元格输出"
    aliases = ("book-output",)
    tokens = {  # noqa: RUF012 —— Pygments 规定的写法
        "root": [
            (r"^✓[^\n]*", Generic.Inserted),
            (r"[^\n]+", Text),
            (r"\n", Text),
        ]
    }


class SelfCheckPrompts(SphinxTransform):
    """标签为 ``self-check`` 的折叠格，提示语写明它是本节自检。"""

    default_priority = 800

    def apply(self, **kwargs: Any) -> None:
        """改写提示语。"""
        for cell in self.document.findall(nodes.container):
            if "tag_self-check" in cell.get("classes", ()) and "prompt_show" in cell:
                cell["prompt_show"], cell["prompt_hide"] = "展开自检代码", "收起自检代码"


def setup(app: Sphinx) -> dict[str, Any]:
    """登记扩展。"""
    app.add_config_value("book_data_mode", "auto", "html")
    app.add_config_value("book_threads", "", "html")
    app.add_config_value("comments_config", {}, "html")  # jupyter-book 总会给出，而本书不用评论
    app.add_lexer("book-output", OutputLexer)
    app.connect("config-inited", settings_from_environment)
    app.connect("config-inited", allow_parallel)
    app.connect("builder-inited", copy_mathjax)
    app.connect("write-started", copy_styles_first)
    app.add_transform(SelfCheckPrompts)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
