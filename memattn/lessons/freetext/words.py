"""A text in any language as words: what was typed, cut apart; no torch, so that a page can be painted first.

Letters and digits that touch make a word, inner apostrophes and decimal points included; every other mark stands
alone. Scripts that are written without blanks are cut character by character, so that no dictionary is needed.
Combining marks, joiners and variation selectors stay with what they belong to; flags and joined emoji are one.

Source: word boundaries of Unicode Standard Annex #29, simplified; kana are cut like ideographs. Two words are the
same by the standard's compatibility caseless match (§3.13, D146).
"""

import re
from dataclasses import dataclass
from functools import cached_property
from unicodedata import category, normalize

MOST_WORDS = 1024  # read at once: a trace of four times as many takes half a minute

# Each character is written as the letter of its class, then one pattern cuts the string of classes.
CLASSES = {"L": "a", "N": "d", "M": "m", "Z": " ", "P": "x", "S": "s", "Cf": "f", "Cc": " ", "C": "s"}
NAMED = {
    **dict.fromkeys("'’ʼ", "q"),  # apostrophes
    **dict.fromkeys(".,٫", "p"),  # within numbers
    "\u200b": " ",  # a blank of no width
    "\u200d": "j",  # joins emoji
}
RANGES = (
    (0xFE00, 0xFE0F, "f"),  # variation selectors
    (0xE0100, 0xE01EF, "f"),
    (0x1F1E6, 0x1F1FF, "r"),  # regional indicators: two are a flag
    (0x1F3FB, 0x1F3FF, "m"),  # skin tones
)
UNSPACED = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x2E80, 0x312F),  # radicals, kana, bopomofo
    (0x31A0, 0x31FF),
    (0x3400, 0x9FFF),  # ideographs
    (0xF900, 0xFAFF),
    (0xFF66, 0xFF9F),  # half-width kana
    (0x1B000, 0x1B16F),
    (0x20000, 0x3FFFF),
)
WORD = re.compile(
    r"[ad](?:[admfj]|(?<=[amfj])q(?=a)|(?<=d)p(?=d))*"  # UAX #29: WB4 to WB12
    r"|s(?:[mfj]|(?<=j)s)*"  # WB3c: joined emoji
    r"|rr?[mfj]*"  # WB15
    r"|[cxqp][mfj]*"
    r"|[fj]*m[mfj]*"  # a mark without a letter
)


class _Classes(dict[int, str]):
    """Class of every character met so far, by its code."""

    def __missing__(self, code: int) -> str:
        self[code] = found = _class(code)
        return found


def _class(code: int) -> str:
    char = chr(code)
    if char in NAMED:
        return NAMED[char]
    for first, last, named in RANGES:
        if first <= code <= last:
            return named
    kind = category(char)
    found = CLASSES.get(kind) or CLASSES[kind[0]]
    unspaced = any(first <= code <= last for first, last in UNSPACED)
    return "c" if unspaced and found == "a" else found


CLASS_OF = _Classes()
SURROGATE = re.compile("[\ud800-\udfff]")  # half a character, which no file and no page can hold


def cut(text: str) -> list[str]:
    """The words of a text as they were typed; blanks and control characters are left out, nothing else."""
    whole = SURROGATE.sub("\ufffd", text)
    return [whole[found.start() : found.end()] for found in WORD.finditer(whole.translate(CLASS_OF))]


def identity(word: str) -> str:
    """What makes two words the same: neither case, nor how accents are composed, nor the width of letters."""
    plain = "".join("'" if NAMED.get(char) == "q" else char for char in word if CLASS_OF[ord(char)] not in "fj")
    once = normalize("NFKD", normalize("NFD", plain).casefold())
    return normalize("NFKD", once.casefold()) or word


@dataclass(frozen=True)
class Passage:
    """The part of a text that is read.

    Args:
        words: as they were typed.
        start: number of its first word in the whole text, from 0.
        total: words of the whole text.
        most: how many are read at once.
    """

    words: tuple[str, ...]
    start: int
    total: int
    most: int

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Identities of the words."""
        return tuple(identity(word) for word in self.words)

    @property
    def note(self) -> str:
        """What is not read and why, for the page; "" when everything is."""
        count = len(self.words)
        if count == self.total:
            return ""
        end = self.start + count
        read = f"the first {end:,}" if not self.start else f"{count:,}, from number {self.start + 1:,} to {end:,},"
        return (
            f"The text has {self.total:,} words and marks; {read} are read, up to “{self.words[-1]}”. One run shows at "
            f"most {self.most:,}. Nothing is lost: the whole text stays where it was typed, and the run can start "
            "later in it."
        )


def passage(text: str, start: int = 0, most: int = MOST_WORDS) -> Passage:
    """The words of a text from number `start` on, at most `most`.

    Raises:
        ValueError: there is no word to read, or `most` < 1.
    """
    if most < 1:
        raise ValueError(f"most must be ≥ 1 word, got {most}")
    words = cut(text)
    if not words:
        got = "only blanks" if text else "an empty one"
        raise ValueError(f'the text must hold at least one word, got {got}; try "the cat sat on the mat and the cat"')
    if not 0 <= start < len(words):
        raise ValueError(f"start must be a word of the text, 0 to {len(words) - 1}, got {start}")
    return Passage(tuple(words[start : start + most]), start, len(words), most)
