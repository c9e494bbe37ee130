"""A text of any script is cut where Unicode says that words end, in time linear in it; no word depends on its guise."""

import time
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from memattn.lessons.freetext.words import MOST_WORDS, Passage, cut, identity, passage

SCRIPTS = "aZé ßñ日本かナ한กำ्हिอבُ1２½.,'\"’·:_-!—👩👍🏽🇩🇪\u200d\ufe0f\u0301\u200b\u202f\u00ad\u2068 \n\t"
SEEN = ("L", "M", "N", "P", "S")  # first letters of categories
UNSEEN = {0x34F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B, 0x180C, 0x180D, 0x180F, 0x3164, 0xFFA0}
UNSEEN |= {*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)}  # variation selectors and fillers: Default_Ignorable


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Don't panic: it’s 3.14, or 1,000!", ["Don't", "panic", ":", "it’s", "3.14", ",", "or", "1,000", "!"]),
        ("well-known x_1 C++", ["well", "-", "known", "x_1", "C", "+", "+"]),
        ("צה״ל ארה\"ב צ'ק", ["צה״ל", 'ארה"ב', "צ'ק"]),
        ("La col·lecció", ["La", "col·lecció"]),
        ('say "no" 5\' 5.', ["say", '"', "no", '"', "5", "'", "5", "."]),
        ("我喜欢喝茶。", ["我", "喜", "欢", "喝", "茶", "。"]),
        ("東京タワー abc京", ["東", "京", "タ", "ワ", "ー", "abc", "京"]),
        ("がぎ ﾊﾟ", ["が", "ぎ", "ﾊﾟ"]),
        ("ดีวันกำ", ["ดี", "วั", "น", "กำ"]),
        ("ខ្មែរ", ["ខ្មែ", "រ"]),
        ("ລາວ", ["ລ", "າ", "ວ"]),
        ("မြန်မာ", ["မြ", "န်", "မာ"]),
        ("हिन्दी में नमस्ते।", ["हिन्दी", "में", "नमस्ते", "।"]),
        ("كتابٌ می\u200cخواهم", ["كتابٌ", "می\u200cخواهم"]),
        ("한국어 텍스트", ["한국어", "텍스트"]),
        ("👩\u200d👩\u200d👧👍🏽❤️🇩🇪🇫🇷1️⃣", ["👩\u200d👩\u200d👧", "👍🏽", "❤️", "🇩🇪", "🇫🇷", "1️⃣"]),
        ("e\u0301tude na\u00efve", ["e\u0301tude", "na\u00efve"]),
        ("'tis dogs' 5.", ["'", "tis", "dogs", "'", "5", "."]),
        ("10\u202f000 a\u00adb", ["10", "000", "a\u00adb"]),
        ("a\x00b\u200bc \ud800", ["a", "b", "c", "\ufffd"]),
        ("\u200d \ufe0f \u2066 \u3164 \u200b\u0301", ["\u0301"]),
    ],
)
def test_words_are_cut_as_people_see_them(text: str, words: list[str]) -> None:
    assert cut(text) == words


