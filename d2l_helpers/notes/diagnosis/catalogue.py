"""勘误里程序认得出的各条：一句话，与讲清道理的一节。"""

from __future__ import annotations

from dataclasses import asdict, dataclass

SECTIONS = {
    "ndarray": ("01-preliminaries/01-ndarray", "数据操作"),
    "storage": ("01-preliminaries/02-tensor-storage", "张量的存储：视图、步幅与副本"),
    "pandas": ("01-preliminaries/03-pandas", "数据预处理"),
    "linear": ("01-preliminaries/04-linear-algebra", "线性代数"),
    "autograd": ("01-preliminaries/06-autograd", "自动微分"),
    "lookup": ("01-preliminaries/08-lookup-api", "查阅文档"),
    "install": ("00-start/02-installation", "安装与运行"),
    "regression": ("02-linear-networks/01-linear-regression", "线性回归与基础优化"),
    "softmax": ("02-linear-networks/04-softmax-regression", "softmax 回归与损失函数"),
    "images": ("02-linear-networks/05-image-classification-dataset", "图像分类数据集"),
    "softmax-scratch": ("02-linear-networks/06-softmax-scratch", "softmax 回归的从零开始实现"),
    "softmax-concise": ("02-linear-networks/07-softmax-concise", "softmax 回归的简洁实现"),
    "mlp": ("03-multilayer-perceptrons/02-mlp-scratch", "多层感知机的从零开始实现"),
    "house": ("03-multilayer-perceptrons/10-kaggle-house-price", "实战：预测房价"),
    "blocks": ("04-dl-computation/01-model-construction", "层和块"),
    "layer": ("04-dl-computation/04-custom-layer", "自定义层"),
    "files": ("04-dl-computation/05-read-write", "读写文件"),
    "gpu": ("04-dl-computation/06-use-gpu", "GPU"),
    "padding": ("05-cnn/03-padding-and-strides", "填充和步幅"),
    "many": ("11-performance/05-multi-gpu", "多 GPU 训练：从零开始的数据并行"),
    "ddp": (
        "11-performance/06-multi-gpu-concise",
        "多 GPU 训练的简洁实现：DistributedDataParallel",
    ),
    "iterators": ("15-tools/02-python-iterators", "枚举、打包、迭代器与生成器"),
    "notes": ("15-tools/09-old-notes", "带着旧笔记来"),
}

ERRATA: dict[int, tuple[str, str]] = {
    1: ("矩阵要写成列表套列表", "ndarray"),
    2: ("形状 (2, 3, 4) 是 2 个 3 行 4 列", "ndarray"),
    3: ("代码里混进了全角的标点", "lookup"),
    4: ("下标从 0 数起", "ndarray"),
    5: ("标量是 0 维，没有轴", "ndarray"),
    6: ("view 要连续的内存；reshape 不要，必要时复制；两者都认 −1", "storage"),
    7: ("permute 有几个轴就给几个", "storage"),
    8: ("torch.Tensor(n) 是长度为 n、没有初始化的张量", "storage"),
    9: ("id 是 Python 对象的编号，看不出共享内存", "storage"),
    10: (".detach() 与 .data 都共享内存，就地改动会弄坏梯度", "storage"),
    11: ("求和默认去掉那个轴，keepdim=True 才留下", "linear"),
    12: ("sum(axis=[0, 1]) 一次压掉两个轴，同 sum(0).sum(0)", "linear"),
    13: ("一维张量没有行列之分，转置也变不出来", "linear"),
    14: ("torch.dot 只收一维；矩阵相乘用 @", "linear"),
    15: ("torch.norm、storage() 已经过时", "linear"),
    16: ("字符串里的反斜杠，或者拼错的名字", "lookup"),
    17: ("只对数值列求平均，哑变量指明 dtype", "pandas"),
    18: ("conda create -n 后面必须紧跟名字", "install"),
    19: ("从没跑过的拼写", "lookup"),
    20: ("打印的不是要看的那个，数是另一个变量的", "autograd"),
    21: ("分类用交叉熵，回归用平方误差", "softmax"),
    22: ("Huber 损失的外段是 |e| − 1/2，不是常数", "softmax"),
    23: ("梯度为零就不动，与 NP 无关", "regression"),
    24: ("PyTorch 能用 Mac 的 GPU（MPS）", "gpu"),
    25: ("梯度累加是链式法则，不只是省内存", "autograd"),
    26: ("测试精度在训练数据上算了", "softmax-scratch"),
    27: ("元素个数是 y.numel()；size 是方法", "mlp"),
    28: ("评估：关掉梯度，恢复模式，收普通函数也要有返回值", "mlp"),
    29: ("_modules 的键要用字符串", "blocks"),
    30: ("forward 里用了 .data，学不到东西", "layer"),
    31: ("先 softmax 再取对数会下溢，由 logits 直接算", "softmax-concise"),
    32: ("工作进程要放在 if __name__ == '__main__': 里面启动", "iterators"),
    33: ("notebook 里没有窗口，等不到按键", "softmax-concise"),
    34: ("浮点数相等要逐元素带容差地比", "ndarray"),
    35: ("注释里的形状与运行的不同", "padding"),
    36: ("写死了 GPU", "gpu"),
    37: ("data[i] = … 只换了名字，没有写进副本", "many"),
    38: ("多 GPU 用 DistributedDataParallel，不用 DataParallel", "ddp"),
    39: ("迭代器走完就空了，不能从头再来", "iterators"),
}


@dataclass(frozen=True)
class Advice:
    """一条意见。

    参数:
        what: 错在哪里。
        section: 讲清它的一节，``SECTIONS`` 里的名字；没有就是空串。
        errata: 第几条勘误；不在勘误里的是 ``None``。
        line: 格子里的第几行；不在一行上的是 ``None``。
        before: 原来的那一行。
        after: 改好的那一行；改法要看意思的，是空串。
        known: 真是错；假的只是“像是”，例如注释里的说法。
    """

    what: str
    section: str = ""
    errata: int | None = None
    line: int | None = None
    before: str = ""
    after: str = ""
    known: bool = True

    def row(self) -> dict:
        """变成可以写进 JSON 的字典，连同那一节的路径与标题。"""
        path, title = SECTIONS.get(self.section, ("", ""))
        return asdict(self) | {"section": path, "title": title}


def erratum(
    number: int, line: int | None = None, before: str = "", after: str = "", *, known: bool = True
) -> Advice:
    """第 ``number`` 条勘误；改好的一行与原来相同就不给。"""
    what, section = ERRATA[number]
    before, after = before.strip(), after.strip()
    after = "" if after == before else after
    return Advice(what, section, number, line, before, after, known)
