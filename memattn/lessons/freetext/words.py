"""A text in any language as words: what was typed, cut apart; no torch, so that a page can be painted first.

Letters and digits that touch make a word, inner apostrophes, decimal points and underscores included; every other mark
stands alone. Flags, joined emoji and letters with their accents stay in one piece. Scripts that are written without
blanks are cut character by character, so that no dictionary is needed.

Source: Unicode Standard Annex #29: words by WB3c to WB16, characters by GB3 to GB13. Two deviations: katakana are cut
like hiragana and ideographs (WB13), and a narrow blank parts words like any other (WB13a). Two words are the same by
the standard's compatibility caseless match (§3.13, D146).
"""

from dataclasses import dataclass
from functools import cached_property
from unicodedata import normalize

import regex

from memattn.bidi import isolated

MOST_WORDS = 1024  # read at once: a trace of four times as many takes half a minute

MARK = r"[\p{WB=Extend}\p{WB=Format}\p{WB=ZWJ}]"  # belongs to what stands before it, WB4
LETTER = r"[\p{WB=ALetter}\p{WB=Hebrew_Letter}]"
HEBREW = r"\p{WB=Hebrew_Letter}"
DIGIT = r"\p{WB=Numeric}"
FLAG = r"\p{WB=Regional_Indicator}"  # half of one
BLANK = r"[\p{Z}\p{Cc}\u200b]"
# All that repeats is possessive, so that the time is linear in the text, whatever is typed. Flags are matched by hand,
# since `\X` counts all flags before the one it stands at.
PIECE = regex.compile(
    rf"""
    (?: (?: {HEBREW} {MARK}*+ " {MARK}*+ (?={HEBREW})
          | {LETTER} {MARK}*+ (?: [\p{{WB=MidLetter}}\p{{WB=MidNumLet}}'] {MARK}*+ (?={LETTER}) )?+
          | {DIGIT} {MARK}*+ (?: [\p{{WB=MidNum}}\p{{WB=MidNumLet}}'] {MARK}*+ (?={DIGIT}) )?+
          | (?!{BLANK}) \p{{WB=ExtendNumLet}} {MARK}*+
        )++ (?: '(?<={HEBREW}{MARK}*') {MARK}*+ )?+
      | {FLAG} {MARK}*+ (?: {FLAG} {MARK}*+ )?+
      | (?!{BLANK}) \X {MARK}*+
    )
    (?: (?<=\u200d) \p{{ExtPict}} {MARK}*+ )*+
    """,
    regex.VERBOSE,
)
VISIBLE = regex.compile(r"[^\p{Default_Ignorable_Code_Point}\p{WB=Format}]")
UNSEEN = regex.compile(r"[\p{Default_Ignorable_Code_Point}\p{WB=Format}]++")
APOSTROPHES = dict.fromkeys(map(ord, "’ʼ"), "'")
SURROGATE = regex.compile("[\ud800-\udfff]")  # half a character, which no file and no page can hold


def cut(text: str) -> list[str]:
    """The words of a text as they were typed; blanks and what cannot be seen are left out, nothing else."""
    pieces = PIECE.findall(SURROGATE.sub("\ufffd", text))
    return [piece for piece in pieces if VISIBLE.search(piece)]


def identity(word: str) -> str:
    """What makes two words the same: neither case, nor how accents are composed, nor the width of letters."""
    plain = UNSEEN.sub("", word).translate(APOSTROPHES)
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
            f"The text has {self.total:,} words and marks; {read} are read, up to “{isolated(self.words[-1])}”. One "
            f"run shows at most {self.most:,}. Nothing is lost: the whole text stays where it was typed, and the run "
            "can start later in it."
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
