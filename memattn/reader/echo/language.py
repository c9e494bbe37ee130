"""The echo world: the next word depends on the one before it, but for the word `again`.

Twelve words may follow each word, with Zipf's weights 1/k. Now and then `again` comes instead, and after it the last
word but one comes once more:

    <start> old lamp shines behind again shines near quiet river ...

So a head of attention has something to do at `again`, to look two words back, and nothing at all anywhere else.
`again` itself may stand two words back. That matters: a word that is never brought back need not be remembered, and
a head at rest would rest on it instead of the start word. Followers are drawn by parts of speech, so that a text
sounds a little like English.

Source: the Bigram-Backcopy task of Guo et al., Active-Dormant Attention Heads, 2024, §2 (arXiv:2410.13835). There
several trigger words bring back the word before them.
"""

import difflib
import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from memattn.reader.grammar import START, words_of

AGAIN = "again"
BACK = 2  # words from `again` to the one that it brings back
SUCCESSORS = 12

WORDS: Mapping[str, tuple[str, ...]] = {
    "adjective": words_of(
        "old young small big red blue green white black brown happy sleepy quiet hungry clever lazy round warm cold "
        "soft bright dark tall long heavy gentle golden silent empty hidden wild narrow distant broken sweet early"
    ),
    "noun": words_of(
        "dog cat cow horse bird fox hen mouse goose owl rabbit goat lamp key cup book hat coat ring ball box clock "
        "drum kite letter map boat door wall stone tree river hill bridge road pond cloud window garden kitchen "
        "tower market forest lake village king child farmer moon sun star rain snow wind fire song"
    ),
    "verb": words_of(
        "sleeps sings runs waits rests dances laughs jumps plays hides shines falls stands turns moves grows "
        "floats glows swings rolls smiles stays sits looks drifts wanders listens trembles whispers returns"
    ),
    "preposition": words_of(
        "near behind under beside above in on by over below with without inside outside around past beyond toward"
    ),
}
FOLLOWERS: Mapping[str, Mapping[str, int]] = {  # how many words of each part of speech may follow one
    START: {"adjective": 4, "noun": 8},
    "adjective": {"adjective": 2, "noun": 10},
    "noun": {"verb": 8, "preposition": 4},
    "verb": {"preposition": 6, "adjective": 3, "noun": 3},
    "preposition": {"adjective": 5, "noun": 7},
}


def vocabulary() -> tuple[str, ...]:
    """Every word, its place being its id: the start word, `again`, the others."""
    return (START, AGAIN, *(word for words in WORDS.values() for word in words))


def encode(words: Sequence[str]) -> tuple[int, ...]:
    """Ids of words.

    Raises:
        ValueError: there are none, or some are not of the echo world.
    """
    if not words:
        raise ValueError("words must hold at least one word, got none")
    known = vocabulary()
    ids = {word: at for at, word in enumerate(known)}
    if unknown := [word for word in dict.fromkeys(words) if word not in ids]:
        near = [f'"{word}" ({" or ".join(difflib.get_close_matches(word, known)) or "?"})' for word in unknown]
        raise ValueError(f"words must be of the echo world, got {', '.join(near)}")
    return tuple(ids[word] for word in words)


@cache
def _table(seed: int) -> NDArray[np.int64]:
    """Hashes instead of a generator make the same table with every version of NumPy; trained weights belong to it."""
    ids = {word: at for at, word in enumerate(vocabulary())}
    rows = np.zeros((len(ids), SUCCESSORS), dtype=np.int64)
    for part, words in {START: (START,), **WORDS}.items():
        for word in words:
            rows[ids[word]] = [ids[other] for other in _followers(seed, part, word)]
    rows.setflags(write=False)
    return rows


def _followers(seed: int, part: str, word: str) -> list[str]:
    def lot(other: str) -> bytes:
        return hashlib.sha256(f"{seed} {word} {other}".encode()).digest()

    drawn = [
        other
        for following, count in FOLLOWERS[part].items()
        for other in sorted(set(WORDS[following]) - {word}, key=lot)[:count]
    ]
    return sorted(drawn, key=lambda other: lot(f"{other}'s rank"))


@dataclass(frozen=True)
class Language:
    """Which words follow which, and how often `again` comes between."""

    rate: float = 0.15  # share of words that `again` follows
    seed: int = 0  # of the table

    def __post_init__(self) -> None:
        if not 0 < self.rate < 1:
            raise ValueError(f"rate must be > 0 and < 1, the share of words that again follows, got {self.rate}")

    @property
    def table(self) -> NDArray[np.int64]:
        """Ids of the words that may follow, the most frequent first: (vocabulary, 12), not to be written to.

        The row of `again` is not read: there the text itself decides.
        """
        return _table(self.seed)

    def draw(self, rng: np.random.Generator, texts: int, tokens: int) -> NDArray[np.int64]:
        """Texts of the language: (texts, tokens) ids, each row beginning with the start word."""
        chosen = np.searchsorted(np.cumsum(zipf())[:-1], rng.random((texts, tokens)), side="right")
        interrupted = rng.random((texts, tokens)) < self.rate
        start, again = encode((START, AGAIN))
        ids = np.full((texts, tokens), start)
        for at in range(1, tokens):
            last = ids[:, at - 1]
            following = self.table[last, chosen[:, at]]
            if at > BACK:  # only then is there a word to bring back
                following = np.where(interrupted[:, at], again, following)
                following = np.where(last == again, ids[:, at - 1 - BACK], following)
            ids[:, at] = following
        return ids

    def surprise(self, ids: NDArray[np.int64]) -> NDArray[np.float64]:
        """Nats of every word but the first for one who knows the language: no model can do better.

        Args:
            ids: (texts, tokens), each row beginning with the start word.

        Returns:
            (texts, tokens - 1); infinity where the language does not say such a thing.
        """
        again = encode((AGAIN,))[0]
        last, word = ids[:, :-1], ids[:, 1:]
        matches = self.table[last] == word[..., None]
        chance = matches @ np.array(zipf())
        interruption = np.where(np.arange(1, ids.shape[1]) > BACK, self.rate, 0.0)
        chance = np.where(word == again, interruption, (1 - interruption) * chance)
        brought = np.zeros_like(word)
        brought[:, BACK:] = ids[:, : -1 - BACK]
        chance = np.where(last == again, (word == brought).astype(float), chance)
        with np.errstate(divide="ignore"):
            return -np.log(chance)

    @property
    def entropy(self) -> float:
        """Nats per token of a long text.

        After a word other than `again`, H = h(r) + (1 - r) h(Zipf) with r the rate; after `again`, nothing. `again`
        is drawn after the r-th part of the other words and brought back after the r-th part of the drawn ones, so it
        makes up a = r (1 + r)(1 - a) of the tokens, and (1 - a) H = H / (1 + r + r²).
        """
        own = -sum(share * math.log(share) for share in (self.rate, 1 - self.rate))
        choice = -sum(share * math.log(share) for share in zipf())
        return (own + (1 - self.rate) * choice) / (1 + self.rate + self.rate**2)


def zipf() -> tuple[float, ...]:
    """Probabilities of the twelve followers: proportional to 1, 1/2, 1/3, ..."""
    total = sum(1 / rank for rank in range(1, SUCCESSORS + 1))
    return tuple(1 / rank / total for rank in range(1, SUCCESSORS + 1))
