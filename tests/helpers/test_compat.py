"""compat：公开 d2l 包 0.17 的名字、签名与含义；像旧笔记那样使用它们。"""

import hashlib
import inspect
import os
import warnings
import zipfile
from pathlib import Path

import matplotlib as mpl
import nbformat
import numpy as np
import pandas as pd
import pytest
import torch
from nbclient import NotebookClient
from torch import nn
from torch.utils import data

from d2l_helpers import compat as d2l

mpl.use("Agg")

# 名字 → 参数名；来自公开包的签名
SIGNATURES = {
    "use_svg_display": "",
    "set_figsize": "figsize",
    "set_axes": "axes xlabel ylabel xlim ylim xscale yscale legend",
    "plot": "X Y xlabel ylabel legend xlim ylim xscale yscale fmts figsize axes",
    "show_images": "imgs num_rows num_cols titles scale",
    "get_fashion_mnist_labels": "labels",
    "get_dataloader_workers": "",
    "load_data_fashion_mnist": "batch_size resize",
    "load_array": "data_arrays batch_size is_train",
    "synthetic_data": "w b num_examples",
    "linreg": "X w b",
    "squared_loss": "y_hat y",
    "sgd": "params lr batch_size",
    "accuracy": "y_hat y",
    "evaluate_accuracy": "net data_iter",
    "evaluate_accuracy_gpu": "net data_iter device",
    "evaluate_loss": "net data_iter loss",
    "train_epoch_ch3": "net train_iter loss updater",
    "train_ch3": "net train_iter test_iter loss num_epochs updater",
    "predict_ch3": "net test_iter n",
    "train_ch6": "net train_iter test_iter num_epochs lr device",
    "try_gpu": "i",
    "try_all_gpus": "",
    "corr2d": "X K",
    "download": "name cache_dir",
    "download_extract": "name folder",
    "download_all": "",
    "Accumulator": "n",
    "Animator": "xlabel ylabel legend xlim ylim xscale yscale fmts nrows ncols figsize",
    "Timer": "",
}


@pytest.mark.parametrize("name", SIGNATURES)
def test_signature(name: str) -> None:
    expected = SIGNATURES[name].split()
    parameters = list(inspect.signature(getattr(d2l, name)).parameters)
    assert parameters[: len(expected)] == expected


DEFAULTS = {
    "set_figsize": {"figsize": (3.5, 2.5)},
    "plot": {"fmts": ("-", "m--", "g-.", "r:"), "figsize": (3.5, 2.5), "xscale": "linear"},
    "show_images": {"titles": None, "scale": 1.5},
    "load_array": {"is_train": True},
    "load_data_fashion_mnist": {"resize": None},
    "predict_ch3": {"n": 6},
    "try_gpu": {"i": 0},
    "evaluate_accuracy_gpu": {"device": None},
    "download": {"cache_dir": os.path.join("..", "data")},  # noqa: PTH118
    "download_extract": {"folder": None},
    "Animator": {"nrows": 1, "ncols": 1, "figsize": (3.5, 2.5), "legend": None},
}


@pytest.mark.parametrize("name", DEFAULTS)
def test_defaults(name: str) -> None:
    parameters = inspect.signature(getattr(d2l, name)).parameters
    assert {k: parameters[k].default for k in DEFAULTS[name]} == DEFAULTS[name]


