"""The identities that measures of loss obey, and numbers that can be checked by hand."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from memattn.intervals import Proportion
from memattn.kv import KV
from memattn.loss import (
    answers,
    chance,
    counting_bound,
    coverage,
    eviction_ceiling,
    frontier_point,
    jensen_shannon,
    kl_divergence,
    oldest_reach,
    participation,
    recall_by_age,
    recallable_facts,
    receptive_field,
    window_ceiling,
)
from memattn.memory import MEMORIES
from memattn.memory.window import Window
from memattn.streams import Stream, random_stream
from memattn.trace import trace

EXACT = 1e-12


def draw(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize("name", ["window", "segments", "global_tokens"])
def test_eviction_costs_minus_the_logarithm_of_the_mass_it_retains(name: str) -> None:
    stream = random_stream(53, 5, 3, heads=2, seed=3)
    double = Stream(stream.tokens, stream.queries.double(), KV(stream.kv.keys.double(), stream.kv.values.double()))
    record = trace(MEMORIES[name](), double)
    steps = record.steps
    for step in steps:
        full, kept, retained = map(torch.tensor, (record.full_weights(step.index), step.attribution, step.retained))
        torch.testing.assert_close(kl_divergence(kept, full), -retained.log(), rtol=0, atol=EXACT)
    assert steps[-1].retained.max() < 0.9  # something was lost


@pytest.mark.parametrize(
    ("older", "newer", "error", "cosine"),
    [((5.4, 7.2), (0.6, 0.8), 0.8, 1.0), ((10.0, 5.0), (-4.0, 3.0), math.sqrt(2), 0.0), ((6.0, 8.0), (0.0, 0.0), 1, 0)],
    ids=["shrunk", "turned", "nothing"],
)
def test_shrinking_an_output_costs_error_but_no_cosine_and_turning_it_costs_both(
    older: tuple[float, float], newer: tuple[float, float], error: float, cosine: float
) -> None:
    """Equal keys: full attention reads the mean of both values, (3, 4), and a window of one the newer alone."""
    pairs = KV(torch.zeros(1, 2, 2), torch.tensor([[older, newer]]))
    step = trace(Window(1), Stream(("a", "b"), torch.zeros(1, 2, 2), pairs)).steps[-1]
    assert step.output_error.item() == pytest.approx(error) and step.cosine.item() == pytest.approx(cosine)


def test_what_is_forgotten_makes_kl_infinite_but_not_jensen_shannon() -> None:
    full, window = torch.tensor([0.5, 0.5]), torch.tensor([0.0, 1.0])
    assert kl_divergence(full, window) == math.inf
    middle = 0.5 * (0.5 * math.log(2) + 0.5 * math.log(2 / 3)) + 0.5 * math.log(4 / 3)
    assert jensen_shannon(full, window).item() == pytest.approx(middle, abs=1e-6)
    apart = jensen_shannon(torch.tensor([1.0, 0.0]), torch.tensor([0.0, 1.0]))
    assert apart.item() == pytest.approx(math.log(2), abs=1e-6)


@given(seed=st.integers(0, 99))
def test_jensen_shannon_is_symmetric_bounded_and_zero_for_equals(seed: int) -> None:
    p, q = draw(3, 11, seed=seed).softmax(dim=-1), draw(3, 11, seed=seed + 1).softmax(dim=-1)
    torch.testing.assert_close(jensen_shannon(p, q), jensen_shannon(q, p), rtol=0, atol=EXACT)
    assert jensen_shannon(p, p).abs().max() < EXACT
    assert jensen_shannon(p, q).min() > 0 and jensen_shannon(p, q).max() < math.log(2)


def test_recall_by_age_counts_in_half_open_bins() -> None:
    right = torch.tensor([True, True, False, True, False])
    ages = torch.tensor([0, 3, 4, 5, 99])
    first, second, third = recall_by_age(right, ages, (0, 4, 8, 16))
    assert first == Proportion(2, 2)
    assert second == Proportion(1, 2)
    assert third is None


def test_the_answer_is_the_code_that_the_output_points_at() -> None:
    codes = torch.eye(3)
    assert answers(torch.tensor([[0.1, 0.7, 0.2], [0.5, 0.2, 0.3]]), codes).tolist() == [1, 0]


def test_ceilings_are_those_of_64_facts_and_64_codes() -> None:
    assert chance(64) == 1 / 64
    assert eviction_ceiling(32, 64, 64) == pytest.approx(0.5078, abs=1e-4)
    assert eviction_ceiling(16, 64, 64) == pytest.approx(0.2617, abs=1e-4)
    assert eviction_ceiling(99, 64, 64) == 1.0
    assert window_ceiling(3, torch.tensor([0, 2, 3, 9]), 2) == 0.75


@given(kept=st.integers(1, 8), seed=st.integers(0, 20))
def test_a_memory_that_holds_some_facts_verbatim_and_guesses_reaches_the_ceiling(kept: int, seed: int) -> None:
    generator, facts, codes = torch.Generator().manual_seed(seed), 8, 4
    truth = torch.randint(codes, (4000, facts), generator=generator)
    guess = torch.randint(codes, (4000, facts), generator=generator)
    answer = torch.where(torch.arange(facts) < kept, truth, guess)
    ceiling = eviction_ceiling(kept, facts, codes)
    error = math.sqrt(ceiling * (1 - ceiling) / truth.numel())  # standard error, were all answers drawn alike
    assert abs(float((answer == truth).double().mean()) - ceiling) <= 4 * error


def test_a_state_of_three_bytes_tells_24_bits_apart() -> None:
    assert recallable_facts(3, 2) == 24
    assert recallable_facts(3, 64) == 4  # log2 64 = 6 bits a fact
    assert recallable_facts(3, 1) == math.inf
    assert counting_bound(3, 16, 64) == 0.25
    assert counting_bound(3000, 16, 64) == 1.0
    assert frontier_point(3, Proportion(1, 2), 16, 64) == (3, Proportion(1, 2), 0.25)


def test_coverage_and_blur_of_slots_made_by_hand() -> None:
    shares = torch.tensor([[1.0, 0.0, 0.0, 0.0, 0.0], [0.0, 0.25, 0.25, 0.5, 0.0], [0.0] * 5])
    assert coverage(shares).item() == pytest.approx(0.8)
    torch.testing.assert_close(participation(shares), torch.tensor([1.0, 1 / 0.375, 0.0]))


@given(rate=st.integers(1, 11))
def test_the_mean_of_c_pairs_has_a_blur_of_c(rate: int) -> None:
    assert participation(torch.full((1, rate), 1 / rate)).item() == pytest.approx(rate, rel=1e-5)


@given(tokens=st.integers(1, 29), window=st.integers(1, 7), layers=st.integers(0, 5))
def test_stacked_windows_reach_back_layers_times_window_minus_one(tokens: int, window: int, layers: int) -> None:
    i, j = torch.arange(tokens).unsqueeze(-1), torch.arange(tokens)
    field = receptive_field((j <= i) & (i - j < window), layers)
    assert oldest_reach(field).tolist() == [min(at, layers * (window - 1)) for at in range(tokens)]


@given(n_s=st.integers(1, 5), layers=st.integers(1, 3), memory=st.integers(1, 7))
def test_segment_recurrence_reaches_what_its_formula_says(n_s: int, layers: int, memory: int) -> None:
    """r + (L - 1)·n_s·ceil(M / n_s) + M, far enough from the beginning."""
    tokens = n_s * (layers * (memory // n_s + 2) + 2)
    i, j = torch.arange(tokens).unsqueeze(-1), torch.arange(tokens)
    field = receptive_field((j <= i) & (j >= i // n_s * n_s - memory), layers)
    reach = oldest_reach(field)
    for at in range(tokens - n_s, tokens):
        assert reach[at] == at % n_s + (layers - 1) * n_s * -(-memory // n_s) + memory


def test_what_a_position_holds_is_passed_on_even_where_it_does_not_look_at_itself() -> None:
    previous = torch.ones(4, 4, dtype=torch.bool).tril(-1) & torch.ones(4, 4, dtype=torch.bool).triu(-1)
    assert receptive_field(previous, 1).tolist()[3] == [False, False, True, True]
    assert receptive_field(previous, 2).tolist()[3] == [False, True, True, True]


def test_blocks_that_never_see_each_other_stay_apart_however_deep() -> None:
    i, j = torch.arange(6).unsqueeze(-1), torch.arange(6)
    block = receptive_field((j <= i) & (i // 3 == j // 3), 50)
    assert not block[3:, :3].any() and bool(block[5, 3:].all())


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: chance(0), "codes must be ≥ 1, got 0"),
        (lambda: eviction_ceiling(1, 0, 2), "facts must be ≥ 1"),
        (lambda: receptive_field(torch.ones(2, 3, dtype=torch.bool), 1), r"got torch\.bool \(2, 3\)"),
        (lambda: receptive_field(torch.ones(2, 2, dtype=torch.bool), -1), "layers must be ≥ 0, got -1"),
        (lambda: recall_by_age(torch.ones(2) > 0, torch.ones(3), (0, 1)), r"got \(2,\) and \(3,\)"),
        (lambda: recall_by_age(torch.ones(2) > 0, torch.ones(2), (3, 3)), r"got \(3, 3\)"),
    ],
)
def test_errors_quote_what_they_got(call, says: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match=says):
        call()
