"""EfficientNet-Lite0：倒残差块叠成的小网络，可以装上在 ImageNet 上训练好的权重。"""

from __future__ import annotations

from collections import OrderedDict

import torch
from torch import nn
from torch.nn import functional as F

from d2l_helpers.data.weights import efficientnet_lite0_weights

SIDE = 224  # 训练时图像的边长，像素
STEM, HEAD, NUM_CLASSES = 32, 1280, 1000

# 七段，各是（扩张倍数，核边长，第一块的步幅，输出通道，块数）
STAGES = (
    (1, 3, 1, 16, 1),
    (6, 3, 2, 24, 2),
    (6, 5, 2, 40, 2),
    (6, 3, 2, 80, 3),
    (6, 5, 1, 112, 3),
    (6, 5, 2, 192, 4),
    (6, 3, 1, 320, 1),
)


class SameConv2d(nn.Conv2d):
    """输出边长恒为 ⌈输入 / 步幅⌉ 的卷积；该补的零是奇数个时，多的一个补在右边与下边。

    步幅为 1 时就是 ``padding=核边长 // 2``。步幅为 2 而边长是偶数时，PyTorch 的对称填充两边各补
    一样多，这里左上少一个：训练这些权重的框架这样补，补得不同，特征就错开一个像素。
    """

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        """(批量, 输入通道, 高, 宽) → (批量, 输出通道, ⌈高/步幅⌉, ⌈宽/步幅⌉)。"""
        pads = []
        for size, kernel, stride in zip(X.shape[:1:-1], self.kernel_size, self.stride, strict=True):
            out = -(-size // stride)  # 向上取整
            total = max((out - 1) * stride + kernel - size, 0)
            pads += [total // 2, total - total // 2]  # 先左右，后上下
        return super().forward(F.pad(X, pads) if any(pads) else X)


def conv_norm(
    in_channels: int,
    out_channels: int,
    kernel_size: int,
    stride: int = 1,
    *,
    groups: int = 1,
    relu: bool = True,
) -> nn.Sequential:
    """返回卷积（无偏置）、批量规范化，以及可选的 ReLU6。

    参数:
        in_channels, out_channels: 输入与输出通道数。
        kernel_size: 核边长。
        stride: 步幅。
        groups: 分组数；等于通道数时是逐通道卷积。
        relu: 末尾有没有 ReLU6（截在 0 与 6 之间）。

    返回:
        子模块名为 conv、norm、relu 的 ``nn.Sequential``。
    """
    conv = SameConv2d(in_channels, out_channels, kernel_size, stride, groups=groups, bias=False)
    layers = OrderedDict(conv=conv, norm=nn.BatchNorm2d(out_channels, eps=1e-3))
    if relu:
        layers["relu"] = nn.ReLU6()
    return nn.Sequential(layers)


class InvertedResidual(nn.Module):
    """倒残差块：1×1 卷积扩张通道，逐通道卷积看邻域，1×1 卷积收窄；形状不变时加上输入。

    与普通的瓶颈相反，两头窄、中间宽；收窄之后没有激活，免得把少数几个通道里的负数都截掉。

    参数:
        in_channels, out_channels: 输入与输出通道数。
        expand: 扩张倍数；1 表示没有扩张的那一层。
        kernel_size: 逐通道卷积的核边长。
        stride: 逐通道卷积的步幅。

    输入形状 (批量, 输入通道, 高, 宽)，输出形状 (批量, 输出通道, ⌈高/步幅⌉, ⌈宽/步幅⌉)。

    出处:
        Sandler 等，CVPR 2018（MobileNetV2）。
    """

    def __init__(
        self, in_channels: int, out_channels: int, expand: int, kernel_size: int, stride: int
    ) -> None:
        super().__init__()
        middle = in_channels * expand
        self.expand = conv_norm(in_channels, middle, 1) if expand > 1 else nn.Identity()
        self.depthwise = conv_norm(middle, middle, kernel_size, stride, groups=middle)
        self.project = conv_norm(middle, out_channels, 1, relu=False)
        self.residual = stride == 1 and in_channels == out_channels

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        """前向传播，形状见类的说明。"""
        Y = self.project(self.depthwise(self.expand(X)))
        return X + Y if self.residual else Y


class EfficientNetLite0(nn.Module):
    """EfficientNet-Lite0：卷积一层、倒残差块七段、1×1 卷积、平均汇聚、线性的分类头。

    输入 (批量, 3, 高, 宽)，像素先换算成 (x/255 − 0.5)/0.5；在 224×224 上训练，别的大小也能算。
    换分类头：``net.classifier = nn.Linear(1280, 类别数)``。

    参数:
        num_classes: 类别数。

    属性:
        stem, stages, head: 第一层卷积、七段倒残差块、最后的 1×1 卷积。
        dropout, classifier: 暂退与线性层，``classifier`` 的输入是 1280 维。

    出处:
        Tan 与 Le（2019），arXiv:1905.11946；Lite 版去掉了挤压与激励，激活换成 ReLU6。
    """

    def __init__(self, num_classes: int = NUM_CLASSES) -> None:
        super().__init__()
        self.stem = conv_norm(3, STEM, 3, stride=2)
        self.stages = nn.ModuleList()
        channels = STEM
        for expand, kernel_size, stride, out_channels, num_blocks in STAGES:
            blocks = nn.Sequential()
            for i in range(num_blocks):
                step = stride if i == 0 else 1
                blocks.append(InvertedResidual(channels, out_channels, expand, kernel_size, step))
                channels = out_channels
            self.stages.append(blocks)
        self.head = conv_norm(channels, HEAD, 1)
        self.dropout = nn.Dropout(0.2)
        self.classifier = nn.Linear(HEAD, num_classes)

    def features(self, X: torch.Tensor) -> list[torch.Tensor]:
        """返回七段各自的输出，由大到小。

        224×224 的输入：(16, 112, 112)、(24, 56, 56)、(40, 28, 28)、(80, 14, 14)、
        (112, 14, 14)、(192, 7, 7)、(320, 7, 7)，前面都有批量那一轴；
        步幅是 2、4、8、16、16、32、32。
        """
        maps, X = [], self.stem(X)
        for stage in self.stages:
            X = stage(X)
            maps.append(X)
        return maps

    def embed(self, X: torch.Tensor) -> torch.Tensor:
        """返回分类头之前的特征，(批量, 1280)；不含暂退。"""
        X = self.stem(X)
        for stage in self.stages:
            X = stage(X)
        return self.head(X).mean((2, 3))

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        """返回各类的 logits，(批量, 类别)。"""
        return self.classifier(self.dropout(self.embed(X)))


def _renamed(name: str) -> str:
    """权重文件里的名字 → 这里的名字；块的编号由一整列改成（段，段内）。"""
    if name.startswith("_fc."):
        return name.replace("_fc.", "classifier.")
    names = {"_conv_stem": "stem.conv", "_bn0": "stem.norm"}
    names |= {"_conv_head": "head.conv", "_bn1": "head.norm"}
    place = ""
    if name.startswith("_blocks."):
        _, number, name = name.split(".", 2)
        stage, block = 0, int(number)
        while block >= STAGES[stage][-1]:
            block -= STAGES[stage][-1]
            stage += 1
        place = f"stages.{stage}.{block}."
        names = {"_expand_conv": "expand.conv", "_bn0": "expand.norm"}
        names |= {"_depthwise_conv": "depthwise.conv", "_bn1": "depthwise.norm"}
        names |= {"_project_conv": "project.conv", "_bn2": "project.norm"}
    layer, _, kind = name.partition(".")
    return f"{place}{names[layer]}.{kind}"


def efficientnet_lite0(pretrained: bool = False) -> EfficientNetLite0:
    """返回 EfficientNet-Lite0，465 万个参数；可以装上在 ImageNet 上训练好的权重。

    参数:
        pretrained: 真则装上权重与运行统计量（296 个张量，一个不剩）；假则随机初始化。

    返回:
        :class:`EfficientNetLite0`，处于训练模式；要推断请先 ``net.eval()``。

    异常:
        DataError: 没有装权重的那个包，或者文件与登记的不同。

    出处:
        权重见 :func:`d2l_helpers.data.weights.efficientnet_lite0_weights`。
    """
    net = EfficientNetLite0()
    if pretrained:
        weights = efficientnet_lite0_weights()
        net.load_state_dict({_renamed(name): value for name, value in weights.items()})
    return net


# 书里会遇到的类别：编号 → （中文，英文）；编号与英文名照 ImageNet（ILSVRC 2012）的次序
_NAMES = {
    1: ("金鱼", "goldfish"), 151: ("吉娃娃", "Chihuahua"), 162: ("比格犬", "beagle"),
    207: ("金毛寻回犬", "golden retriever"), 208: ("拉布拉多犬", "Labrador retriever"),
    235: ("德国牧羊犬", "German shepherd"), 250: ("西伯利亚雪橇犬", "Siberian husky"),
    251: ("斑点狗", "dalmatian"), 258: ("萨摩耶犬", "Samoyed"), 263: ("彭布罗克柯基犬", "Pembroke"),
    281: ("虎斑猫", "tabby"), 282: ("虎猫", "tiger cat"), 283: ("波斯猫", "Persian cat"),
    284: ("暹罗猫", "Siamese cat"), 285: ("埃及猫", "Egyptian cat"), 287: ("猞猁", "lynx"),
    291: ("狮子", "lion"), 292: ("老虎", "tiger"), 340: ("斑马", "zebra"),
    388: ("大熊猫", "giant panda"), 404: ("客机", "airliner"), 422: ("杠铃", "barbell"),
    450: ("雪橇", "bobsled"), 473: ("开罐器", "can opener"),
    504: ("咖啡杯", "coffee mug"), 517: ("起重机", "crane"),
    540: ("钻井平台", "drilling platform"), 560: ("橄榄球头盔", "football helmet"),
    573: ("卡丁车", "go-kart"), 657: ("导弹", "missile"), 682: ("方尖碑", "obelisk"),
    728: ("塑料袋", "plastic bag"),
    744: ("抛射体", "projectile"), 809: ("汤碗", "soup bowl"),
    812: ("航天飞机", "space shuttle"), 817: ("跑车", "sports car"), 897: ("洗衣机", "washer"),
    925: ("清汤", "consomme"),
    933: ("芝士汉堡", "cheeseburger"),
    934: ("热狗", "hotdog"), 950: ("橙子", "orange"), 951: ("柠檬", "lemon"),
    954: ("香蕉", "banana"), 963: ("比萨饼", "pizza"), 967: ("浓缩咖啡", "espresso"),
    968: ("杯子", "cup"),
}  # fmt: skip


def imagenet_name(index: int, *, english: bool = False) -> str:
    """返回 ImageNet 一类的名字；只收了书里遇到的几十类，别的写作“第 k 类”。

    参数:
        index: 类别编号，0–999。
        english: 真则返回英文（图中用），没有收的写作 ``class k``。

    返回:
        名字，例如 282 是“虎猫”（tiger cat）。

    异常:
        ValueError: 编号不在 0 与 999 之间。
    """
    index = int(index)
    if not 0 <= index < NUM_CLASSES:
        raise ValueError(f"ImageNet 的类别编号在 0 与 {NUM_CLASSES - 1} 之间，收到的是 {index}。")
    unknown = (f"第 {index} 类", f"class {index}")
    return _NAMES.get(index, unknown)[int(english)]
