"""compat 的“现代循环神经网络”与“注意力机制”两章：签名、数值、改对了的地方、照旧笔记用一遍。"""

from __future__ import annotations

import inspect
import math
import re
import subprocess
import sys

import matplotlib as mpl
import pytest
import torch
from torch import nn

import d2l_helpers as book
from d2l_helpers import compat as d2l
from d2l_helpers.data.standins.fra_eng.grammar import sentences

mpl.use("Agg")

SIGNATURES = {
    "read_data_nmt": "",
    "preprocess_nmt": "text",
    "tokenize_nmt": "text num_examples",
    "show_list_len_pair_hist": "legend xlabel ylabel xlist ylist",
    "truncate_pad": "line num_steps padding_token",
    "build_array_nmt": "lines vocab num_steps",
    "load_data_nmt": "batch_size num_steps num_examples",
    "Encoder": "kwargs",
    "Decoder": "kwargs",
    "EncoderDecoder": "encoder decoder kwargs",
    "Seq2SeqEncoder": "vocab_size embed_size num_hiddens num_layers dropout kwargs",
    "sequence_mask": "X valid_len value",
    "train_seq2seq": "net data_iter lr num_epochs tgt_vocab device",
    "predict_seq2seq": "net src_sentence src_vocab tgt_vocab num_steps device"
    " save_attention_weights",
    "bleu": "pred_seq label_seq k",
    "show_heatmaps": "matrices xlabel ylabel titles figsize cmap",
    "masked_softmax": "X valid_lens",
    "AdditiveAttention": "key_size query_size num_hiddens dropout kwargs",
    "DotProductAttention": "dropout kwargs",
    "MultiHeadAttention": "key_size query_size value_size num_hiddens num_heads dropout bias"
    " kwargs",
    "transpose_qkv": "X num_heads",
    "transpose_output": "X num_heads",
    "PositionalEncoding": "num_hiddens dropout max_len",
    "PositionWiseFFN": "ffn_num_input ffn_num_hiddens ffn_num_outputs kwargs",
    "AddNorm": "normalized_shape dropout kwargs",
    "EncoderBlock": "key_size query_size value_size num_hiddens norm_shape ffn_num_input"
    " ffn_num_hiddens num_heads dropout use_bias kwargs",
    "TransformerEncoder": "vocab_size key_size query_size value_size num_hiddens norm_shape"
    " ffn_num_input ffn_num_hiddens num_heads num_layers dropout use_bias kwargs",
}


@pytest.mark.parametrize("name", SIGNATURES)
def test_signature(name: str) -> None:
    assert list(inspect.signature(getattr(d2l, name)).parameters) == SIGNATURES[name].split()


# ---- 数据 -------------------------------------------------------------------------------------
def test_the_stand_in_speaks_french() -> None:
    pairs = dict(sentences())
    assert len(pairs) > 2000
    for english, french in {
        "I lost.": "J'ai perdu.", "He's calm.": "Il est calme.", "I'm home.": "Je suis chez moi.",
        "Go!": "Va\u202f!", "She's happy.": "Elle est heureuse.",
        "They're tired.": "Ils sont fatigués.", "We're happy.": "Nous sommes heureux.",
        "I'm hungry.": "J'ai faim.", "You're not sad.": "Tu n'es pas triste.",
        "Tom is not right.": "Tom n'a pas raison.", "We're not sad.": "Nous ne sommes pas tristes.",
        "Is she right?": "A-t-elle raison\u202f?", "Are they tall?": "Sont-ils grands\u202f?",
        "Is Tom sick?": "Tom est-il malade\u202f?", "Am I cold?": "Ai-je froid\u202f?",
        "We took some water today.": "Nous avons pris de l'eau aujourd'hui.",
    }.items():  # fmt: skip
        assert pairs[english] == french


