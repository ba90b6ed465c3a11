"""文本与语言模型：词表、窗口、剪裁、训练、续写；错的输入说清楚。"""

from __future__ import annotations

import math
from collections import Counter

import pytest
import torch
from torch import nn
from torch.nn import functional as F

import d2l_helpers as d2l
from d2l_helpers.data.text import shakespeare
from d2l_helpers.data.vocab import UNK
from d2l_helpers.data.windows import random_windows, sequential_windows
from d2l_helpers.language import train_lm
from d2l_helpers.models.rnn_lm import RNNLM


# ---- 词元与词表 -------------------------------------------------------------------------------
def test_letters_and_tokens() -> None:
    assert d2l.letters("  The Time-Traveller,\n1895!") == "the time traveller"
    assert d2l.letters("时光") == ""
    assert d2l.tokenize("ab c", "char") == ["a", "b", " ", "c"]
    assert d2l.tokenize(" ab  c\n", "word") == ["ab", "c"]
    with pytest.raises(ValueError, match="'line'"):
        d2l.tokenize("ab", "line")


def test_vocab_orders_by_count_then_by_name() -> None:
    tokens = list("bbacccad")
    vocab = d2l.Vocab(tokens, min_freq=2, reserved=("<pad>", "<eos>"))
    assert vocab.tokens == [UNK, "<pad>", "<eos>", "c", "a", "b"]
    assert vocab.counts == Counter(tokens)
    assert (len(vocab), vocab["c"], vocab["d"], vocab["没见过"]) == (6, 3, 0, 0)
    assert vocab.decode(vocab.encode("cab")) == ["c", "a", "b"]
    assert vocab.decode(torch.tensor([0, 3])) == [UNK, "c"]
    assert d2l.Vocab([]).tokens == [UNK]
    again = d2l.Vocab(["<pad>", "x"], reserved=("<pad>",))
    assert again.tokens == [UNK, "<pad>", "x"]  # 文本里也有保留词元：只算一次


def test_vocab_says_what_is_wrong() -> None:
    with pytest.raises(TypeError, match="字符串"):
        d2l.Vocab("abc")
    with pytest.raises(TypeError, match="接成一列"):
        d2l.Vocab([["a", "b"], ["c"]])
    with pytest.raises(ValueError, match="重复"):
        d2l.Vocab(["a"], reserved=("<pad>", "<pad>"))
    with pytest.raises(IndexError, match=r"\[-1, 9\]"):
        d2l.Vocab(["a"]).decode([-1, 1, 9])


@pytest.mark.usefixtures("standin_cache")
def test_time_machine_has_a_stand_in(capsys: pytest.CaptureFixture[str]) -> None:
    text = d2l.time_machine()
    assert d2l.data_source("time_machine") == "standin"
    assert "数据集" not in capsys.readouterr().out  # 生成替身时不多说一句：输出不随缓存变
    assert text == shakespeare("hamlet")
    words = d2l.tokenize(d2l.letters(text), "word")
    assert 30_000 < len(words) < 36_000
    assert set(d2l.letters(text)) == set("abcdefghijklmnopqrstuvwxyz ")


# ---- 窗口 -------------------------------------------------------------------------------------
@pytest.mark.parametrize("length", [23, 64, 101])
@pytest.mark.parametrize("sequential", [False, True])
def test_targets_are_the_next_tokens(length: int, sequential: bool) -> None:
    corpus = torch.arange(length) * 7  # 数值各不相同，看得出是第几个
    for X, Y in d2l.Windows(corpus, 4, 5, sequential=sequential):
        assert X.shape == Y.shape
        assert torch.equal(Y, X + 7)
        assert X.shape[1] <= 5


def test_random_windows_cover_everything_once() -> None:
    torch.manual_seed(0)  # 六十轮里六种起点都要出现
    corpus = torch.arange(200)
    seen = torch.cat([X for X, _ in random_windows(corpus, 4, 6)])
    assert seen.unique().numel() == seen.numel()
    start = int(seen.min())
    assert start < 6
    assert sorted(seen.flatten().tolist()) == list(range(start, start + seen.numel()))
    assert start + seen.numel() > 200 - 1 - 6
    firsts = {int(torch.cat([X for X, _ in random_windows(corpus, 4, 6)]).min()) for _ in "x" * 60}
    assert firsts == set(range(6))  # 每一轮的起点都会挪


def test_sequential_windows_go_on_where_they_stopped() -> None:
    corpus = torch.arange(203)
    rows = [X for X, _ in sequential_windows(corpus, 4, 6)]
    strips = torch.cat(rows, dim=1)  # (条, 长)
    assert torch.equal(strips[:, 1:], strips[:, :-1] + 1)
    assert strips.unique().numel() == strips.numel() > 203 - 1 - 6 - 4
    assert {X.shape[0] for X in rows} == {4}


@pytest.mark.parametrize(("batch", "steps"), [(0, 5), (4, 0)])
def test_windows_need_positive_sizes(batch: int, steps: int) -> None:
    with pytest.raises(ValueError, match="至少是 1"):
        d2l.Windows(torch.arange(100), batch, steps)


@pytest.mark.parametrize("sequential", [False, True])
def test_windows_need_a_long_enough_corpus(sequential: bool) -> None:
    with pytest.raises(ValueError, match="只有 8 个词元"):
        d2l.Windows(torch.arange(8), 4, 5, sequential=sequential)
    shortest = 5 + (4 if sequential else 5)
    for _ in range(30):
        assert list(d2l.Windows(torch.arange(shortest), 4, 5, sequential=sequential))


# ---- 训练 -------------------------------------------------------------------------------------
def model(kind: type[nn.RNNBase] = nn.RNN, size: int = 5, **options: int) -> RNNLM:
    torch.manual_seed(0)
    return RNNLM(kind(size, 8, batch_first=True, **options), size)


