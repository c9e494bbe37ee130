"""Compression functions against torch's own pooling and convolution, and the laws of their losses."""

from dataclasses import replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812  # torch's own name for it
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from memattn.compression import (
    COMPRESSIONS,
    Compression,
    Conv1d,
    ConvWeights,
    DilatedConv1d,
    GatedPool,
    GateWeights,
    KeepOne,
    MaxPool,
    MeanPool,
    MostUsed,
    attention_reconstruction,
    auto_encoding,
    averaging_weights,
    decode,
    equal_gates,
    random_weights,
)
from memattn.kv import KV, Provenance

EXACT, LEAD, D_K, D_V = 1e-12, (2, 3), 5, 7
EXACT_ONES = [name for name, kind in COMPRESSIONS.items() if kind.provenance is Provenance.EXACT]


def draw(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def pairs(tokens: int, lead: tuple[int, ...] = LEAD, seed: int = 0) -> KV:
    return KV(draw(*lead, tokens, D_K, seed=seed), draw(*lead, tokens, D_V, seed=seed + 1))


def channels_first(rows: Tensor) -> Tensor:
    return rows.flatten(0, -3).mT


def ring(rows: Tensor, padding: int) -> Tensor:
    return torch.cat([rows[..., rows.shape[-1] - padding :], rows, rows[..., :padding]], dim=-1)


def close(ours: Tensor, theirs: Tensor) -> None:
    torch.testing.assert_close(ours, theirs, rtol=0, atol=EXACT)


def headed_weights(heads: int, taps: int, seed: int = 3) -> ConvWeights:
    return ConvWeights(
        draw(heads, D_K, D_K, taps, seed=seed),
        draw(heads, D_V, D_V, taps, seed=seed + 1),
        draw(heads, D_K, seed=seed + 2),
        draw(heads, D_V, seed=seed + 3),
    )


@pytest.mark.parametrize("rate", [1, 2, 3, 5])
def test_mean_pool_is_torchs(rate: int) -> None:
    block = pairs(6 * rate)
    done = MeanPool(rate).compress(block)
    close(channels_first(done.keys), F.avg_pool1d(channels_first(block.keys), rate))
    close(channels_first(done.values), F.avg_pool1d(channels_first(block.values), rate))


@pytest.mark.parametrize("rate", [1, 2, 3, 5])
def test_max_pool_is_torchs_and_its_shares_count_the_channels_each_pair_wins(rate: int) -> None:
    block = pairs(6 * rate)
    done = MaxPool(rate).compress(block)
    for ours, shares, rows in (
        (done.keys, done.key_shares, block.keys),
        (done.values, done.value_shares, block.values),
    ):
        pooled, winner = F.max_pool1d(channels_first(rows), rate, return_indices=True)
        close(channels_first(ours), pooled)
        won = F.one_hot(winner, block.tokens).double().mean(dim=1)  # over channels
        assert shares is not None
        close(shares.flatten(0, -3), won)


@pytest.mark.parametrize("rate", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("kind", [Conv1d, DilatedConv1d])
def test_convolutions_are_torchs_with_one_kernel_per_head(kind: type[Conv1d], rate: int) -> None:
    block, weights = pairs(6 * rate), headed_weights(LEAD[-1], rate)
    compression = kind(rate, weights=weights)
    done = compression.compress(block)
    for head in range(LEAD[-1]):
        for ours, rows, kernel, bias in (
            (done.keys, block.keys, weights.keys, weights.key_bias),
            (done.values, block.values, weights.values, weights.value_bias),
        ):
            assert bias is not None
            theirs = F.conv1d(
                ring(rows[:, head].mT, compression.padding),
                kernel[head],
                bias[head],
                stride=rate,
                dilation=compression.dilation,
            )
            close(ours[:, head].mT, theirs)


@pytest.mark.parametrize(
    ("rate", "dilation", "padding"), [(1, 1, 0), (2, 3, 1), (3, 2, 1), (4, 3, 3), (5, 2, 2), (6, 5, 10)]
)
def test_dilated_taps_read_every_pair_exactly_once(rate: int, dilation: int, padding: int) -> None:
    compression = DilatedConv1d(rate)
    assert (compression.dilation, compression.padding) == (dilation, padding)
    for groups in (1, 2, 3, 12):
        shares = compression.compress(pairs(groups * rate)).value_shares
        assert shares is not None
        assert ((shares > 0).sum(dim=-2) == 1).all() and ((shares > 0).sum(dim=-1) == rate).all()


def test_a_kernel_of_zeros_takes_equal_shares_and_gives_its_bias() -> None:
    weights = ConvWeights(torch.zeros(D_K, D_K, 4), torch.zeros(D_V, D_V, 4), None, torch.ones(D_V))
    done = Conv1d(4, weights=weights).compress(pairs(4))
    close(done.values, torch.ones(*LEAD, 1, D_V, dtype=torch.float64))
    assert done.value_shares is not None
    close(done.value_shares, torch.full((*LEAD, 1, 4), 0.25, dtype=torch.float64))


def test_most_used_keeps_the_most_attended_pairs_in_time_order_and_the_newest_of_equals() -> None:
    block = KV(torch.arange(6.0).unsqueeze(-1), torch.arange(6.0).unsqueeze(-1))
    usage = torch.tensor([0.3, 0.9, 0.3, 0.1, 0.3, 0.2])
    assert MostUsed(2).compress(block, usage).keys.flatten().tolist() == [1.0, 2.0, 4.0]
    assert MostUsed(3).compress(block, usage).keys.flatten().tolist() == [1.0, 4.0]
    assert MostUsed(3).compress(block).keys.flatten().tolist() == [4.0, 5.0]


def test_most_used_chooses_for_each_head_alone() -> None:
    block, usage = pairs(8), draw(*LEAD, 8).abs()
    together = MostUsed(4).compress(block, usage)
    for batch in range(LEAD[0]):
        for head in range(LEAD[1]):
            one = KV(block.keys[batch, head], block.values[batch, head])
            close(together.values[batch, head], MostUsed(4).compress(one, usage[batch, head]).values)


def test_keep_one_takes_the_first_of_each_group() -> None:
    block = KV(torch.arange(6.0).unsqueeze(-1), torch.arange(6.0).unsqueeze(-1))
    assert KeepOne(3).compress(block).values.flatten().tolist() == [0.0, 3.0]


def headed_gates(heads: int, taps: int, seed: int = 3) -> GateWeights:
    return GateWeights(*(draw(heads, size, seed=seed + at) for at, size in enumerate((D_K, D_V, taps))))


@pytest.mark.parametrize("tokens", [2, 3, 12])
def test_equal_gates_are_a_mean_and_one_that_towers_keeps_its_pair(tokens: int) -> None:
    block, equal = pairs(tokens), equal_gates(D_K, D_V, 3)
    first = replace(equal, positions=torch.tensor([1e4, 0, 0], dtype=torch.float64))
    for weights, like in ((equal, MeanPool(3)), (first, KeepOne(3))):
        gated = GatedPool(3, weights=weights)
        for whole, theirs in ((gated.compress, like.compress), (gated.compress_rest, like.compress_rest)):
            if (whole == gated.compress) == (tokens % 3 == 0):
                ours, other = whole(block), theirs(block)
                assert ours.key_shares is not None and other.key_shares is not None
                for one, same in zip(ours, other, strict=True):
                    close(one, same)  # type: ignore[arg-type]


def test_gates_are_the_attention_of_a_learned_query_in_every_head() -> None:
    block, weights = pairs(12), headed_gates(LEAD[-1], 3)
    done = GatedPool(3, weights=weights).compress(block)
    for head in range(LEAD[-1]):
        for group in range(4):
            own = [rows[:, head, 3 * group : 3 * group + 3] for rows in (block.keys, block.values)]
            dots = own[0] @ weights.keys[head] / D_K**0.5 + own[1] @ weights.values[head] / D_V**0.5
            gates = (dots + weights.positions[head]).softmax(dim=-1).unsqueeze(-2)
            close(done.keys[:, head, group], (gates @ own[0]).squeeze(-2))
            close(done.values[:, head, group], (gates @ own[1]).squeeze(-2))
            assert done.value_shares is not None
            close(done.value_shares[:, head, group, 3 * group : 3 * group + 3], gates.squeeze(-2))


def test_gates_over_very_large_pairs_are_weights_all_the_same() -> None:
    block = KV((pairs(6).keys * 1e30).float(), (pairs(6).values * 1e30).float())
    done = GatedPool(3, weights=replace(headed_gates(LEAD[-1], 3), positions=torch.zeros(LEAD[-1], 3)).to(block.keys))
    for rows in done.compress(block)[:3]:
        assert rows is not None and torch.isfinite(rows).all()


@pytest.mark.parametrize("name", COMPRESSIONS)
@pytest.mark.parametrize("rate", [1, 2, 3, 5])
def test_shares_rebuild_the_slots_where_exact_and_sum_to_one_always(name: str, rate: int) -> None:
    block, compression = pairs(4 * rate), COMPRESSIONS[name](rate)
    done = compression.compress(block, draw(*LEAD, 4 * rate).abs())
    assert done.keys.shape == (*LEAD, 4, D_K)
    for shares, rows, slots in (
        (done.key_shares, block.keys, done.keys),
        (done.value_shares, block.values, done.values),
    ):
        assert shares is not None
        assert shares.shape == (*LEAD, 4, 4 * rate)
        assert float(shares.min()) >= 0
        close(shares.sum(dim=-1), torch.ones(*LEAD, 4, dtype=torch.float64))
        if compression.provenance is Provenance.EXACT:
            close(shares @ rows, slots)


@pytest.mark.parametrize("name", COMPRESSIONS)
@pytest.mark.parametrize("tokens", [1, 2, 10])
def test_naive_numpy_agrees(name: str, tokens: int) -> None:
    compression, block, usage = COMPRESSIONS[name](5), pairs(tokens, ()), draw(tokens).abs()
    apply = compression.compress if tokens == 10 else compression.compress_rest
    done = apply(block, usage)
    keys, values = compression.naive(block.keys.numpy(), block.values.numpy(), usage.numpy())
    close(done.keys, torch.from_numpy(np.ascontiguousarray(keys)))
    close(done.values, torch.from_numpy(np.ascontiguousarray(values)))


@pytest.mark.parametrize("name", COMPRESSIONS)
def test_no_pairs_give_no_slots_and_untracked_gives_no_shares(name: str) -> None:
    done = COMPRESSIONS[name](3).compress(pairs(0))
    assert done.keys.shape == (*LEAD, 0, D_K)
    assert COMPRESSIONS[name](3).compress(pairs(6), tracked=False)[2:] == (None, None)


@pytest.mark.parametrize("name", EXACT_ONES)
def test_rate_one_is_no_compression(name: str) -> None:
    block = pairs(7)
    done = COMPRESSIONS[name](1).compress(block)
    close(done.keys, block.keys)
    close(done.values, block.values)


@given(rate=st.integers(2, 9), seed=st.integers(0, 99))
def test_a_mean_of_white_noise_loses_the_share_1_minus_1_over_c(rate: int, seed: int) -> None:
    block = KV(draw(4000 * rate, 1, seed=seed), draw(4000 * rate, 1, seed=seed + 1))
    mean = MeanPool(rate).compress(block, tracked=False).values.repeat_interleave(rate, dim=0)
    lost = float((block.values - mean).square().sum() / block.values.square().sum())
    assert lost == pytest.approx(1 - 1 / rate, abs=0.03)


def test_averaging_weights_make_a_convolution_a_mean_pool() -> None:
    block = pairs(12)
    convolved = Conv1d(4, weights=averaging_weights(D_K, D_V, 4)).compress(block)
    pooled = MeanPool(4).compress(block)
    close(convolved.values, pooled.values)
    assert convolved.value_shares is not None and pooled.value_shares is not None
    close(convolved.value_shares, pooled.value_shares)


def test_weights_are_equal_by_content_and_settings_with_them_stay_hashable() -> None:
    weights, same, other = headed_weights(3, 4), headed_weights(3, 4), headed_weights(3, 4, seed=8)
    assert weights == same and weights != other
    assert len({Conv1d(4, weights=weights), Conv1d(4, weights=same), Conv1d(4, weights=other)}) == 2
    assert ConvWeights(**weights.tensors()) == weights
    shared, headed = (ConvWeights(torch.zeros(*h, 2, 2, 4), torch.zeros(*h, 2, 2, 4)) for h in ((), (1,)))
    assert shared != headed  # the same bytes in another shape
    assert weights.to(torch.zeros(1, dtype=torch.float32)) != weights


def test_random_weights_depend_on_the_seed_alone() -> None:
    first = random_weights(11, D_K, D_V, 4)
    random_weights.cache_clear()
    torch.manual_seed(99)
    assert random_weights(11, D_K, D_V, 4) == first
    assert random_weights(12, D_K, D_V, 4) != first


@pytest.mark.parametrize(
    ("build", "says"),
    [
        (lambda: MeanPool(0), "rate c must be ≥ 1 pair per slot, got 0"),
        (lambda: MeanPool(4).compress(pairs(6)), "divisible by the rate c=4, got 6"),
        (lambda: Conv1d(3, weights=averaging_weights(D_K, D_V, 4)), "must have c=3 taps, got 4"),
        (
            lambda: Conv1d(4, weights=averaging_weights(2, 2, 4)).compress(pairs(4)),
            r"for \(d_k, d_v\) = \(2, 2\)",
        ),
        (lambda: Conv1d(4, weights=headed_weights(2, 4)).compress(pairs(4)), "for 2 heads"),
        (lambda: GatedPool(3, weights=equal_gates(D_K, D_V, 4)), "must be for groups of c=3, got 4"),
        (lambda: GatedPool(4, weights=equal_gates(2, 2, 4)).compress(pairs(4)), r"for \(d_k, d_v\) = \(2, 2\)"),
        (lambda: GatedPool(4, weights=headed_gates(2, 4)).compress(pairs(4)), "for 2 heads"),
        (lambda: GateWeights(draw(2, 5), draw(3, 5), draw(2, 4)), r"got \[\(2, 5\), \(3, 5\), \(2, 4\)\]"),
        (lambda: ConvWeights(draw(2, 3, 4), draw(2, 2, 4)), r"the key kernel must be .*got \(2, 3, 4\)"),
        (lambda: ConvWeights(draw(2, 2, 4), draw(2, 2, 3)), "equal heads and taps"),
        (lambda: ConvWeights(draw(2, 2, 4), draw(2, 2, 4), draw(3)), r"key bias must be \(2,\), got \(3,\)"),
        (
            lambda: MostUsed(2).compress(pairs(4), draw(4)),
            r"usage must be \(\*lead, n\) = \(2, 3, 4\), got \(4,\)",
        ),
    ],
)
def test_errors_name_the_setting_and_quote_it(build, says: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match=says):
        build()


def trainable(kernels: ConvWeights) -> tuple[ConvWeights, list[Tensor]]:
    tensors = {name: tensor.clone().requires_grad_() for name, tensor in kernels.tensors().items()}
    return ConvWeights(**tensors), list(tensors.values())


@pytest.mark.parametrize("scope", ["block", "cache"])
def test_reconstruction_losses_teach_the_compression_and_nothing_else(scope: str) -> None:
    weights, parameters = trainable(headed_weights(LEAD[-1], 4))
    decoder, decoding = trainable(headed_weights(LEAD[-1], 4, seed=20))
    old, newer, queries = pairs(8), pairs(3, seed=5), draw(*LEAD, 3, D_K, seed=9)
    outside = [old.keys, old.values, newer.keys, newer.values, queries]
    for tensor in outside:
        tensor.requires_grad_()
    compression = Conv1d(4, weights=weights)
    attention_reconstruction(
        compression,
        queries,
        old,
        newer if scope == "cache" else None,
        scope,  # type: ignore[arg-type]
    ).backward()
    for tensor in outside:
        assert tensor.grad is None and tensor.requires_grad
    assert all(float(p.grad.abs().max()) > 0 for p in parameters if p.grad is not None)
    assert sum(p.grad is not None for p in parameters) == 4
    auto_encoding(compression, decoder, old).backward()
    assert all(tensor.grad is None for tensor in outside)
    assert all(p.grad is not None and float(p.grad.abs().max()) > 0 for p in decoding)


def test_attention_reconstruction_is_the_norm_of_the_difference_of_two_reads() -> None:
    old, queries = pairs(6), draw(*LEAD, 5, D_K, seed=9)
    new = MeanPool(3).compress(old)
    gap = F.scaled_dot_product_attention(queries, old.keys, old.values) - F.scaled_dot_product_attention(
        queries, new.keys, new.values
    )
    close(attention_reconstruction(MeanPool(3), queries, old), gap.flatten(-2).norm(dim=-1).mean())
    squares = gap.flatten(-2).norm(dim=-1) ** 2
    close(attention_reconstruction(MeanPool(3), queries, old, squared=True), squares.mean())


def test_in_the_cache_scope_hidden_newer_pairs_do_not_count() -> None:
    old, newer, queries = pairs(6), pairs(4, seed=7), draw(*LEAD, 5, D_K, seed=9)
    hidden = torch.zeros(5, 4, dtype=torch.bool)
    block = attention_reconstruction(MeanPool(3), queries, old)
    close(attention_reconstruction(MeanPool(3), queries, old, newer, "cache", hidden), block)
    assert float(attention_reconstruction(MeanPool(3), queries, old, newer, "cache")) < float(block)


def test_nothing_is_lost_at_rate_one() -> None:
    old, identity = pairs(6), averaging_weights(D_K, D_V, 1)
    close(
        attention_reconstruction(MeanPool(1), draw(*LEAD, 5, D_K), old),
        torch.tensor(0.0, dtype=torch.float64),
    )
    close(auto_encoding(MeanPool(1), identity, old), torch.tensor(0.0, dtype=torch.float64))


def test_the_decoder_is_a_transposed_convolution() -> None:
    slots, decoder = pairs(3), headed_weights(LEAD[-1], 4)
    rebuilt = decode(slots, decoder, 4)
    assert decoder.value_bias is not None
    for head in range(LEAD[-1]):
        kernel = decoder.values[head].transpose(0, 1)  # torch wants the input channel first
        theirs = F.conv_transpose1d(slots.values[:, head].mT, kernel, decoder.value_bias[head], stride=4)
        close(rebuilt.values[:, head].mT, theirs)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"scope": "all"}, 'scope must be "block" or "cache", got \'all\''),
        ({"scope": "cache"}, 'newer pairs belong to scope "cache"'),
        ({"newer": pairs(2)}, 'newer pairs belong to scope "cache"'),
    ],
)
def test_a_wrong_scope_is_refused(arguments, says: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match=says):
        attention_reconstruction(MeanPool(2), draw(*LEAD, 2, D_K), pairs(4), **arguments)