@pytest.mark.usefixtures("standin_cache")
def test_reading_the_pairs() -> None:
    text = d2l.read_data_nmt()
    lines = text.splitlines()
    assert [len(line.split("\t")) for line in lines] == [2] * len(lines)
    lengths = [len(line.split("\t")[0]) for line in lines]
    assert lengths == sorted(lengths)
    clean = d2l.preprocess_nmt(text)
    assert "\u202f" not in clean
    assert "go !\tva !" in clean
    source, target = d2l.tokenize_nmt(clean, 600)
    assert len(source) == len(target) == 600
    assert d2l.tokenize_nmt("hi .\tsalut .\tCC-BY\n\nbad line") == ([["hi", "."]], [["salut", "."]])
    data_iter, src_vocab, tgt_vocab = d2l.load_data_nmt(batch_size=2, num_steps=8)
    X, X_len, Y, Y_len = next(iter(data_iter))
    assert X.shape == Y.shape == (2, 8)
    for row, length, vocab in ((X[0], X_len[0], src_vocab), (Y[1], Y_len[1], tgt_vocab)):
        words = vocab.to_tokens(row.tolist())
        assert words.index("<eos>") == length - 1
        assert set(words[length:]) <= {"<pad>"}
    d2l.show_list_len_pair_hist(["source", "target"], "tokens", "count", source, target)


def test_padding_and_masks() -> None:
    assert d2l.truncate_pad([1, 2, 3], 2, 0) == [1, 2]
    assert d2l.truncate_pad([1], 3, 0) == [1, 0, 0]
    vocab = d2l.Vocab([["a", "b"]], reserved_tokens=["<pad>", "<bos>", "<eos>"])
    array, length = d2l.build_array_nmt([["a"], ["b", "a", "b"]], vocab, 3)
    assert array.tolist() == [[4, 3, 1], [5, 4, 5]]
    assert length.tolist() == [2, 3]
    X = torch.ones(2, 3, 2)
    assert d2l.sequence_mask(X, torch.tensor([1, 3]), -1)[:, :, 0].tolist() == [
        [1, -1, -1], [1, 1, 1],
    ]  # fmt: skip
    loss = d2l.MaskedSoftmaxCELoss()(
        torch.ones(3, 4, 10), torch.ones(3, 4, dtype=torch.long), torch.tensor([4, 2, 0])
    )
    expected = math.log(10) * torch.tensor([1, 0.5, 0])
    torch.testing.assert_close(loss, expected)


def test_bleu() -> None:
    assert d2l.bleu("a b", "a b", 4) == 1.0  # 那个包在这里除以零
    assert abs(d2l.bleu("a b c", "a b c d", 2) - math.exp(1 - 4 / 3)) < 1e-12
    assert d2l.bleu("", "a", 2) == 0.0


# ---- 编码器与注意力 -----------------------------------------------------------------------------
def test_the_encoder_stops_at_the_valid_length() -> None:
    torch.manual_seed(0)
    encoder = d2l.Seq2SeqEncoder(9, 4, 5, 2).eval()
    X, lengths = torch.randint(9, (2, 6)), torch.tensor([6, 3])
    outputs, state = encoder(X, lengths)
    alone = encoder(X[1:, :3])
    torch.testing.assert_close(state[:, 1:], alone[1])
    torch.testing.assert_close(outputs[:3, 1:], alone[0])
    assert outputs.shape == (6, 2, 5)
    assert outputs[3:, 1].abs().max() == 0
    torch.testing.assert_close(encoder(X)[1], encoder(X, torch.tensor([6, 6]))[1])


def test_masked_softmax_as_the_notes_call_it() -> None:
    X = torch.randn(2, 2, 4)
    weights = d2l.masked_softmax(X, torch.tensor([2, 0]))
    torch.testing.assert_close(weights[0, :, :2], X[0, :, :2].softmax(-1))
    assert weights[0, :, 2:].abs().max() == weights[1].abs().max() == 0
    each = d2l.masked_softmax(X, torch.tensor([[1, 3], [2, 4]]))
    assert (each > 0).sum(-1).tolist() == [[1, 3], [2, 4]]
    torch.testing.assert_close(d2l.masked_softmax(X, None), X.softmax(-1))


@pytest.mark.parametrize("lengths", [None, torch.tensor([2, 5])])
def test_attention_agrees_with_the_book(lengths: torch.Tensor | None) -> None:
    torch.manual_seed(1)
    queries, keys, values = torch.randn(2, 3, 8), torch.randn(2, 5, 8), torch.randn(2, 5, 8)
    mask = None if lengths is None else book.valid_mask(lengths, 5)[:, None, :]
    ours = book.AdditiveAttention(8, 8, 6)
    theirs = d2l.AdditiveAttention(8, 8, 6, dropout=0.1).eval()
    theirs.load_state_dict(ours.state_dict())
    out, weights = ours(queries, keys, values, mask)
    torch.testing.assert_close(theirs(queries, keys, values, lengths), out)
    torch.testing.assert_close(theirs.attention_weights, weights)
    dot = d2l.DotProductAttention(0.5).eval()
    expected, _ = book.dot_product_attention(queries, keys, values, mask)
    torch.testing.assert_close(dot(queries, keys, values, lengths), expected)
    heads = book.MultiHeadAttention(8, 4)
    many = d2l.MultiHeadAttention(8, 8, 8, 8, 4, 0.5, bias=True).eval()
    many.load_state_dict(heads.state_dict())
    out, weights = heads(queries, keys, values, None if mask is None else mask[:, None])
    torch.testing.assert_close(many(queries, keys, values, lengths), out)
    torch.testing.assert_close(many.attention.attention_weights, weights.flatten(0, 1))


