"""Linear attention: against the quadratic form it avoids, and in closed form where keys do not overlap."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812  # torch's own name for it
from torch import Tensor

from memattn.kv import KV, Provenance
from memattn.memory import linear
from memattn.memory.base import Memory
from memattn.memory.linear import Linear
from memattn.records import EventKind
from memattn.trace import trace
from tests.memory.cases import D_K, D_V, TOKENS, stream
from tests.test_trace import float64_stream

RULES = ["add", "delta"]


def apart(axes: list[int], size: float = 0.0) -> Tensor:
    """Keys of which each has one feature alone: ELU + 1 is exactly 0 far below zero."""
    keys = torch.full((len(axes), D_K), -1e4, dtype=torch.float64)
    keys[torch.arange(len(axes)), torch.tensor(axes)] = size
    return keys


def attended(memory: Linear, queries: Tensor, kv: KV) -> Tensor:
    return memory.attend(queries, kv, memory.empty(kv)).output


def test_adding_is_attention_with_the_product_of_features_for_the_exponential() -> None:
    queries, kv = stream()
    products = torch.tril((F.elu(queries) + 1) @ (F.elu(kv.keys) + 1).mT)
    expected = products / products.sum(dim=-1, keepdim=True) @ kv.values
    torch.testing.assert_close(attended(Linear(D_K), queries, kv), expected, rtol=0, atol=1e-12)


def test_adding_is_the_recursion_of_a_matrix_and_its_normaliser() -> None:
    """As it is published, with the features of the axes and two directions more."""
    memory, (queries, kv) = Linear(D_K + 2), stream()
    directions = memory.directions(D_K)
    assert torch.equal(directions[:D_K], torch.eye(D_K, dtype=torch.float64))
    torch.testing.assert_close(directions.norm(dim=-1), torch.ones(D_K + 2, dtype=torch.float64))
    asked, held = (F.elu(rows @ directions.mT) + 1 for rows in (queries, kv.keys))
    matrix, mass = torch.zeros(*kv.lead, D_K + 2, D_V, dtype=torch.float64), torch.zeros(*kv.lead, D_K + 2)
    got = attended(memory, queries, kv)
    for i in range(TOKENS):
        matrix = matrix + held[..., i, :, None] * kv.values[..., i, None, :]
        mass = mass + held[..., i, :]
        total = (asked[..., i, :] * mass).sum(dim=-1, keepdim=True)
        answer = (asked[..., i, None, :] @ matrix).squeeze(-2) / total
        torch.testing.assert_close(got[..., i, :], answer, rtol=0, atol=1e-12)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize(("piece", "far"), [(1, linear.FAR), (3, linear.FAR), (64, 0.0), (5, 0.5)])
def test_what_is_read_and_written_at_once_is_what_comes_of_one_pair_after_the_other(
    monkeypatch: pytest.MonkeyPatch, rule: str, piece: int, far: float
) -> None:
    memory, (queries, kv) = Linear(7, rule), stream()
    before = memory.update(kv[:4], memory.empty(kv)).state
    own = Memory.attend(memory, queries[..., 4:, :], kv[4:], before)
    monkeypatch.setattr(linear, "PIECE", piece)
    monkeypatch.setattr(linear, "FAR", far)
    got = memory.attend(queries[..., 4:, :], kv[4:], before)
    torch.testing.assert_close(got.output, own.output, rtol=0, atol=1e-12)
    torch.testing.assert_close(got.logsumexp, own.logsumexp, rtol=0, atol=1e-12)
    torch.testing.assert_close(got.update.state.rows, own.update.state.rows, rtol=0, atol=1e-12)
    torch.testing.assert_close(got.update.state.shares, own.update.state.shares, rtol=0, atol=1e-12)
    assert got.update.events == own.update.events


def test_by_the_delta_rule_a_key_is_answered_with_what_was_written_to_it_last() -> None:
    _, kv = stream()
    for features in (1, D_K, D_K + 6):
        own = attended(Linear(features, "delta"), kv.keys, kv)
        torch.testing.assert_close(own, kv.values, rtol=0, atol=1e-10)
    assert float((attended(Linear(D_K), kv.keys, kv) - kv.values).abs().mean()) > 0.5


@pytest.mark.parametrize("rule", RULES)
def test_keys_that_share_no_feature_are_all_stored_exactly(rule: str) -> None:
    _, kv = stream(tokens=D_K, lead=())
    keys = apart([3, 0, 4, 1, 2])
    memory = Linear(D_K, rule)
    state = memory.update(KV(keys, kv.values), memory.empty(KV(keys, kv.values))).state
    torch.testing.assert_close(memory.read(keys, memory.slots(state)).output, kv.values, rtol=0, atol=1e-12)


def test_of_a_key_met_twice_adding_keeps_the_mean_and_twice_the_mass_the_delta_rule_the_last_value() -> None:
    values = torch.tensor([[2.0, 8.0], [100.0, 0.0], [4.0, -6.0]], dtype=torch.float64)
    keys = apart([1, 2, 1])
    answers = {}
    for rule in RULES:
        memory = Linear(D_K, rule)
        state = memory.update(KV(keys, values), memory.empty(KV(keys, values))).state
        answers[rule] = memory.read(keys[2:], memory.slots(state)).output[0].tolist()
        if rule == "add":
            assert state.mass[[1, 2]].exp().tolist() == pytest.approx([2.0, 1.0])
    assert answers["add"] == pytest.approx([3.0, 1.0])
    assert answers["delta"] == pytest.approx([4.0, -6.0])


@pytest.mark.parametrize("rule", RULES)
def test_what_is_recorded_as_written_adds_up_to_the_matrix_that_answers(rule: str) -> None:
    own, memory = float64_stream(), Linear(7, rule)
    record = trace(memory, own)
    written = record.matrix
    assert written is not None
    new = written.values - written.answered
    asked = F.elu(own.queries @ memory.directions(D_K).mT).numpy() + 1
    matrix = np.einsum("htm,htd->htmd", written.features, new).cumsum(axis=1)
    mass = written.features.cumsum(axis=1) if rule == "add" else np.ones_like(written.features)
    answers = np.einsum("htm,htmd->htd", asked, matrix) / np.einsum("htm,htm->ht", asked, mass)[..., None]
    np.testing.assert_allclose(record.outputs, answers, rtol=0, atol=1e-11)
    assert bool(np.abs(written.answered).max() > 0) == (rule == "delta")


def test_every_token_is_merged_into_all_rows_and_stays_there() -> None:
    record = trace(Linear(7), float64_stream())
    assert [event.into for event in record.events()] == [tuple(range(-1, -8, -1))] * len(record.steps)
    assert {event.kind for event in record.events()} == {EventKind.MERGE}
    assert record.steps[-1].retained.tolist() == [1.0, 1.0]
    assert (record.steps[-1].output_error > 0.05).all()


def test_shares_are_exact_in_the_values_where_pairs_are_added_and_sensitivities_by_the_delta_rule() -> None:
    _, kv = stream(tokens=29)
    assert (Linear().provenance, Linear(rule="delta").provenance) == (Provenance.VALUES, Provenance.SENSITIVITY)
    memory = Linear(7, "delta")
    values = kv.values.clone().requires_grad_()
    rows = memory.slots(memory.update(KV(kv.keys, values), memory.empty(kv)).state)
    (gradient,) = torch.autograd.grad(rows.values[2, 1, 4].sum(), values)
    change = gradient[2, 1, :, 0].abs()
    torch.testing.assert_close(rows.value_shares[2, 1, 4].detach(), change / change.sum(), rtol=0, atol=1e-12)


def test_it_costs_the_same_after_any_number_of_tokens() -> None:
    add, delta = Linear(7), Linear(7, "delta")
    for tokens in (1, 1000):
        assert (add.state_floats(tokens, 5, 3), delta.state_floats(tokens, 5, 3)) == (7 * 4, 7 * 3)
        assert (add.read_floats(tokens, 5, 3), delta.read_floats(tokens, 5, 3)) == (28, 21)
        assert (add.read_flops(tokens, 5, 3), delta.read_flops(tokens, 5, 3)) == (2 * 28 + 20, 2 * 21 + 20)
        assert (add.update_flops(tokens, 5, 3), delta.update_flops(tokens, 5, 3)) == (20 + 49, 20 + 49 + 49)
    assert Linear(5).read_flops(9, 5, 3) == 2 * 5 * 4
    assert math.isclose(Linear(16).state_floats(1, 64, 64), 16 * 65)


@pytest.mark.parametrize(
    ("settings", "message"),
    [({"features": 0}, "features m .* got 0"), ({"rule": "oja"}, "'add' or 'delta', got 'oja'")],
)
def test_settings_that_make_no_memory_are_refused(settings: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Linear(**settings)  # type: ignore[arg-type]
