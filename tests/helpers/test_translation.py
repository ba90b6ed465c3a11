"""翻译：三种网络守同一个约定；训练、贪心、束搜索；读数句对；热图。"""

from __future__ import annotations

import itertools
import random
import re
from pathlib import Path

import pytest
import torch
from torch import nn

from d2l_helpers.data.numbers import chinese_number, english_number, number_pairs
from d2l_helpers.data.pairs import Pairs
from d2l_helpers.data.translation import read_pairs
from d2l_helpers.heatmap import Heatmap
from d2l_helpers.models.attention_seq2seq import AttentionSeq2Seq
from d2l_helpers.models.encoder_decoder import EncoderDecoder
from d2l_helpers.models.seq2seq import Seq2Seq
from d2l_helpers.models.transformer import Transformer
from d2l_helpers.translation import beam_search, train_translator_epoch, translate

NETS = {
    "seq2seq": lambda: Seq2Seq(11, 13, 6, 8, num_layers=2),
    "attention": lambda: AttentionSeq2Seq(11, 13, 6, 8),
    "transformer": lambda: Transformer(11, 13, width=8, num_heads=2, num_hiddens=16),
}


@pytest.fixture(params=NETS)
def net(request: pytest.FixtureRequest) -> EncoderDecoder:
    torch.manual_seed(1)
    return NETS[request.param]().double().eval()


def batch() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    torch.manual_seed(2)
    return torch.randint(11, (3, 6)), torch.tensor([6, 2, 4]), torch.randint(13, (3, 5))


def test_steps_are_the_whole_and_the_state_is_kept(net: EncoderDecoder) -> None:
    source, lengths, inputs = batch()
    whole = net(source, lengths, inputs)
    assert whole.shape == (3, 5, 13)
    for sizes in ([1, 1, 1, 1, 1], [2, 3]):
        state, pieces = net.encode(source, lengths), []
        for piece in inputs.split(sizes, dim=1):
            again = net.decode(piece, state)[0]
            logits, state_after = net.decode(piece, state)
            torch.testing.assert_close(again, logits)  # 传入的状态没有被改写
            pieces.append(logits)
            state = state_after
        torch.testing.assert_close(torch.cat(pieces, dim=1), whole)


def test_padding_and_company_change_nothing(net: EncoderDecoder) -> None:
    source, lengths, inputs = batch()
    whole = net(source, lengths, inputs)
    for i in range(3):
        alone = net(source[i : i + 1, : lengths[i]], lengths[i : i + 1], inputs[i : i + 1])
        torch.testing.assert_close(alone[0], whole[i])
    other = source.clone()
    other[1, 0] = (other[1, 0] + 1) % 11  # 有效的词元是读了的，而且只关自己的事
    moved = (net(other, lengths, inputs) - whole).abs().amax(dim=(1, 2))
    assert moved[1] > 1e-6
    assert moved[[0, 2]].max() == 0


def test_the_future_is_not_seen(net: EncoderDecoder) -> None:
    source, lengths, inputs = batch()
    changed = inputs.clone()
    changed[:, 3:] = (changed[:, 3:] + 1) % 13
    gap = (net(source, lengths, inputs) - net(source, lengths, changed)).abs().amax(dim=(0, 2))
    assert gap[:3].max() < 1e-12
    assert gap[3:].min() > 1e-6


def test_greedy_by_hand(net: EncoderDecoder) -> None:
    source, lengths, _ = batch()
    bos, eos = 1, 2
    out = translate(net.train(), source, lengths, bos, eos, 7)
    assert net.training  # 模式照旧
    net.eval()
    for i, row in enumerate(out):
        written = [bos]
        for _ in range(7):
            logits = net(source[i : i + 1], lengths[i : i + 1], torch.tensor([written]))
            written.append(int(logits[0, -1].argmax()))
            if written[-1] == eos:
                break
        assert row == [token for token in written[1:] if token != eos]
    with pytest.raises(ValueError, match="-3"):
        translate(net, source, lengths, bos, eos, -3)


