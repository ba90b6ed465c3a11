"""compat 的“循环神经网络”一章：签名、窗口、从零与框架的模型、训练与续写，像旧笔记那样用。"""

from __future__ import annotations

import inspect
import math
import random

import matplotlib as mpl
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from d2l_helpers import compat as d2l

mpl.use("Agg")

SIGNATURES = {
    "read_time_machine": "",
    "tokenize": "lines token",
    "count_corpus": "tokens",
    "Vocab": "tokens min_freq reserved_tokens",
    "load_corpus_time_machine": "max_tokens",
    "seq_data_iter_random": "corpus batch_size num_steps",
    "seq_data_iter_sequential": "corpus batch_size num_steps",
    "SeqDataLoader": "batch_size num_steps use_random_iter max_tokens",
    "load_data_time_machine": "batch_size num_steps use_random_iter max_tokens",
    "RNNModelScratch": "vocab_size num_hiddens device get_params init_state forward_fn",
    "predict_ch8": "prefix num_preds net vocab device",
    "grad_clipping": "net theta",
    "train_epoch_ch8": "net train_iter loss updater device use_random_iter",
    "train_ch8": "net train_iter vocab lr num_epochs device use_random_iter",
    "RNNModel": "rnn_layer vocab_size kwargs",
}


@pytest.mark.parametrize("name", SIGNATURES)
def test_signature(name: str) -> None:
    assert list(inspect.signature(getattr(d2l, name)).parameters) == SIGNATURES[name].split()


# ---- 文本 -------------------------------------------------------------------------------------
@pytest.mark.usefixtures("standin_cache")
def test_time_machine_comes_as_lines_of_letters() -> None:
    lines = d2l.read_time_machine()
    assert len(lines) > 3000
    assert set("".join(lines)) == set("abcdefghijklmnopqrstuvwxyz ")
    corpus, vocab = d2l.load_corpus_time_machine()
    assert len(vocab) == 28
    assert vocab.idx_to_token[:3] == ["<unk>", " ", "e"]
    assert 150_000 < len(corpus) < 180_000
    assert len(d2l.load_corpus_time_machine(500)[0]) == 500


def test_vocab() -> None:
    tokens = d2l.tokenize(["b a b", "c b <pad>"])
    assert tokens == [["b", "a", "b"], ["c", "b", "<pad>"]]
    assert d2l.tokenize(["ab"], "char") == [["a", "b"]]
    vocab = d2l.Vocab(tokens, min_freq=1, reserved_tokens=["<pad>", "<bos>"])
    assert vocab.idx_to_token == ["<unk>", "<pad>", "<bos>", "b", "a", "c"]
    assert vocab.token_freqs[0] == ("b", 3)
    assert vocab[["b", "没有", ["c"]]] == [3, vocab.unk, [5]]
    assert vocab.to_tokens([3, 5]) == ["b", "c"]
    assert vocab.to_tokens(torch.tensor([3, 5])) == ["b", "c"]
    assert vocab.to_tokens(torch.tensor(4)) == vocab.to_tokens(4) == "a"
    assert len(d2l.Vocab()) == 1
    assert d2l.count_corpus(["x", "x"]) == d2l.count_corpus([["x"], ["x"]]) == {"x": 2}
    with pytest.raises(ValueError, match="'line'"):
        d2l.tokenize(["a"], "line")


@pytest.mark.parametrize("cut", ["seq_data_iter_random", "seq_data_iter_sequential"])
def test_windows(cut: str) -> None:
    random.seed(0)
    batches = list(getattr(d2l, cut)(list(range(35)), batch_size=2, num_steps=5))
    assert {X.shape for X, _ in batches} == {(2, 5)}
    assert all(torch.equal(Y, X + 1) for X, Y in batches)
    if cut.endswith("sequential"):
        strips = torch.cat([X for X, _ in batches], dim=1)
        assert torch.equal(strips[:, 1:], strips[:, :-1] + 1)
    else:
        seen = torch.cat([X.flatten() for X, _ in batches])
        assert seen.unique().numel() == seen.numel()


# ---- 模型 -------------------------------------------------------------------------------------
def get_params(vocab_size: int, num_hiddens: int, device) -> list[torch.Tensor]:
    shapes = [(vocab_size, num_hiddens), (num_hiddens, num_hiddens), (num_hiddens,)]
    shapes += [(num_hiddens, vocab_size), (vocab_size,)]
    return [(torch.randn(s, device=device) * 0.2).requires_grad_() for s in shapes]


def init_state(batch_size: int, num_hiddens: int, device) -> tuple[torch.Tensor]:
    return (torch.zeros((batch_size, num_hiddens), device=device),)


def forward(inputs, state, params):
    W_xh, W_hh, b_h, W_hq, b_q = params
    (H,) = state
    outputs = []
    for X in inputs:
        H = torch.tanh(X @ W_xh + H @ W_hh + b_h)
        outputs.append(H @ W_hq + b_q)
    return torch.cat(outputs, dim=0), (H,)


