"""Bad settings are refused in words that name the setting, what it got and what is allowed."""

from collections.abc import Callable
from typing import Any

import pytest
import torch

from memattn.kv import KV
from memattn.memory.cumulative_average import CumulativeAverage
from memattn.memory.dynamic_global import DynamicGlobal
from memattn.memory.exponential_average import ExponentialAverage
from memattn.memory.global_tokens import GlobalTokens
from memattn.memory.hybrid import Hybrid
from memattn.memory.merging import Merging
from memattn.memory.moving_average import MovingAverage
from memattn.memory.rebinned import Rebinned
from memattn.memory.recurrent import Recurrent
from memattn.memory.segments import Segments
from memattn.memory.weighted_average import WeightedAverage
from memattn.memory.weights import Weights
from memattn.memory.window import Window

WRONG: list[tuple[Callable[[], Any], str]] = [
    (lambda: Window(0), r"window n_c must be ≥ 1 pair, got 0"),
    (lambda: MovingAverage(-3), r"window n_c must be ≥ 1 pair, got -3"),
    (lambda: WeightedAverage(()), r"betas must be .* at least one.*, got \(\)"),
    (lambda: WeightedAverage((1.0, -2.0, 3.0)), r"betas must be finite and ≥ 0.*, got \(1.0, -2.0, 3.0\)"),
    (lambda: WeightedAverage((1.0, float("nan"))), r"betas must be finite.*, got \(1.0, nan\)"),
    (lambda: WeightedAverage((1.0, 0.0)), r"the last \(newest\) > 0, got \(1.0, 0.0\)"),
    (lambda: ExponentialAverage(0.0), r"gamma must be > 0 and ≤ 1, got 0.0"),
    (lambda: ExponentialAverage(1.5), r"gamma must be > 0 and ≤ 1, got 1.5"),
    (lambda: ExponentialAverage(float("nan")), r"gamma must be > 0 and ≤ 1, got nan"),
    (lambda: Recurrent(cell="lstm"), r"cell must be 'gru' or 'gated', got 'lstm'"),  # type: ignore[arg-type]
    (lambda: Recurrent(truncate=0), r"truncate must be ≥ 1 token or None, got 0"),
    (lambda: Recurrent(weights=Weights({"w": torch.zeros(1)})), r"weights of a gru must be .*, got \['w'\]"),
    (lambda: Segments(segment_length=0), r"segment_length n_s must be ≥ 1 token, got 0"),
    (lambda: Segments(segments=-1), r"segments m must be ≥ 0, got -1"),
    (lambda: GlobalTokens(pinned=-1), r"pinned g must be ≥ 0 pairs, got -1"),
    (lambda: GlobalTokens(window=0), r"window n_c must be ≥ 1 pair, got 0"),
    (lambda: GlobalTokens(learned=-2), r"learned must be ≥ 0 pairs, got -2"),
    (lambda: GlobalTokens(evict="never"), r"evict must be 'before' or 'after', got 'never'"),  # type: ignore[arg-type]
    (
        lambda: GlobalTokens(learned=2, weights=Weights({"keys": torch.zeros(3, 5), "values": torch.zeros(3, 5)})),
        r"weights must have keys and values of learned=2 rows, got .*3",
    ),
    (
        lambda: Hybrid(CumulativeAverage()),
        r"second_reads must be 'all' .*, got 'evicted' with first=CumulativeAverage",
    ),
    (lambda: Hybrid(second_reads="some"), r"second_reads must be 'evicted' or 'all', got 'some'"),  # type: ignore[arg-type]
    (lambda: Hybrid(second=Recurrent()), r"second must be a memory with exact provenance.*, got Recurrent"),
    (lambda: DynamicGlobal(0), r"slots_from g must be ≥ 1 slot, got 0"),
    (lambda: DynamicGlobal(growth="cube"), r"growth must be 'fixed', 'sqrt' or 'log', got 'cube'"),  # type: ignore[arg-type]
    (lambda: Merging(0), r"slots_from g must be ≥ 1 slot, got 0"),
    (lambda: Merging(growth="cube"), r"growth must be 'fixed', 'sqrt' or 'log', got 'cube'"),  # type: ignore[arg-type]
    (lambda: Rebinned(-2), r"slots_from g must be ≥ 1 slot, got -2"),
    (lambda: DynamicGlobal(write="new"), r"write must be 'similar', 'uniform' or 'oldest', got 'new'"),  # type: ignore[arg-type]
    (lambda: DynamicGlobal(erase=1.1), r"erase e must be ≥ 0 and ≤ 1, got 1.1"),
    (lambda: DynamicGlobal(sharpness=float("inf")), r"sharpness a must be finite and ≥ 0, got inf"),
    (
        lambda: Weights({"bias": torch.tensor([float("nan")])}),
        r"weights must be finite, got NaN or infinity in 'bias'",
    ),
]


@pytest.mark.parametrize(("make", "message"), WRONG, ids=[message for _, message in WRONG])
def test_a_bad_setting_is_named_with_what_is_allowed(make: Callable[[], Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def test_weights_of_another_size_are_refused_when_the_size_is_known() -> None:
    kv = KV(torch.zeros(2, 5), torch.zeros(2, 3))
    names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    recurrent = Recurrent(weights=Weights({name: torch.zeros(4, 4) for name in names}))
    with pytest.raises(ValueError, match=r"weights must have the shapes .*24, 8.* for d_k \+ d_v = 8, got .*4, 4"):
        recurrent.update(kv, recurrent.empty(kv))
    learned = GlobalTokens(learned=1, weights=Weights({"keys": torch.zeros(1, 4), "values": torch.zeros(1, 3)}))
    with pytest.raises(ValueError, match=r"weights must have d_k=5 and d_v=3, got keys \(1, 4\)"):
        learned.slots(learned.empty(kv))


def test_weights_are_equal_when_their_numbers_are() -> None:
    one, same, other = (Weights({"a": torch.full((3,), x), "b": torch.eye(2)}) for x in (0.5, 0.5, 0.25))
    assert one == same
    assert hash(one) == hash(same)
    assert one != other
    assert Weights({"a": torch.zeros(2, 3)}) != Weights({"a": torch.zeros(3, 2)})
    assert list(one) == ["a", "b"]
    assert len(one) == 2
    assert repr(one).startswith("Weights(a, b; ")