@pytest.mark.parametrize("loss", ["attention", "pairs"])
def test_gates_learn_by_the_same_losses(loss: str) -> None:
    old, queries = pairs(8, (LEAD[-1],)), draw(LEAD[-1], 64, D_K, seed=9)
    parameters = [t.requires_grad_() for t in equal_gates(D_K, D_V, 4).tensors().values()]
    optimiser, losses = torch.optim.Adam(parameters, lr=0.05), []
    for _ in range(40):
        gated = GatedPool(4, weights=GateWeights(*parameters))
        now = (
            attention_reconstruction(gated, queries, old)
            if loss == "attention"
            else auto_encoding(gated, averaging_weights(D_K, D_V, 4), old)
        )
        optimiser.zero_grad()
        now.backward()
        optimiser.step()
        losses.append(now.item())
    assert losses[0] > losses[-1] and parameters[0].abs().min() > 0


def test_training_by_attention_reconstruction_beats_the_mean() -> None:
    old, queries = pairs(8, (LEAD[-1],)), draw(LEAD[-1], 64, D_K, seed=9)
    parameters = [t.requires_grad_() for t in averaging_weights(D_K, D_V, 4).tensors().values()]
    optimiser = torch.optim.Adam(parameters, lr=0.03)
    losses = []
    for _ in range(60):
        compression: Compression = Conv1d(4, weights=ConvWeights(*parameters))
        loss = attention_reconstruction(compression, queries, old)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[0] == pytest.approx(float(attention_reconstruction(MeanPool(4), queries, old)))
    assert losses[-1] < 0.8 * losses[0]
    frozen = ConvWeights(*parameters).frozen()
    assert not frozen.keys.requires_grad and replace(Conv1d(4), weights=frozen) == Conv1d(4, weights=frozen)
