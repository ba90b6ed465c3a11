"""注释与正文里流传的说法；认的是字面，所以只说“像是”。"""

from __future__ import annotations

import re

from d2l_helpers.notes.diagnosis.catalogue import Advice, erratum

_DENIED = re.compile(r"不是|并非|并不|误|错|不对|其实|流传|以为|≠|吗")
_CLAIMS: tuple[tuple[int, str], ...] = (
    (5, r"标量(?:是|就是|为|属于).{0,4}(?:一|1) ?(?:维|阶|-?d\b)"),
    (6, r"view.{0,8}reshape.{0,8}(?:完全)?(?:一样|相同|等价|没有区别)"),
    (6, r"view.{0,6}(?:不能|不支持|不可以).{0,4}[-−]1"),
    (6, r"reshape.{0,8}(?:从不|不会|绝不).{0,4}(?:复制|拷贝)"),
    (7, r"permute.{0,10}(?:必须|只能|一定).{0,6}(?:三|3) ?个"),
    (9, r"id.{0,10}(?:相同|一样|相等).{0,10}共享.{0,4}内存"),
    (10, r"detach.{0,8}深拷贝|\.data.{0,8}浅拷贝"),
    (11, r"\(2, ?5, ?4\).{0,16}(?:1|一) ?轴.{0,16}\(2, ?1, ?4\)"),
    (13, r"一维(?:张量|数组|向量).{0,4}(?:就是|是|即|为).{0,3}列向量"),
    (21, r"(?:MSE|均方).{0,12}分类|交叉熵.{0,12}回归(?!.*分类)"),
    (23, r"NP.{0,16}(?:梯度|卡住|收敛|局部)|(?:梯度|卡住).{0,20}NP"),
    (24, r"PyTorch.{0,16}(?:不支持|用不了|不能用).{0,8}(?:Mac|苹果|M1|M2)"),
    (25, r"(?:梯度)?累加?.{0,10}只是?为?了?.{0,6}(?:省|节省|节约).{0,4}(?:内存|显存)"),
    (39, r"迭代器.{0,12}(?:从头|重新).{0,6}(?:再|遍历|迭代)"),
)  # fmt: skip
MANY_AXES = re.compile(r"sum\((?:axis|dim) ?= ?[\[(]-?\d+, ?-?\d")
_ASKED = re.compile(r"[?？]|不懂|不明白|没看懂|不理解|不知道|什么意思|何意|待查")
_ANSWERED = re.compile(r"答|因为|一次|同时|一起|压掉|去掉|剩|两个轴|所有|全部")
_ONE_BY_ONE = re.compile(  # 与 sum(0).sum(1) 混为一谈
    r"(?:等于|等价|相当于|就是|等同|一样|相同|=).{0,12}"
    r"sum\((?:(?:axis|dim) ?= ?)?0\)\.sum\((?:(?:axis|dim) ?= ?)?1\)"
)
_CONDA = re.compile(r"conda\s+create\s+-n\s+(-y|--yes)\s+(\S+)(.*)")
_SHAPE = re.compile(r"\(\(?(\d+), ?(\d+), ?(\d+)\)?\)")
_TABLE = re.compile(r"(\d+) ?行 ?(\d+) ?列")
_HAN = "一二三四五六七八九十"
_PICK = re.compile(
    r"\w\[(\d+), ?(\d+)\][^\[]*#"
    rf".*?第([{_HAN}\d]+)行.{{0,2}}第([{_HAN}\d]+)列"
)


def about_text(text: str, *, code: bool) -> list[Advice]:
    """一段文字里像是流传的错误说法的。

    参数:
        text: 一格代码，或者一段正文。
        code: 是代码；代码里只看注释。
    """
    found = []
    for i, row in enumerate(text.split("\n"), start=1):
        said = row.partition("#")[2] if code else row
        if conda := _CONDA.search(row):
            fixed = row.replace(conda.group(0), f"conda create -y -n {conda[2]}{conda[3]}")
            found.append(erratum(18, i, row, fixed))
        if said and _about_axes(row, said):
            found.append(erratum(12, i, row, known=False))
        if not said or _DENIED.search(said):
            continue
        numbers = [number for number, pattern in _CLAIMS if re.search(pattern, said, re.I)]
        if code:
            numbers += _about_shape(row, said) + _about_index(row)
        found += [erratum(n, i, row, known=False) for n in dict.fromkeys(numbers)]
    return found


def _about_axes(row: str, said: str) -> bool:
    """对几个轴一起求和，注释在问是什么意思，或者当成先后求两次。"""
    if not MANY_AXES.search(row) or _ANSWERED.search(said):
        return False
    wrong = _ONE_BY_ONE.search(said) and not _DENIED.search(said)
    return bool(wrong or _ASKED.search(said))


def _about_shape(row: str, said: str) -> list[int]:
    shape, table = _SHAPE.search(row.partition("#")[0]), _TABLE.search(said)
    wrong = shape and table and shape.groups()[1:] == table.groups()
    return [2] if wrong and not re.search("个|块|张", said) else []


def _number(text: str) -> int:
    return int(text) if text.isdigit() else f"零{_HAN}".find(text)


def _about_index(row: str) -> list[int]:
    if found := _PICK.search(row):
        i, j, said_i, said_j = found.groups()
        if (_number(said_i), _number(said_j)) == (int(i), int(j)):
            return [4]
    return []
