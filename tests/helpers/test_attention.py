"""句对、遮罩、注意力、翻译的打分：与框架一致，错的输入说清楚。"""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from d2l_helpers.attention import (
    AdditiveAttention,
    MultiHeadAttention,
    causal_mask,
    dot_product_attention,
    masked_softmax,
    sinusoids,
    valid_mask,
)
from d2l_helpers.data.pairs import (
    BOS,
    EOS,
    PAD,
    Pairs,
    chinese_tokens,
    english_tokens,
    pad,
)
from d2l_helpers.data.translation import interface_pairs
from d2l_helpers.translation import bleu, masked_cross_entropy


# ---- 句对 -------------------------------------------------------------------------------------
def test_both_languages_are_split() -> None:
    assert english_tokens("Don't save 2 files!") == ["don't", "save", "2", "files", "!"]
    assert chinese_tokens("打开 JSON 文件。") == ["打", "开", "JSON", "文", "件", "。"]
    assert english_tokens(" ") == chinese_tokens(" ") == []


def test_padding_and_lengths() -> None:
    rows, lengths = pad([[5, 6, 7], [8]], fill=1)
    assert rows.tolist() == [[5, 6, 7], [8, 1, 1]]
    assert lengths.tolist() == [3, 1]
    with pytest.raises(ValueError, match="一行也没有"):
        pad([], fill=1)


def test_inputs_and_targets_are_one_apart() -> None:
    pairs = Pairs([("open file", "打开文件"), ("open", "打开"), ("file", "文件")], min_freq=1)
    target = pairs.target_vocab
    assert target.tokens[:4] == ["<unk>", PAD, BOS, EOS]
    assert target.decode(pairs.inputs[0]) == [BOS, "打", "开", "文", "件"]
    assert target.decode(pairs.targets[0]) == ["打", "开", "文", "件", EOS]
    assert target.decode(pairs.targets[1]) == ["打", "开", EOS, PAD, PAD]
    assert pairs.target_len.tolist() == [5, 3, 3]
    assert pairs.source_vocab.decode(pairs.source[1]) == ["open", EOS, PAD]
    assert pairs.source_len.tolist() == [3, 2, 2]
    shapes = [tuple(part.shape) for part in next(iter(pairs.batches(2)))]
    assert shapes == [(2, 3), (2,), (2, 5), (2, 5), (2,)]
    held = Pairs([("save", "保存")], vocabs=(pairs.source_vocab, target))
    assert held.source_vocab is pairs.source_vocab
    assert held.source[0].tolist() == [0, pairs.source_vocab[EOS]]
    with pytest.raises(ValueError, match="切不出词元"):
        Pairs([("open", " ")])


@pytest.mark.usefixtures("standin_cache")
def test_real_pairs() -> None:
    short = [pair for pair in interface_pairs() if len(english_tokens(pair[0])) <= 8]
    pairs = Pairs(short)
    assert len(pairs) > 2000
    assert 500 < len(pairs.source_vocab) < 900
    for length, row in zip(pairs.target_len, pairs.targets, strict=True):
        assert row[length - 1] == pairs.target_vocab[EOS]


# ---- 遮罩与 softmax ---------------------------------------------------------------------------
def test_masks() -> None:
    assert valid_mask(torch.tensor([0, 2, 3]), 3).int().tolist() == [
        [0, 0, 0],
        [1, 1, 0],
        [1, 1, 1],
    ]
    assert causal_mask(3).int().tolist() == [[1, 0, 0], [1, 1, 0], [1, 1, 1]]
    with pytest.raises(ValueError, match="0 与 3"):
        valid_mask(torch.tensor([4]), 3)


def test_masked_softmax() -> None:
    scores = torch.randn(2, 3, 4, dtype=torch.double, requires_grad=True)
    mask = valid_mask(torch.tensor([2, 0]), 4)[:, None, :]
    weights = masked_softmax(scores, mask)
    torch.testing.assert_close(weights[0, :, :2], scores[0, :, :2].softmax(-1))
    assert weights[0, :, 2:].abs().max() == 0
    assert weights[1].abs().max() == 0  # 一个有效的键也没有
    weights.square().sum().backward()
    assert scores.grad.isfinite().all()
    assert scores.grad[0, :, 2:].abs().max() == 0
    before = scores.detach().clone()
    masked_softmax(scores, mask)
    assert torch.equal(scores, before)  # 不改动输入
    with pytest.raises(TypeError, match="布尔"):
        masked_softmax(scores, mask.float())


# ---- 注意力 -----------------------------------------------------------------------------------
@pytest.mark.parametrize("masked", [False, True])
def test_dot_product_agrees_with_the_framework(masked: bool) -> None:
    q, k, v = (torch.randn(3, n, 6, dtype=torch.double, requires_grad=True) for n in (4, 5, 5))
    mask = valid_mask(torch.tensor([5, 1, 3]), 5)[:, None, :] if masked else None
    ours, weights = dot_product_attention(q, k, v, mask)
    reference = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
    torch.testing.assert_close(ours, reference)
    torch.testing.assert_close(weights.sum(-1), torch.ones(3, 4, dtype=torch.double))
    for a, b in zip(
        torch.autograd.grad(ours.square().sum(), (q, k, v)),
        torch.autograd.grad(reference.square().sum(), (q, k, v)),
        strict=True,
    ):
        torch.testing.assert_close(a, b)