def test_greedy_stops_only_when_all_have_ended() -> None:
    class Fixed(EncoderDecoder):
        """第 i 句写 i 个 5，然后结束，再往后胡写。"""

        def __init__(self) -> None:
            super().__init__()
            self.calls = 0

        def encode(self, source: torch.Tensor, source_len: torch.Tensor) -> torch.Tensor:
            return source_len

        def decode(
            self, inputs: torch.Tensor, state: torch.Tensor
        ) -> tuple[torch.Tensor, torch.Tensor]:
            self.calls += 1
            token = torch.where(state > 0, 5, torch.where(state == 0, 2, 7))
            return nn.functional.one_hot(token, 9)[:, None, :], state - 1

    net = Fixed()
    source = torch.zeros(3, 4, dtype=torch.long)
    assert translate(net, source, torch.tensor([0, 3, 1]), 1, 2, 9) == [[], [5, 5, 5], [5]]
    assert net.calls == 4
    assert translate(net, source, torch.tensor([0, 3, 1]), 1, 2, 2) == [[], [5, 5], [5]]


def log_probability(net: EncoderDecoder, source: torch.Tensor, row: list[int], bos: int) -> float:
    inputs = torch.tensor([[bos, *row[:-1]]])
    with torch.no_grad():
        log_p = net(source[None], torch.tensor([len(source)]), inputs).log_softmax(-1)[0]
    return sum(log_p[i, token].item() for i, token in enumerate(row))


@pytest.mark.parametrize("alpha", [0.0, 0.75])
def test_a_wide_beam_is_exhaustive(alpha: float) -> None:
    torch.manual_seed(3)
    net = Seq2Seq(7, 4, 6, 8).double().eval()
    nn.init.normal_(net.output.weight, std=1.5)
    source, bos, eos, steps = torch.tensor([3, 1, 4]), 0, 2, 4
    scores = {}
    for length in range(1, steps + 1):
        for row in itertools.product(range(4), repeat=length):
            done = row[-1] == eos
            if eos in row[:-1] or (not done and length < steps):
                continue
            total = log_probability(net, source, list(row), bos)
            scores[row[:-1] if done else row] = total / length**alpha
    best = sorted(scores.items(), key=lambda item: -item[1])
    found = beam_search(net, source, bos, eos, steps, beam_size=256, alpha=alpha)
    assert len(found) == len(best)
    for (score, tokens), (row, expected) in zip(found[:20], best, strict=False):
        assert tuple(tokens) == row
        assert abs(score - expected) < 1e-9


def test_a_beam_of_one_is_greedy_and_bad_sizes(net: EncoderDecoder) -> None:
    source, lengths, _ = batch()
    greedy = translate(net, source, lengths, 1, 2, 7)
    for i, row in enumerate(greedy):
        found = beam_search(net, source[i, : lengths[i]], 1, 2, 7, beam_size=1)
        assert [tokens for _, tokens in found] == [row]
    for wrong in ({"beam_size": 0}, {"max_steps": 0}):
        sizes = {"beam_size": 2, "max_steps": 3} | wrong
        with pytest.raises(ValueError, match="至少是 1"):
            beam_search(net, source[0], 1, 2, **sizes)


def test_training_lowers_the_loss_and_counts_tokens(net: EncoderDecoder) -> None:
    torch.manual_seed(4)
    data = Pairs([("a b", "一二"), ("b", "二"), ("a a b", "一一二")], min_freq=1)
    optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
    net.eval()
    losses = [train_translator_epoch(net, data.batches(2), optimizer) for _ in range(30)]
    assert losses[-1] < 0.3 * losses[0]
    assert not net.training
    frozen = torch.optim.SGD(net.parameters(), lr=0.0)
    for module in net.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    assert abs(  # 不管怎样分批，都是每个有效词元的平均
        train_translator_epoch(net, data.batches(2), frozen)
        - train_translator_epoch(net, data.batches(3), frozen)
    ) < 1e-9  # fmt: skip


def test_the_contract_names_what_is_missing() -> None:
    net = EncoderDecoder()
    with pytest.raises(NotImplementedError, match="encode"):
        net(torch.zeros(1, 1), torch.ones(1), torch.zeros(1, 1))
    with pytest.raises(NotImplementedError, match="decode"):
        net.decode(torch.zeros(1, 1), None)
    with pytest.raises(ValueError, match="7"):
        AttentionSeq2Seq(3, 3, 4, 7)


