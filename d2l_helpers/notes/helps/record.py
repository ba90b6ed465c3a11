"""帮过什么：每一样帮助登记一次，一格运行完取走。"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """一类帮助。

    参数:
        say: 一句话，说做了什么。
        errata: 对应的勘误，没有就是 ``None``。
        fix: 应当怎样写；没有就是空串。
    """

    say: str
    errata: int | None = None
    fix: str = ""


KINDS: dict[str, Kind] = {
    "d2l": Kind("旧包 d2l 换成本书的 compat", fix="from d2l_helpers import compat as d2l"),
    "wait": Kind("等 GPU、数 GPU 的调用：这里没有 GPU，当作没有事", 36, "d2l.synchronize()"),
    "device": Kind("写死的 GPU：这里没有，放在 CPU 上", 36, "device = d2l.try_gpu()"),
    "scatter": Kind("scatter 不收 CPU，改由我们切开", 36, "d2l.split_batch(X, y, devices)"),
    "data": Kind("不联网，数据由本书给"),
    "window": Kind("没有窗口：图存成文件，不等人来关"),
    "key": Kind("不等人按键", 33, "d2l.LiveCurve(…)  # 看训练的进展"),
    "prompt": Kind("有人要输入：替你答了", fix="--answer 文字，或者把值写成变量"),
    "magic": Kind("魔法命令：这里用不着，跳过"),
    "shell": Kind("命令没有执行：这里不安装、不下载"),
    "workers": Kind("读数据的工作进程改为 0 个，在本进程里读", 32),
    "quick": Kind("快跑：轮数、批数、批的大小减少了"),
    "smaller": Kind("快跑：放大的图缩小一半"),
    "original": Kind("快跑：图缩小以后这一格出错，换一个进程照原来的大小重跑了"),
    "renamed": Kind("名字已经改了，旧名字暂时接上"),
    "strings": Kind("pandas 的文字列照旧版当作 object", 17, 't.select_dtypes("number")'),
    "pickle": Kind("存的是整个网络：按旧的缺省读", fix="torch.save(net.state_dict(), 文件)"),
    "sleep": Kind("快跑：不等待"),
}  # fmt: skip

_given: Counter[tuple[str, str]] = Counter()


def record(kind: str, detail: str = "") -> None:
    """记下一次帮助；同一格里同样的只列一次，附次数。"""
    if kind not in KINDS:
        raise KeyError(f"没有登记 {kind!r} 这类帮助，请先写进 KINDS。")
    _given[kind, detail] += 1


def drain() -> list[dict]:
    """取走到现在为止的帮助：``{"kind", "detail", "count"}`` 的列表。"""
    rows = [{"kind": k, "detail": d, "count": n} for (k, d), n in _given.items()]
    _given.clear()
    return rows