def test_aliases_mean_what_they_meant() -> None:
    x = d2l.arange(6, dtype=d2l.float32)
    X = d2l.reshape(x, (2, 3))
    assert d2l.size(X) == 6
    assert d2l.reduce_sum(X, axis=0, keepdims=True).tolist() == [[3.0, 5.0, 7.0]]
    assert d2l.reduce_mean(X).item() == 2.5
    assert d2l.argmax(X, axis=1).tolist() == [2, 2]
    assert d2l.astype(X, d2l.int32).dtype == torch.int32
    assert d2l.transpose(X).shape == (3, 2)
    assert d2l.concat([X, X], dim=0).shape == (4, 3)
    assert d2l.expand_dims(x, 0).shape == (1, 6)
    assert d2l.to(X, "cpu") is X
    assert isinstance(d2l.numpy(X.requires_grad_()), np.ndarray)
    assert d2l.np is np
    assert d2l.data is data  # 不是我们自己的哪个模块
    assert d2l.pd is pd
    assert d2l.nn_Module is nn.Module
    assert d2l.plt.plot
    assert d2l.tensor([1]).tolist() == d2l.ones(1, dtype=d2l.int64).tolist()
    for name in ("zeros", "eye", "sin", "exp", "log", "normal", "rand", "matmul", "stack", "abs"):
        assert getattr(d2l, name) is getattr(torch, name)


def test_linear_regression_note_runs() -> None:
    """一份旧笔记的骨架：合成数据、手写模型与 sgd。"""
    torch.manual_seed(0)
    true_w, true_b = torch.tensor([1.5, -2.0]), 0.7
    features, labels = d2l.synthetic_data(true_w, true_b, 500)
    assert features.shape == (500, 2)
    assert labels.shape == (500, 1)
    w = torch.zeros(2, 1, requires_grad=True)
    b = torch.zeros(1, requires_grad=True)
    for _ in range(4):
        for X, y in d2l.load_array((features, labels), 10):
            d2l.squared_loss(d2l.linreg(X, w, b), y).sum().backward()
            d2l.sgd([w, b], 0.05, 10)
    torch.testing.assert_close(w.reshape(-1), true_w, atol=0.01, rtol=0)
    loss = d2l.evaluate_loss(
        lambda X: d2l.linreg(X, w, b),
        d2l.load_array((features, labels), 64, False),
        d2l.squared_loss,
    )
    mean = d2l.squared_loss(d2l.linreg(features, w, b), labels).mean().item()
    assert loss == pytest.approx(mean, rel=1e-5)
    whole = d2l.evaluate_loss(nn.Linear(2, 1), [(features, labels)], nn.MSELoss())
    assert whole > loss


def softmax_batches(n: int = 96) -> list[tuple[torch.Tensor, torch.Tensor]]:
    X = torch.randn(n, 1, 4, 4, generator=torch.Generator().manual_seed(1))
    y = (X.flatten(1).sum(1) > 0).long()
    return list(zip(X.split(40), y.split(40), strict=True))


def test_accuracy_counts_and_accumulator_adds() -> None:
    y_hat = torch.tensor([[0.1, 0.9], [0.9, 0.1], [0.2, 0.8]])
    assert d2l.accuracy(y_hat, torch.tensor([1, 1, 1])) == pytest.approx(2.0)
    metric = d2l.Accumulator(2)
    metric.add(torch.tensor(2.0), 3)
    metric.add(1, 1)
    assert (metric[0], metric[1]) == (3.0, 4.0)
    metric.reset()
    assert metric.data == [0.0, 0.0]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        metric.add(torch.ones(1, requires_grad=True).sum(), np.float32(2))
    assert metric[:] == [1.0, 2.0]


def test_accuracy_is_a_whole_number_and_takes_classes() -> None:
    y = torch.zeros(49, dtype=torch.int64)
    scores = torch.tensor([1.0, 0.0]).repeat(49, 1)
    assert d2l.accuracy(scores, y) == 49.0
    assert isinstance(d2l.accuracy(scores, y), float)
    assert d2l.accuracy(torch.tensor([0.0, 1.0]), torch.tensor([0, 0])) == 1.0
    # 回归笔记也用 train_epoch_ch3：一列输出不取 argmax，直接比较
    assert d2l.accuracy(torch.tensor([[2.0], [1.0]]), torch.tensor([[2.0], [3.0]])) == 1.0


