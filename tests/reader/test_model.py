"""The model with untrained weights: pieces, causality, and memories in its layers."""

from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from memattn.compression import MeanPool
from memattn.kv import KV
from memattn.memory import MEMORIES
from memattn.memory.base import Memory
from memattn.memory.compressive import Compressive
from memattn.memory.cumulative_average import CumulativeAverage
from memattn.memory.window import Window
from memattn.reader import model
from memattn.reader.config import ReaderConfig, random_weights
from memattn.reader.model import forward, logits_of, readout, stream
from memattn.streams import Stream
from memattn.trace import trace

VOCABULARY, TOKENS = 29, 47
CONFIG = ReaderConfig(VOCABULARY, d_model=12, heads=3, layers=1, taps=4)
DEEP = ReaderConfig(VOCABULARY, d_model=12, heads=2, layers=3, taps=6)


def weights_of(config: ReaderConfig) -> dict[str, Tensor]:
    return {name: tensor.double() for name, tensor in random_weights(config, 5).items()}


def some_ids(*shape: int) -> Tensor:
    return torch.randint(VOCABULARY, shape, generator=torch.Generator().manual_seed(11))


def close(one: Tensor, other: Tensor) -> None:
    torch.testing.assert_close(one, other, rtol=0, atol=1e-10)


@pytest.mark.parametrize("config", [CONFIG, DEEP], ids=["one layer", "three layers"])
@pytest.mark.parametrize("name", MEMORIES)
def test_reading_in_pieces_is_reading_at_once(name: str, config: ReaderConfig) -> None:
    weights, ids, memory = weights_of(config), some_ids(2, TOKENS), MEMORIES[name]()
    whole = forward(weights, config, ids, memory).logits
    for segment_length in (1, 7):
        close(forward(weights, config, ids, memory, segment_length=segment_length).logits, whole)


@given(st.lists(st.integers(1, 13), min_size=1, max_size=6))
def test_going_on_from_a_state_is_never_having_stopped(cuts: list[int]) -> None:
    weights, ids = weights_of(DEEP), some_ids(sum(cuts))
    memory = Compressive(4, 8, 3, MeanPool(2))
    states, parts = None, []
    for piece in ids.split(cuts):
        run = forward(weights, DEEP, piece, memory, states)
        states, parts = run.states, [*parts, run.logits]
    close(torch.cat(parts), forward(weights, DEEP, ids, memory).logits)


def test_the_state_that_went_in_is_left_as_it_was() -> None:
    weights, ids, memory = weights_of(CONFIG), some_ids(TOKENS), Window(5)
    states = forward(weights, CONFIG, ids, memory).states
    tail, pairs = states[0].tail.clone(), states[0].memory.window.keys.clone()
    once = forward(weights, CONFIG, ids, memory, states).logits
    assert torch.equal(states[0].tail, tail) and torch.equal(states[0].memory.window.keys, pairs)
    assert torch.equal(forward(weights, CONFIG, ids, memory, states).logits, once)


@pytest.mark.parametrize("config", [CONFIG, DEEP], ids=["one layer", "three layers"])
def test_the_full_memory_is_the_training_forward(config: ReaderConfig) -> None:
    weights, ids = weights_of(config), some_ids(3, TOKENS)
    close(
        forward(weights, config, ids, MEMORIES["full"](), segment_length=5).logits,
        logits_of(weights, config, ids),
    )


@pytest.mark.parametrize("layers", [1, 3])
def test_the_future_cannot_be_seen(layers: int) -> None:
    config = ReaderConfig(VOCABULARY, d_model=12, heads=3, layers=layers)
    weights, ids = weights_of(config), some_ids(1, TOKENS)
    before = logits_of(weights, config, ids)
    for at in (1, 23, TOKENS - 1):
        other = ids.clone()
        other[0, at] = (ids[0, at] + 1) % VOCABULARY
        after = logits_of(weights, config, other)
        assert torch.equal(after[:, :at], before[:, :at])  # bit by bit
        assert not torch.equal(after[:, at], before[:, at])


def test_outside_the_window_nothing_is_seen_but_the_convolution() -> None:
    weights, ids, memory = weights_of(CONFIG), some_ids(TOKENS), Window(5)
    before = forward(weights, CONFIG, ids, memory).logits
    other = ids.clone()
    other[10] = (ids[10] + 1) % VOCABULARY
    after = forward(weights, CONFIG, other, memory).logits
    changed = (after != before).any(dim=-1).nonzero().flatten()
    assert changed[0] == 10 and changed[-1] == 10 + (5 - 1) + (4 - 1)  # window of 5 pairs, each of 4 words


