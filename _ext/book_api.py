"""接口一页：由 d2l_helpers 的公开名字生成，按模块分组；文档字符串里的 MyST 写法转成 reST。"""

from __future__ import annotations

import importlib
import inspect
import re
import sys
from types import ModuleType
from typing import Any

from sphinx.application import Sphinx

PAGE = "reference/api"
MARK = "<!-- d2l_helpers 的公开名字 -->"
TITLES = {
    "training": "训练",
    "plotting": "作图",
    "trails": "优化一章的图",
    "heatmap": "热图",
    "checking": "对拍",
    "inspection": "看清一个网络",
    "parallel": "数据并行",
    "models.lenet": "LeNet",
    "models.alexnet": "AlexNet",
    "models.vgg": "VGG",
    "models.nin": "NiN",
    "models.googlenet": "GoogLeNet",
    "models.resnet": "ResNet",
    "models.densenet": "DenseNet",
    "models.efficientnet": "EfficientNet-Lite0",
    "models.ssd": "SSD",
    "models.fcn": "FCN",
    "models.rnn_lm": "循环神经网络语言模型",
    "models.encoder_decoder": "编码器—解码器的约定",
    "models.seq2seq": "序列到序列",
    "models.attention_seq2seq": "带注意力的序列到序列",
    "models.transformer": "Transformer",
    "layers": "层",
    "attention": "注意力",
    "losses": "损失",
    "optim": "优化",
    "descent": "优化一章的试验",
    "language": "语言模型的训练与续写",
    "translation": "翻译的训练、解码与评价",
    "metrics": "度量",
    "boxes": "框",
    "anchors": "锚框",
    "segmentation": "分割的度量",
    "data.hub.roots": "数据集",
    "data.hub.downloads": "下载",
    "data.batches": "批量",
    "data.synthetic": "合成数据",
    "data.vision": "图像数据",
    "data.photographs": "照片",
    "data.folders": "文件夹里的图像",
    "data.detection": "检测数据",
    "data.segmentation": "分割数据",
    "data.tabular": "表格数据",
    "data.text": "文本数据",
    "data.vocab": "词表",
    "data.windows": "语料的窗口",
    "data.translation": "翻译数据",
    "data.pairs": "句对",
    "data.numbers": "读数句对",
    "device": "设备",
    "profiles": "档位",
}
MARKUP = re.compile(
    r"``(?P<code>[^`]+)``|\{(?P<role>[\w:]+)\}`(?P<text>[^`]+)`|(?<![A-Za-z0-9$])\$(?P<tex>[^$\n]+)\$"
)


def public_names(package: ModuleType) -> dict[str, list[str]]:
    """``package.__all__`` 里的名字，按定义它的模块（不含包名）分组。"""
    groups: dict[str, list[str]] = {}
    for name in package.__all__:
        module = getattr(getattr(package, name), "__module__", None) or _home(package, name)
        groups.setdefault(module.removeprefix(f"{package.__name__}."), []).append(name)
    return groups


def _home(package: ModuleType, name: str) -> str:
    """常量不记得自己的模块：载入的模块里，名字与对象都相同的第一个。"""
    inside = f"{package.__name__}."
    value = getattr(package, name)
    known = sorted((key, module) for key, module in sys.modules.items() if key.startswith(inside))
    return next(key for key, module in known if getattr(module, name, None) is value)


def group_markdown(package: str, module: str, names: list[str]) -> str:
    """一个模块的标题、说明与各名字的 autodoc 指令。"""
    loaded = importlib.import_module(f"{package}.{module}")
    about = (inspect.getdoc(loaded) or "").split("\n\n")[0]
    title = TITLES.get(module, module)
    lines = [f"## {title}", "", f"`{package}.{module}`：{about}", "", "```{eval-rst}"]
    for name in names:
        value = getattr(loaded, name)
        kind = "class" if inspect.isclass(value) else "function" if callable(value) else "data"
        lines += [f".. auto{kind}:: {package}.{module}.{name}"]
        lines += ["   :members:", ""] if kind == "class" else [""]
    return "\n".join([*lines, "```", ""])


def fill_page(app: Sphinx, docname: str, source: list[str]) -> None:
    """读接口页时把标记换成各模块的内容。"""
    if docname != PAGE or MARK not in source[0]:
        return
    package = importlib.import_module("d2l_helpers")
    app.env.note_dependency(str(package.__file__))
    groups = public_names(package)
    order = {module: i for i, module in enumerate(TITLES)}
    modules = sorted(groups, key=lambda module: (order.get(module, len(order)), module))
    text = "\n".join(group_markdown("d2l_helpers", module, groups[module]) for module in modules)
    source[0] = source[0].replace(MARK, text)


def _rst(match: re.Match[str]) -> str:
    """一处行内标记的 reST 写法；两边加 ``\\ ``，因为 reST 不认紧挨着汉字的标记。"""
    if match["code"]:
        inner = f"``{match['code']}``"
    elif match["role"]:
        inner = f":{match['role']}:`{match['text']}`"
    else:
        inner = f":math:`{match['tex']}`"
    return f"\\ {inner}\\ "


def docstring_to_rst(
    app: Sphinx, what: str, name: str, obj: Any, options: Any, lines: list[str]
) -> None:
    """文档字符串里的代码、MyST 角色与行内公式改写成 reST。"""
    lines[:] = [MARKUP.sub(_rst, line) for line in lines]


def setup(app: Sphinx) -> dict[str, Any]:
    """登记扩展。"""
    app.connect("source-read", fill_page)
    app.connect("autodoc-process-docstring", docstring_to_rst)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