@pytest.mark.parametrize("reduction", ["none", "mean"])
@pytest.mark.parametrize("by_function", [True, False])
def test_train_epoch_with_optimizer_or_updater(reduction: str, by_function: bool) -> None:
    torch.manual_seed(0)
    net = nn.Sequential(nn.Flatten(), nn.Linear(16, 2))
    params = list(net.parameters())

    def updater(batch_size: int) -> None:
        d2l.sgd(params, 0.5, batch_size if reduction == "none" else 1)

    for param in params:
        param.grad = torch.zeros_like(param)
    optimizer = updater if by_function else torch.optim.SGD(params, lr=0.5)
    loss, first = nn.CrossEntropyLoss(reduction=reduction), None
    for _ in range(15):
        value, acc = d2l.train_epoch_ch3(net, softmax_batches(), loss, optimizer)
        first = first or value
    assert value < first / 2
    assert acc > 0.9


def test_train_ch3_draws_and_never_asserts_on_the_loss(capsys: pytest.CaptureFixture) -> None:
    net = nn.Sequential(nn.Flatten(), nn.Dropout(0.5), nn.Linear(16, 2))
    batches = softmax_batches()
    loss = nn.CrossEntropyLoss(reduction="none")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for num_epochs in (1, 2):
            updater = torch.optim.SGD(net.parameters(), lr=1e4)
            d2l.train_ch3(net, batches, batches, loss, num_epochs, updater)
    assert not net.training  # 与那个包相同：接下来往往就是预测
    d2l.predict_ch3(net, batches, n=3)
    assert [ax.get_title().count("\n") for ax in d2l.plt.gcf().axes] == [1, 1, 1]


def test_train_epoch_ch3_reports_the_mean_for_a_mean_loss_too() -> None:
    batches = softmax_batches()
    net = nn.Sequential(nn.Flatten(), nn.Linear(16, 2))
    frozen = torch.optim.SGD(net.parameters(), lr=0.0)
    values = [
        d2l.train_epoch_ch3(net, batches, nn.CrossEntropyLoss(reduction=reduction), frozen)[0]
        for reduction in ("none", "mean")
    ]
    assert values[0] == pytest.approx(values[1], rel=1e-5)
    assert values[0] > 0.3


def test_train_ch6_reports(capsys: pytest.CaptureFixture) -> None:
    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(64, 2))
    batches = softmax_batches()
    d2l.train_ch6(net, batches, batches, 5, 0.3, d2l.try_gpu())
    out = capsys.readouterr().out
    assert out.startswith("training on ")
    assert "test acc" in out
    assert "examples/sec" in out
    assert not net.training


def test_train_ch6_takes_lazy_layers_and_few_batches(capsys: pytest.CaptureFixture) -> None:
    net = nn.Sequential(nn.LazyConv2d(3, 2), nn.LazyBatchNorm2d(), nn.Flatten(), nn.LazyLinear(2))
    batches = softmax_batches()
    d2l.train_ch6(net, batches, batches[:1], 1, 0.1, "cpu")
    assert net[0].weight.shape == (3, 1, 2, 2)
    assert "loss" in capsys.readouterr().out


def test_evaluate_accuracy_restores_mode_and_takes_functions() -> None:
    net = nn.Sequential(nn.Flatten(), nn.Dropout(0.5), nn.Linear(16, 2))
    batches = softmax_batches()
    value = d2l.evaluate_accuracy_gpu(net, batches)
    assert net.training
    plain = d2l.evaluate_accuracy_gpu(lambda X: net[2](X.flatten(1)), batches)
    assert value == pytest.approx(plain)
    assert d2l.evaluate_accuracy(net, batches) == pytest.approx(value)


def test_corr2d_by_hand() -> None:
    X = torch.arange(9.0).reshape(3, 3)
    K = torch.tensor([[1.0, 0.0], [0.0, -2.0]])
    assert d2l.corr2d(X, K).tolist() == [[-8.0, -9.0], [-11.0, -12.0]]
    assert d2l.corr2d(X.long(), K.long()).dtype == torch.float32
    K.requires_grad_()
    d2l.corr2d(X, K).sum().backward()
    assert K.grad.shape == (2, 2)