# ---- 一行一对的文件 ----------------------------------------------------------------------------
def test_read_pairs(tmp_path: Path) -> None:
    path = tmp_path / "fra.txt"
    text = "\ufeffI run.\tJe cours.\tcc\n\n \t \nReally?\tVraiment\u202f?\nA  b\tC\xa0d\tx\ty"
    path.write_text(text, encoding="utf-8")
    expected = [("I run.", "Je cours."), ("Really?", "Vraiment ?"), ("A b", "C d")]
    assert read_pairs(path) == expected
    assert read_pairs(str(path), columns=(1, 0)) == [pair[::-1] for pair in expected]
    with pytest.raises(ValueError, match="第 4 行缺"):
        read_pairs(path, columns=(0, 2))
    for wrong in ("a\tb\nc\n", "a\tb\nc\t \n", "a\tb\n\tc\n"):
        path.write_text(wrong, encoding="utf-8")
        with pytest.raises(ValueError, match="第 2 行缺"):
            read_pairs(path)
    path.write_text("\n", encoding="utf-8")
    assert read_pairs(path) == []


# ---- 读数 -------------------------------------------------------------------------------------
def read_chinese(text: str) -> int:
    """照读法倒推：万以上、万以下各自把数字乘单位加起来。"""
    high, _, low = text.rpartition("万")
    total = 0
    for part, unit in ((high, 10_000), (low, 1)):
        part = "一" + part if part.startswith("十") else part
        for digit, name in re.findall("([一二三四五六七八九])([千百十]?)", part):
            value = "零一二三四五六七八九".index(digit)
            total += unit * value * {"千": 1000, "百": 100, "十": 10, "": 1}[name]
    return total


def test_numbers_read_back() -> None:
    numbers = [*range(1, 2000), *(random.Random(0).randrange(1, 10**8) for _ in range(3000))]
    for n in numbers:
        assert read_chinese(chinese_number(n)) == n
        assert not re.search("零零|零万|零$|^零|零[千百十]", chinese_number(n))
    assert chinese_number(12_030_405) == "一千二百零三万零四百零五"
    assert [chinese_number(n) for n in (10, 110, 100_010)] == ["十", "一百一十", "十万零一十"]
    assert english_number(12_030_405) == "twelve million thirty thousand four hundred five"
    assert [english_number(n) for n in (7, 13, 80, 100, 5_000_000)] == [
        "seven", "thirteen", "eighty", "one hundred", "five million",
    ]  # fmt: skip
    assert len({english_number(n) for n in numbers}) == len(set(numbers))


def test_number_pairs() -> None:
    pairs = number_pairs(300, max_digits=4, seed=5)
    assert pairs == number_pairs(300, max_digits=4, seed=5)
    assert pairs != number_pairs(300, max_digits=4, seed=6)
    assert len(set(pairs)) == 300
    assert all(read_chinese(chinese) < 10_000 for _, chinese in pairs)
    assert sum(read_chinese(chinese) < 100 for _, chinese in pairs) > 30  # 短的不太少
    for wrong in ({"count": 5, "max_digits": 9}, {"count": 11, "max_digits": 2}):
        with pytest.raises(ValueError, match=r"max_digits|取不出"):
            number_pairs(**wrong)
    for wrong in (0, 10**8):
        with pytest.raises(ValueError, match="读"):
            chinese_number(wrong)


# ---- 热图 -------------------------------------------------------------------------------------
def test_heatmap() -> None:
    weights = torch.tensor([[0.9, 0.1], [0.0, 1.0]])
    drawn = Heatmap(weights, ["猫", "<狗>"], ["a", "b"], "说明")
    assert repr(drawn).splitlines() == ["说明", "　 a b", "猫 90 10", "<狗> 0 100"]
    page = drawn._repr_html_()
    assert "&lt;狗&gt;" in page
    assert "<caption>说明</caption>" in page
    assert re.findall(r"<td style[^>]*>(\d*)</td>", page) == ["90", "10", "", "100"]
    assert re.findall(r"rgba\([\d, ]+, ([\d.]+)\)(;color:#000)?", page) == [
        ("0.90", ";color:#000"), ("0.10", ""), ("0.00", ""), ("1.00", ";color:#000"),
    ]  # fmt: skip
    with pytest.raises(ValueError, match="2 行 1 列"):
        Heatmap(weights, ["a", "b"], ["c"])
    with pytest.raises(ValueError, match="2"):
        Heatmap(2 * weights, ["a", "b"], ["a", "b"])
