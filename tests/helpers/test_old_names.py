"""旧名字用错了地方、版本或字母：各说各的原因；旧的调用写法说明这里怎么写。"""

from __future__ import annotations

import subprocess
import sys

import matplotlib as mpl
import pytest
import torch

import d2l_helpers
from d2l_helpers import compat, oldnames

mpl.use("Agg")


def test_old_names_are_those_of_compat() -> None:
    assert set(compat.__all__) - set(d2l_helpers.__all__) == oldnames.OLD
    assert set(oldnames.OURS) < oldnames.OLD
    others = [oldnames.NEWER, oldnames.OTHER, frozenset(oldnames._CHAPTER)]
    for names in others:
        assert not names & set(compat.__all__)
    assert sum(map(len, others)) == len(frozenset.union(*others))  # 一个名字只有一种说法
    assert len(oldnames._CHAPTER) == sum(len(text.split()) for text in oldnames.LATER.values())


@pytest.mark.parametrize("name", ["train_ch3", "Accumulator", "load_data_fashion_mnist", "plt"])
def test_the_book_package_points_to_compat(name: str) -> None:
    with pytest.raises(AttributeError, match="from d2l_helpers import compat as d2l") as caught:
        getattr(d2l_helpers, name)
    assert f"{name!r}：它是公开 d2l 包的名字" in str(caught.value)
    assert "accuracy 在这里是比例" in str(caught.value)
    assert ("本书的写法是" in str(caught.value)) is (name in oldnames.OURS)


def test_the_suggested_replacements_exist() -> None:
    for old, ours in oldnames.OURS.items():
        for words in ours.split(" 或 "):
            path = words.replace("d2l.", "d2l_helpers.", 1).split(".")[1:]
            thing = d2l_helpers
            for part in path:
                thing = getattr(thing, part)
            assert callable(thing), old


CASES = [
    # 名字、在哪里、应当说的
    ("train_s2s_ch9", compat, "0.14–0.16 版"),
    ("load_data_ptb", compat, "“自然语言处理：预训练”一章"),
    ("TokenEmbedding", d2l_helpers, "“自然语言处理：预训练”一章"),
    ("update_D", compat, "“生成对抗网络”一章"),
    ("HyperParameters", compat, "1.0 版"),
    ("Module", d2l_helpers, "1.0 版"),
    ("add_to_class", compat, "1.0 版"),
    ("FlattenLayer", compat, "d2lzh_pytorch"),
    ("Acumulator", compat, "是不是想写 Accumulator"),
    ("accumulator", compat, "是不是想写 Accumulator"),
    ("load_fashion_minst", d2l_helpers, "是不是想写 load_fashion_mnist"),
    ("evaluate_acuracy", compat, "是不是想写 evaluate_accuracy"),
    ("train_epoch_ch4", d2l_helpers, "train_epoch_ch8 与 train_epoch_ch3 是公开 d2l 包的"),
    ("multibox_priors", compat, "是不是想写 multibox_prior"),
    ("train_2D", compat, "是不是想写 train_2d"),
    ("voc_rand_crops", compat, "是不是想写 voc_rand_crop"),
    ("predict_sentiments", compat, "predict_sentiment（“自然语言处理：应用”一章）"),
    ("MultiHeadAttension", compat, "是不是想写 MultiHeadAttention"),
    ("qwertyuiop", compat, "也没听说过"),
    ("qwertyuiop", d2l_helpers, "也没听说过"),
    ("compat", None, "from d2l_helpers import compat。"),
]


@pytest.mark.parametrize(("name", "where", "said"), CASES)
def test_four_causes_are_told_apart(name: str, where, said: str) -> None:
    if where is None:
        message = oldnames.explain_missing(name, d2l_helpers.__all__, "d2l_helpers")
    else:
        with pytest.raises(AttributeError) as caught:
            getattr(where, name)
        message = str(caught.value)
    assert said in message
    causes = [
        "一章的名字",
        "1.0 版的名字",
        "0.14–0.16 版的名字",
        "d2lzh_pytorch 的",
        "是不是想写",
        "相近的有",
        "没听说过",
    ]
    assert sum(cause in message for cause in causes) == (where is not None)


def test_a_near_name_of_the_old_package_says_where_it_is() -> None:
    with pytest.raises(AttributeError, match=r"train_ch6.*是公开 d2l 包的名字") as caught:
        _ = d2l_helpers.train_ch66
    assert oldnames.IMPORT in str(caught.value)
    with pytest.raises(AttributeError) as caught:
        _ = d2l_helpers.plot_hystory
    assert oldnames.IMPORT not in str(caught.value)


def test_private_names_stay_short() -> None:
    with pytest.raises(AttributeError, match=r"^d2l_helpers 里没有 '_repr_html_'。$"):
        _ = d2l_helpers._repr_html_


def test_old_calls_say_how_to_write_them() -> None:
    x = torch.arange(4.0)
    with pytest.raises(TypeError, match=r'xlabel="x"') as caught:
        d2l_helpers.plot(x, x**2, "x", "f(x)")
    assert oldnames.IMPORT in str(caught.value)
    with pytest.raises(TypeError, match="compat as d2l"):
        d2l_helpers.plot(X=x, Y=x)
    with pytest.raises(TypeError, match=r"titles=\[…\]"):
        d2l_helpers.show_images(torch.rand(2, 4, 4), 1, 2, ["one", "two"])
    with pytest.raises(TypeError, match="compat as d2l"):
        d2l_helpers.show_images(imgs=torch.rand(2, 4, 4), num_rows=1, num_cols=2)


def test_a_type_error_inside_is_left_as_it_is() -> None:
    with pytest.raises(TypeError) as caught:
        d2l_helpers.plot(None, [1.0, 2.0], xlabel="x", figsize=3)
    assert oldnames.IMPORT not in str(caught.value)
    assert d2l_helpers.plot([1, 2], [3, 4], title="t").get_title() == "t"
    assert d2l_helpers.plot.__doc__.startswith("画一条或几条曲线")


def test_star_import_brings_what_the_old_one_brought() -> None:
    code = """
from d2l_helpers.compat import *
print(torch.arange(2).tolist(), transforms.ToTensor().__class__.__name__, torchvision.__name__,
      pd.__name__, plt.__name__, np.__name__, nn.__name__, requests.__name__, d2l.__name__)
print("datasets" in globals(), "importlib" in globals(), d2l.d2l is d2l)
"""
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [
        "[0, 1] ToTensor torchvision pandas matplotlib.pyplot numpy torch.nn requests "
        "d2l_helpers.compat",
        "False False True",
    ]


def test_compat_is_still_imported_by_name_and_light() -> None:
    code = """
import sys
from d2l_helpers import compat as d2l
print(d2l.train_ch3.__name__, sorted({"torchvision", "pandas", "requests"} & set(sys.modules)))
"""
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "train_ch3 []\n"
