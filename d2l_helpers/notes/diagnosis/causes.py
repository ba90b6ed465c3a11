"""报错的各种原因：异常的种类、消息和那一行代码合在一起看。"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from d2l_helpers import compat
from d2l_helpers.notes.diagnosis.catalogue import Advice, erratum


@dataclass(frozen=True)
class Case:
    """一次报错：异常、消息、格子里的第几行、那一行、整格代码。"""

    error: BaseException
    message: str
    line: int | None
    row: str
    source: str

    def fix(self, pattern: str, replacement: str | Callable, count: int = 0) -> str:
        """把那一行按正则改好。"""
        return re.sub(pattern, replacement, self.row, count=count)

    def erratum(self, number: int, after: str = "") -> Advice:
        """第 ``number`` 条勘误，在这一行。"""
        return erratum(number, self.line, self.row, after)

    def advice(self, what: str, section: str = "", after: str = "") -> Advice:
        """不在勘误里的一条意见。"""
        before, after = self.row.strip(), after.strip()
        return Advice(what, section, None, self.line, before, "" if after == before else after)


Builder = Callable[[Case], Advice | None]


# ---- 语法 -----------------------------------------------------------------------------------
_WIDE = re.compile(r"[！-～　“”‘’。、《》【】－]")
_PLAIN = {"“": '"', "”": '"', "‘": "'", "’": "'", "。": ".", "、": ",", "　": " ", "【": "[",
          "】": "]", "《": "<", "》": ">"}  # fmt: skip


def _narrow(case: Case) -> str:
    return _WIDE.sub(
        lambda m: _PLAIN.get(m.group(), unicodedata.normalize("NFKC", m.group())), case.row
    )


def _syntax(case: Case) -> Advice | None:
    row, message = case.row, case.message
    if re.search(r"invalid (?:non-printable )?character", message) and _WIDE.search(row):
        return case.erratum(3, _narrow(case))
    if "unicodeescape" in message:
        return case.erratum(16, case.fix(r"(?<![rRbB])(['\"])(?=[^'\"]*\\[NUux])", r"r\1", 1))
    if "grad" in row and re.search(r"\bis now\b", row):
        return case.erratum(19, case.fix(r"\bis now\b", "is not"))
    if re.match(r"\s*print\s+[^(=]", row):
        return case.advice(
            "这是 Python 2 的 print 语句", "lookup", case.fix(r"print\s+(.+?)\s*$", r"print(\1)")
        )
    if re.search(r"\basync\s*=", row):
        return case.advice(
            "async 已是关键字，不能作名字", "lookup", case.fix(r"\basync\s*=", "non_blocking=")
        )
    return None


# ---- 名字 -----------------------------------------------------------------------------------
_TYPED = {"grad_data": "grad.data", "requires_gead": "requires_grad", "men": "mean"}


def _attribute(case: Case) -> Advice | None:
    name, owner = getattr(case.error, "name", None), getattr(case.error, "obj", None)
    if not name:
        return None
    if name == "numel" and "builtin_function_or_method" in case.message:
        return case.erratum(27, case.fix(r"\.size\.numel\(\)", ".numel()"))
    if old := _OLD.get(name):
        return case.advice(old[0], old[1], case.fix(rf"\.{name}\b", old[2]) if old[2] else "")
    if case.message.startswith("compat 里没有"):
        return case.advice("旧包里的这个名字，本书还没有接上（或者那个包里也没有）", "notes")
    if case.message.startswith("d2l_helpers 里没有") and hasattr(compat, name):
        what = "这是旧包的名字：旧笔记的导入行写 from d2l_helpers import compat as d2l"
        return case.advice(what, "notes")
    near = _TYPED.get(name) or next(
        iter(difflib.get_close_matches(name, _visible(owner), n=1, cutoff=0.6)), ""
    )
    if not near:
        return None
    number = 19 if name == "grad_data" else 16
    return case.erratum(number, case.fix(rf"\.{re.escape(name)}\b", f".{near}"))


def _visible(owner: Any) -> list[str]:
    return [name for name in dir(owner) if not name.startswith("_")] if owner is not None else []


_OLD = {  # 去掉了的名字 → 说明、小节、换成什么
    "append": ("DataFrame.append 已经去掉，用 pd.concat", "pandas", ""),
    "ix": (".ix 已经去掉：按标签用 .loc，按位置用 .iloc", "pandas", ".iloc"),
    "as_matrix": ("as_matrix 已经去掉", "pandas", ".to_numpy"),
    "iteritems": ("iteritems 已经去掉", "pandas", ".items"),
    "symeig": ("torch.symeig 已经去掉", "linear", ".linalg.eigh"),
    "lstsq": ("torch.lstsq 已经去掉", "linear", ".linalg.lstsq"),
    "qr": ("torch.qr 已经去掉", "linear", ".linalg.qr"),
    "solve": ("torch.solve 已经去掉；次序是 (A, b)", "linear", ".linalg.solve"),
    "gels": ("torch.gels 已经去掉", "linear", ".linalg.lstsq"),
    "ger": ("torch.ger 已经去掉", "linear", ".outer"),
    "split_and_load": ("MXNet 版的名字", "many", ".split_batch"),
}  # fmt: skip


def _name(case: Case) -> Advice | None:
    name = getattr(case.error, "name", "") or ""
    if name in ("le", "l") and re.search(r"\ble-\d", case.row):
        return case.erratum(19, case.fix(r"\ble-(\d)", r"1e-\1"))
    if re.search(r"super\(\s*\w+\.self", case.row):
        return case.erratum(19, case.fix(r"super\([^)]*\)", "super()"))
    if name in ("xrange", "raw_input", "unicode", "reduce"):
        return case.advice(
            "这是 Python 2 的名字",
            "lookup",
            case.fix("xrange", "range").replace("raw_input", "input"),
        )
    return None


def _keyword(case: Case) -> Advice | None:
    found = re.search(
        r"unexpected keyword argument '(\w+)'|invalid keyword.*?'(\w+)'|"
        r"'(\w+)' is an invalid keyword",
        case.message,
    )
    name = next((group for group in found.groups() if group), "") if found else ""
    near = difflib.get_close_matches(name, _KEYWORDS, n=1, cutoff=0.75) if name else []
    if name == "requires_gead":
        return case.erratum(19, case.fix(r"\brequires_gead\b", "requires_grad"))
    if near and near[0] != name:
        return case.erratum(19, case.fix(rf"\b{name}\b", near[0]))
    if name == "sparse" and "OneHot" in case.row:
        return case.advice("sparse 改名了", "house", case.fix(r"\bsparse\b", "sparse_output"))
    return None


_KEYWORDS = ("requires_grad", "keepdim", "weight_decay", "momentum", "device", "dtype",
             "batch_size", "shuffle", "padding", "stride", "kernel_size", "num_workers",
             "reduction", "indexing", "numeric_only", "dummy_na", "figsize")  # fmt: skip


# ---- 张量、表格、设备 -----------------------------------------------------------------------
def _runtime(case: Case) -> Advice | None:
    message = case.message
    if "view size is not compatible" in message:
        return case.erratum(6, case.fix(r"\.view\(", ".reshape("))
    if "permute" in message and "number of dimensions" in message:
        return case.erratum(7)
    if "1D tensors expected" in message:
        return case.erratum(14, case.fix(r"torch\.dot\(([^,()]+), ?([^,()]+)\)", r"\1 @ \2"))
    if "modified by an inplace operation" in message:
        return case.erratum(10)
    if "does not require grad" in message and ".data" in case.source:
        return case.erratum(30)
    if "bootstrapping phase" in message:
        return case.erratum(32)
    if "Can't call numpy() on Tensor that requires grad" in message:
        return case.advice(
            "要梯度的张量先 detach 再变成 numpy",
            "autograd",
            case.fix(r"\.numpy\(\)", ".detach().numpy()"),
        )
    if "mat1 and mat2" in message or "size of tensor a" in message:
        return case.advice("形状对不上：打印两边的 .shape，从第一处不同的轴查起", "ndarray")
    if re.search(r"expected scalar type (Long|Float)|should be Long|0D or 1D target", message):
        return case.advice("分类的标签要 int64、交叉熵收得分；回归的标签要 float32", "softmax")
    return None


def _torch_tensor(case: Case) -> Advice | None:
    if "tensor() takes 1 positional argument" in case.message:
        return case.erratum(1)
    if "numpy.object_" in case.message:
        fixed = case.fix(r"get_dummies\(([^()]*)\)", r"get_dummies(\1, dtype=float)")
        return case.erratum(17, fixed)
    if (
        "non-numeric" in case.message
        or "Could not convert" in case.message
        or (
            re.search(r"dtype 'str'|reduction|unsupported operand|could not convert", case.message)
            and re.search(r"\.(mean|std|median|sum)\(\)", case.row)
        )
    ):
        fixed = case.fix(r"\.(mean|std|median|sum)\(\)", r".\1(numeric_only=True)")
        return case.erratum(17, fixed)
    if "has no string dtype" in case.message:
        return case.erratum(17)
    return _keyword(case)


def _cuda(case: Case) -> Advice | None:
    if re.search(r"CUDA|NVIDIA|cuda", case.message):
        fixed = case.fix(r"torch\.device\([^()]*\)|(?<==)\s*['\"]cuda(:\d)?['\"]", "d2l.try_gpu()")
        return case.erratum(36, fixed)
    if isinstance(case.error, AssertionError) and "cuda.is_available" in case.row:
        return case.erratum(36)
    return None


TRAINED = re.compile(r"loss|acc|err|score|损失|精度|误差", re.IGNORECASE)


def _threshold(case: Case) -> Advice | None:
    if isinstance(case.error, AssertionError) and TRAINED.search(case.row):
        return case.advice("阈值是为原始数据写的；这里若用了替身，数会不同", "notes")
    return None


# ---- 模块、文件、网络 -----------------------------------------------------------------------
_MODULES = {
    "mxnet": "MXNet 已经停止维护；本书只有 PyTorch", "tensorflow": "本书只有 PyTorch",
    "paddle": "本书只有 PyTorch", "d2lzh": "第一版（2018）的包，名字与签名都不同",
    "d2lzh_pytorch": "第一版（2018）的包，名字与签名都不同", "torchtext": "torchtext 已停止维护",
    "cv2": "没有装 opencv-python；读图可以用 PIL", "sklearn": "没有装 scikit-learn",
    "sets": "Python 2 的模块", "visdom": "没有装 visdom；看曲线用 d2l.LiveCurve",
}  # fmt: skip


def _module(case: Case) -> Advice | None:
    name = (getattr(case.error, "name", "") or "").split(".")[0]
    if name == "d2l":
        return case.advice(
            "旧包 d2l 里别的框架的那一份，或者没有的模块",
            "notes",
            case.fix(r"from d2l import \w+", "from d2l import torch"),
        )
    known = _MODULES.get(name)
    return case.advice(known or f"没有装 {name}；运行器不安装，请在终端里 pip install", "install")


def _file(case: Case) -> Advice | None:
    if type(case.error).__name__ == "NoNetwork" or "运行器不联网" in case.message:
        return case.advice("笔记自己去下载；数据改由本书给，或者放在旁边读本地的", "notes")
    if isinstance(case.error, PermissionError) and "--here" in case.message:
        return case.advice("笔记要写到你的文件夹里", "notes")
    if isinstance(case.error, FileNotFoundError):
        return case.advice(
            "没有这个文件：路径是别人机器上的，或者文件没有一起带来",
            "files",
            case.fix(r"['\"][A-Za-z]:[^'\"]*[\\/]([^'\"\\/]+)['\"]", r"'\1'"),
        )
    return None


def _pickle(case: Case) -> Advice | None:
    return case.advice(
        "2.6 起 torch.load 缺省只读张量：存 state_dict，不存整个网络",
        "files",
        case.fix(r"torch\.load\(([^()]*)\)", r"torch.load(\1, weights_only=False)"),
    )


CAUSES: tuple[tuple[str, tuple[Builder, ...]], ...] = (
    ("SyntaxError IndentationError", (_syntax,)),
    ("AttributeError", (_attribute, _cuda)),
    ("NameError", (_name,)),
    ("ModuleNotFoundError ImportError", (_module,)),
    ("TypeError ValueError", (_torch_tensor,)),
    ("RuntimeError", (_cuda, _runtime)),
    ("AssertionError", (_cuda, _threshold)),
    ("UnpicklingError", (_pickle,)),
    ("OSError", (_file,)),
)
