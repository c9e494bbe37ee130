"""Reading and merging: hand-checkable softmaxes, torch's own attention, and the algebra of merging."""

import math
from itertools import pairwise

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from memattn import attention
from memattn.attention import Reading, merge, own_scores, read, read_own, read_window, scores
from memattn.kv import KV, Slots


def slots(keys: torch.Tensor, values: torch.Tensor, bias: torch.Tensor | None = None) -> Slots:
    return Slots(keys, values, (), (), logit_bias=bias)


def draw(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def close(one: torch.Tensor, other: torch.Tensor) -> None:
    torch.testing.assert_close(one, other, rtol=0, atol=1e-12)


def test_equal_keys_share_attention_equally() -> None:
    reading = read(torch.ones(1, 4), slots(torch.ones(2, 4), torch.tensor([[1.0, 3.0], [5.0, 7.0]])))
    torch.testing.assert_close(reading.weights, torch.tensor([[0.5, 0.5]]))
    torch.testing.assert_close(reading.output, torch.tensor([[3.0, 5.0]]))
    torch.testing.assert_close(reading.logsumexp, torch.tensor([2 + math.log(2)]))  # score 4/sqrt(4), twice


def test_a_hidden_slot_gets_no_weight() -> None:
    visible = torch.tensor([[True, False], [True, True]])
    reading = read(torch.ones(2, 4), slots(torch.ones(2, 4), torch.eye(2)), visible)
    torch.testing.assert_close(reading.weights, torch.tensor([[1.0, 0.0], [0.5, 0.5]]))


def test_a_query_that_sees_nothing_reads_zeros() -> None:
    visible = torch.tensor([[False, False], [True, True]])
    reading = read(torch.ones(2, 4), slots(torch.ones(2, 4), torch.eye(2)), visible)
    assert reading.weights[0].tolist() == [0, 0]
    assert reading.output[0].tolist() == [0, 0]
    assert reading.logsumexp[0].item() == -math.inf
    none = read(torch.ones(2, 4), slots(torch.ones(0, 4), torch.ones(0, 3)))
    assert none.output.tolist() == [[0, 0, 0], [0, 0, 0]]
    assert none.weights.shape == (2, 0)


@given(
    new=st.integers(0, 11),
    older=st.integers(0, 17),
    window=st.none() | st.integers(1, 19),
    pinned=st.integers(0, 5),
    seed=st.integers(0, 99),
)
@settings(max_examples=50, deadline=None)
def test_reading_own_pairs_is_reading_through_the_mask(
    new: int, older: int, window: int | None, pinned: int, seed: int
) -> None:
    count = older + new
    q, k, v = draw(3, 2, new, 5, seed=seed), draw(3, 2, count, 5, seed=seed + 1), draw(3, 2, count, 7, seed=seed + 2)
    visible = torch.tensor(
        [
            [at <= own and (window is None or own - at < window or at < pinned) for at in range(count)]
            for own in range(older, count)
        ],
        dtype=torch.bool,
    ).reshape(new, count)
    own, masked = read_own(q, KV(k, v), window, min(pinned, count)), read(q, slots(k, v), visible)
    for got, expected in zip(own, masked, strict=True):
        close(got, expected)


@pytest.mark.parametrize("at_once", [1, 3])
@given(
    new=st.integers(0, 11),
    older=st.integers(0, 17),
    window=st.integers(1, 7),
    pinned=st.integers(0, 9),
    seed=st.integers(0, 99),
)
@settings(max_examples=50, deadline=None)
def test_a_window_that_is_read_piece_by_piece_is_the_one_that_is_read_whole(
    at_once: int, new: int, older: int, window: int, pinned: int, seed: int
) -> None:
    count = older + new
    q, k, v = draw(3, 2, new, 5, seed=seed), draw(3, 2, count, 5, seed=seed + 1), draw(3, 2, count, 7, seed=seed + 2)
    whole = read_own(q, KV(k, v), window, min(pinned, count))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(attention, "READ_AT_ONCE", at_once)
        output, logsumexp = read_window(q, KV(k, v), window, min(pinned, count))
    close(output, whole.output)
    close(logsumexp, whole.logsumexp)


def test_a_narrow_window_makes_few_of_the_scores(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    monkeypatch.setattr(
        attention, "read_own", lambda q, pairs, *rest: made.append(len(q) * pairs.tokens) or read_own(q, pairs, *rest)
    )
    read_window(draw(1009, 5), KV(draw(1009, 5, seed=1), draw(1009, 7, seed=2)), 31)
    assert sum(made) < 1009 * (31 + attention.READ_AT_ONCE) < 1009**2 / 6


@given(tokens=st.integers(1, 13), count=st.integers(1, 17), seed=st.integers(0, 99))
@settings(max_examples=25, deadline=None)
def test_it_is_torchs_attention(tokens: int, count: int, seed: int) -> None:
    q, k, v = (
        draw(3, 2, tokens, 5, seed=seed),
        draw(3, 2, count, 5, seed=seed + 1),
        draw(3, 2, count, 7, seed=seed + 2),
    )
    visible = draw(tokens, count, seed=seed + 3) > -0.5
    visible[:, 0] = True
    expected = torch.nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=visible)
    reading = read(q, slots(k, v), visible)
    close(reading.output, expected)
    close(reading.weights.sum(-1), torch.ones(3, 2, tokens, dtype=torch.float64))


def test_a_bias_of_log_n_lets_one_slot_weigh_as_n() -> None:
    q, k, v = draw(1, 5), draw(2, 5, seed=1), draw(2, 3, seed=2)
    biased = read(q, slots(k, v, torch.tensor([math.log(7), 0.0], dtype=torch.float64)))
    copies = [0] * 7 + [1]
    close(biased.output, read(q, slots(k[copies], v[copies])).output)


def test_large_scores_do_not_overflow() -> None:
    keys = torch.tensor([[4000.0], [3999.0], [-4000.0]], dtype=torch.float64)
    reading = read(torch.tensor([[2.0]], dtype=torch.float64), slots(keys, torch.eye(3, dtype=torch.float64)))
    close(
        reading.weights,
        torch.tensor([[1 / (1 + math.exp(-2)), 1 / (1 + math.exp(2)), 0.0]], dtype=torch.float64),
    )


@given(cut=st.lists(st.integers(0, 11), min_size=1, max_size=4), seed=st.integers(0, 99))
@settings(max_examples=25, deadline=None)
def test_merging_parts_is_reading_the_whole(cut: list[int], seed: int) -> None:
    q, k, v = draw(2, 3, 5, seed=seed), draw(2, 11, 5, seed=seed + 1), draw(2, 11, 7, seed=seed + 2)
    borders = [0, *sorted(cut), 11]
    parts = [read(q, slots(k[:, a:b], v[:, a:b])) for a, b in pairwise(borders)]
    whole = read(q, slots(k, v))
    for got, expected in zip(merge(parts), whole, strict=True):
        close(got, expected)


def test_two_parts_are_gated_by_the_sigmoid_of_their_masses() -> None:
    q, k, v = draw(3, 5), draw(9, 5, seed=1), draw(9, 2, seed=2)
    one, two = read(q, slots(k[:4], v[:4])), read(q, slots(k[4:], v[4:]))
    gate = torch.sigmoid(one.logsumexp - two.logsumexp).unsqueeze(-1)
    close(merge([one, two]).output, gate * one.output + (1 - gate) * two.output)


def test_merging_two_parts_that_saw_nothing_is_nothing() -> None:
    empty = read(torch.ones(2, 4), slots(torch.ones(0, 4), torch.ones(0, 3)))
    merged = merge([empty, empty])
    assert merged.output.tolist() == [[0, 0, 0], [0, 0, 0]]
    assert merged.logsumexp.tolist() == [-math.inf, -math.inf]


def test_what_does_not_fit_is_refused() -> None:
    held = slots(torch.ones(3, 5), torch.ones(3, 2))
    with pytest.raises(ValueError, match=r"queries must be .*, got queries \(2, 4\) and keys \(3, 5\)"):
        scores(torch.ones(2, 4), held)
    with pytest.raises(ValueError, match=r"share device and dtype, got cpu/torch.float64 and cpu/torch.float32"):
        scores(torch.ones(2, 5, dtype=torch.float64), held)
    with pytest.raises(ValueError, match=r"visible must be bool .*, got torch.float32"):
        read(torch.ones(2, 5), held, torch.ones(2, 3))
    with pytest.raises(ValueError, match=r"at least one reading, got none"):
        merge([])


def test_a_merge_joins_weights_in_the_order_given() -> None:
    q, k = torch.ones(1, 1), torch.zeros(1, 1)
    parts = [Reading(*read(q, slots(k, torch.full((1, 1), x)))) for x in (3.0, 5.0, 10.0)]
    merged = merge(parts)
    torch.testing.assert_close(merged.weights, torch.full((1, 3), 1 / 3))
    torch.testing.assert_close(merged.output, torch.tensor([[6.0]]))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_read_in_single_and_given_back_in_half(dtype: torch.dtype) -> None:
    q, k, v = (draw(3, n, 7, seed=n).to(dtype) for n in (5, 11, 11))
    reading, single = read(q, slots(k, v)), read(q.float(), slots(k.float(), v.float()))
    assert (reading.output.dtype, reading.weights.dtype, reading.logsumexp.dtype) == (dtype, dtype, torch.float32)
    assert scores(q, slots(k, v)).dtype == torch.float32
    assert torch.equal(reading.logsumexp, single.logsumexp)
    assert torch.equal(reading.output, single.output.to(dtype))
    assert torch.equal(reading.weights, single.weights.to(dtype))
    own = read_own(q, KV(k[:, :5], v[:, :5]))
    assert (own.output.dtype, own.logsumexp.dtype) == (dtype, torch.float32)
    assert merge([reading, own]).output.dtype == dtype


def test_scores_beyond_half_precision_weigh_as_they_should() -> None:
    q = torch.full((1, 64), 100.0, dtype=torch.float16)
    k = torch.stack([torch.full((64,), x, dtype=torch.float16) for x in (100.0, 50.0, 25.0)])
    reading = read(q, slots(k, torch.eye(3, dtype=torch.float16)))
    assert reading.weights.tolist() == reading.output.tolist() == [[1, 0, 0]]
    assert reading.logsumexp.tolist() == [80_000.0]


@pytest.mark.parametrize("size", [1e4, 1e15, 1e19, 1e30, 3e38])
@pytest.mark.parametrize("signs", [(1, 1), (1, -1), (-1, -1)])
def test_the_largest_single_precision_numbers_still_find_the_slot_most_alike(
    size: float, signs: tuple[int, int]
) -> None:
    """Half the channels cancel the other half but for a hundredth; infinity less infinity would be NaN."""
    even = torch.tensor([size, -size] * 3 + [size])
    keys = torch.stack([even * signs[1], even * 0.99 * signs[1], torch.zeros(7), -even * signs[1]])
    queries = (torch.ones(7) * size * signs[0]).unsqueeze(0)
    expected = 0 if signs[0] == signs[1] else 3
    for reading in (
        read(queries, slots(keys, torch.eye(4))),
        read_own(queries, KV(keys, torch.eye(4))),
        merge([read(queries, slots(keys[:2], torch.eye(4)[:2])), read(queries, slots(keys[2:], torch.eye(4)[2:]))]),
    ):
        assert reading.weights.dtype == torch.float32
        assert reading.weights.argmax().item() == expected and reading.weights.max().item() == 1
        assert torch.isfinite(reading.output).all() and torch.isfinite(reading.logsumexp).all()
    exact = own_scores(queries.expand(4, -1), keys)
    torch.testing.assert_close(exact.double(), (keys.double() @ queries.double().mT).squeeze(-1) / math.sqrt(7))


def test_scores_that_no_precision_holds_are_refused() -> None:
    huge = torch.full((1, 3), 1e200, dtype=torch.float64)
    with pytest.raises(ValueError, match=r"finite scores, got numbers up to 1e\+200 and 1e\+200"):
        read(huge, slots(huge, huge))


def test_large_scores_that_are_equal_share_the_weight_in_every_way_of_reading() -> None:
    """log 2 is below the rounding of 1e8: a logsumexp cannot tell one slot of that score from two."""
    q, k, v = torch.full((2, 1), 1e4), torch.full((2, 1), 1e4), torch.tensor([[1.0], [3.0]])
    visible = torch.ones(2, 2, dtype=torch.bool)
    parts = merge([read(q, slots(k[:1], v[:1])), read(q, slots(k[1:], v[1:]))])
    for reading in (read(q, slots(k, v)), read(q, slots(k, v), visible), parts):
        assert reading.weights.tolist() == [[0.5, 0.5]] * 2
        assert reading.output.tolist() == [[2.0], [2.0]]


def test_a_query_that_sees_nothing_passes_no_gradient_and_no_nan() -> None:
    q, k = torch.ones(2, 4, requires_grad=True), torch.ones(3, 4, requires_grad=True)
    visible = torch.tensor([[False] * 3, [True, True, False]])
    reading = read(q, slots(k, torch.eye(3)), visible)
    (reading.output[:, 0].sum() + reading.logsumexp[1]).backward()
    assert q.grad is not None and k.grad is not None
    assert q.grad[0].tolist() == [0] * 4
    assert torch.isfinite(q.grad).all() and torch.isfinite(k.grad).all()
