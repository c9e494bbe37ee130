"""Independent yardsticks: torch's attention and GRU, pandas' moving means, identities that hold exactly."""

import math
from typing import Any

import pandas as pd
import pytest
import torch
from torch import Tensor, nn

from memattn.attention import merge, read, scores
from memattn.compression import MeanPool
from memattn.kv import KV, Slots
from memattn.memory import MEMORIES
from memattn.memory.base import Memory
from memattn.memory.compressive import Compressive
from memattn.memory.cumulative_average import CumulativeAverage
from memattn.memory.dynamic_global import DynamicGlobal
from memattn.memory.exponential_average import ExponentialAverage
from memattn.memory.full import Full
from memattn.memory.global_tokens import GlobalTokens
from memattn.memory.hybrid import Hybrid
from memattn.memory.merging import Merging
from memattn.memory.moving_average import MovingAverage
from memattn.memory.rebinned import Rebinned
from memattn.memory.recurrent import Recurrent
from memattn.memory.segment_recurrence import SegmentRecurrence
from memattn.memory.segments import Segments
from memattn.memory.weighted_average import WeightedAverage
from memattn.memory.weights import Weights
from memattn.memory.window import Window
from memattn.records import Role

TOKENS, D_K, D_V, LEAD = 53, 5, 3, (3, 2)
LONE_SUMMARIES = [
    kind() for kind in MEMORIES.values() if [lane.role for lane in kind().lanes(TOKENS)] == [Role.SUMMARY]
]


def stream(tokens: int = TOKENS, seed: int = 0) -> tuple[Tensor, KV]:
    generator = torch.Generator().manual_seed(seed)
    q, k, v = (torch.randn(*LEAD, tokens, d, generator=generator, dtype=torch.float64) for d in (D_K, D_K, D_V))
    return q, KV(k, v)


def one_by_one(memory: Memory[Any], queries: Tensor, kv: KV) -> tuple[Tensor, list[Slots]]:
    """Outputs and what was read, token by token."""
    state, outputs, reads = memory.empty(kv), [], []
    for i in range(kv.tokens):
        update = memory.update(kv[i : i + 1], state)
        slots = memory.readable(kv[i : i + 1], state, update)
        outputs.append(read(queries[..., i : i + 1, :], slots).output)
        reads.append(slots)
        state = update.state
    return torch.cat(outputs, -2), reads


def outputs(memory: Memory[Any], queries: Tensor, kv: KV) -> Tensor:
    return one_by_one(memory, queries, kv)[0]


def close(one: Tensor, other: Tensor, tolerance: float = 1e-12) -> None:
    torch.testing.assert_close(one, other, rtol=0, atol=tolerance)


def masked(queries: Tensor, kv: KV, visible: Tensor) -> Tensor:
    return nn.functional.scaled_dot_product_attention(queries, kv.keys, kv.values, attn_mask=visible)


def positions(tokens: int = TOKENS) -> tuple[Tensor, Tensor]:
    return torch.arange(tokens).unsqueeze(-1), torch.arange(tokens)


# O1 torch's scaled dot-product attention with a mask


@pytest.mark.parametrize("window", [1, 2, 7, 52, 53, 60])
@pytest.mark.parametrize("pinned", [0, 1, 3, 60])
@pytest.mark.parametrize("evict", ["before", "after"])
def test_pins_and_window_are_attention_under_a_mask(pinned: int, window: int, evict: Any) -> None:
    queries, kv = stream()
    i, j = positions()
    width = window + (evict == "after")
    visible = (j <= i) & ((i - j < width) | (j < pinned))
    memory = GlobalTokens(pinned=pinned, window=window, evict=evict)
    close(outputs(memory, queries, kv), masked(queries, kv, visible))


@pytest.mark.parametrize("window", [1, 2, 7, 53, 60])
def test_a_window_is_attention_under_a_band(window: int) -> None:
    queries, kv = stream()
    i, j = positions()
    close(outputs(Window(window), queries, kv), masked(queries, kv, (j <= i) & (i - j < window)))


