"""The catalogue's memories without a trained model: for any text."""

import pytest
import torch

from memattn.kv import KV
from memattn.lessons.story import content, ways
from memattn.lessons.story.ways import Choice

PAIRS = KV(torch.randn(2, 23, 5, generator=torch.Generator().manual_seed(1)), torch.ones(2, 23, 3))


@pytest.mark.parametrize("way", content.WAYS)
def test_every_memory_takes_in_pairs_that_no_model_made(way: str) -> None:
    memory = ways.untrained(Choice(way, compression="mean"))
    state = memory.update(PAIRS, memory.empty(PAIRS)).state
    assert state.seen == 23 and 1 <= len(memory.slots(state)) <= 23


@pytest.mark.parametrize("compression", content.COMPRESSIONS)
def test_only_compressions_without_trained_weights_are_allowed(compression: str) -> None:
    choice = Choice("compressive", compression=compression)
    if compression in content.UNTRAINED:
        assert ways.untrained(choice).compression.rate == content.WAYS["compressive"].dials["c"].default
    else:
        with pytest.raises(ValueError, match=f"must be one of mean, max, .* got '{compression}'"):
            ways.untrained(choice)
