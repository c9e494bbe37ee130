"""A text that is read once answers as one that is read anew with every question."""

import pytest
import torch

from memattn.lessons.memories import Choice, make, served_by
from memattn.lessons.models import load
from memattn.reader.asking import answer, remember
from memattn.reader.stories import story

TEXT = story(3, 331, 17)
CHOICES = {
    "window": Choice("window", (("window", 97),)),
    "merging": Choice("merging", (("slots_from", 29),)),
    "compressive": Choice(
        "compressive", (("segment_length", 8), ("memory_length", 24), ("compressed_length", 16), ("rate", 5))
    ),
    "hybrid": Choice("hybrid", (("first.window", 53),)),
    "gated": Choice("recurrent"),
}


@pytest.mark.parametrize("name", CHOICES)
def test_every_question_is_answered_as_behind_the_whole_text(name: str) -> None:
    choice = CHOICES[name]
    reader = load(served_by(choice))
    memories = [make(choice, reader, layer) for layer in range(reader.config.layers)]
    held = remember(reader, TEXT.words, memories)
    said, anew = [], []
    for fact in TEXT.facts[::2]:
        said.append(answer(reader, held, fact.question, memories))
        with torch.inference_mode():
            logits = reader.forward((*TEXT.words, *fact.question), memories).logits
        anew.append(reader.tokenizer.vocabulary[int(logits[-1].argmax())])
    assert said == anew
    assert said != [fact.answer for fact in TEXT.facts[::2]], "the memory is too small for all of them"


def test_a_question_leaves_no_trace_in_what_is_held() -> None:
    reader, choice = load("base-1"), Choice("window", (("window", 331),))
    memories = [make(choice, reader)]
    held = remember(reader, TEXT.words, memories)
    first, last = TEXT.facts[1], TEXT.facts[-1]
    once = answer(reader, held, first.question, memories)
    assert once == first.answer
    for _ in range(3):
        assert answer(reader, held, last.question, memories) == last.answer
    assert answer(reader, held, first.question, memories) == once