def both(size: int = 6) -> tuple[d2l.RNNModelScratch, d2l.RNNModel]:
    """同样权重的两个网络。"""
    torch.manual_seed(0)
    ours = d2l.RNNModelScratch(size, 9, "cpu", get_params, init_state, forward)
    theirs = d2l.RNNModel(nn.RNN(size, 9), vocab_size=size)
    W_xh, W_hh, b_h, W_hq, b_q = (param.detach() for param in ours.params)
    rnn = {"weight_ih_l0": W_xh.T, "weight_hh_l0": W_hh.T, "bias_ih_l0": b_h,
           "bias_hh_l0": torch.zeros(9)}  # fmt: skip
    theirs.rnn.load_state_dict(rnn)
    theirs.linear.load_state_dict({"weight": W_hq.T, "bias": b_q})
    return ours, theirs


def test_scratch_and_framework_agree() -> None:
    ours, theirs = both()
    X = torch.randint(6, (3, 7))
    Y, (H,) = ours(X, ours.begin_state(3, "cpu"))
    reference, state = theirs(X, theirs.begin_state("cpu", batch_size=3))
    assert Y.shape == (7 * 3, 6)
    torch.testing.assert_close(Y, reference)
    torch.testing.assert_close(H, state[0])
    lstm = d2l.RNNModel(nn.LSTM(6, 9, num_layers=2, bidirectional=True), 6)
    start = lstm.begin_state("cpu", batch_size=3)
    assert [part.shape for part in start] == [(4, 3, 9)] * 2
    assert lstm(X, start)[0].shape == (21, 6)


def test_clipping() -> None:
    ours, _ = both()
    (ours(torch.randint(6, (3, 7)), ours.begin_state(3, "cpu"))[0] ** 2).sum().backward()
    before = [param.grad.clone() for param in ours.params]
    length = math.sqrt(sum(float((g**2).sum()) for g in before))
    d2l.grad_clipping(ours, length / 4)
    for param, grad in zip(ours.params, before, strict=True):
        torch.testing.assert_close(param.grad, grad / 4)
    d2l.grad_clipping(ours, length)  # 够短就不动
    torch.testing.assert_close(ours.params[0].grad, before[0] / 4)


@pytest.mark.parametrize("use_random_iter", [False, True])
def test_an_epoch_is_the_same_for_both(use_random_iter: bool) -> None:
    ours, theirs = both()
    corpus = torch.randint(6, (120,)).tolist()
    random.seed(1)
    cut = d2l.seq_data_iter_random if use_random_iter else d2l.seq_data_iter_sequential
    batches = list(cut(corpus, 4, 5))
    loss, updater = nn.CrossEntropyLoss(), lambda batch_size: d2l.sgd(ours.params, 0.5, batch_size)
    first, speed = d2l.train_epoch_ch8(ours, batches, loss, updater, "cpu", use_random_iter)
    sgd = torch.optim.SGD([p for n, p in theirs.named_parameters() if n != "rnn.bias_hh_l0"], 0.5)
    theirs.rnn.bias_hh_l0.requires_grad_(False)  # 从零写的只有一个偏置
    second, _ = d2l.train_epoch_ch8(theirs, batches, loss, sgd, "cpu", use_random_iter)
    assert first == pytest.approx(second, rel=1e-4)
    assert speed > 0
    torch.testing.assert_close(ours.params[3], theirs.linear.weight.T, rtol=1e-4, atol=1e-5)


def test_carried_state_starts_where_it_stopped() -> None:
    """顺着走时隐状态接着用：一轮的困惑度等于一口气走完的；随机时每批从零。"""
    ours, _ = both()
    corpus = torch.randint(6, (4, 21))
    X, Y = corpus[:, :-1], corpus[:, 1:]
    batches = list(zip(X.split(5, 1), Y.split(5, 1), strict=True))
    still = torch.optim.SGD(ours.params, lr=0.0)
    ppl = {r: d2l.train_epoch_ch8(ours, batches, F.cross_entropy, still, "cpu", r)[0]
           for r in (False, True)}  # fmt: skip
    whole = ours(X, ours.begin_state(4, "cpu"))[0]
    expected = math.exp(F.cross_entropy(whole, Y.T.reshape(-1)).item())
    assert ppl[False] == pytest.approx(expected, rel=1e-5)
    assert ppl[True] != pytest.approx(expected, rel=1e-4)


@pytest.mark.usefixtures("standin_cache")
def test_a_note_of_that_chapter_runs(capsys: pytest.CaptureFixture[str]) -> None:
    torch.manual_seed(0)
    train_iter, vocab = d2l.load_data_time_machine(8, 10, max_tokens=600)
    net = d2l.RNNModel(nn.GRU(len(vocab), 16), len(vocab))
    text = d2l.predict_ch8("time traveller", 10, net, vocab, "cpu")
    assert text.startswith("time traveller")
    assert len(text) == 24
    net.train()
    d2l.train_ch8(net, train_iter, vocab, 1.0, 20, "cpu")
    printed = capsys.readouterr().out
    assert "困惑度" in printed
    assert printed.count("time traveller") == 3
    assert net.training
    with pytest.raises(ValueError, match="空的"):
        d2l.predict_ch8("", 10, net, vocab, "cpu")
