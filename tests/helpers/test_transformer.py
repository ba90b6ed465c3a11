"""Transformer：每一块与框架的一致，前向与全部梯度；因果；一步步解码等于一口气解码。"""

from __future__ import annotations

import copy
from collections.abc import Callable

import pytest
import torch
from torch import nn

from d2l_helpers.attention import MultiHeadAttention, valid_mask
from d2l_helpers.models.transformer import DecoderBlock, EncoderBlock, Transformer

Take = Callable[[torch.Tensor], torch.Tensor]
VALUE: Take = torch.Tensor.detach
GRADIENT: Take = lambda param: param.grad  # noqa: E731


def attention_weights(ours: MultiHeadAttention, prefix: str, take: Take) -> dict:
    layers = (ours.W_q, ours.W_k, ours.W_v)
    return {
        f"{prefix}.in_proj_weight": torch.cat([take(layer.weight) for layer in layers]),
        f"{prefix}.in_proj_bias": torch.cat([take(layer.bias) for layer in layers]),
        f"{prefix}.out_proj.weight": take(ours.W_o.weight),
        f"{prefix}.out_proj.bias": take(ours.W_o.bias),
    }


def as_theirs(ours: EncoderBlock | DecoderBlock, take: Take) -> dict[str, torch.Tensor]:
    """按框架的名字排好的参数（或梯度）。"""
    state = attention_weights(ours.attention, "self_attn", take)
    wrappers = [ours.around_attention, ours.around_feed]
    if isinstance(ours, DecoderBlock):
        state |= attention_weights(ours.cross, "multihead_attn", take)
        wrappers.insert(1, ours.around_cross)
    named = {"linear1": ours.feed[0], "linear2": ours.feed[2]}
    named |= {f"norm{i}": wrapper.norm for i, wrapper in enumerate(wrappers, 1)}
    for name, layer in named.items():
        state |= {f"{name}.weight": take(layer.weight), f"{name}.bias": take(layer.bias)}
    return state


def check(ours, theirs, outputs, reference, inputs) -> None:
    """输出、对输入的梯度、对每个参数的梯度都一致。"""
    torch.testing.assert_close(outputs, reference)
    ours_inputs = torch.autograd.grad(outputs.square().sum(), inputs, retain_graph=True)
    for one, two in zip(
        ours_inputs,
        torch.autograd.grad(reference.square().sum(), inputs, retain_graph=True),
        strict=True,
    ):
        torch.testing.assert_close(one, two)
    outputs.square().sum().backward()
    reference.square().sum().backward()
    grads = as_theirs(ours, GRADIENT)
    for name, param in theirs.named_parameters():
        torch.testing.assert_close(grads[name], param.grad)


def shake(module: nn.Module) -> nn.Module:
    """缺省的偏置与规范化的参数太整齐，看不出漏了哪一个。"""
    with torch.no_grad():
        for param in module.parameters():
            param += 0.1 * torch.randn_like(param)
    return module.double()


@pytest.mark.parametrize("norm_first", [False, True])
def test_encoder_block_agrees_with_the_framework(norm_first: bool) -> None:
    torch.manual_seed(0)
    ours = shake(EncoderBlock(12, 3, 20, norm_first=norm_first))
    theirs = nn.TransformerEncoderLayer(
        12, 3, 20, dropout=0.0, batch_first=True, norm_first=norm_first
    ).double()
    theirs.load_state_dict(as_theirs(ours, VALUE))
    X = torch.randn(2, 5, 12, dtype=torch.double, requires_grad=True)
    mask = valid_mask(torch.tensor([5, 3]), 5)
    Y, reference = ours(X, mask[:, None, None, :]), theirs(X, src_key_padding_mask=~mask)
    check(ours, theirs, Y[mask], reference[mask], [X])


