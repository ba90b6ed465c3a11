"""图像数据集。"""

from __future__ import annotations

from d2l_helpers.data.hub.catalogue.mirrors import D2L, archive, d2l_zip
from d2l_helpers.data.hub.sources import RemoteFile, Source


def _fashion_file(name: str, md5: str) -> RemoteFile:
    site = "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"
    github = "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/"
    raw = "FashionMNIST/raw"  # torchvision 认的布局
    gz = f"{name}.gz"
    return RemoteFile(gz, site + gz, (github + gz,), f"md5:{md5}", True, raw, (f"{raw}/{name}",))


SOURCES = (
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
        standin="d2l_helpers.data.standins.fashion_mnist:generate",
    ),
    Source(
        "hotdog",
        "热狗：有与没有热狗的照片，两类",
        d2l_zip("hotdog.zip", "fba480ffa8aa7e0febbb511d181409f899b9baa5"),
        root="hotdog",
        license="网络图片，仅供学习；由 d2l 课程整理",
        section="fine-tuning",
        standin="d2l_helpers.data.standins.hotdog:generate",
    ),
    Source(
        "banana-detection",
        "香蕉检测：每张图里一根香蕉和它的边界框",
        d2l_zip("banana-detection.zip", "5de26c8fce5ccdea9f91267273464dc968d20d72"),
        root="banana-detection",
        license="由 d2l 课程合成",
        section="object-detection-dataset",
        standin="d2l_helpers.data.standins.banana_detection:generate",
    ),
    Source(
        "voc2012",
        "Pascal VOC2012：20 类物体的语义分割（约 2 GB）",
        archive(
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
        standin="d2l_helpers.data.standins.voc2012:generate",
    ),
    Source(
        "cifar10_tiny",
        "CIFAR-10 竞赛的小样本：1000 张训练图、5 张测试图",
        d2l_zip("kaggle_cifar10_tiny.zip", "2068874e4b9a9f0fb07ebe0ad2b29754449ccacd"),
        root="kaggle_cifar10_tiny",
        license="Krizhevsky（2009）；由 d2l 课程截取",
        section="kaggle-cifar10",
        standin="d2l_helpers.data.standins.cifar10_tiny:generate",
    ),
    Source(
        "cifar10",
        "CIFAR-10：十类彩色图，32×32，训练 5 万、测试 1 万",
        archive(
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
        d2l_zip("kaggle_dog_tiny.zip", "0cb91d09b814ecdc07b50f31f8dcad3e81d6a86d"),
        root="kaggle_dog_tiny",
        license="取自 Stanford Dogs（ImageNet）；由 d2l 课程截取",
        section="kaggle-dog",
        standin="d2l_helpers.data.standins.dog_breeds_tiny:generate",
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
