"""Texts to learn from and texts to be examined on, as ids.

Training texts come in three kinds. *Conversations* tell and ask in turn (40 % facts, 40 % questions, 20 %
filler): dense in answers, so the reader learns fast. *Examinations* tell a whole story and ask only at its
end, as the app does. *Recollections* are examinations for memories of a single slot: few facts, often told
first and then left behind.
Every fact is asked at most once: an answer that stands in the text would bring the fact nearer than it is.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from memattn.reader.grammar import LONGEST, SHORTEST, START, FactKind
from memattn.reader.stories import Sentence, assemble, draw_facts, filler, story
from memattn.reader.tokenizer import Tokenizer
from memattn.reader.world import Fact, Story


class Batch(NamedTuple):
    """Texts to learn from.

    Args:
        ids: (texts, tokens).
        asked: bool, (texts, tokens), True at question marks: the next word is the answer.
    """

    ids: Tensor
    asked: Tensor


class Paper(NamedTuple):
    """Stories of one length, each with one question at the end.

    Args:
        ids: (stories, tokens), padded at the end with the start word, which no earlier position can see.
        at: (stories,) position of the question mark, where the model answers.
        answers: (stories,) id of the true answer.
        distance: (stories,) tokens from the answer word of the fact to the question mark.
        kinds: kind of the fact asked.
    """

    ids: Tensor
    at: Tensor
    answers: Tensor
    distance: Tensor
    kinds: tuple[FactKind, ...]


def batch(rng: np.random.Generator, tokenizer: Tokenizer, texts: int, tokens: int, examinations: float = 0.4) -> Batch:
    """Draw training texts; a share `examinations` of them ask only at the end."""
    words = [
        examination(rng, tokens) if rng.random() < examinations else conversation(rng, tokens) for _ in range(texts)
    ]
    return _as_batch(tokenizer, words, tokens)


def recollections(rng: np.random.Generator, tokenizer: Tokenizer, texts: int, tokens: int) -> Batch:
    """Draw training texts with few facts for a memory that holds little."""
    return _as_batch(tokenizer, [recollection(rng, tokens) for _ in range(texts)], tokens)


def _as_batch(tokenizer: Tokenizer, words: list[tuple[str, ...]], tokens: int) -> Batch:
    ids = torch.tensor([tokenizer.encode(text[:tokens]) for text in words])
    asked = ids == tokenizer.encode(("?",))[0]
    asked[:, -1] = False  # its answer has been cut off
    return Batch(ids, asked)


def conversation(rng: np.random.Generator, tokens: int) -> tuple[str, ...]:
    """At least `tokens` words in which telling, asking and filler alternate at random."""
    facts = iter(draw_facts(rng, max(8, tokens // 12), tuple(FactKind)))
    waiting: list[Fact] = []
    words: list[str] = [START]
    while len(words) < tokens:
        what = rng.random()
        if what < 0.4 and (fact := next(facts, None)) is not None:
            words += fact.words
            waiting.append(fact)
        elif what < 0.8 and waiting:
            fact = waiting.pop(int(rng.integers(len(waiting))))
            words += (*fact.question, fact.answer, ".")
        else:
            words += _filler(rng, int(rng.integers(4, 10)))
    return tuple(words)


def examination(rng: np.random.Generator, tokens: int) -> tuple[str, ...]:
    """At least `tokens` words: facts and filler, then questions about some of the facts, in random order."""
    questions = int(rng.integers(1, max(2, tokens // 24)))
    share = rng.random()  # of facts among the rest
    told = draw_facts(rng, max(questions, int(share * tokens / 10)), tuple(FactKind))
    asked = [told[i] for i in rng.permutation(len(told))[:questions]]
    ending = [word for fact in asked for word in (*fact.question, fact.answer, ".")]
    room = tokens - 1 - len(ending) - sum(len(fact.words) for fact in told)
    rest = filler(rng, max(room, 4))
    sentences: list[Sentence] = [*told, *rest]
    order = rng.permutation(len(sentences))
    if rng.random() < 0.3:  # facts first, then a gap
        order = np.sort(order)
    return (*assemble([sentences[i] for i in order]).words, *ending)


def recollection(rng: np.random.Generator, tokens: int, most: int = 5) -> tuple[str, ...]:
    """At least `tokens` words: up to `most` facts with filler behind or between them, then a question about each.

    Six texts in ten tell facts of one kind only: four facts of different kinds would be told apart by their kinds.
    """
    kinds = tuple(FactKind)
    if rng.random() < 0.6:
        kinds = (kinds[int(rng.integers(len(kinds)))],)
    told = draw_facts(rng, int(rng.integers(1, most + 1)), kinds)
    while len(told) > 1 and _told_and_asked(told) >= tokens:
        told.pop()
    room = tokens - 1 - _told_and_asked(told)
    sentences: list[Sentence] = [*told, *filler(rng, room if room >= SHORTEST else 0)]
    if rng.random() < 0.5:
        sentences = [sentences[i] for i in rng.permutation(len(sentences))]
    asked = [told[i] for i in rng.permutation(len(told))]
    ending = [word for fact in asked for word in (*fact.question, fact.answer, ".")]
    return (*assemble(sentences).words, *ending, *_filler(rng, LONGEST))  # the last sentence fills up odd rooms


def paper(tokenizer: Tokenizer, seed: int, stories: int, tokens: int, facts: int, asks: str = "any") -> Paper:
    """Stories of `tokens` tokens that tell `facts` facts anywhere, and one question behind each.

    Args:
        tokenizer: for the ids.
        seed: of the first story; story i has seed + i.
        stories: how many.
        tokens: length of each story, the question not included.
        facts: told in each.
        asks: "any" asks for one at random, "first" for the earliest told.
    """
    rng = np.random.default_rng(seed)
    told = [_story(seed + i, tokens, facts) for i in range(stories)]
    asked = [text.facts[0 if asks == "first" else int(rng.integers(len(text.facts)))] for text in told]
    return as_paper(tokenizer, told, asked)


def gap_paper(
    tokenizer: Tokenizer, seed: int, stories: int, facts: int, gap: int, kinds: Sequence[FactKind] = tuple(FactKind)
) -> Paper:
    """Stories that tell `facts` facts first, then `gap` tokens of filler; each asks for one of its facts at random.

    Args:
        tokenizer: for the ids.
        seed: of all stories.
        stories: how many.
        facts: told in each.
        gap: tokens between the last fact and the question, 0 or ≥ 4.
        kinds: of the facts, in turn.
    """
    told, asked = [], []
    for number in range(stories):
        rng = np.random.default_rng([seed, number])
        text = assemble([*draw_facts(rng, facts, kinds), *filler(rng, gap)])
        told.append(text)
        asked.append(text.facts[int(rng.integers(facts))])
    return as_paper(tokenizer, told, asked)


def as_paper(tokenizer: Tokenizer, stories: list[Story], asked: list[Fact]) -> Paper:
    """Stories and the fact that is asked at the end of each, as ids."""
    words = [text.asking(fact).words for text, fact in zip(stories, asked, strict=True)]
    longest = max(map(len, words))
    at = torch.tensor([len(text) - 1 for text in words])
    return Paper(
        torch.tensor([tokenizer.encode(text + (START,) * (longest - len(text))) for text in words]),
        at,
        torch.tensor([tokenizer.encode((fact.answer,))[0] for fact in asked]),
        at - torch.tensor([fact.answer_at for fact in asked]),
        tuple(fact.kind for fact in asked),
    )


def _story(seed: int, tokens: int, facts: int) -> Story:
    for attempt in range(100):  # now and then the facts leave a gap of one to three tokens
        try:
            return story(seed + 1_000_003 * attempt, tokens, facts)
        except ValueError:
            if attempt == 99:
                raise
    raise AssertionError("unreachable")


def _told_and_asked(facts: list[Fact]) -> int:
    """Tokens of facts, their questions, and the answers with their full stops."""
    return sum(len(fact.words) + len(fact.question) + 2 for fact in facts)


def _filler(rng: np.random.Generator, tokens: int) -> tuple[str, ...]:
    return assemble(filler(rng, tokens)).words[1:]
