"""Texts of any length: taken in by pieces, they are answered as if read whole, and dye is where the shares say."""

import numpy as np
import pytest
import torch

from memattn.lessons import long_texts
from memattn.lessons.expected import answers_at
from memattn.lessons.lesson import Settings
from memattn.lessons.long_texts import Telling, can_dye, encoded, take_in, told
from memattn.lessons.models import trained
from memattn.lessons.running import run
from memattn.memory.full import Full
from memattn.reader.tokenizer import LONGEST_TEXT
from tests.lessons.cases import SMALL

ONE_LAYER = ("window", "merging", "dynamic_global", "full")
TEXT = Telling(211, 7)


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(long_texts, "PIECE", 37)
    monkeypatch.setattr(long_texts, "DEEP_PIECE", 53)


@pytest.mark.usefixtures("small_pieces")
@pytest.mark.parametrize("name", [*ONE_LAYER, "cumulative_average", "recurrent"])
def test_asked_of_what_was_taken_in_by_pieces_is_answered_as_when_read_whole(name: str) -> None:
    choice, text = SMALL[name], told(TEXT)
    *pieces, last = take_in(choice, text)
    assert len(pieces) >= 3 and last.complete and [piece.seen for piece in pieces][:1] in ([37], [53])
    model = trained(choice)
    whole = model.right([(text, fact) for fact in text.facts], model.memories(choice))
    assert [last.ask(fact).right for fact in text.facts] == whole


@pytest.mark.usefixtures("small_pieces")
@pytest.mark.parametrize("name", ONE_LAYER)
def test_dye_is_the_share_of_a_pair_in_a_slot_and_what_is_read_of_it_its_weight(name: str) -> None:
    choice, text = SMALL[name], told(TEXT)
    dyed = [answers_at(fact) for fact in text.facts]
    *_, last = take_in(choice, text, dyed)
    fact, colour = text.facts[4], 4
    trace = run(Settings(choice, text.with_question(fact).words)).trace
    step = trace.steps[len(text.words) - 1]
    for row, slot in enumerate(step.held_ids):
        shares = trace.shares(slot, step.index) if slot in trace.made else None
        at = dyed[colour]
        true = (
            np.full(trace.heads, float(slot == at))
            if shares is None
            else shares.values[:, shares.sources.index(at)]
            if at in shares.sources
            else np.zeros(trace.heads)
        )
        assert last.shares()[:, row, colour].cpu().numpy() == pytest.approx(true, abs=1e-6)
    assert last.ask(fact).reached[:, colour].cpu().numpy() == pytest.approx(
        trace.steps[-1].attribution[:, dyed[colour]], abs=1e-5
    )


def test_only_sums_by_weights_that_do_not_look_at_values_can_be_dyed() -> None:
    assert {name for name in (*ONE_LAYER, "cumulative_average", "recurrent") if can_dye(SMALL[name])} == {*ONE_LAYER}


def test_sharper_logits_bring_more_weight_to_what_is_found() -> None:
    text = told(TEXT)
    dyed = [answers_at(fact) for fact in text.facts]
    *_, last = take_in(SMALL["full"], text, dyed)
    plain, sharp = (last.ask(text.facts[2], sharper).reached[:, 2].max() for sharper in (1.0, 1.4))
    assert plain > 0.3 and sharp > plain


def test_another_memory_is_read_by_the_same_reader() -> None:
    text = told(TEXT)
    *_, means = take_in(SMALL["merging"], text)
    *_, every = take_in(SMALL["merging"], text, memory=Full())
    assert means.reader is every.reader and every.states.pairs.tokens == 211
    assert not torch.equal(means.ask(text.facts[0]).read, every.ask(text.facts[0]).read)


def test_an_even_text_tells_one_fact_in_each_of_its_parts() -> None:
    text = told(Telling(1301, 13, "even", 3))
    assert len(text.words) == 1301
    assert [fact.start * 13 // 1301 for fact in text.facts] == list(range(13))
    assert [answers_at(fact) * 13 // 1301 for fact in text.facts] == list(range(13))
    assert told(Telling(1301, 13, "even", 3)) == text != told(Telling(1301, 13, "even", 4))


def test_what_cannot_be_told_is_refused() -> None:
    with pytest.raises(ValueError, match="tokens must be ≥ 208 for 13 facts, got 150"):
        told(Telling(150, 13, "even"))
    with pytest.raises(ValueError, match="tokens must hold"):
        told(Telling(20, 16))


def test_a_text_longer_than_the_tokenizer_takes_is_encoded_whole() -> None:
    reader = trained(SMALL["window"]).reader
    text = told(Telling(LONGEST_TEXT + 13, 3))
    ids = encoded(reader, text)
    assert reader.tokenizer.decode(ids.tolist()) == text.words
