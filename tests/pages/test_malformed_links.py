"""Links that nobody should write, by the hundred: the page stands, says what was off, and its link is sound."""

from random import Random
from typing import Any
from urllib.parse import quote

import pytest

from memattn.bidi import isolated
from memattn.lessons import compressive, story
from memattn.memory import MEMORIES
from memattn.ui import link
from tests.browser.stages import bare
from tests.pages.session import FILES, Session
from tests.thorough import THOROUGH

LINKS, PARTS = 1000 if THOROUGH else 240, 4
FRESH_EVERY = 25  # links into one session
NAMES = (
    *("n", "seed", "facts", "story", "where", "words", "free", "begin", "q", "asked", "plant"),
    *("memory", "f", "c", "nc", "ns", "nm", "ncm", "g", "m", "gamma", "remainder", "first", "second", "cell", "growth"),
    *("src", "layers", "layer", "head", "answer", "tab", "exp", "both", "mtokens", "mgap"),
    *("b_memory", "b_f", "b_nc", "b_layers", "step", "phase", "present"),
)
STRANGE = (
    *(
        "",
        " ",
        "0",
        "-1",
        "1",
        "7",
        "1.5",
        "1e3",
        "1e400",
        "nan",
        "-inf",
        "NaN",
        "0x10",
        "1_0",
        "٣",
        "²",
        "𝟟",
        "+",
        "--",
    ),
    *("true", "False", "None", "null", "[]", "{}", "()", "undefined", "%00", "..", "../../etc/passwd", "\\", "'", '"'),
    *("<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "${7*7}", "{{7*7}}", "'; drop table k; --", "&amp;"),
    *("\x00", "\x1b[31m", "\r\n\r\n", "\u202eabc", "\u2066", "\ufeff", "\ufffd", "👩‍👩‍👧‍👦", "क्षि", "ﷺ", "ß" * 41),
    *("9" * 5000, "-" + "1" * 300, "a" * 3000, "1" + "0" * 400 + ".5", "The red key is in the kitchen. " * 40),
    *(f"{at}: The red key is in the kitchen." for at in ("-1", "9" * 4000, "0", "1", "nan")),
)
SOUND = (
    *MEMORIES,
    *("own", "free", "made", "first", "last", "spread", "else", "e2e", "mean", "keep", "planted", "trained", "2", "3"),
    *("Side by side", "Cost", "Experiment", "Predict", "Answer", "How it works", "What happens", "Read on"),
    *("Every fact, by age", "Attention map", "carry", "drop", *link.PHASES),
    "The red key is in the kitchen. Where is the red key?",
)


def value(rng: Random) -> str:
    drawn = rng.random()
    if drawn < 0.35:
        return rng.choice(SOUND)
    if drawn < 0.55:
        return str(rng.choice((rng.randrange(-3, 40), rng.uniform(-1, 2), 10 ** rng.randrange(1, 30))))
    if drawn < 0.9:
        return rng.choice(STRANGE)
    return "".join(chr(rng.choice((rng.randrange(32), rng.randrange(0x250), rng.randrange(0xD800)))) for _ in range(9))


def malformed(rng: Random) -> str:
    """A query: some names, known or not, once or often; here and there the syntax itself is broken."""
    names = rng.choices(NAMES, k=rng.choice((1, 1, 2, 3, 5, 12)))
    names += [rng.choice((*names, rng.choice(NAMES).upper(), "n[]", "n.n", "__class__", "", "=", "🦊"))]
    pairs = [f"{quote(name)}={quote(value(rng))}" for name in names for _ in range(rng.choice((1, 1, 1, 2)))]
    rng.shuffle(pairs)
    text = rng.choice(("&", "&", "&", ";", "&&")).join(pairs)
    return text + rng.choice(("", "", "", "&", "&=", "&%", "#n=3", "?n=3", "&c=2&c=3", "%zz"))


@pytest.mark.parametrize("part", range(PARTS))
def test_a_malformed_link_breaks_nothing_and_leaves_a_sound_one(part: int) -> None:
    rng = Random(part)
    for number in range(LINKS // PARTS):
        if number % FRESH_EVERY == 0:
            page = Session()
        asked = malformed(rng)
        page.open(rng.choice(sorted(FILES)), asked)
        assert page.shows or any("ma-problem" in note for note in page.notes), asked
        assert not any(bad in page.raw for bad in ("<script", "<img src=x")), asked
        assert all(len(note) < 1000 for note in page.notes), asked
        if number % 4 == 0:
            _sound(page)


def _sound(page: Session) -> None:
    """The link that the page has now is obeyed to the letter, without a word on what it asks for."""
    other = page.shared(page.stage.start if page.stages else None)
    assert not any("The link asked" in note or "The link names" in note for note in other.notes), page.link
    assert other.seen == page.seen, page.link


@pytest.mark.parametrize("name", ["compressive", "story"])
@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"n": "abc"}, ["“abc” as Length. Allowed: whole numbers from 24 to 1024"]),
        ({"n": "1e9", "seed": "-1"}, ["“1e9” as Length", "“-1” as Story number. Allowed: whole numbers from 0 to 999"]),
        ({"q": "What?"}, ["“What?” as Ask at the end of the story"]),
        ({"tab": "No such tab"}, ["“No such tab” as View. Allowed: What happens, Answer"]),
        ({"src": "nobody"}, ["“nobody” as Who reads. Allowed: trained, planted"]),
        ({"step": "9999"}, ["“9999”. Allowed: whole numbers from 1 to"]),
        ({"step": "3", "phase": "sleep"}, ["phase “sleep”. Allowed: arrive"]),
        ({"step": "3", "phase": "pin"}, ["phase “pin” of step 3. Allowed: arrive, attend"]),
        ({"story": "long"}, ["“long” as Which story. Allowed: made, own, free"]),
    ],
)
def test_what_a_link_asks_for_and_cannot_get_is_told(name: str, asked: dict[str, str], told: list[str]) -> None:
    page = Session().open(name, "&".join(f"{key}={quote(value)}" for key, value in asked.items()))
    assert len(page.notes) == len(told)
    for note, words in zip(sorted(map(bare, page.notes)), sorted(told), strict=True):
        assert words in note
    quoted = [value for value in asked.values() if f"“{value}”" in "".join(told)]
    assert quoted and all(isolated(value) in "".join(page.notes) for value in quoted)  # whatever its direction
    assert page.link == "" and page.stage


@pytest.mark.parametrize("lesson", (compressive.LESSON, story.LESSON), ids=lambda lesson: lesson.name)
def test_of_a_setting_that_is_named_twice_the_last_counts(lesson: Any) -> None:
    page = Session().open(lesson.name, "c=2&c=3")
    (only,) = map(bare, page.notes)
    assert page.named == {"c": "3"} and "names “c” 2 times. Used: the last, “3”." in only
    assert page.move("compressive_rate", 5).notes == []


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_box_is_moved_to_what_it_does_not_offer_and_the_page_stays(name: str) -> None:
    """As when another control took the entry out of it while the move was on its way, or as a hostile client does."""
    page = Session().open(name)
    for key in [key for key, control in page.controls.items() if control.type == "selectbox"]:
        page._send(page.control(key).id, string_value="no entry of any box")
        assert page.shows and page.control(key).format_func(page.value(key)) in page.control(key).options, key
