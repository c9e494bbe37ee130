"""Stories made up, written and planted: what stands where, and what is refused."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memattn.lessons import stories
from memattn.lessons.stories import LINE_EXAMPLE, Plant
from memattn.reader import START, FactKind, Status, Story, UnknownWords, parse, truth
from memattn.reader.grammar import FORMS, WORDS

RED_KEY = tuple(["the", "red", "key", "is", "in", "the", "kitchen", "."])
SOUP = tuple(["anna", "likes", "soup", "."])


def written(text: str) -> Story:
    return stories.write(text).story


@given(seed=st.integers(0, 999), tokens=st.integers(24, 400), facts=st.integers(1, 64))
def test_a_story_has_its_length_and_at_most_its_facts_and_says_when_some_are_left_out(
    seed: int, tokens: int, facts: int
) -> None:
    made = stories.make_up(seed, tokens, facts)
    assert len(made.story.words) == tokens
    assert 1 <= len(made.story.facts) <= facts
    assert (f"tells {len(made.story.facts)}" in made.note) == (len(made.story.facts) < facts - 1)


@pytest.mark.parametrize("tokens", [24, 25, 29, 96, 331, 1024])
@pytest.mark.parametrize("seed", [0, 7, 999])
def test_a_story_is_the_same_every_time_and_its_facts_stand_where_they_say(tokens: int, seed: int) -> None:
    story = stories.make_up(seed, tokens, 5).story
    assert story == stories.make_up(seed, tokens, 5).story
    assert story.words[0] == START
    assert not story.questions
    assert all(story.words[fact.start : fact.end] == fact.words for fact in story.facts)


def test_placement_puts_the_facts_where_it_says() -> None:
    first, last = (stories.make_up(3, 97, 5, placement).story for placement in ("first", "last"))
    assert first.facts[0].start == 1
    assert last.facts[-1].end == 97


def test_too_short_a_story_is_refused() -> None:
    with pytest.raises(ValueError, match="room for one fact, got 3 tokens"):
        stories.make_up(0, 3, 2)


def test_a_written_story_is_read_whole_up_to_the_limit() -> None:
    text = "It rains now. " * 255 + "The fox."  # 4 · 255 + 3 words, one below the limit with its stop
    assert stories.write(text).note == ""
    assert len(written(text).words) == 1024  # the start word included


@pytest.mark.parametrize("times", [257, 3000, 20_000])
def test_a_longer_one_is_cut_after_a_sentence_and_counted(times: int) -> None:
    made = stories.write("It rains now. " * times)
    assert made.story.words[-1] == "."
    assert len(made.story.words) == 1 + 4 * 256
    assert f"{4 * times:,} words" in made.note
    assert "first 1,024" in made.note


def test_one_endless_sentence_is_cut_all_the_same() -> None:
    assert len(written("fox " * 5000).words) <= 1026


def test_unknown_words_and_no_words_are_refused() -> None:
    with pytest.raises(UnknownWords, match="kichen"):
        stories.write("The red key is in the kichen.")
    with pytest.raises(ValueError, match="at least one word"):
        stories.write("…")


# --- planting -------------------------------------------------------------------------------------------------------


def test_plants_are_read_one_per_line_counted_from_one_and_written_the_same() -> None:
    found = stories.parse_plants("41: The red key is in the kitchen.\n\n 3 : anna likes soup")
    assert found == (Plant(40, RED_KEY), Plant(2, SOUP))
    assert [one.line for one in found] == [LINE_EXAMPLE, "3: Anna likes soup."]
    assert stories.parse_plants("\n".join(one.line for one in found)) == found


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("The red key is in the kitchen.", "must read like"),
        ("-3: Anna likes soup.", "must read like"),
        ("0: Anna likes soup.", "must read like"),
        ("²: Anna likes soup.", "must read like"),
        ("1234567: Anna likes soup.", "must read like"),
        ("7:", "must read like"),
        ("5: The fox sings.", "must tell one fact"),
        ("5: Anna likes soup. Ben likes tea.", "must tell one fact"),
        ("5: Anna likes soop.", "soop"),
        ("5: Anna likes soup.\n" * 25, "at most 24 facts can be planted, got 25"),
    ],
)
def test_what_cannot_be_planted_is_refused(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        stories.parse_plants(text)


def test_a_plant_stands_where_the_nearest_sentence_begins() -> None:
    story = written("It rains now. It snows now. It thunders now.")  # sentences begin at 1, 5, 9; the end is 13
    for at, start in ((0, 1), (2, 1), (4, 5), (6, 5), (8, 9), (10, 9), (12, 13), (999, 13)):
        (fact,) = stories.plant(story, [Plant(at, SOUP)]).facts
        assert fact.start == start, at


@given(
    seed=st.integers(0, 99),
    places=st.lists(st.tuples(st.integers(0, 200), st.sampled_from([RED_KEY, SOUP])), max_size=7),
)
def test_planting_adds_its_sentences_and_takes_nothing_away(
    seed: int, places: list[tuple[int, tuple[str, ...]]]
) -> None:
    story = stories.make_up(seed, 97, 5).story
    planted = stories.plant(story, [Plant(at, words) for at, words in places])
    assert len(planted.words) == 97 + sum(len(words) for _, words in places)
    assert len(planted.facts) == 5 + len(places)
    rest = list(planted.words)
    for words in (words for _, words in places):
        at = next(i for i in range(len(rest)) if tuple(rest[i : i + len(words)]) == words)
        del rest[at : at + len(words)]
    assert tuple(rest) == story.words


def test_a_plant_never_follows_the_question_at_the_end() -> None:
    story = written("It rains now. Where is the red key?")
    planted = stories.plant(story, [Plant(999, RED_KEY)])
    assert truth(planted, planted.questions[-1]).answer == "kitchen"


# --- questions ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["Where is the red key?", "what does Anna like", "Who owns the blue hat?"])
def test_a_question_of_the_world_is_taken(text: str) -> None:
    words, told = stories.parse_question(text), written("It rains now.")
    assert words[-1] == "?"
    asked = stories.with_question(told, words)
    assert len(asked.questions) == 1
    assert stories.without_question(asked) == told


@pytest.mark.parametrize("text", ["What?", "Anna likes soup.", "It rains now. Where is the red key?", "Where is it?"])
def test_what_is_no_question_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"question must be like|not in the story world"):
        stories.parse_question(text)


@given(st.integers(0, 99))
def test_what_cannot_be_answered_was_never_told(seed: int) -> None:
    story = stories.make_up(seed, 160, 12).story
    asked = stories.with_question(story, stories.unanswerable(story))
    assert truth(asked, asked.questions[-1]).status is Status.ABSENT


@given(st.integers(0, 99))
def test_a_contradiction_contradicts(seed: int) -> None:
    story = stories.make_up(seed, 97, 5).story
    fact = story.facts[seed % 5]
    both = stories.plant(story, [Plant(999, stories.contradiction(fact))]).with_question(fact)
    told = truth(both, both.questions[-1])
    assert told.status is Status.CONTRADICTED
    assert told.facts[0].answer == fact.answer


@pytest.mark.parametrize("kind", FactKind)
def test_a_sentence_tells_what_it_was_made_of(kind: FactKind) -> None:
    key = tuple(WORDS[slot][2] for slot in FORMS[kind].key)
    answer = WORDS[FORMS[kind].answer][3]
    (fact,) = parse(stories.statement(kind, key, answer)).facts
    assert (fact.kind, fact.key, fact.answer) == (kind, key, answer)


def test_a_line_of_blanks_is_refused_in_no_time() -> None:
    for line in ("7:" + " " * 100_000, "7" + "\t" * 100_000, "7: " + "a " * 100_000):
        start = time.process_time()
        with pytest.raises(ValueError, match=r"planted|tokens"):
            stories.parse_plants(line)
        assert time.process_time() - start < 5  # squared, the first would take minutes