def test_heads_come_back() -> None:
    X = torch.arange(24.0).reshape(2, 3, 4)
    folded = d2l.transpose_qkv(X, 2)
    assert folded.shape == (4, 3, 2)
    assert folded[1].tolist() == X[0, :, 2:].tolist()
    assert torch.equal(d2l.transpose_output(folded, 2), X)
    with pytest.raises(ValueError, match="num_heads=3"):
        d2l.MultiHeadAttention(8, 8, 8, 8, 3, 0.1)


def test_the_encoder_of_a_transformer() -> None:
    torch.manual_seed(2)
    X, lengths = torch.randint(20, (2, 6)), torch.tensor([4, 6])
    net = d2l.TransformerEncoder(20, 8, 8, 8, 8, [8], 8, 16, 2, 2, 0.5, use_bias=True).eval()
    out = net(X, lengths)
    assert out.shape == (2, 6, 8)
    assert [weights.shape for weights in net.attention_weights] == [(4, 6, 6)] * 2
    ours = book.Transformer(20, 3, 8, 2, 16, 2).eval()
    state = dict(ours.named_parameters())
    with torch.no_grad():
        state["source_embedding.weight"].copy_(net.embedding.weight)
        for i, block in enumerate(net.blks):
            pairs = zip(
                [*block.attention.parameters(), *block.ffn.parameters()],
                [*ours.encoder[i].attention.parameters(), *ours.encoder[i].feed.parameters()],
                strict=True,
            )
            for theirs, mine in pairs:
                mine.copy_(theirs)
    torch.testing.assert_close(out, ours.encode(X, lengths)[0])


def test_positions_and_too_long_a_sequence() -> None:
    place = d2l.PositionalEncoding(6, 0).eval()
    torch.testing.assert_close(place(torch.zeros(1, 4, 6))[0], book.sinusoids(4, 6))
    with pytest.raises(ValueError, match="1001"):
        place(torch.zeros(1, 1001, 6))


def test_heatmaps_are_drawn() -> None:
    d2l.show_heatmaps(torch.rand(2, 3, 4, 5), "keys", "queries", titles=["a", "b", "c"])
    figure = d2l.plt.gcf()
    assert len(figure.axes) == 7
    assert [ax.get_ylabel() for ax in figure.axes[:6]] == ["queries", "", ""] * 2
    d2l.plt.close("all")


# ---- 照旧笔记用一遍 -----------------------------------------------------------------------------
class Seq2SeqDecoder(d2l.Decoder):
    def __init__(self, vocab_size: int, embed_size: int, num_hiddens: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, embed_size)
        self.rnn = nn.GRU(embed_size + num_hiddens, num_hiddens)
        self.dense = nn.Linear(num_hiddens, vocab_size)

    def init_state(self, enc_outputs, *args):
        return enc_outputs[1][-1], enc_outputs[1]  # 上下文留着，不随解码器的状态变

    def forward(self, X, state):
        X, (context, hidden) = self.embedding(X).permute(1, 0, 2), state
        every = context.repeat(X.shape[0], 1, 1)
        output, hidden = self.rnn(torch.cat((X, every), 2), hidden)
        return self.dense(output).permute(1, 0, 2), (context, hidden)


