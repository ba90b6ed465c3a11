"""文本、词向量与句对。"""

from __future__ import annotations

from d2l_helpers.data.hub.catalogue.mirrors import archive, d2l_zip, plain
from d2l_helpers.data.hub.sources import Source

SOURCES = (
    Source(
        "time_machine",
        "《时光机器》：H. G. Wells 的小说，英文",
        (plain("timemachine.txt", "090b5e7e70c295757f55df93cb0a180b9691891a"),),
        license="公有领域；Project Gutenberg",
        section="text-preprocessing",
        standin="d2l_helpers.data.standins.time_machine:generate",
    ),
    Source(
        "fra-eng",
        "英语—法语句对",
        d2l_zip("fra-eng.zip", "94646ad1522d915e7b0f9296181140edcf86a4f5"),
        root="fra-eng",
        license="CC BY 2.0 FR；Tatoeba，由 manythings.org/anki 整理",
        section="machine-translation-dataset",
        standin="d2l_helpers.data.standins.fra_eng:generate",
    ),
    Source(
        "ptb",
        "PTB：《华尔街日报》语料，分好的训练、验证、测试集",
        d2l_zip("ptb.zip", "319d85e578af0cdc590547f26231e4e31cdf1e42"),
        root="ptb",
        license="Penn Treebank，仅供学习；由 T. Mikolov 预处理",
        section="word-embedding-dataset",
    ),
    Source(
        "glove.6b.50d",
        "GloVe 词向量，50 维",
        d2l_zip("glove.6B.50d.zip", "0b8703943ccdb6eb788e6f091b8946e82231bc4d"),
        root="glove.6B.50d",
        license="PDDL；Pennington, Socher, Manning（2014）",
        section="similarity-analogy",
    ),
    Source(
        "glove.6b.100d",
        "GloVe 词向量，100 维",
        d2l_zip("glove.6B.100d.zip", "cd43bfb07e44e6f27cbcc7bc9ae3d80284fdaf5a"),
        root="glove.6B.100d",
        license="PDDL；Pennington, Socher, Manning（2014）",
        section="similarity-analogy",
    ),
    Source(
        "wiki.en",
        "fastText 英文词向量，300 维",
        d2l_zip("wiki.en.zip", "c1816da3821ae9f43899be655002f6c723e91b88"),
        root="wiki.en",
        license="CC BY-SA 3.0；Bojanowski 等（2017）",
        section="similarity-analogy",
    ),
    Source(
        "wikitext-2",
        "WikiText-2：维基百科条目",
        archive(
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
        archive(
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
        archive(
            "https://nlp.stanford.edu/projects/snli/snli_1.0.zip",
            "sha1:9fcde07509c7e87ec61c640c1b2753d9041758e4",
            "snli_1.0",
        ),
        root="snli_1.0",
        license="CC BY-SA 4.0；Bowman 等（2015），arXiv:1508.05326",
        section="nli-dataset",
    ),
)
