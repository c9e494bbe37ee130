"""Batches of texts to train on, and questions to measure with, as ids.

Training texts come in three kinds. A *conversation* mixes facts and questions (40 % facts, 40 % questions, 20 %
filler): dense in answers, so the reader learns fast. *Questions last* is a whole story with questions only at its
end, as in the app. *Few facts* is the same for memories of a single slot: a handful of facts, often at the beginning
and then left behind.
Every fact is asked for at most once: an answer that stands in the text would bring the fact nearer than it is.
"""

from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

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
        before_answer: bool, (texts, tokens), True at question marks: the next word is the answer.
    """

    ids: Tensor
    before_answer: Tensor


class Questions(NamedTuple):
    """Stories of one length, each with one question at the end.

    Args:
        ids: (stories, tokens), padded at the end with the start word, which no earlier position can see.
        at: (stories,) position of the question mark, where the model answers.
        answers: (stories,) id of the true answer.
        distance: (stories,) tokens from the answer word of the fact to the question mark.
        kinds: kind of the fact asked for.
    """

    ids: Tensor
    at: Tensor
    answers: Tensor
    distance: Tensor
    kinds: tuple[FactKind, ...]


def draw_batch(
    rng: np.random.Generator, tokenizer: Tokenizer, texts: int, tokens: int, questions_at_end: float = 0.4
) -> Batch:
    """Draw training texts; a share `questions_at_end` of them are stories with questions last."""
    words = [
        questions_last(rng, tokens) if rng.random() < questions_at_end else conversation(rng, tokens)
        for _ in range(texts)
    ]
    return _encode_batch(tokenizer, words, tokens)


def draw_few_facts_batch(rng: np.random.Generator, tokenizer: Tokenizer, texts: int, tokens: int) -> Batch:
    """Draw training texts with few facts for a memory that holds little."""
    return _encode_batch(tokenizer, [few_facts(rng, tokens) for _ in range(texts)], tokens)


def mixture(many_facts: float) -> Callable[[np.random.Generator, Tokenizer, int, int], Batch]:
    """A way to draw: this share of batches as `draw_batch` does, the others with few facts."""

    def draw(rng: np.random.Generator, tokenizer: Tokenizer, texts: int, tokens: int) -> Batch:
        kind = draw_batch if rng.random() < many_facts else draw_few_facts_batch
        return kind(rng, tokenizer, texts, tokens)

    return draw


def _encode_batch(tokenizer: Tokenizer, words: list[tuple[str, ...]], tokens: int) -> Batch:
    ids = torch.tensor([tokenizer.encode(text[:tokens]) for text in words])
    before_answer = ids == tokenizer.encode(("?",))[0]
    before_answer[:, -1] = False  # the answer has been cut off
    return Batch(ids, before_answer)


def conversation(rng: np.random.Generator, tokens: int) -> tuple[str, ...]:
    """At least `tokens` words in which facts, questions and filler alternate at random."""
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
            words += _with_answers([fact])
        else:
            words += _filler(rng, int(rng.integers(4, 10)))
    return tuple(words)


def questions_last(rng: np.random.Generator, tokens: int) -> tuple[str, ...]:
    """At least `tokens` words: facts and filler, then questions about some of the facts, in random order."""
    questions = int(rng.integers(1, max(2, tokens // 24)))
    share = rng.random()  # of facts among the rest
    facts = draw_facts(rng, max(questions, int(share * tokens / 10)), tuple(FactKind))
    ending = _with_answers([facts[i] for i in rng.permutation(len(facts))[:questions]])
    room = tokens - 1 - len(ending) - sum(len(fact.words) for fact in facts)
    rest = filler(rng, max(room, 4))
    sentences: list[Sentence] = [*facts, *rest]
    order = rng.permutation(len(sentences))
    if rng.random() < 0.3:  # facts first, then a gap
        order = np.sort(order)
    return (*assemble([sentences[i] for i in order]).words, *ending)


def few_facts(rng: np.random.Generator, tokens: int, most: int = 5) -> tuple[str, ...]:
    """At least `tokens` words: up to `most` facts with filler behind or between them, then a question about each.

    Six texts in ten hold facts of one kind only: of four different kinds, the kind alone would show which is meant.
    """
    kinds = tuple(FactKind)
    if rng.random() < 0.6:
        kinds = (kinds[int(rng.integers(len(kinds)))],)
    facts = draw_facts(rng, int(rng.integers(1, most + 1)), kinds)
    while len(facts) > 1 and _length_with_questions(facts) >= tokens:
        facts.pop()
    room = tokens - 1 - _length_with_questions(facts)
    sentences: list[Sentence] = [*facts, *filler(rng, room if room >= SHORTEST else 0)]
    if rng.random() < 0.5:
        sentences = [sentences[i] for i in rng.permutation(len(sentences))]
    ending = _with_answers([facts[i] for i in rng.permutation(len(facts))])
    return (*assemble(sentences).words, *ending, *_filler(rng, LONGEST))  # the last sentence fills up odd rooms


def draw_questions(
    tokenizer: Tokenizer,
    seed: int,
    stories: int,
    tokens: int,
    facts: int,
    about: Literal["any", "first"] = "any",
) -> Questions:
    """Stories of `tokens` tokens with `facts` facts anywhere, and one question behind each.

    Args:
        tokenizer: for the ids.
        seed: of the first story; story i has seed + i.
        stories: how many.
        tokens: length of each story, the question not included.
        facts: in each.
        about: "any" asks for one fact at random, "first" for the earliest.
    """
    rng = np.random.default_rng(seed)
    texts = [_story(seed + i, tokens, facts) for i in range(stories)]
    chosen = [text.facts[0 if about == "first" else int(rng.integers(len(text.facts)))] for text in texts]
    return encode_questions(tokenizer, texts, chosen)


def questions_after_gap(
    tokenizer: Tokenizer, seed: int, stories: int, facts: int, gap: int, one_kind: bool = False
) -> Questions:
    """Stories that begin with `facts` facts, then `gap` tokens of filler; each asks for one of its facts at random.

    Args:
        tokenizer: for the ids.
        seed: of all stories.
        stories: how many.
        facts: in each, one behind the other.
        gap: tokens between the last fact and the question, 0 or ≥ 4.
        one_kind: whether the facts of a story are all of one kind; else an answer may be known by its kind alone.
    """
    texts, chosen = [], []
    for number in range(stories):
        rng = np.random.default_rng([seed, number, facts, gap])
        kinds = tuple(FactKind)
        kinds = (kinds[number % len(kinds)],) if one_kind else kinds
        text = assemble([*draw_facts(rng, facts, kinds), *filler(rng, gap)])
        texts.append(text)
        chosen.append(text.facts[int(rng.integers(facts))])
    return encode_questions(tokenizer, texts, chosen)


def encode_questions(tokenizer: Tokenizer, stories: Sequence[Story], facts: Sequence[Fact]) -> Questions:
    """Stories, each with the question for one of its facts at the end, as ids."""
    words = [text.with_question(fact).words for text, fact in zip(stories, facts, strict=True)]
    longest = max(map(len, words))
    at = torch.tensor([len(text) - 1 for text in words])
    return Questions(
        torch.tensor([tokenizer.encode(text + (START,) * (longest - len(text))) for text in words]),
        at,
        torch.tensor([tokenizer.encode((fact.answer,))[0] for fact in facts]),
        at - torch.tensor([fact.answer_at for fact in facts]),
        tuple(fact.kind for fact in facts),
    )


def _story(seed: int, tokens: int, facts: int) -> Story:
    for attempt in range(100):  # now and then the facts leave a gap of one to three tokens
        try:
            return story(seed + 1_000_003 * attempt, tokens, facts)
        except ValueError:
            if attempt == 99:
                raise
    raise AssertionError("unreachable")


def _with_answers(facts: Sequence[Fact]) -> list[str]:
    """The questions for some facts, each with its answer and a full stop."""
    return [word for fact in facts for word in (*fact.question, fact.answer, ".")]


def _length_with_questions(facts: Sequence[Fact]) -> int:
    """Tokens of facts, their questions, and the answers with their full stops."""
    return sum(len(fact.words) for fact in facts) + len(_with_answers(facts))


def _filler(rng: np.random.Generator, tokens: int) -> tuple[str, ...]:
    return assemble(filler(rng, tokens)).words[1:]