@pytest.mark.parametrize("name", MEMORIES)
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_a_trace_and_the_readout_make_the_model(name: str, dtype: torch.dtype) -> None:
    weights = {key: tensor.to(dtype) for key, tensor in weights_of(CONFIG).items()}
    ids, memory = some_ids(TOKENS), MEMORIES[name]()
    queries, keys, values = stream(weights, CONFIG, ids)
    assert queries.shape == (3, TOKENS, 4)
    run = trace(memory, Stream(tuple("w" for _ in range(TOKENS)), queries, KV(keys, values)), name)
    logits = readout(weights, CONFIG, torch.tensor(run.outputs), ids)
    expected = forward(weights, CONFIG, ids, memory).logits
    torch.testing.assert_close(logits, expected, rtol=0, atol=1e-10 if run.outputs.dtype == "float64" else 1e-5)


def test_the_convolution_is_torchs() -> None:
    draw = torch.Generator().manual_seed(2)
    padded = torch.randn(2, 13 + 3, 7, dtype=torch.float64, generator=draw)
    kernel = torch.randn(7, 4, dtype=torch.float64, generator=draw)
    oracle = torch.nn.functional.conv1d(padded.mT, kernel.unsqueeze(1), groups=7).mT
    close(model.convolve(padded, kernel), oracle)


def test_batch_rows_do_not_touch() -> None:
    weights, ids = weights_of(DEEP), some_ids(5, TOKENS)
    memory: Memory[Any] = Compressive(4, 8, 3, MeanPool(2))
    together = forward(weights, DEEP, ids, memory).logits
    for row in range(5):
        close(forward(weights, DEEP, ids[row], memory).logits, together[row])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"vocabulary": 0}, "vocabulary must be ≥ 1, got 0"),
        ({"vocabulary": 9, "layers": 0}, "layers must be ≥ 1, got 0"),
        ({"vocabulary": 9, "d_model": 10, "heads": 4}, "multiple of heads, got d_model=10, heads=4"),
    ],
)
def test_impossible_sizes(settings: dict[str, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ReaderConfig(**settings)


def test_wrong_calls_say_what_is_wrong() -> None:
    weights, ids = weights_of(CONFIG), some_ids(TOKENS)
    with pytest.raises(ValueError, match="segment_length must be ≥ 1"):
        forward(weights, CONFIG, ids, Window(), segment_length=0)
    with pytest.raises(ValueError, match="at least one token"):
        forward(weights, CONFIG, ids[:0], Window())
    with pytest.raises(ValueError, match="one per layer, 1, got 3"):
        forward(weights, CONFIG, ids, Window(), forward(weights_of(DEEP), DEEP, ids, Window()).states)
    with pytest.raises(ValueError, match="one for each of 3 layers, got 0"):
        readout(weights_of(DEEP), DEEP, torch.zeros(2, TOKENS, 6), ids)
    with pytest.raises(ValueError, match=f"cover the {TOKENS} tokens of ids, got 3"):
        readout(weights, CONFIG, torch.zeros(3, 3, 4), ids)


def test_the_last_layer_can_be_taken_apart_and_put_together_again() -> None:
    """Its stream, read with its memory and read out, is the model; each layer may have a memory of its own."""
    weights, ids = weights_of(DEEP), some_ids(TOKENS)
    for memories in ((Window(5),) * 3, (Window(3), CumulativeAverage(), Window(7))):
        queries, keys, values = stream(weights, DEEP, ids, 2, memories)
        pairs, last = KV(keys, values), memories[-1]
        outputs = last.attend(queries, pairs, last.empty(pairs)).output
        whole = forward(weights, DEEP, ids, memories, segment_length=4).logits
        torch.testing.assert_close(readout(weights, DEEP, outputs, ids, memories), whole, rtol=0, atol=1e-10)
    with pytest.raises(ValueError, match="one for each of 3 layers, got 2"):
        forward(weights, DEEP, ids, memories[:2])


def test_a_cell_of_its_own_has_a_place_among_the_weights() -> None:
    own = {name: shape for name, shape in ReaderConfig(9, 8, 2, cell="gated").shapes().items() if "cell" in name}
    assert own == {"0.cell.weight_ih": (16, 8), "0.cell.bias_ih": (16,)}  # D = d_k + d_v = 8


@pytest.mark.gpu
def test_cuda_reads_the_same() -> None:
    weights, ids = weights_of(DEEP), some_ids(2, TOKENS)
    there = {name: tensor.cuda() for name, tensor in weights.items()}
    memory = Compressive(4, 8, 3, MeanPool(2))
    close(forward(there, DEEP, ids.cuda(), memory).logits.cpu(), forward(weights, DEEP, ids, memory).logits)