@pytest.mark.parametrize(
    "case",  # of WordBreakTest.txt: ÷ is a border, × is none
    [
        "÷ 0061 ÷ 000A ÷ 0308 ÷",  # WB3a, WB3b
        "÷ 000D × 000A ÷ 0061 ÷ 000A ÷ 0308 ÷",
        "÷ 0061 × 0308 ÷",  # WB4
        "÷ 0020 × 200D ÷ 0646 ÷",
        "÷ 0646 × 200D ÷ 0020 ÷",
        "÷ 0061 × 00AD × 0062 ÷",
        "÷ 0061 × 0308 × 200D × 0308 × 0062 ÷",
        "÷ 0061 ÷ 0020 × 0020 ÷ 0062 ÷",  # WB3d
        "÷ 0041 × 0041 × 0041 ÷",  # WB5
        "÷ 0041 × 05D0 × 0041 ÷",
        "÷ 0041 × 003A × 0041 ÷",  # WB6, WB7
        "÷ 0041 × 00B7 × 0041 ÷",
        "÷ 0041 × 0027 × 0041 ÷",
        "÷ 0041 × 2019 × 0308 × 0041 ÷",
        "÷ 0041 × 002E × 0041 ÷",
        "÷ 0041 ÷ 003A ÷ 003A ÷ 0041 ÷",
        "÷ 0041 ÷ 002C ÷ 0041 ÷",
        "÷ 0061 ÷ 0027 ÷ 0020 ÷ 0061 ÷",
        "÷ 05D0 × 0027 ÷",  # WB7a
        "÷ 05D0 × 0308 × 0027 ÷ 0031 ÷",
        "÷ 05D0 × 0027 × 05D0 ÷",
        "÷ 05D0 × 0022 × 05D0 ÷",  # WB7b, WB7c
        "÷ 05D0 × 0022 × 00AD × 05D0 ÷",
        "÷ 05D0 ÷ 0022 ÷ 0041 ÷",
        "÷ 0041 ÷ 0022 ÷ 0041 ÷",
        "÷ 05D0 ÷ 0022 ÷",
        "÷ 0030 × 0030 ÷",  # WB8
        "÷ 0041 × 0030 × 0030 × 0041 ÷",  # WB9, WB10
        "÷ 0030 × 002C × 0030 ÷",  # WB11, WB12
        "÷ 0030 × 0027 × 0030 ÷",
        "÷ 0030 × 002E × 0308 × 0030 ÷",
        "÷ 0030 ÷ 003A ÷ 0030 ÷",
        "÷ 0030 ÷ 002C ÷ 002C ÷ 0030 ÷",
        "÷ 0031 ÷ 002E ÷ 0061 ÷",
        "÷ 0061 ÷ 002C ÷ 0031 ÷",
        "÷ 0061 × 0031 × 002C × 0031 ÷",
        "÷ 0061 × 005F × 0031 ÷ 002C ÷ 002C ÷ 0031 ÷",
        "÷ 0041 × 005F × 005F × 0041 ÷",  # WB13a, WB13b
        "÷ 005F × 0030 × 005F ÷",
        "÷ 1F1E6 × 1F1E7 ÷ 1F1E8 ÷ 0062 ÷",  # WB15, WB16
        "÷ 0061 ÷ 1F1E6 × 1F1E7 ÷ 1F1E8 ÷ 0062 ÷",
        "÷ 0061 ÷ 1F1E6 × 1F1E7 × 200D ÷ 1F1E8 ÷ 0062 ÷",
        "÷ 0061 ÷ 1F1E6 × 200D × 1F1E7 ÷ 1F1E8 ÷ 0062 ÷",
        "÷ 0061 ÷ 1F1E6 × 1F1E7 ÷ 1F1E8 × 1F1E9 ÷ 0062 ÷",
        "÷ 1F476 × 1F3FF ÷ 1F476 ÷",  # WB3c
        "÷ 1F6D1 × 200D × 1F6D1 ÷",
        "÷ 0061 × 200D × 1F6D1 ÷",
        "÷ 0061 × 200D × 1F6D1 ÷ 0062 ÷",
        "÷ 2764 × FE0F × 200D × 1F525 ÷",
        "÷ 1F476 × 1F3FF × 0308 × 200D × 1F476 × 1F3FF ÷",
        "÷ 1F6D1 × 1F3FF ÷",
        "÷ 200D × 1F6D1 × 1F3FF ÷",
        "÷ 3042 ÷ 3044 ÷ 4E00 ÷ 4E01 ÷ 0E01 ÷ 0E02 ÷",  # WB999
        "÷ 0040 ÷ 0040 ÷ 2014 ÷",
    ],
)
def test_borders_are_those_of_the_standard(case: str) -> None:
    pieces = ["".join(chr(int(code, 16)) for code in piece.split("×")) for piece in case.split("÷")[1:-1]]
    assert cut("".join(pieces)) == [piece for piece in pieces if piece[0] not in " \r\n"]


@example("\ufe0f \u0301 \u200d👩\ufe0f\u200d a\u200d")
@given(st.one_of(st.text(), st.text(SCRIPTS)))
def test_every_visible_character_is_kept_once_and_in_order(text: str) -> None:
    def visible(of: str) -> str:
        return "".join(char for char in of if unicodedata.category(char)[0] in SEEN and ord(char) not in UNSEEN)

    words = cut(text)
    plain = "".join("\ufffd" if unicodedata.category(char) == "Cs" else char for char in text)
    assert visible("".join(words)) == visible(plain)
    assert all(word and not any(char.isspace() for char in word) for word in words)


