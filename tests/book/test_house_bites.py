"""房子的规矩也会咬人：每条给一个坏例子，看它报不报。"""

from __future__ import annotations

import pytest

from tests.book import house


@pytest.mark.parametrize(
    "source",
    [
        "from d2l_helpers.training import train",
        "import d2l_helpers.compat",
        "from d2l_helpers import training",
        "from d2l_helpers import SGD",
        "from .training import train",
        "def f():\n    from d2l_helpers.plotting import plot",
    ],
)
def test_upward_imports_bite(source: str) -> None:
    assert house.imports_point_down("d2l_helpers.optim", source)


def test_downward_imports_pass() -> None:
    for source in ("from d2l_helpers.device import try_gpu", "from d2l_helpers import profiles"):
        assert house.imports_point_down("d2l_helpers.optim", source) == []
    hints = "if TYPE_CHECKING:\n    from d2l_helpers.training import History"
    assert house.imports_point_down("d2l_helpers.optim", hints) == []


@pytest.mark.parametrize(
    ("module", "target", "down"),
    [
        ("d2l_helpers.data.vision", "d2l_helpers.data.hub", True),
        ("d2l_helpers.data.vision", "d2l_helpers.data.hub.storage", True),
        ("d2l_helpers.data.hub.fetch", "d2l_helpers.data.vision", False),
        ("d2l_helpers.data.hub.fetch", "d2l_helpers.data.hub.roots", False),
        ("d2l_helpers.data.hub.fetch", "d2l_helpers.data.hub", False),
        ("d2l_helpers.data.hub.fetch", "d2l_helpers.models.resnet", False),
        ("d2l_helpers.data.hub", "d2l_helpers.data.hub.roots", True),
        ("d2l_helpers.data.vision", "d2l_helpers.data.tabular", False),
        ("d2l_helpers.data.standins.house_prices", "d2l_helpers.data.tabular", True),
        ("d2l_helpers.data.standins.house_prices", "d2l_helpers.data.standins.house_tiny", False),
        ("d2l_helpers.data.standins.hotdog", "d2l_helpers.data.standins.canvas", True),
        ("d2l_helpers.data.standins.canvas", "d2l_helpers.data.standins.hotdog", False),
        ("d2l_helpers.data.standins.hotdog", "d2l_helpers.data.standins", False),
        ("d2l_helpers.models.densenet", "d2l_helpers.models.resnet", True),
        ("d2l_helpers.models.resnet", "d2l_helpers.models", False),
        ("d2l_helpers.compat.parallel", "d2l_helpers.compat.training", True),
        ("d2l_helpers.compat.training", "d2l_helpers.compat.parallel", False),
        ("d2l_helpers.compat.training", "d2l_helpers", True),
        ("d2l_helpers.plotting", "d2l_helpers.compat.plotting", False),
    ],
)
def test_folders_have_an_order_of_their_own(module: str, target: str, down: bool) -> None:
    assert house.points_down(module, target) == down
    parent, _, name = target.rpartition(".")
    for source in (f"import {target}", f"from {parent or target} import {name}"):
        assert (house.imports_point_down(module, source) == []) == down


def test_new_modules_need_a_place() -> None:
    with pytest.raises(KeyError, match=r"novel.*位置"):
        house.points_down("d2l_helpers.data.hub.novel", "d2l_helpers.data.hub.storage")


def test_sizes_bite() -> None:
    assert house.sizes("x = 1\n" * (house.MAX_MODULE_LINES + 1))
    body = "    x = 1\n" * (house.MAX_FUNCTION_LINES + 1)
    assert house.sizes(f"def f():\n{body}")
    text = "    说明\n" * house.MAX_FUNCTION_LINES
    assert house.sizes(f'def f():\n    """说明\n{text}    """\n    return 1\n') == []


def test_documentation_bites() -> None:
    assert house.documented('def f(x: int) -> int:\n    """说明。"""\n') == []
    assert house.documented("def f(x: int) -> int:\n    return x\n")
    assert house.documented('def f(x) -> int:\n    """说明。"""\n')
    assert house.documented('def f(x: int):\n    """说明。"""\n')
    assert house.documented("class A:\n    pass\n")
    assert house.documented("def _f(x):\n    return x\n") == []


def test_unused_names_bite() -> None:
    assert house.unused(["train", "plot"], "d2l.train(net)\nd2l.plot_history(h)") == ["plot"]


def test_toc_bites() -> None:
    toc = {"root": "index", "parts": [{"chapters": [{"file": "a", "sections": [{"file": "b"}]}]}]}
    assert house.toc_differences(toc, ["index", "a", "b"]) == []
    assert house.toc_differences(toc, ["index", "a"])
    assert house.toc_differences(toc, ["index", "a", "b", "c"])
    assert house.toc_differences({"root": "a", "parts": [{"file": "a"}]}, ["a"])


@pytest.mark.parametrize(
    "text",
    [
        "见 /wo" + "rk/main/x",
        "open('/ro" + "ot/a')",
        "https://py" + "pi.org/simple",
        "由 Cla" + "ude 写成",
        "Co-Authored" + "-By: 某某",
    ],
)
def test_foreign_text_bites(text: str) -> None:
    assert house.foreign(text)


def test_ordinary_text_passes() -> None:
    assert house.foreign("Shannon, Cla" + "ude E.") == []
    assert house.foreign("见 chapters/work/ 与 https://example.org/home/，decoder、index") == []


def test_drawings_bite() -> None:
    good = "<svg><title>甲</title><desc>乙</desc></svg>"
    assert house.drawing(good) == []
    assert house.drawing(good.replace("title", "text"))
    assert house.drawing(good.replace("desc", "text"))
    assert house.drawing(good + '<image href="https://example.org/a.png"/>')


def test_lock_bites() -> None:
    lock = "numpy==2.1.0\nappnope==1.0 ; sys_platform == 'darwin'\n"
    assert house.unlocked("# 注\nnumpy>=1.26  # 数组\n", lock) == []
    assert house.unlocked("torch>=2.6\n", lock) == ["torch"]