@pytest.mark.parametrize("norm_first", [False, True])
def test_decoder_block_agrees_with_the_framework(norm_first: bool) -> None:
    torch.manual_seed(0)
    ours = shake(DecoderBlock(12, 3, 20, norm_first=norm_first))
    theirs = nn.TransformerDecoderLayer(
        12, 3, 20, dropout=0.0, batch_first=True, norm_first=norm_first
    ).double()
    theirs.load_state_dict(as_theirs(ours, VALUE))
    X, memory = (torch.randn(2, n, 12, dtype=torch.double, requires_grad=True) for n in (4, 5))
    mask = valid_mask(torch.tensor([5, 2]), 5)
    Y, _ = ours(X, memory, mask[:, None, None, :])
    causal = nn.Transformer.generate_square_subsequent_mask(4, dtype=torch.double)
    reference = theirs(X, memory, tgt_mask=causal, memory_key_padding_mask=~mask)
    check(ours, theirs, Y, reference, [X, memory])


def small(**options) -> Transformer:
    torch.manual_seed(0)
    return Transformer(11, 13, width=8, num_heads=2, num_hiddens=16, **options).double().eval()


@pytest.mark.parametrize("norm_first", [False, True])
def test_the_future_changes_nothing_before_it(norm_first: bool) -> None:
    net = small(norm_first=norm_first)
    source, lengths = torch.randint(11, (2, 6)), torch.tensor([6, 4])
    inputs = torch.randint(13, (2, 7))
    changed = inputs.clone()
    changed[:, 4:] = (changed[:, 4:] + 1) % 13
    before, after = net(source, lengths, inputs), net(source, lengths, changed)
    torch.testing.assert_close(before[:, :4], after[:, :4])
    assert (before[:, 4:] - after[:, 4:]).abs().amax(dim=(0, 2)).min() > 1e-6
    net.train()  # 训练与评估用同样的遮罩
    for module in net.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    torch.testing.assert_close(net(source, lengths, inputs), before)


@pytest.mark.parametrize("norm_first", [False, True])
def test_step_by_step_is_the_whole(norm_first: bool) -> None:
    net = small(norm_first=norm_first)
    source, lengths = torch.randint(11, (2, 6)), torch.tensor([6, 4])
    inputs = torch.randint(13, (2, 7))
    whole = net(source, lengths, inputs)
    state, pieces = net.encode(source, lengths), []
    for piece in inputs.split([1, 1, 3, 2], dim=1):
        logits, state = net.decode(piece, state)
        pieces.append(logits)
    torch.testing.assert_close(torch.cat(pieces, dim=1), whole)


def test_padding_of_the_source_is_not_read() -> None:
    net = small()
    source, lengths = torch.randint(11, (2, 6)), torch.tensor([6, 4])
    other = source.clone()
    other[1, 4:] = (other[1, 4:] + 1) % 11
    inputs = torch.randint(13, (2, 3))
    torch.testing.assert_close(net(source, lengths, inputs), net(other, lengths, inputs))


def test_scaled_embeddings_are_as_large_as_the_positions() -> None:
    torch.manual_seed(0)
    net = Transformer(1000, 1000, width=64)
    for embedding in (net.source_embedding, net.target_embedding):
        assert (8 * embedding.weight).std().item() == pytest.approx(1, abs=0.02)


def test_too_long_a_sequence() -> None:
    net = small(max_steps=5)
    tokens = torch.zeros(1, 6, dtype=torch.long)
    with pytest.raises(ValueError, match="第 6 步"):
        net(tokens, torch.tensor([6]), tokens)


def test_a_trained_network_can_be_copied() -> None:
    net = small().train()
    tokens, lengths = torch.randint(11, (2, 6)), torch.tensor([6, 4])
    net(tokens, lengths, tokens).sum().backward()
    twin = copy.deepcopy(net).eval()
    torch.testing.assert_close(twin(tokens, lengths, tokens), net.eval()(tokens, lengths, tokens))
    assert net.encoder[0].weights.shape == (2, 2, 6, 6)
    assert net.decoder[0].weights[1, :, :, 4:].abs().max() == 0  # 补齐的源词元没有看