@given(st.one_of(st.text(), st.text(SCRIPTS)), st.one_of(st.text(), st.text(SCRIPTS)))
def test_a_blank_parts_words_and_changes_nothing_else(one: str, other: str) -> None:
    assert cut(f"{one} {other}") == cut(one) + cut(other)


@given(st.one_of(st.text(min_size=1), st.text(SCRIPTS, min_size=1)))
def test_what_a_word_is_does_not_depend_on_case_or_composition(text: str) -> None:
    for word in cut(text):
        assert identity(identity(word)) == identity(word) != ""
        assert identity(unicodedata.normalize("NFD", word)) == identity(unicodedata.normalize("NFC", word))
        assert identity(word.casefold()) == identity(word)


def test_the_same_word_in_other_guises() -> None:
    pairs = [
        ("Straße", "STRASSE"),
        ("e\u0301tude", "ÉTUDE"),
        ("ﬁne", "fine"),
        ("Ｔｅａ", "tea"),
        ("it’s", "It's"),
        ("❤️", "❤"),
        ("co\u00adop", "coop"),
    ]
    assert all(identity(one) == identity(other) for one, other in pairs)
    assert len({identity(word) for word in ("resume", "résumé", "1", "2", "茶", "喝")}) == 6


def seconds(text: str) -> float:
    """To cut and name a text: the best of some, since others use the processor too."""
    taken = []
    for _ in range(4):
        start = time.process_time()
        for word in cut(text):
            identity(word)
        taken.append(time.process_time() - start)
    return min(taken)


HOSTILE = [
    "\u200d", "\u0301", "'", '"', "_", ".", "🇩", "🇩\u0301", "👩\u200d", "👩", "1.", "1,\u0301", "a'", "a\u0301",
    "a'\u0301", 'א"', "א'", "א\u0301'", 'א"\u0301', "각", "\u1100", "क्", "ខ្", "\u0600", " \u0301", "\u200b\u0301",
    "\u0e33", "\u2068a",
]  # fmt: skip


def costs_in_proportion(unit: str) -> None:
    """Eight times the text takes about eight times as long, not 64 times."""
    small, large = (seconds(unit * (length // len(unit))) for length in (3_000, 24_000))
    assert large < 0.012 or large < 24 * small, f"{unit!r}: {small:.4f} s, then {large:.4f} s"


@pytest.mark.parametrize("unit", HOSTILE, ids=ascii)
def test_a_hostile_text_takes_no_longer_than_another(unit: str) -> None:
    costs_in_proportion(unit)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(HOSTILE), min_size=1, max_size=5), st.integers(0, 300))
def test_no_repetition_is_hostile(units: list[str], marks: int) -> None:
    costs_in_proportion("".join(units) + "\u0301" * marks)


@pytest.mark.parametrize(("text", "got"), [("", "an empty one"), (" \n\t\u200b", "only blanks")])
def test_a_text_without_words_is_refused_with_a_way_out(text: str, got: str) -> None:
    with pytest.raises(ValueError, match=f"at least one word, got {got}; try "):
        passage(text)


def test_a_start_outside_the_text_is_refused() -> None:
    with pytest.raises(ValueError, match="0 to 2, got 3"):
        passage("a b c", start=3)
    with pytest.raises(ValueError, match="most must be ≥ 1 word, got 0"):
        passage("a b c", most=0)


def test_of_a_long_text_the_beginning_is_read_and_the_rest_is_accounted_for() -> None:
    text = " ".join(f"w{i}" for i in range(10_007))
    first = passage(text)
    assert (first.words[0], first.words[-1], len(first.words), first.total) == ("w0", "w1023", MOST_WORDS, 10_007)
    for said in ("10,007", "the first 1,024", "“\u2068w1023\u2069”", "Nothing is lost"):
        assert said in first.note
    later = passage(text, start=MOST_WORDS)
    assert later.words[0] == "w1024" and "1,024, from number 1,025 to 2,048" in later.note
    assert passage(text, start=10_000).words == tuple(f"w{i}" for i in range(10_000, 10_007))
    assert passage("a b c", most=3).note == ""


def test_a_passage_is_its_words() -> None:
    assert passage("Tea, TEA") == Passage(("Tea", ",", "TEA"), 0, 3, MOST_WORDS)
    assert passage("Tea, TEA").names == ("tea", ",", "tea")