def test_devices_fall_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("d2l_helpers.num_gpus", lambda: 0)
    assert d2l.try_gpu(10) == torch.device("cpu")
    assert d2l.try_all_gpus() == [torch.device("cpu")]


def test_plot_accepts_the_usual_forms() -> None:
    d2l.set_figsize()
    x = np.arange(0, 3, 0.1)
    d2l.plot(x, [x, 2 * x], "x", "f(x)", legend=["f", "g"])
    assert len(d2l.plt.gca().lines) == 2
    d2l.plot([1.0, 2.0, 4.0])
    assert d2l.plt.gca().lines[0].get_xdata().tolist() == [0, 1, 2]
    d2l.plot(torch.arange(3.0), torch.arange(3.0, requires_grad=True), yscale="log")
    assert d2l.plt.gca().get_yscale() == "log"
    d2l.plot([[1, 2], [1, 2, 3]], [[1, 2], [3, 2, 1]])
    assert len(d2l.plt.gca().lines) == 2


def test_plot_forgives_what_matplotlib_would_warn_about() -> None:
    x = torch.arange(1.0, 4.0, requires_grad=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        d2l.plot(x, [x, x**2], legend=["one", "two", "three"], xlim=[1, 1])
        d2l.plot([torch.tensor(1.0), torch.tensor(3.0)], legend="only")
    assert d2l.plt.gca().lines[0].get_ydata().tolist() == [1.0, 3.0]
    _, (left, right) = d2l.plt.subplots(1, 2)
    d2l.plot([[3, 2], [4, 5, 6]], axes=left)
    d2l.plot([[1, 2, 3], [2, 3]], [[1, 2, 3], [5, 6]], axes=right)
    assert [len(line.get_xdata()) for line in (*left.lines, *right.lines)] == [2, 3, 3, 2]


def test_show_images_takes_tensors_arrays_and_pictures() -> None:
    images = [torch.rand(4, 5), torch.rand(1, 4, 5), torch.rand(3, 8, 8), np.zeros((4, 4, 4))]
    before = dict(mpl.rcParams)
    axes = d2l.show_images([*images, d2l.Image.new("RGB", (6, 6))], 2, 3, scale=1)
    assert axes.shape == (6,)
    assert [len(ax.images) for ax in axes] == [1, 1, 1, 1, 1, 0]
    assert dict(mpl.rcParams) == before  # 不改别人的样式
    assert d2l.show_images(torch.rand(1, 4, 4), 1, 1).shape == (1,)


def test_animator_keeps_the_points() -> None:
    animator = d2l.Animator(xlabel="epoch", legend=["a", "b"], xlim=[1, 1], nrows=2)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        animator.add(1, (torch.tensor(0.5, requires_grad=True), None))
        animator.add(2, [0.25, 0.75])
        animator.add(2.5, 0.125)
    assert animator.X == [[1, 2, 2.5], [2]]
    assert animator.Y == [[0.5, 0.25, 0.125], [0.75]]
    assert [len(line.get_xdata()) for line in animator.axes[0].lines] == [3, 1]
    assert len(animator.axes) == 2
    assert animator.fig.number in d2l.plt.get_fignums()  # 脚本里 plt.show() 要能显示它


def test_timer_starts_at_once_and_no_workers_are_needed() -> None:
    timer = d2l.Timer()
    assert timer.stop() > 0
    assert timer.avg() == timer.sum()
    assert d2l.get_dataloader_workers() == 0


def test_load_array_gives_a_data_loader_of_lists() -> None:
    X, y = torch.arange(10.0).reshape(5, 2), torch.arange(5)
    batches = d2l.load_array((X, y), 2, False)
    assert isinstance(batches, data.DataLoader)
    assert (len(batches), batches.batch_size, len(batches.dataset)) == (3, 2, 5)
    first = next(iter(batches))
    assert isinstance(first, list)
    assert torch.equal(first[0], X[:2])
    first[0].zero_()
    assert X[0, 1] == 1  # 取出的是副本
    again = data.DataLoader(batches.dataset, batch_size=4)  # 笔记里会另起一个
    assert torch.equal(next(iter(again))[0], X[:4])


def test_load_array_shuffles_as_the_public_package_does() -> None:
    X = torch.arange(20.0)
    torch.manual_seed(3)
    ours = torch.cat([x for (x,) in d2l.load_array((X,), 6)])
    torch.manual_seed(3)
    theirs = torch.cat([x for (x,) in data.DataLoader(data.TensorDataset(X), 6, shuffle=True)])
    assert torch.equal(ours, theirs)
    assert not torch.equal(ours, X)


def test_synthetic_data_takes_a_column() -> None:
    torch.manual_seed(0)
    by_vector = d2l.synthetic_data(torch.tensor([2.0, -3.4]), 4.2, 7)
    torch.manual_seed(0)
    by_column = d2l.synthetic_data(torch.tensor([[2.0], [-3.4]]), 4.2, 7)
    assert all(torch.equal(a, b) for a, b in zip(by_vector, by_column, strict=True))
    assert by_vector[1].shape == (7, 1)


def test_data_hub_has_the_public_entries() -> None:
    keys = """kaggle_house_train kaggle_house_test time_machine fra-eng airfoil hotdog
    banana-detection voc2012 cifar10_tiny dog_tiny ptb glove.6b.50d glove.6b.100d glove.42b.300d
    wiki.en wikitext-2 aclImdb SNLI pokemon"""
    assert set(d2l.DATA_HUB) == set(keys.split())
    files = {key: url.removeprefix(d2l.DATA_URL) for key, (url, _) in d2l.DATA_HUB.items()}
    assert files["kaggle_house_train"] == "kaggle_house_pred_train.csv"
    assert files["kaggle_house_test"] == "kaggle_house_pred_test.csv"
    assert files["voc2012"] == "VOCtrainval_11-May-2012.tar"
    assert files["dog_tiny"] == "kaggle_dog_tiny.zip"
    assert files["SNLI"] == "https://nlp.stanford.edu/projects/snli/snli_1.0.zip"
    digests = [sha1 for _, sha1 in d2l.DATA_HUB.values()]
    assert all(len(sha1) == 40 and int(sha1, 16) for sha1 in digests)
    assert len(set(digests)) == len(digests)


def enlist(monkeypatch: pytest.MonkeyPatch, name: str, path: Path) -> None:
    digest = hashlib.sha1(path.read_bytes()).hexdigest()
    monkeypatch.setitem(d2l.DATA_HUB, name, (d2l.DATA_URL + path.name, digest))


def test_download_uses_an_intact_file_that_is_already_there(notes, monkeypatch) -> None:
    path = notes / "data" / "mine.csv"
    path.write_text("a,b\n1,2\n")
    enlist(monkeypatch, "mine", path)
    assert d2l.download("mine") == os.path.join("..", "data", "mine.csv")  # noqa: PTH118
    assert Path(d2l.download("mine")).read_text() == "a,b\n1,2\n"
    path.write_text("坏了")
    with pytest.raises(OSError, match=r"mine\.csv"):
        d2l.download("mine")


def test_download_extract_returns_the_folder(notes, monkeypatch) -> None:
    path = notes / "data" / "mine_zip.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mine_zip/train/x.txt", "1")
    enlist(monkeypatch, "mine_zip", path)
    for _ in range(2):
        folder = Path(d2l.download_extract("mine_zip"))
        assert (folder / "train" / "x.txt").read_text() == "1"
    assert Path(d2l.download_extract("mine_zip", "mine_zip/train")).name == "train"


