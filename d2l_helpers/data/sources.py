"""数据的来历：全书每个数据集的地址、镜像、摘要、许可与替身。

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

from dataclasses import dataclass

D2L = "https://d2l-data.s3-accelerate.amazonaws.com/"


@dataclass(frozen=True)
class RemoteFile:
    """原始数据的一个文件。

    参数:
        filename: 本地的文件名。
        url: 首选地址；``None`` 表示不能直接下载（例如要登录），只能由读者自己放好。
        mirrors: 备用地址，依次尝试。
        digest: ``"sha1:…"``、``"md5:…"`` 或 ``"sha256:…"``；``None`` 表示没有公布的摘要。
        archive: 是否要解压（zip、tar、tar.gz、tar.bz2、tar.xz，以及单个文件的 gz）。
        into: 放到或解压到数据集文件夹里的哪个子文件夹。
        yields: 放好或解压之后必须存在的路径，相对于数据集文件夹。
    """

    filename: str
    url: str | None = None
    mirrors: tuple[str, ...] = ()
    digest: str | None = None
    archive: bool = False
    into: str = ""
    yields: tuple[str, ...] = ()

    @property
    def urls(self) -> tuple[str, ...]:
        """首选地址与镜像，按尝试的次序。"""
        return self.mirrors if self.url is None else (self.url, *self.mirrors)

    @property
    def required(self) -> tuple[str, ...]:
        """放好之后必须存在的路径：``yields``，没写时就是文件自己。"""
        return self.yields or (f"{self.into}/{self.filename}".lstrip("/"),)


@dataclass(frozen=True)
class Source:
    """一个数据集。

    参数:
        name: 名字，也是缓存里的文件夹名。
        title: 一句中文说明。
        files: 原始数据的各个文件；书里自制的数据没有文件。
        root: ``dataset_root`` 返回哪个子文件夹；空串是数据集文件夹本身。
        license: 许可与出处。
        section: 用到它的一节（标签里 ``sec-`` 之后的部分）。
        standin: 替身生成器 ``"模块:函数"``，用到时才导入；``None`` 表示还没有替身。
        own: 数据本来就是书里自制的：生成器写出的就是真实数据，不是谁的替身。
    """

    name: str
    title: str
    files: tuple[RemoteFile, ...] = ()
    root: str = ""
    license: str = ""
    section: str = ""
    standin: str | None = None
    own: bool = False


def _plain(filename: str, sha1: str) -> RemoteFile:
    return RemoteFile(filename, D2L + filename, digest=f"sha1:{sha1}")


def _archive(
    url: str, digest: str, *yields: str, mirrors: tuple[str, ...] = ()
) -> tuple[RemoteFile, ...]:
    filename = url.rpartition("/")[2]
    return (RemoteFile(filename, url, mirrors, digest, archive=True, yields=yields),)


def _d2l_zip(filename: str, sha1: str) -> tuple[RemoteFile, ...]:
    return _archive(D2L + filename, f"sha1:{sha1}", filename.removesuffix(".zip"))


def _fashion_file(name: str, md5: str) -> RemoteFile:
    site = "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"
    github = "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/"
    raw = "FashionMNIST/raw"  # torchvision 认的布局
    gz = f"{name}.gz"
    return RemoteFile(gz, site + gz, (github + gz,), f"md5:{md5}", True, raw, (f"{raw}/{name}",))


VISION = (
    Source(
        "fashion_mnist",
        "Fashion-MNIST：十类服饰的灰度图，28×28，训练 6 万、测试 1 万",
        (
            _fashion_file("train-images-idx3-ubyte", "8d4fb7e6c68d591d4c3dfef9ec88bf0d"),
            _fashion_file("train-labels-idx1-ubyte", "25c81989df183df01b3e8a0aad5dffbe"),
            _fashion_file("t10k-images-idx3-ubyte", "bef4ecab320f06d8554ea6380940ec79"),
            _fashion_file("t10k-labels-idx1-ubyte", "bb300cfdad3c16e7a12a480ee83cd310"),
        ),
        license="MIT；Xiao, Rasul, Vollgraf（2017），arXiv:1708.07747",
        section="image-classification-dataset",
        standin="d2l_helpers.data.standins.fashion:generate",
    ),
    Source(
        "hotdog",
        "热狗：有与没有热狗的照片，两类",
        _d2l_zip("hotdog.zip", "fba480ffa8aa7e0febbb511d181409f899b9baa5"),
        root="hotdog",
        license="网络图片，仅供学习；由 d2l 课程整理",
        section="fine-tuning",
    ),
    Source(
        "banana-detection",
        "香蕉检测：每张图里一根香蕉和它的边界框",
        _d2l_zip("banana-detection.zip", "5de26c8fce5ccdea9f91267273464dc968d20d72"),
        root="banana-detection",
        license="由 d2l 课程合成",
        section="object-detection-dataset",
    ),
    Source(
        "voc2012",
        "Pascal VOC2012：20 类物体的语义分割（约 2 GB）",
        _archive(
            D2L + "VOCtrainval_11-May-2012.tar",
            "sha1:4e443f8a2eca6b1dac8a6c57641b67dd40621a49",
            "VOCdevkit/VOC2012",
            mirrors=(
                "https://thor.robots.ox.ac.uk/pascal/VOC/voc2012/VOCtrainval_11-May-2012.tar",
                "http://host.robots.ox.ac.uk/pascal/VOC/voc2012/VOCtrainval_11-May-2012.tar",
            ),
        ),
        root="VOCdevkit/VOC2012",
        license="图片来自 flickr，遵其使用条款；Everingham 等（2012）",
        section="semantic-segmentation",
    ),
    Source(
        "cifar10_tiny",
        "CIFAR-10 竞赛的小样本：1000 张训练图、5 张测试图",
        _d2l_zip("kaggle_cifar10_tiny.zip", "2068874e4b9a9f0fb07ebe0ad2b29754449ccacd"),
        root="kaggle_cifar10_tiny",
        license="Krizhevsky（2009）；由 d2l 课程截取",
        section="kaggle-cifar10",
    ),
    Source(
        "cifar10",
        "CIFAR-10：十类彩色图，32×32，训练 5 万、测试 1 万",
        _archive(
            "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz",
            "md5:c58f30108f718f92721af3b95e74349a",
            "cifar-10-batches-py",
            mirrors=("https://dataset.bj.bcebos.com/cifar/cifar-10-python.tar.gz",),
        ),
        license="Krizhevsky（2009），Learning Multiple Layers of Features from Tiny Images",
        section="kaggle-cifar10",
    ),
    Source(
        "dog_breeds_tiny",
        "犬种识别竞赛的小样本",
        _d2l_zip("kaggle_dog_tiny.zip", "0cb91d09b814ecdc07b50f31f8dcad3e81d6a86d"),
        root="kaggle_dog_tiny",
        license="取自 Stanford Dogs（ImageNet）；由 d2l 课程截取",
        section="kaggle-dog",
    ),
    Source(
        "dog_breeds",
        "犬种识别竞赛的全部数据，120 类（须登录 Kaggle 自行下载）",
        # 登录后才能下载，没有直接的地址，也没有公布的摘要。
        (RemoteFile("dog-breed-identification.zip", archive=True, yields=("labels.csv",)),),
        license="https://www.kaggle.com/c/dog-breed-identification；取自 Stanford Dogs",
        section="kaggle-dog",
    ),
)

TEXT = (
    Source(
        "time_machine",
        "《时光机器》：H. G. Wells 的小说，英文",
        (_plain("timemachine.txt", "090b5e7e70c295757f55df93cb0a180b9691891a"),),
        license="公有领域；Project Gutenberg",
        section="text-preprocessing",
    ),
    Source(
        "fra-eng",
        "英语—法语句对",
        _d2l_zip("fra-eng.zip", "94646ad1522d915e7b0f9296181140edcf86a4f5"),
        root="fra-eng",
        license="CC BY 2.0 FR；Tatoeba，由 manythings.org/anki 整理",
        section="machine-translation-dataset",
    ),
    Source(
        "ptb",
        "PTB：《华尔街日报》语料，分好的训练、验证、测试集",
        _d2l_zip("ptb.zip", "319d85e578af0cdc590547f26231e4e31cdf1e42"),
        root="ptb",
        license="Penn Treebank，仅供学习；由 T. Mikolov 预处理",
        section="word-embedding-dataset",
    ),
    Source(
        "glove.6b.50d",
        "GloVe 词向量，50 维",
        _d2l_zip("glove.6B.50d.zip", "0b8703943ccdb6eb788e6f091b8946e82231bc4d"),
        root="glove.6B.50d",
        license="PDDL；Pennington, Socher, Manning（2014）",
        section="similarity-analogy",
    ),
    Source(
        "glove.6b.100d",
        "GloVe 词向量，100 维",
        _d2l_zip("glove.6B.100d.zip", "cd43bfb07e44e6f27cbcc7bc9ae3d80284fdaf5a"),
        root="glove.6B.100d",
        license="PDDL；Pennington, Socher, Manning（2014）",
        section="similarity-analogy",
    ),
    Source(
        "wiki.en",
        "fastText 英文词向量，300 维",
        _d2l_zip("wiki.en.zip", "c1816da3821ae9f43899be655002f6c723e91b88"),
        root="wiki.en",
        license="CC BY-SA 3.0；Bojanowski 等（2017）",
        section="similarity-analogy",
    ),
    Source(
        "wikitext-2",
        "WikiText-2：维基百科条目",
        _archive(
            "https://wikitext.smerity.com/wikitext-2-v1.zip",
            "sha1:3c914d17d80b1459be871a5039ac23e752a53cbe",
            "wikitext-2",
            mirrors=("https://s3.amazonaws.com/research.metamind.io/wikitext/wikitext-2-v1.zip",),
        ),
        root="wikitext-2",
        license="CC BY-SA 3.0；Merity 等（2016），arXiv:1609.07843",
        section="bert-dataset",
    ),
    Source(
        "imdb",
        "IMDb 影评：正面与负面，训练、测试各 2.5 万条",
        _archive(
            "https://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz",
            "sha1:01ada507287d82875905620988597833ad4e0903",
            "aclImdb/train",
            "aclImdb/test",
            mirrors=("https://bj.bcebos.com/dataset/imdb%2FaclImdb_v1.tar.gz",),
        ),
        root="aclImdb",
        license="仅供研究；Maas 等（2011）",
        section="sentiment-dataset",
    ),
    Source(
        "snli",
        "SNLI：自然语言推断的句对，约 57 万对",
        _archive(
            "https://nlp.stanford.edu/projects/snli/snli_1.0.zip",
            "sha1:9fcde07509c7e87ec61c640c1b2753d9041758e4",
            "snli_1.0",
        ),
        root="snli_1.0",
        license="CC BY-SA 4.0；Bowman 等（2015），arXiv:1508.05326",
        section="nli-dataset",
    ),
)

TABLES = (
    Source(
        "house_tiny",
        "小小的房屋表格：有缺失值和类别列（本书自制）",
        license="CC BY-SA 4.0；本书",
        section="pandas",
        standin="d2l_helpers.data.standins.house_tiny:generate",
        own=True,
    ),
    Source(
        "house_prices",
        "房价预测竞赛：Ames 市的房屋，79 个特征",
        (
            _plain("kaggle_house_pred_train.csv", "585e9cc93e70b39160e7921475f9bcd7d31219ce"),
            _plain("kaggle_house_pred_test.csv", "fa19780a7b011d9b009e8bff8e99922a8ee2eb90"),
        ),
        license="仅供学习；De Cock（2011），Kaggle 竞赛 house-prices",
        section="kaggle-house-price",
        standin="d2l_helpers.data.standins.house_prices:generate",
    ),
    Source(
        "airfoil",
        "翼型自噪声：NASA 的风洞测量，1503 行",
        (_plain("airfoil_self_noise.dat", "76e5be1548fd8222e5074cf0faae75edff8cf93f"),),
        license="CC BY 4.0；Brooks, Pope, Marcolini（1989），UCI",
        section="minibatch-sgd",
    ),
)

SOURCES: dict[str, Source] = {s.name: s for s in (*TABLES, *VISION, *TEXT)}
