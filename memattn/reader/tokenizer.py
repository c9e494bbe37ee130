"""From text to numbers: one token per word, and clear words for what the story world does not know."""

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from memattn.reader.grammar import START, vocabulary

LONGEST_TEXT = 4096  # tokens, the start word included
ASKING = ("where", "what", "who")
PIECES = re.compile(r"[^\W_]+(?:'[^\W_]+)?|[^\w\s]|_")  # words, or single marks
DROPPED = frozenset(",:\"'()–—-“”‘’")  # marks that the story world does not use and that carry no fact
STOPS = frozenset("!;…")  # marks that end a sentence


@dataclass(frozen=True)
class Unknown:
    """A word that the story world does not have.

    Args:
        word: as it was typed, in lower case.
        position: of the word in the stream.
        suggestions: known words that look like it, best first; may be empty.
    """

    word: str
    position: int
    suggestions: tuple[str, ...]


class UnknownWords(ValueError):  # noqa: N818 - the name says it
    """Some words of a text are not in the vocabulary.

    Args:
        unknown: all of them, in order.
    """

    def __init__(self, unknown: Sequence[Unknown]) -> None:
        """Say all of them in one message."""
        self.unknown = tuple(unknown)
        different = dict.fromkeys((item.word, item.suggestions) for item in self.unknown)
        parts = [f'"{word}"' + (f" (did you mean {' or '.join(near)}?)" if near else "") for word, near in different]
        count = "1 word is" if len(parts) == 1 else f"{len(parts)} words are"
        super().__init__(f"{count} not in the story world: {', '.join(parts)}")


@dataclass(frozen=True)
class Tokenizer:
    """Words to ids and back.

    Args:
        vocabulary: every known word; its place is its id. The start word comes first.
    """

    vocabulary: tuple[str, ...] = vocabulary()

    def __post_init__(self) -> None:
        """Refuse repeated words."""
        if not self.vocabulary or self.vocabulary[0] != START or len(set(self.vocabulary)) != len(self.vocabulary):
            raise ValueError(
                f'vocabulary must hold different words and begin with "{START}", got {self.vocabulary[:3]}…'
            )
        object.__setattr__(self, "_ids", {word: at for at, word in enumerate(self.vocabulary)})

    @property
    def size(self) -> int:
        """Number of words."""
        return len(self.vocabulary)

    def split(self, text: str) -> tuple[str, ...]:
        """Cut a text into words, start word first: lower case, marks apart, commas and quotes left out.

        An exclamation mark counts as a full stop, and an unfinished last sentence gets its mark. Words are
        not looked up.

        Raises:
            ValueError: the text holds no word, or more than `LONGEST_TEXT`.
        """
        pieces = PIECES.findall(text.replace(START, " ").lower())
        words = ["." if piece in STOPS else piece for piece in pieces if piece not in DROPPED]
        if not any(word not in (".", "?") for word in words):
            raise ValueError('the text must hold at least one word, got none; try "The red key is in the kitchen."')
        if words[-1] not in (".", "?"):
            ends = [at for at, word in enumerate(words) if word in (".", "?")]
            opening = words[ends[-1] + 1] if ends else words[0]
            words.append("?" if opening in ASKING else ".")
        check_length(len(words) + 1)
        return (START, *words)

    def encode(self, words: Sequence[str]) -> tuple[int, ...]:
        """Ids of words.

        Raises:
            UnknownWords: some are not in the vocabulary; all of them are listed with suggestions.
            ValueError: there are none, or more than `LONGEST_TEXT`.
        """
        if not words:
            raise ValueError("words must hold at least one word, got none")
        check_length(len(words))
        ids: dict[str, int] = self._ids  # type: ignore[attr-defined]
        unknown = [Unknown(word, at, self.suggest(word)) for at, word in enumerate(words) if word not in ids]
        if unknown:
            raise UnknownWords(unknown)
        return tuple(ids[word] for word in words)

    def decode(self, ids: Sequence[int]) -> tuple[str, ...]:
        """Words of ids.

        Raises:
            ValueError: an id is outside the vocabulary.
        """
        if wrong := [id_ for id_ in ids if not 0 <= id_ < self.size]:
            raise ValueError(f"ids must be from 0 to {self.size - 1}, got {wrong}")
        return tuple(self.vocabulary[id_] for id_ in ids)

    def suggest(self, word: str) -> tuple[str, ...]:
        """Known words that look like `word`, at most three, best first."""
        return tuple(difflib.get_close_matches(word, self.vocabulary[1:], n=3, cutoff=0.6))


def check_length(tokens: int) -> None:
    """Refuse texts that are too long to read in a browser."""
    if tokens > LONGEST_TEXT:
        raise ValueError(
            f"a text must have at most {LONGEST_TEXT} tokens, got {tokens}: leave out {tokens - LONGEST_TEXT}"
        )