def test_known_sets_come_from_the_hub_standins_included(notes, monkeypatch) -> None:
    made = notes / "standin"
    (made / "train").mkdir(parents=True)
    (made / "kaggle_house_pred_test.csv").write_text("Id\n")
    monkeypatch.setattr("d2l_helpers.compat.datasets.dataset_root", lambda name: made)
    path = Path(d2l.download("kaggle_house_test"))
    assert path == made / "kaggle_house_pred_test.csv"
    assert d2l.download("kaggle_house_test", notes / "data") == str(path)  # 替身不放进真实数据处
    assert Path(d2l.download_extract("hotdog")) == made
    assert Path(d2l.download_extract("hotdog", "hotdog/train")) == made / "train"
    assert Path(d2l.download_extract("voc2012", "VOCdevkit/VOC2012")) == made
    with pytest.raises(ValueError, match="time_machine"):
        d2l.download("timemachine")


def test_fashion_mnist(standin_cache) -> None:
    train_iter, test_iter = d2l.load_data_fashion_mnist(32, resize=32)
    X, y = next(iter(train_iter))
    assert X.shape == (32, 1, 32, 32)
    assert X.dtype == torch.float32
    assert y.dtype == torch.int64
    assert len(d2l.get_fashion_mnist_labels(y)) == 32
    titles = d2l.get_fashion_mnist_labels(y[:6])
    axes = d2l.show_images(X[:6].reshape(6, 32, 32), 2, 3, titles=titles)
    assert len(axes) == 6
    assert len(test_iter) * 32 >= 2000
    assert d2l.transforms.ToTensor is d2l.torchvision.transforms.ToTensor
    image, label = train_iter.dataset[5]
    assert image.shape == (1, 32, 32)
    assert label == train_iter.dataset.targets[5]
    assert train_iter.dataset.classes[label] in d2l.get_fashion_mnist_labels(range(10))
    X, _ = next(iter(test_iter))
    picture = d2l.Image.fromarray(test_iter.dataset.data[0].numpy()).resize((32, 32), 2)
    theirs = torch.from_numpy(np.array(picture)) / 255
    torch.testing.assert_close(X[0, 0], theirs, atol=0.02, rtol=0)  # PIL 缩放后取整