class TransformerDecoder(d2l.AttentionDecoder):
    """一块的解码器，像旧笔记那样：看过的留在状态里，只在训练时遮住未来。"""

    def __init__(self, vocab_size: int, width: int) -> None:
        super().__init__()
        self.width = width
        self.embedding = nn.Embedding(vocab_size, width)
        self.pos_encoding = d2l.PositionalEncoding(width, 0.0)
        self.attention1 = d2l.MultiHeadAttention(width, width, width, width, 2, 0.0)
        self.attention2 = d2l.MultiHeadAttention(width, width, width, width, 2, 0.0)
        self.addnorm1, self.addnorm2 = d2l.AddNorm(width, 0.0), d2l.AddNorm(width, 0.0)
        self.dense = nn.Linear(width, vocab_size)

    def init_state(self, enc_outputs, enc_valid_lens, *args):
        return [enc_outputs, enc_valid_lens, None]

    def forward(self, X, state):
        X = self.pos_encoding(self.embedding(X) * math.sqrt(self.width))
        seen = X if state[2] is None else torch.cat((state[2], X), 1)
        lens = torch.arange(1, X.shape[1] + 1).repeat(len(X), 1) if self.training else None
        X = self.addnorm1(X, self.attention1(X, seen, seen, lens))
        X = self.addnorm2(X, self.attention2(X, state[0], state[0], state[1]))
        return self.dense(X), [state[0], state[1], seen]

    @property
    def attention_weights(self) -> torch.Tensor:
        return self.attention2.attention.attention_weights


@pytest.mark.usefixtures("standin_cache")
def test_a_note_learns_to_translate(capsys: pytest.CaptureFixture) -> None:
    torch.manual_seed(3)
    train_iter, src_vocab, tgt_vocab = d2l.load_data_nmt(64, 10, num_examples=300)
    net = d2l.EncoderDecoder(
        d2l.Seq2SeqEncoder(len(src_vocab), 32, 32, 1), Seq2SeqDecoder(len(tgt_vocab), 32, 32)
    )
    d2l.train_seq2seq(net, train_iter, 0.01, 40, tgt_vocab, torch.device("cpu"))
    said = capsys.readouterr().out
    assert float(re.search(r"损失 ([\d.]+), [\d.]+ 词元/秒", said)[1]) < 0.15  # 量得 0.01–0.04
    scores = []
    for english, french in {"i lost .": "j'ai perdu .", "he's calm .": "il est calme ."}.items():
        said, _ = d2l.predict_seq2seq(net, english, src_vocab, tgt_vocab, 10, torch.device("cpu"))
        scores.append(d2l.bleu(said, french, k=2))
    assert scores == [1.0, 1.0]
    long = " ".join(["i"] * 30)
    assert d2l.predict_seq2seq(net, long, src_vocab, tgt_vocab, 10, torch.device("cpu"))[0]


@pytest.mark.usefixtures("standin_cache")
def test_positions_go_on_while_decoding() -> None:
    torch.manual_seed(4)
    _, src_vocab, tgt_vocab = d2l.load_data_nmt(64, 10, num_examples=100)
    encoder = d2l.TransformerEncoder(len(src_vocab), 8, 8, 8, 8, [8], 8, 16, 2, 1, 0.0)
    net = d2l.EncoderDecoder(encoder, TransformerDecoder(len(tgt_vocab), 8))
    place = net.decoder.pos_encoding
    steps = []
    place.register_forward_hook(lambda module, inputs, output: steps.append(module.offset))
    said, weights = d2l.predict_seq2seq(
        net, "i lost .", src_vocab, tgt_vocab, 6, torch.device("cpu"), save_attention_weights=True
    )
    written = tgt_vocab[said.split()] if said else []
    assert steps == list(range(len(weights)))
    assert len(weights) == min(6, len(written) + 1)
    assert place.offset == 0  # 用完还原
    assert net.training
    # 一步步写的，与训练时（整句、遮住未来）逐步取最大的相同
    source = torch.tensor([d2l.truncate_pad([*src_vocab[["i", "lost", "."]], src_vocab["<eos>"]],
                                            10, src_vocab["<pad>"])])  # fmt: skip
    inputs = torch.tensor([[tgt_vocab["<bos>"], *written]])
    logits, _ = net(source, inputs, torch.tensor([4]))
    assert logits.argmax(-1)[0, : len(written)].tolist() == written


def test_other_versions_and_our_own_names() -> None:
    with pytest.raises(AttributeError, match="train_seq2seq"):
        _ = d2l.train_s2s_ch9
    with pytest.raises(AttributeError, match="valid_mask"):
        _ = book.sequence_mask
    with pytest.raises(NotImplementedError, match="init_state"):
        d2l.Decoder().init_state(None)


def test_the_names_do_not_hide_those_of_the_package() -> None:
    code = "from d2l_helpers.compat import *\nassert 'attention' not in dir()\nprint(bleu)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "function bleu" in done.stdout
