"""Stories made to measure: exact length, chosen number, kinds and positions of facts, filler in between."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from memattn.reader.grammar import FILLER, FORMS, LONGEST, SHORTEST, START, WORDS, FactKind, Pattern, is_slot
from memattn.reader.world import Fact, Story

Placement = Literal["spread", "first", "last"]
Sentence = Fact | tuple[str, ...]


def story(
    seed: int,
    tokens: int,
    facts: int = 8,
    placement: Placement | Sequence[int] = "spread",
    kinds: Sequence[FactKind] = tuple(FactKind),
) -> Story:
    """Make up a story of exactly `tokens` tokens, the start word included.

    Args:
        seed: the same seed and settings give the same story.
        tokens: length of the story.
        facts: how many, every one about another thing.
        placement: "first" and "last" put all facts together, "spread" anywhere; or the start position of
            every fact.
        kinds: of the facts, taken in turn.

    Raises:
        ValueError: the facts do not fit, or leave a gap of 1 to 3 tokens that no sentence can fill.
    """
    rng = np.random.default_rng(seed)
    chosen = draw_facts(rng, facts, kinds)
    if isinstance(placement, str):
        if placement not in ("spread", "first", "last"):
            raise ValueError(f'placement must be "spread", "first", "last" or start positions, got "{placement}"')
        sentences = _arrange(rng, chosen, tokens, placement)
    else:
        sentences = _at_positions(rng, chosen, tokens, placement)
    return assemble(sentences)


def draw_facts(rng: np.random.Generator, facts: int, kinds: Sequence[FactKind]) -> list[Fact]:
    """Facts about different things, kinds in turn from a random first one; positions still to be given."""
    if facts < 0 or not kinds:
        raise ValueError(f"facts must be ≥ 0 and kinds not empty, got facts={facts}, kinds={list(kinds)}")
    turn = [kinds[i] for i in rng.permutation(len(kinds))]
    used: set[tuple[FactKind, tuple[str, ...]]] = set()
    drawn: list[Fact] = []
    while len(drawn) < facts:
        kind = turn[len(drawn) % len(turn)]
        form = FORMS[kind]
        room = int(np.prod([len(WORDS[slot]) for slot in form.key]))
        if sum(k == kind for k, _ in used) >= room:
            turn.remove(kind)
            if not turn:
                raise ValueError(
                    f"facts must be about different things, at most {len(drawn)} of these kinds, got {facts}"
                )
            continue
        key = tuple(_pick(rng, slot) for slot in form.key)
        if (kind, key) not in used:
            used.add((kind, key))
            answer = _pick(rng, form.answer)
            drawn.append(Fact(kind, key, answer, 0, len(form.statement)))
    return [drawn[i] for i in rng.permutation(len(drawn))]


def filler(rng: np.random.Generator, tokens: int) -> list[Sentence]:
    """Filler sentences of exactly `tokens` tokens together."""
    lengths = []
    while tokens:
        allowed = [n for n in range(SHORTEST, LONGEST + 1) if tokens == n or tokens - n >= SHORTEST]
        if not allowed:
            raise ValueError(f"a gap must be 0 or ≥ {SHORTEST} tokens to be filled with sentences, got {tokens}")
        lengths.append(allowed[rng.integers(len(allowed))])
        tokens -= lengths[-1]
    return [_draw_sentence(rng, FILLER[n][rng.integers(len(FILLER[n]))]) for n in lengths]


def assemble(sentences: Sequence[Sentence]) -> Story:
    """Put sentences one behind the other, giving every fact its position."""
    words: list[str] = [START]
    facts = []
    for sentence in sentences:
        if isinstance(sentence, Fact):
            statement = sentence.words
            facts.append(replace(sentence, start=len(words), end=len(words) + len(statement)))
            words += statement
        else:
            words += sentence
    return Story(tuple(words), tuple(facts))


def _arrange(rng: np.random.Generator, facts: list[Fact], tokens: int, placement: str) -> list[Sentence]:
    room = tokens - 1 - sum(len(fact.words) for fact in facts)
    if room < 0 or 0 < room < SHORTEST:
        raise ValueError(
            f"tokens must hold the start word, {len(facts)} facts ({tokens - 1 - room} tokens) and no gap of "
            f"1 to {SHORTEST - 1} tokens, got tokens={tokens}; {tokens - room} or ≥ "
            f"{tokens - room + SHORTEST} would do"
        )
    rest = filler(rng, room)
    if placement == "first":
        return [*facts, *rest]
    if placement == "last":
        return [*rest, *facts]
    where = set(rng.permutation(len(facts) + len(rest))[: len(facts)].tolist())
    fact, other = iter(facts), iter(rest)
    return [next(fact) if at in where else next(other) for at in range(len(facts) + len(rest))]


def _at_positions(rng: np.random.Generator, facts: list[Fact], tokens: int, starts: Sequence[int]) -> list[Sentence]:
    if len(starts) != len(facts) or list(starts) != sorted(starts):
        raise ValueError(f"placement must give {len(facts)} start positions in ascending order, got {list(starts)}")
    sentences: list[Sentence] = []
    at = 1
    for fact, start in zip(facts, starts, strict=True):
        sentences += _gap(rng, at, start)
        sentences.append(fact)
        at = start + len(fact.words)
    return sentences + _gap(rng, at, tokens)


def _gap(rng: np.random.Generator, start: int, end: int) -> list[Sentence]:
    if end < start or 0 < end - start < SHORTEST:
        raise ValueError(
            f"what comes next must begin at {start} or at ≥ {start + SHORTEST}, since gaps of 1 to "
            f"{SHORTEST - 1} tokens hold no sentence, got {end}"
        )
    return filler(rng, end - start)


def _pick(rng: np.random.Generator, slot: str) -> str:
    return WORDS[slot][rng.integers(len(WORDS[slot]))]


def _draw_sentence(rng: np.random.Generator, pattern: Pattern) -> tuple[str, ...]:
    return tuple(_pick(rng, word[1:-1]) if is_slot(word) else word for word in pattern)