NOTE = """
%matplotlib inline
import torch
from torch import nn
from d2l_helpers import compat as d2l

batches = d2l.load_array((torch.randn(60, 1, 4, 4), torch.randint(0, 10, (60,))), 8)
net = nn.Sequential(nn.LazyConv2d(2, 3), nn.Flatten(), nn.LazyLinear(10))
d2l.train_ch6(net, batches, batches, 1, 0.1, d2l.try_gpu())
===
animator = d2l.Animator(xlabel="epoch", xlim=[1, 3], legend=["loss", "accuracy"])
for epoch in range(3):
    row = d2l.train_epoch_ch3(net, batches, nn.CrossEntropyLoss(),
                              torch.optim.SGD(net.parameters(), lr=0.1))
    animator.add(epoch + 1, row)
    print(epoch)
animator.axes[0].set_title("the end");
===
d2l.predict_ch3(net, batches, n=4)
===
d2l.plot(d2l.arange(3), [d2l.arange(3), d2l.ones(3)], "x", "y", legend=["a", "b"])
"""


def test_a_note_runs_in_a_notebook_without_a_word_on_stderr(tmp_path: Path) -> None:
    book = nbformat.v4.new_notebook()
    book.cells = [nbformat.v4.new_code_cell(source) for source in NOTE.split("===\n")]
    NotebookClient(book, timeout=60).execute()
    outputs = [output for cell in book.cells for output in cell.outputs]
    assert not [o for o in outputs if o.output_type == "stream" and o.name == "stderr"]
    figures = [[o for o in cell.outputs if o.output_type == "display_data"] for cell in book.cells]
    assert [len(some) for some in figures] == [1, 1, 1, 1]  # 一格一张，没有多余的
    assert "the end" in figures[1][0].data["image/svg+xml"]  # 最后一次更新之后的改动也在
    printed = "".join(o.text for o in book.cells[1].outputs if o.output_type == "stream")
    assert printed == "0\n1\n2\n"  # 打印的字没有被清掉