def test_clipping_projects_the_whole_gradient() -> None:
    params = [
        nn.Parameter(torch.zeros(2)),
        nn.Parameter(torch.zeros(3)),
        nn.Parameter(torch.ones(1)),
    ]
    params[0].grad, params[1].grad = torch.tensor([3.0, 0.0]), torch.tensor([0.0, 4.0, 0.0])
    assert d2l.clip_gradients(params, 10.0) == pytest.approx(5)
    assert params[0].grad.tolist() == [3, 0]
    assert d2l.clip_gradients(iter(params), 1.0) == pytest.approx(5)
    torch.testing.assert_close(params[0].grad, torch.tensor([0.6, 0.0]))
    torch.testing.assert_close(params[1].grad, torch.tensor([0.0, 0.8, 0.0]))
    with pytest.raises(ValueError, match="正数"):
        d2l.clip_gradients(params, 0)


def test_clipping_agrees_with_the_framework() -> None:
    ours, theirs = model(), model()
    X = torch.randint(5, (4, 6))
    for net in (ours, theirs):
        (net(X)[0].square().sum() * 10).backward()
    norm = nn.utils.clip_grad_norm_(theirs.parameters(), 0.7)
    assert d2l.clip_gradients(ours.parameters(), 0.7) == pytest.approx(norm.item(), rel=1e-5)
    for p, q in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(p.grad, q.grad)


@pytest.mark.parametrize("kind", [nn.RNN, nn.GRU, nn.LSTM])
@pytest.mark.parametrize("carry", [False, True])
def test_a_small_model_learns_a_cycle(kind: type[nn.RNNBase], carry: bool) -> None:
    torch.manual_seed(0)
    corpus = torch.arange(400) % 5
    batches = d2l.Windows(corpus, 4, 8, sequential=carry)
    net = model(kind)
    adam = torch.optim.Adam(net.parameters(), 0.02)
    history = train_lm(net, batches, adam, 20, valid_batches=batches, carry=carry)
    assert history["train_perplexity"][0] > 2
    assert history.last("valid_perplexity") < 1.2
    assert net.training
    assert d2l.generate(net, [3], 6) == [3, 4, 0, 1, 2, 3, 4]
    assert d2l.generate(net, [3], 6, stop=1) == [3, 4, 0, 1]


def test_perplexity_counts_tokens_not_batches() -> None:
    net = model()
    X = torch.randint(5, (7, 6))
    Y = torch.randint(5, (7, 6))
    uneven = [(X[:5], Y[:5]), (X[5:], Y[5:])]
    mean = F.cross_entropy(net(X)[0].flatten(0, 1), Y.flatten()).item()
    assert d2l.perplexity(net, uneven) == pytest.approx(math.exp(mean), rel=1e-5)
    still = torch.optim.SGD(net.parameters(), lr=0.0)
    assert d2l.train_lm_epoch(net, uneven, still) == pytest.approx(math.exp(mean), rel=1e-5)
    with pytest.raises(ValueError, match="一批数据也没有"):
        d2l.perplexity(net, [])


def test_carried_state_is_the_long_run() -> None:
    """接着走的隐状态：切成几段评估，等于一口气走完；不接则不等。"""
    net = model(nn.LSTM)
    corpus = torch.randint(5, (4, 33))
    X, Y = corpus[:, :-1], corpus[:, 1:]
    pieces = list(zip(X.split(8, 1), Y.split(8, 1), strict=True))
    whole = d2l.perplexity(net, [(X, Y)])
    assert d2l.perplexity(net, pieces, carry=True) == pytest.approx(whole, rel=1e-5)
    assert d2l.perplexity(net, pieces) != pytest.approx(whole, rel=1e-4)


def test_generation_reads_the_prefix_and_keeps_the_mode() -> None:
    net = model(nn.GRU, dropout=0, num_layers=2)
    net.train()
    written = d2l.generate(net, [1, 2, 3], 4)
    assert net.training
    net.eval()
    expected = [1, 2, 3]
    for _ in range(4):  # 每次从头读，最笨的写法
        expected.append(int(net(torch.tensor([expected]))[0][0, -1].argmax()))
    assert written == expected
    torch.manual_seed(1)
    draws = Counter(d2l.generate(net, [1], 1, temperature=1.0)[-1] for _ in range(600))
    p = net(torch.tensor([[1]]))[0][0, -1].detach().softmax(0)
    for token in range(5):
        error = math.sqrt(float(p[token] * (1 - p[token])) / 600)
        assert abs(draws[token] / 600 - float(p[token])) < 5 * error
    cold = {d2l.generate(net, [1], 1, temperature=1e-3)[-1] for _ in range(20)}
    assert cold == {int(p.argmax())}


def test_generation_says_what_is_wrong() -> None:
    with pytest.raises(ValueError, match="空的"):
        d2l.generate(model(), [], 3)
    with pytest.raises(ValueError, match="-1"):
        d2l.generate(model(), [1], 3, temperature=-1)


def test_the_model_wants_a_fitting_layer() -> None:
    with pytest.raises(ValueError, match="batch_first=False"):
        RNNLM(nn.RNN(5, 8), 5)
    with pytest.raises(ValueError, match="宽度 4"):
        RNNLM(nn.RNN(4, 8, batch_first=True), 5)
    both = RNNLM(nn.LSTM(5, 8, batch_first=True, bidirectional=True), 5)
    assert both(torch.zeros(2, 3, dtype=torch.long))[0].shape == (2, 3, 5)


def test_the_model_runs_in_double_precision() -> None:
    net = model().double()
    logits, state = net(torch.zeros(2, 3, dtype=torch.long))
    assert logits.dtype == state.dtype == torch.float64