def test_additive_attention_by_loops() -> None:
    torch.manual_seed(0)
    attention = AdditiveAttention(query_size=3, key_size=5, num_hiddens=4)
    q, k, v = torch.randn(2, 2, 3), torch.randn(2, 6, 5), torch.randn(2, 6, 7)
    mask = valid_mask(torch.tensor([4, 6]), 6)[:, None, :]
    output, weights = attention(q, k, v, mask)
    assert output.shape == (2, 2, 7)
    for b, length in ((0, 4), (1, 6)):
        for i in range(2):
            scores = torch.stack(
                [
                    attention.w_v.weight[0]
                    @ torch.tanh(attention.W_q.weight @ q[b, i] + attention.W_k.weight @ k[b, j])
                    for j in range(length)
                ]
            )
            torch.testing.assert_close(weights[b, i, :length], scores.softmax(0))
    torch.testing.assert_close(output, weights @ v)


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("bias", [False, True])
def test_multi_head_agrees_with_the_framework(masked: bool, bias: bool) -> None:
    torch.manual_seed(0)
    ours = MultiHeadAttention(12, 3, bias=bias).double()
    theirs = nn.MultiheadAttention(12, 3, bias=bias, batch_first=True).double()
    layers = (ours.W_q, ours.W_k, ours.W_v)
    state = {"in_proj_weight": torch.cat([layer.weight for layer in layers]),
             "out_proj.weight": ours.W_o.weight}  # fmt: skip
    if bias:
        state["in_proj_bias"] = torch.cat([layer.bias for layer in layers])
        state["out_proj.bias"] = ours.W_o.bias
    theirs.load_state_dict(state)
    q, k = torch.randn(2, 4, 12).double(), torch.randn(2, 5, 12).double()
    lengths = torch.tensor([5, 2])
    mask = valid_mask(lengths, 5) if masked else None
    output, weights = ours(q, k, k, None if mask is None else mask[:, None, None, :])
    reference, shown = theirs(
        q, k, k, key_padding_mask=None if mask is None else ~mask, average_attn_weights=False
    )
    torch.testing.assert_close(output, reference)
    torch.testing.assert_close(weights, shown)
    output.square().sum().backward()
    reference.square().sum().backward()
    grads = torch.cat([layer.weight.grad for layer in layers])
    torch.testing.assert_close(grads, theirs.in_proj_weight.grad)
    torch.testing.assert_close(ours.W_o.weight.grad, theirs.out_proj.weight.grad)


def test_heads_must_divide_the_width() -> None:
    with pytest.raises(ValueError, match="12 不能被头数 5 整除"):
        MultiHeadAttention(12, 5)


@pytest.mark.parametrize("width", [1, 7, 8])
def test_sinusoids(width: int) -> None:
    code = sinusoids(20, width)
    assert code.shape == (20, width)
    for j in range(width):
        angle = 13 / 10_000 ** ((j - j % 2) / width)
        expected = math.cos(angle) if j % 2 else math.sin(angle)
        assert code[13, j].item() == pytest.approx(expected, abs=1e-5)


# ---- 打分 -------------------------------------------------------------------------------------
def test_masked_loss_agrees_with_ignore_index() -> None:
    logits = torch.randn(3, 5, 7, dtype=torch.double, requires_grad=True)
    targets = torch.randint(7, (3, 5))
    lengths = torch.tensor([5, 2, 1])
    ours = masked_cross_entropy(logits, targets, lengths)
    ignored = targets.masked_fill(~valid_mask(lengths, 5), -100)
    reference = F.cross_entropy(logits.transpose(1, 2), ignored, ignore_index=-100)
    torch.testing.assert_close(ours, reference)
    (grad,) = torch.autograd.grad(ours, logits)
    torch.testing.assert_close(grad, torch.autograd.grad(reference, logits)[0])
    assert grad[1, 2:].abs().max() == 0
    with pytest.raises(ValueError, match="一个有效的词元也没有"):
        masked_cross_entropy(logits, targets, torch.tensor([0, 0, 0]))


def test_bleu_by_hand() -> None:
    assert bleu(list("abcd"), list("abcd")) == pytest.approx(1)
    # 一阶 3/4，二阶 1/3，没有共同的三元语法
    assert bleu(list("abxd"), list("abcd"), max_n=2) == pytest.approx(
        (3 / 4) ** 0.5 * (1 / 3) ** 0.25
    )
    assert bleu(list("abxd"), list("abcd")) == 0
    assert bleu(list("aaaa"), list("a"), max_n=1) == pytest.approx((1 / 4) ** 0.5)  # 只能用一次
    assert bleu(list("ab"), list("abcd"), max_n=2) == pytest.approx(math.exp(-1))  # 太短
    assert bleu([], ["a"]) == 0
    assert bleu(["a"], ["a"], max_n=4) == pytest.approx(1)  # 比 n 短，不除以零
    assert bleu(["ab", ""], ["a", "b"], max_n=2) == 0  # 词元不是连起来比的
    with pytest.raises(TypeError, match="字符串"):
        bleu("ab", ["a"])
    with pytest.raises(ValueError, match="max_n"):
        bleu(["a"], ["a"], max_n=0)