@pytest.mark.parametrize(("length", "kept"), [(1, 3), (5, 0), (5, 1), (5, 2), (7, 3), (60, 1)])
def test_segments_are_attention_under_a_staircase(length: int, kept: int) -> None:
    queries, kv = stream()
    i, j = positions()
    visible = (j <= i) & (i // length - j // length <= kept)
    close(outputs(Segments(length, kept), queries, kv), masked(queries, kv, visible))


# O2 torch's multi-head attention with a zero pair appended


def test_a_learned_pair_of_zeros_is_softmax_plus_one() -> None:
    heads, size, batch, tokens = 2, 5, 3, 17
    torch.manual_seed(0)
    module = nn.MultiheadAttention(heads * size, heads, bias=False, add_zero_attn=True, batch_first=True).double()
    x = torch.randn(batch, tokens, heads * size, dtype=torch.float64)
    hidden = torch.ones(tokens, tokens, dtype=torch.bool).triu(1)
    with torch.no_grad():
        expected, weights = module(x, x, x, attn_mask=hidden, average_attn_weights=False)
        q, k, v = (
            part.unflatten(-1, (heads, size)).transpose(1, 2) for part in (x @ module.in_proj_weight.mT).chunk(3, -1)
        )
        memory = GlobalTokens(pinned=0, window=tokens, learned=1)
        got, reads = one_by_one(memory, q, KV(k, v))
        close(module.out_proj(got.transpose(1, 2).flatten(2)), expected)
        for i, slots in enumerate(reads):
            close(read(q[..., i : i + 1, :], slots).weights[..., 0, 0], weights[..., i, -1])


# O3 pandas


def columns(kv: KV) -> pd.DataFrame:
    return pd.DataFrame(torch.cat([kv.keys, kv.values], dim=-1)[1, 0].numpy())


def summaries(memory: Memory[Any], kv: KV) -> Tensor:
    """(tokens, d_k + d_v): the summary pair after every token, of one head."""
    reads = one_by_one(memory, torch.zeros_like(kv.keys), kv)[1]
    return torch.stack([torch.cat([slots.keys, slots.values], dim=-1)[1, 0, 0] for slots in reads])


@pytest.mark.parametrize("window", [1, 2, 7, 60])
def test_a_moving_average_is_a_rolling_mean(window: int) -> None:
    _, kv = stream()
    expected = columns(kv).rolling(window, min_periods=1).mean().to_numpy()
    close(summaries(MovingAverage(window), kv), torch.tensor(expected))


def test_a_cumulative_average_is_an_expanding_mean() -> None:
    _, kv = stream()
    close(summaries(CumulativeAverage(), kv), torch.tensor(columns(kv).expanding().mean().to_numpy()))


@pytest.mark.parametrize("gamma", [0.05, 0.2, 1.0])
def test_an_exponential_average_is_the_unadjusted_weighted_mean(gamma: float) -> None:
    _, kv = stream()
    expected = columns(kv).ewm(alpha=gamma, adjust=False).mean().to_numpy()
    close(summaries(ExponentialAverage(gamma), kv), torch.tensor(expected))


def test_a_weighted_average_is_a_rolling_weighted_sum() -> None:
    _, kv = stream()
    betas = pd.Series([0.1, 0.3, 0.6, 0.5])
    rolled = columns(kv).rolling(4).apply(lambda rows: (betas.to_numpy() * rows).sum() / betas.sum(), raw=True)
    close(summaries(WeightedAverage(tuple(betas)), kv)[3:], torch.tensor(rolled.to_numpy()[3:]))


# O5 torch's GRU cell


@pytest.mark.parametrize("given", [False, True])
def test_the_recurrence_is_a_gru_cell(given: bool) -> None:
    torch.manual_seed(1)
    size = D_K + D_V
    cell = nn.GRUCell(size, size).double()
    names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    memory = Recurrent(weights=Weights({name: getattr(cell, name) for name in names})) if given else Recurrent(seed=4)
    if not given:
        cell.load_state_dict(memory.parameters(torch.zeros(size, dtype=torch.float64)))
    _, kv = stream()
    inputs, hidden, expected = torch.cat([kv.keys, kv.values], dim=-1)[1, 0], torch.zeros(size).double(), []
    for x in inputs:
        hidden = cell(x, hidden)
        expected.append(hidden)
    close(summaries(memory, kv), torch.stack(expected), 1e-10)


@pytest.mark.parametrize("length", [1, 7, 13])
def test_over_segments_every_query_reads_what_a_gru_has_after_the_last_whole_one_and_its_own_segment(
    length: int,
) -> None:
    size, memory = D_K + D_V, SegmentRecurrence(length, Recurrent(seed=4))
    gru = nn.GRU(size, size, batch_first=True).double()
    drawn = Recurrent(seed=4).parameters(torch.zeros(size, dtype=torch.float64))
    gru.load_state_dict({f"{name}_l0": rows for name, rows in drawn.items()})
    queries, kv = stream()
    hidden = gru(torch.cat([kv.keys, kv.values], dim=-1)[1, 0].unsqueeze(0))[0][0]
    expected = []
    for i in range(TOKENS):
        border = i - i % length
        pairs = torch.cat([hidden[border - 1 : border], torch.cat([kv.keys, kv.values], -1)[1, 0, border : i + 1]])
        dots = pairs[:, :D_K] @ queries[1, 0, i] / math.sqrt(D_K)
        expected.append(dots.softmax(0) @ pairs[:, D_K:])
    close(outputs(memory, queries, kv)[1, 0], torch.stack(expected), 1e-10)


@pytest.mark.parametrize("tokens", [1, 3, 8, 11, 29])
@pytest.mark.parametrize("cell", ["gru", "gated"])
def test_a_sensitivity_is_the_norm_of_the_jacobian(cell: Any, tokens: int) -> None:
    _, kv = stream(tokens=tokens)
    memory = Recurrent(cell=cell, seed=2)
    one = KV(kv.keys[0, 0], kv.values[0, 0])

    def final(inputs: Tensor) -> Tensor:
        state = memory.update(KV.trusted(inputs[:, :D_K], inputs[:, D_K:]), memory.empty(one, tracked=False)).state
        return torch.cat([state.memory.keys, state.memory.values], dim=-1)[0]

    jacobian = torch.autograd.functional.jacobian(final, torch.cat([one.keys, one.values], dim=-1))
    slots = memory.slots(memory.update(one, memory.empty(one)).state)
    for half, shares in ((jacobian[:D_K], slots.key_shares), (jacobian[D_K:], slots.value_shares)):
        norm = half.square().sum(dim=(0, 2)).sqrt()
        assert shares is not None
        close(shares[0], norm / norm.sum(), 1e-12 if tokens < 20 else 1e-8)  # what has sunk below counts as zero


@pytest.mark.parametrize(("truncate", "reaches"), [(None, 0), (5, 10), (4, 12), (7, 7), (50, 0)])
def test_truncation_stops_the_gradient_where_it_says(truncate: int | None, reaches: int) -> None:
    _, kv = stream(tokens=13)  # detached after every `truncate` tokens: the last 13 mod truncate still reach the end
    values = kv.values.clone().requires_grad_()
    memory = Recurrent(truncate=truncate)
    state = memory.update(KV(kv.keys, values), memory.empty(kv)).state
    (gradient,) = torch.autograd.grad(state.memory.values.sum(), values)
    touched = gradient.abs().sum(dim=(0, 1, 3)) > 0
    assert touched.tolist() == [i >= reaches for i in range(13)]


def test_the_gradient_through_the_recurrence_is_the_finite_difference() -> None:
    _, kv = stream(tokens=3)
    memory = Recurrent()

    def loss(keys: Tensor) -> Tensor:
        out: Tensor = memory.update(
            KV.trusted(keys, kv.values[0, 0]), memory.empty(KV(keys, kv.values[0, 0]))
        ).state.memory.keys
        return out

    assert torch.autograd.gradcheck(loss, kv.keys[0, 0].clone().requires_grad_())


# O8 capacities at the limit


@pytest.mark.parametrize(
    "memory",
    [
        Full(),
        Window(53),
        Segments(5, 11),
        Segments(60, 0),
        GlobalTokens(0, 53),
        GlobalTokens(53, 1),
        GlobalTokens(7, 46),
        Hybrid(Window(5), Full()),
        Hybrid(Window(5), Window(48)),
        Hybrid(Segments(5, 2), Full()),
        Hybrid(GlobalTokens(2, 3), Segments(5, 11)),
        Hybrid(Window(53), CumulativeAverage()),
        DynamicGlobal(53),
        Merging(53),
        Rebinned(53),
        Hybrid(Window(5), Merging(48)),
        Hybrid(Window(5), Rebinned(48)),
    ],
    ids=repr,
)
def test_with_room_for_all_it_is_full_attention(memory: Memory[Any]) -> None:
    queries, kv = stream()
    expected = nn.functional.scaled_dot_product_attention(queries, kv.keys, kv.values, is_causal=True)
    close(outputs(memory, queries, kv), expected)
    close(memory.attend(queries, kv, memory.empty(kv)).output, expected)


# §1.2 What eviction does, exactly


@pytest.mark.parametrize("memory", [Window(7), GlobalTokens(2, 5), Segments(5, 1)], ids=repr)
def test_eviction_is_full_attention_renormalised_on_what_is_kept(memory: Memory[Any]) -> None:
    queries, kv = stream()
    got, reads = one_by_one(memory, queries, kv)
    for i in (13, 29, 52):
        query, all_pairs = (
            queries[..., i : i + 1, :],
            Slots(kv.keys[..., : i + 1, :], kv.values[..., : i + 1, :], (), ()),
        )
        full = read(query, all_pairs)
        kept = list(reads[i].ids)
        rest = [j for j in range(i + 1) if j not in kept]
        rho = full.weights[..., kept].sum(-1, keepdim=True)
        weights = read(query, reads[i]).weights
        close(weights, full.weights[..., kept] / rho)
        divergence = (weights * (weights / full.weights[..., kept]).log()).sum(-1, keepdim=True)
        close(divergence, -rho.log())
        spread = torch.zeros_like(full.weights)
        spread[..., kept] = weights
        close((spread - full.weights).abs().sum(-1, keepdim=True) / 2, 1 - rho)
        evicted = full.weights[..., rest] / (1 - rho) @ kv.values[..., rest, :]
        close(full.output - got[..., i : i + 1, :], (1 - rho) * (evicted - got[..., i : i + 1, :]))


# §1.7 What a global token does to the softmax, exactly


def entropy(weights: Tensor) -> Tensor:
    return -(weights * weights.log()).nansum(-1)


def test_a_global_token_damps_all_others_by_one_factor() -> None:
    queries, kv = stream()
    memory = GlobalTokens(pinned=2, window=7)
    got, reads = one_by_one(memory, queries, kv)
    for i in range(2, TOKENS):
        slots, query = reads[i], queries[..., i : i + 1, :]
        weights = read(query, slots).weights
        sink = [row for row, role in enumerate(slots.role) if role is Role.GLOBAL]
        rest = [row for row in range(len(slots)) if row not in sink]
        assert sink == [0, 1]
        a = weights[..., sink].sum(-1, keepdim=True)
        without = read(query, Slots(slots.keys[..., rest, :], slots.values[..., rest, :], (), ()))
        close(weights[..., rest], (1 - a) * without.weights)
        sinks_mean = weights[..., sink] / a @ slots.values[..., sink, :]
        close(got[..., i : i + 1, :], a * sinks_mean + (1 - a) * without.output)
        split = -(a * a.log() + (1 - a) * (1 - a).log()).squeeze(-1)
        inside = a.squeeze(-1) * entropy(weights[..., sink] / a)
        close(entropy(weights), split + inside + (1 - a).squeeze(-1) * entropy(without.weights))


def test_a_global_token_can_lower_the_entropy() -> None:
    keys = torch.tensor([[8.0], [0.0], [0.0], [0.0]], dtype=torch.float64)
    slots = Slots(keys, keys, (), ())
    query = torch.ones(1, 1, dtype=torch.float64)
    with_sink, without = (read(query, Slots(keys[at:], keys[at:], (), ())).weights for at in (0, 1))
    assert entropy(with_sink).item() < 0.01 < entropy(without).item()
    close(entropy(without), torch.tensor([math.log(3)], dtype=torch.float64))
    assert len(slots) == 4


def test_n_zero_pairs_add_n_to_the_denominator() -> None:
    queries, kv = stream()
    plain, reads = one_by_one(Window(7), queries, kv)
    damped = outputs(GlobalTokens(pinned=0, window=7, learned=12), queries, kv)
    sums = torch.cat([scores(queries[..., i : i + 1, :], slots).exp().sum(-1) for i, slots in enumerate(reads)], -1)
    close(damped, plain * (sums / (12 + sums)).unsqueeze(-1))


# §1.8 Joint softmax and gate


@pytest.mark.parametrize(
    ("first", "second", "how"),
    [
        (Window(5), CumulativeAverage(), "evicted"),
        (Window(3), MovingAverage(7, log_count=True), "evicted"),
        (GlobalTokens(2, 3), ExponentialAverage(), "evicted"),
        (Segments(3, 1), CumulativeAverage(), "evicted"),
        (Window(3), Segments(5, 1), "evicted"),
        (MovingAverage(3), DynamicGlobal(5), "all"),
    ],
)
def test_a_hybrid_is_the_gated_sum_of_its_parts(first: Memory[Any], second: Memory[Any], how: Any) -> None:
    queries, kv = stream()
    memory = Hybrid(first, second, how)
    state = memory.update(kv, memory.empty(kv)).state
    joint = read(queries, memory.slots(state))
    one, two = read(queries, first.slots(state.first)), read(queries, second.slots(state.second))
    gate = torch.sigmoid(one.logsumexp - two.logsumexp).unsqueeze(-1)
    close(joint.output, gate * one.output + (1 - gate) * two.output)
    merged = merge([two, one])
    close(joint.output, merged.output)
    close(joint.logsumexp, merged.logsumexp)
    close(joint.weights, merged.weights)


# §1.3 Averages


def pairs(keys: list[list[float]], values: list[float]) -> KV:
    return KV(torch.tensor(keys, dtype=torch.float64), torch.tensor(values, dtype=torch.float64).unsqueeze(-1))


def test_the_course_example_of_a_moving_average() -> None:
    kv = pairs([[1, 2], [3, 4], [5, 6], [7, 8]], [10, 12, 14, 16])
    memory = MovingAverage(3)
    slots = memory.slots(memory.update(kv, memory.empty(kv)).state)
    close(slots.keys, torch.tensor([[5.0, 6.0]], dtype=torch.float64))
    two_wide = KV(kv.keys, torch.tensor([[10.0, 11], [12, 13], [14, 15], [16, 17]], dtype=torch.float64))
    slots = memory.slots(memory.update(two_wide, memory.empty(two_wide)).state)
    close(slots.values, torch.tensor([[14.0, 15.0]], dtype=torch.float64))


def test_the_course_example_of_a_weighted_average() -> None:
    kv = pairs([[9, 9], [9, 9], [2, 4], [1, 3], [5, 0]], [0, 0, 0, 0, 0])
    memory = WeightedAverage((0.1, 0.3, 0.6))
    slots = memory.slots(memory.update(kv, memory.empty(kv)).state)
    close(slots.keys, torch.tensor([[3.5, 1.3]], dtype=torch.float64))


@pytest.mark.parametrize("memory", LONE_SUMMARIES, ids=repr)
def test_a_lone_summary_answers_every_query_alike(memory: Memory[Any]) -> None:
    queries, kv = stream()
    slots = memory.slots(memory.update(kv, memory.empty(kv)).state)
    close(read(queries, slots).output, slots.values.expand(*LEAD, TOKENS, D_V))


def test_the_influence_of_the_first_token() -> None:
    _, kv = stream()
    shares = {}
    for memory in (MovingAverage(7), CumulativeAverage(), ExponentialAverage(0.2)):
        value_shares = memory.slots(memory.update(kv, memory.empty(kv)).state).value_shares
        assert value_shares is not None
        shares[type(memory)] = value_shares[0, 0, 0, 0].item()
    assert shares[MovingAverage] == 0
    assert shares[CumulativeAverage] == pytest.approx(1 / 53, abs=1e-15)
    assert shares[ExponentialAverage] == pytest.approx(0.8**52, rel=1e-12)


def test_counting_its_pairs_makes_a_summary_of_equal_keys_exact() -> None:
    queries, kv = stream()
    alike = KV(kv.keys[..., :1, :].expand_as(kv.keys).clone(), kv.values)
    full = outputs(Full(), queries, alike)
    counted = outputs(Hybrid(Window(5), CumulativeAverage(log_count=True)), queries, alike)
    close(counted, full)
    uncounted = outputs(Hybrid(Window(5), CumulativeAverage()), queries, alike)
    assert (uncounted - full).abs().max() > 0.1


def test_a_moving_sum_does_not_drift_in_single_precision() -> None:
    generator = torch.Generator().manual_seed(0)
    keys = torch.randn(20_011, 2, generator=generator) + 3
    kv, memory = KV(keys, keys), MovingAverage(7)
    state = memory.empty(kv, tracked=False)
    for i in range(kv.tokens):
        state = memory.update(kv[i : i + 1], state).state
    expected = keys[-7:].double().mean(0)
    torch.testing.assert_close(memory.slots(state).keys[0].double(), expected, rtol=0, atol=2e-6)


def in_pieces(memory: Memory[Any], rows: Tensor, size: int) -> Tensor:
    """The summary's value after a stream that comes `size` tokens at a time."""
    kv = KV(rows, rows)
    state = memory.empty(kv, tracked=False)
    for start in range(0, kv.tokens, size):
        state = memory.update(kv[start : start + size], state).state
    return memory.slots(state, tracked=False).values[0]


@pytest.mark.parametrize("memory", [ExponentialAverage(1e-5), CumulativeAverage()], ids=repr)
def test_200_000_ones_in_single_precision_are_one_however_they_come(memory: Memory[Any]) -> None:
    ones = torch.ones(200_000, 1)
    assert [in_pieces(memory, ones, size).item() for size in (1_000, 613)] == [1, 1]
    assert in_pieces(memory, ones[:5_000], 1).item() == 1
    some = KV(ones[:20_000], ones[:20_000])
    attended = memory.attend(some.keys, some, memory.empty(some, tracked=False))
    assert attended.output.unique().tolist() == [1]


@pytest.mark.parametrize("gamma", [1e-5, 0.02, 1.0])
def test_an_exponential_average_in_single_precision_does_not_depend_on_how_the_stream_is_cut(gamma: float) -> None:
    """Off by half an epsilon for every update that is remembered, at the very most."""
    rows = torch.randn(20_000, 3, generator=torch.Generator().manual_seed(0)) + 3
    exact = in_pieces(ExponentialAverage(gamma), rows.double(), 500)
    for size in (1_000, 29):
        off = (in_pieces(ExponentialAverage(gamma), rows, size).double() - exact).abs().max().item()
        remembered = min(20_000 / size, 1 / (gamma * size) + 1)
        assert off <= 2**-24 * remembered * rows.abs().max().item()


def test_a_cumulative_average_in_single_precision_drifts_by_no_more_than_it_says() -> None:
    """Its docstring: a few 1e-5 of the mean after a million updates, less in larger pieces or around zero."""
    around_zero = torch.randn(30_000, 16, generator=torch.Generator().manual_seed(0))
    rows = around_zero + 3

    def off(rows: Tensor, size: int) -> float:
        return float((in_pieces(CumulativeAverage(), rows, size).double() - rows.double().mean(0)).abs().max())

    assert 3e-7 < off(rows, 5) < 3e-5  # it does drift
    assert off(rows, 500) < off(rows, 5) / 2
    assert off(around_zero, 5) < 3e-7


LONG: list[Memory[Any]] = [
    MovingAverage(7),
    WeightedAverage((0.1, 0.3, 0.6, 0.5)),
    CumulativeAverage(),
    ExponentialAverage(0.02),
    Recurrent(),
    Recurrent(cell="gated"),
    DynamicGlobal(5, growth="fixed", write="uniform"),
    Merging(7),
    Rebinned(7),
    Compressive(5, 7, 3, MeanPool(3)),
    Hybrid(Window(7), CumulativeAverage()),
]


@pytest.mark.parametrize(("tokens", "size"), [(7, 1), (3_001, 59)])
@pytest.mark.parametrize("memory", LONG, ids=repr)
def test_a_stream_in_single_precision_ends_where_the_exact_one_does(
    memory: Memory[Any], tokens: int, size: int
) -> None:
    """After few updates as well: what a long stream forgives an update, such as half precision, they do not."""
    rows = torch.randn(tokens, 4, generator=torch.Generator().manual_seed(0)) + 3
    single, exact = KV(rows, rows), KV(rows.double(), rows.double())
    ends = []
    for kv in (single, exact):
        state = memory.empty(kv, tracked=False)
        for start in range(0, kv.tokens, size):
            state = memory.update(kv[start : start + size], state).state
        ends.append(memory.slots(state, tracked=False))
    assert ends[0].ids == ends[1].ids
    for one, other in ((ends[0].keys, ends[1].keys), (ends[0].values, ends[1].values)):
        torch.testing.assert_close(one.double(), other, rtol=0, atol=2e-6)


# §1.9 Three special cases of the dynamic memory


def test_writing_to_the_oldest_is_a_fifo() -> None:
    queries, kv = stream()
    close(
        outputs(DynamicGlobal(7, growth="fixed", write="oldest"), queries, kv),
        outputs(Window(7), queries, kv),
    )


def test_writing_evenly_is_an_exponential_average_in_every_slot() -> None:
    _, kv = stream()
    memory, size = DynamicGlobal(5, growth="fixed", write="uniform"), 5
    slots = memory.slots(memory.update(kv, memory.empty(kv)).state)
    for j in range(size):
        own = KV.cat([kv[j : j + 1], kv[size:]])
        mean = ExponentialAverage(1 / size)
        close(slots.values[..., j : j + 1, :], mean.slots(mean.update(own, mean.empty(own)).state).values)


def test_writing_very_sharply_overwrites_the_slot_most_alike() -> None:
    _, kv = stream()
    memory = DynamicGlobal(5, growth="fixed", sharpness=1e9)
    got = memory.slots(memory.update(kv, memory.empty(kv)).state)
    for b, h in [(0, 0), (2, 1)]:
        held = list(range(5))
        for i in range(5, TOKENS):
            held[int((kv.keys[b, h, held] @ kv.keys[b, h, i]).argmax())] = i
        close(got.values[b, h], kv.values[b, h, held])


@pytest.mark.parametrize(
    ("growth", "counts"),
    [
        ("fixed", {1: 1, 3: 3, 4: 3, 83: 3}),
        ("sqrt", {1: 1, 9: 3, 10: 4, 16: 4, 17: 5, 1024: 32, 1025: 33}),
        ("log", {1: 1, 7: 3, 8: 4, 15: 4, 16: 5, 1024: 11, 1023: 10}),
    ],
)
def test_how_many_slots_a_length_calls_for(growth: Any, counts: dict[int, int]) -> None:
    assert {tokens: DynamicGlobal(3, growth=growth).slot_count(tokens) for tokens in counts} == counts


# O7 Who can be reached


@pytest.mark.parametrize(("length", "kept"), [(4, 1), (5, 2), (7, 3)])
def test_the_reach_of_a_segment_memory_is_its_offset_and_its_memory(length: int, kept: int) -> None:
    queries, kv = stream()
    _, reads = one_by_one(Segments(length, kept), queries, kv)
    for i, slots in enumerate(reads):
        offset = i % length
        assert i - min(slots.ids) == min(i, offset + kept * length)


@pytest.mark.parametrize(("window", "layers"), [(1, 3), (3, 1), (3, 2), (5, 4), (7, 3)])
def test_stacked_windows_reach_layers_times_window_less_one(window: int, layers: int) -> None:
    _, kv = stream()
    _, reads = one_by_one(Window(window), torch.zeros_like(kv.keys), kv)
    one_layer = torch.zeros(TOKENS, TOKENS, dtype=torch.float64)
    for i, slots in enumerate(reads):
        one_layer[i, list(slots.ids)] = 1
    reached = torch.linalg.matrix_power(one_layer, layers)[-1].nonzero().flatten()
    assert TOKENS - 1 - int(reached.min()) == layers * (window - 1)


@pytest.mark.parametrize(("length", "kept", "layers"), [(4, 1, 1), (4, 1, 3), (5, 2, 2), (3, 2, 4)])
def test_stacked_segments_reach_as_far_as_transformer_xl(length: int, kept: int, layers: int) -> None:
    """Offset r, M = m n_s: r + (L - 1) n_s ceil(M / n_s) + M, layer n reading layer n - 1 of Mem."""
    _, kv = stream()
    _, reads = one_by_one(Segments(length, kept), torch.zeros_like(kv.keys), kv)
    one_layer = torch.zeros(TOKENS, TOKENS, dtype=torch.float64)
    for i, slots in enumerate(reads):
        one_layer[i, list(slots.ids)] = 1
    for i in (TOKENS - 1, TOKENS - 2, TOKENS - 3):
        reached = torch.linalg.matrix_power(one_layer, layers)[i].nonzero().flatten()
        assert i - int(reached.min()) == i % length + layers * kept * length


# Where the gradient stops


@pytest.mark.parametrize("stop", [True, False])
def test_segments_stop_the_gradient_at_the_border(stop: bool) -> None:
    queries, kv = stream(tokens=13)
    values = kv.values.clone().requires_grad_()
    memory = Segments(5, 2, stop_gradient=stop)
    output = memory.attend(queries, KV(kv.keys, values), memory.empty(kv)).output
    (gradient,) = torch.autograd.grad(output[..., -1, :].sum(), values)
    touched = gradient.abs().sum(dim=(0, 1, 3)) > 0
    assert touched.tolist() == [not stop or i >= 10 for i in range(13)]


def test_learned_pairs_are_trained() -> None:
    queries, kv = stream()
    keys, values = torch.zeros(2, D_K, dtype=torch.float64), torch.zeros(2, D_V, dtype=torch.float64)
    weights = Weights({"keys": keys.requires_grad_(), "values": values.requires_grad_()})
    memory = GlobalTokens(learned=2, weights=weights)
    memory.attend(queries, kv, memory.empty(kv)).output.square().sum().backward()
    assert keys.grad is not None
    assert values.grad is not None
    assert keys.grad.abs().min() > 0
    assert values.grad.abs().min() > 0
