"""全书每个数据集的登记，一类一个模块。

地址和摘要都抄自公开文件，没有一个是自己编的：

* ``d2l-data`` 桶里的文件与 sha1、IMDb 与 SNLI 的 sha1：d2l-ai/d2l-zh 与 d2l-ai/d2l-en 的
  ``d2l/torch.py`` 和各章源文件（``DATA_HUB`` 的登记）；
* Fashion-MNIST 的 md5：zalandoresearch/fashion-mnist 的 README 与
  ``torchvision.datasets.FashionMNIST``；CIFAR-10 的 md5：数据集主页与
  ``torchvision.datasets.CIFAR10``；
* VOC2012 在桶里的副本与原站是同一个文件：Gluon-CV 对原站地址登记的正是同一个 sha1；
* WikiText-2 的 sha1：GluonNLP 与 d2l；原来的 S3 地址已停止服务，作者自己的站点放在首位；
* 百度云上的两个镜像：Paddle 的 ``Cifar10`` 与 PaddleNLP 的 ``Imdb``，登记的 md5 与原站相同。

没有公布摘要的文件写 ``digest=None``：第一次取得时把它自己的 sha256 记下，以后据此核对。
"""

from __future__ import annotations

from d2l_helpers.data.hub.catalogue import packaged, tables, text, vision
from d2l_helpers.data.hub.sources import Source

SOURCES: dict[str, Source] = {
    source.name: source for topic in (tables, vision, text, packaged) for source in topic.SOURCES
}
