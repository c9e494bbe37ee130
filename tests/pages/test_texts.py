"""What a reader writes, plants and asks: read as it stands, or explained, on every lesson's page."""

import pytest

from memattn.lessons import stories, texts
from memattn.reader import Story, parse, readable
from memattn.ui.lesson.texts import KIND_NAMES
from tests.pages.session import Session, query

PAGES = ("compressive", "story")
SHORT = {"n": 60, "facts": 3}

every_page = pytest.mark.parametrize("name", PAGES)


def write(page: Session, text: str) -> Session:
    return page.move("story", texts.KINDS["own"]).move("words", text)


def told(page: Session) -> Story:
    """The story that the controls describe, as it is made up."""
    return stories.make_up(page.value("seed"), page.value("n"), page.value("facts")).story


def tokens(page: Session) -> list[str]:
    found: list[str] = page.stage.content["tokens"]
    return found


def split(text: str) -> list[str]:
    return text.split()


def stands(page: Session) -> bool:
    """Whether the story made up is still the one that is read."""
    words = list(told(page).words)
    return tokens(page)[: len(words)] == words


# --- stories of one's own -------------------------------------------------------------------------------------------


@every_page
def test_an_own_story_is_read_word_by_word_and_its_own_question_answered(name: str) -> None:
    page = write(Session().open(name), "The red key is in the kitchen. It rains now. Where is the red key?")
    assert tokens(page) == split("<start> the red key is in the kitchen . it rains now . where is the red key ?")
    assert page.notes == [] and "kitchen" in page.cards[0] and "q" not in page.controls
    assert "Your story asks: <b><bdi>Where is the red key?</bdi></b>" in page.said
    assert "Your story, 19 tokens, 1 fact" in page.said


@every_page
def test_the_editor_begins_with_the_story_on_the_stage(name: str) -> None:
    page = Session().open(name)
    before = tokens(page)
    page.move("story", texts.KINDS["own"])
    assert page.value("words") == told(page).text and tokens(page) == before
    assert page.control("n").disabled and "choose “Made up for you”" in page.control("n").proto.help


@every_page
def test_unknown_words_are_named_with_what_was_perhaps_meant_and_the_story_stays(name: str) -> None:
    page = write(Session().open(name), "The red kee is in the kichen.")
    (problem,) = page.notes
    assert (
        "ma-problem" in problem and '"kee" (did you mean key' in problem and '"kichen" (did you mean kitch' in problem
    )
    assert f"story {page.value('seed')} is read" in problem and stands(page)


@every_page
@pytest.mark.parametrize("text", ["", "   \n ", "?!.,;", "… — “”", "." * 300])
def test_a_text_without_words_is_explained_and_the_story_stays(name: str, text: str) -> None:
    page = write(Session().open(name), text)
    assert any("at least one word" in problem for problem in page.notes) and stands(page)


@pytest.mark.parametrize("text", ["the fox sings . " * 312, "x" * 5000, "the red key is in the kitchen . " * 157])
def test_five_thousand_characters_do_not_break_the_page(text: str) -> None:
    assert len(text) >= 4900
    page = write(Session().open("compressive"), text)
    assert page.stage and any("too long for a link" in note for note in page.notes)


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script> the fox sings.",
        "<b>the red key</b> is in the kitchen.",
        "the fox sings. <img src=x onerror=alert(1)>",
        "$\\frac{1}{0}$ **the** :red[fox] sings `now`.",
    ],
)
def test_marks_of_other_languages_are_words_like_any_other(text: str) -> None:
    page = write(Session().open("compressive"), text)
    assert page.stage and not any(bad in page.raw for bad in ("<script>", "<img src=x", "<b>the"))
    assert any("ma-problem" in note for note in page.notes) and stands(page)


@every_page
def test_a_text_that_tells_nothing_is_asked_all_the_same_and_said_to_be_a_guess(name: str) -> None:
    page = write(Session().open(name), "It rains now. The fox sings.")
    assert any("tells no fact" in note for note in page.notes)
    assert "any answer is a guess" in page.cards[0] and texts.NEVER_SAYS in page.said


@every_page
def test_leaving_the_editor_brings_the_story_made_up_back(name: str) -> None:
    page = write(Session().open(name), "The red key is in the kitchen. It rains now.")
    page.move("story", texts.KINDS["made"])
    assert stands(page) and page.link == ""


def test_a_story_of_ten_thousand_words_is_cut_after_a_sentence_and_says_so() -> None:
    page = write(Session().open("story"), "The red key is in the kitchen. It rains now. " * 834)
    (remark,) = [note for note in page.notes if "10,008 words" in note]
    assert f"at most {stories.MOST_TOKENS:,}" in remark
    question = tokens(page).index("where")
    assert question <= stories.MOST_TOKENS + 1 and tokens(page)[question - 1] == "."


def test_more_facts_than_fit_are_told_as_many_as_do_and_that_is_said() -> None:
    page = Session().open("story", query(n=24, facts=16))
    found = len(parse(tokens(page)).facts)
    (note,) = page.notes
    assert f"16 facts do not fit into 24 tokens; this story tells {found}." in note
    assert f"Story 7, 24 tokens, {found} facts" in page.said


# --- questions ------------------------------------------------------------------------------------------------------


@every_page
def test_a_question_about_what_was_never_told_is_a_guess_and_says_so(name: str) -> None:
    page = Session().open(name, query(q=texts.ELSE, **SHORT))
    assert page.value("asked") == texts.QUESTION_EXAMPLE
    assert "The story does not say, so any answer is a guess." in page.cards[0] and texts.NEVER_SAYS in page.said


@every_page
@pytest.mark.parametrize("text", ["What?", "The red key is in the kitchen.", "Where is the rad key?", ""])
def test_what_is_no_question_is_explained_and_another_is_asked(name: str, text: str) -> None:
    page = Session().open(name, query(q=texts.ELSE, **SHORT)).move("asked", text)
    first = told(page).facts[0].question
    (problem,) = page.notes
    assert "ma-problem" in problem and f"“{readable(first)}” is asked" in problem
    assert tokens(page)[60:] == list(first)


# --- planted facts --------------------------------------------------------------------------------------------------


@every_page
def test_a_fact_is_planted_where_one_likes_counting_from_one_and_asked_for(name: str) -> None:
    plain = Session().open(name, query(n=160))
    words = tokens(plain)
    begins = next(at for at in range(30, 60) if words[at - 1] == ".")  # a sentence begins here, from 0
    line = f"{begins + 1}: The golden umbrella is in the tower."
    page = Session().open(name, query(n=160, plant=line, q="Where is the golden umbrella?"))
    assert tokens(page)[begins : begins + 8] == split("the golden umbrella is in the tower .")
    assert tokens(page)[:begins] == words[:begins] and tokens(page)[-6:] == split("where is the golden umbrella ?")
    assert page.notes == [] and "9 facts, 1 of them planted" in page.said


@every_page
@pytest.mark.parametrize("kind", KIND_NAMES.values())
def test_the_button_plants_what_the_form_says_and_asks_for_it(name: str, kind: str) -> None:
    page = Session().open(name, query(**SHORT))
    page.move("plant_kind", kind).move("plant_at", 20).click("plant_it")
    (line,) = page.value("plant").splitlines()
    number, _, sentence = line.partition(": ")
    (fact,) = parse(stories.known_words(sentence)).facts
    assert number == "20" and page.value("q") == readable(fact.question)
    assert len(parse(tokens(page)).facts) == 4 and "4 facts, 1 of them planted" in page.said
    assert page.named["plant"] == line and page.shared(None).seen["pictures"] == page.seen["pictures"]


@every_page
def test_planting_twice_adds_a_line(name: str) -> None:
    page = Session().open(name, query(**SHORT)).click("plant_it").move("plant_at", 31).click("plant_it")
    assert [line.partition(":")[0] for line in page.value("plant").splitlines()] == ["2", "31"]


@every_page
def test_contradictory_facts_are_told_and_the_latest_counts(name: str) -> None:
    page = Session().open(name, query(**SHORT)).click("contradict")
    assert "more than once, in contradiction" in page.cards[0] and texts.CONTRADICTED_SAYS in page.said
    story = parse(tokens(page))
    first, last = (fact for fact in story.facts if fact.key == story.questions[-1].key)
    assert first.answer != last.answer
    assert any(f"{word}: <bdi>{last.answer}</bdi>" in page.cards[0] for word in ("says", "Right"))
    assert [mark["kind"] for mark in page.stage.content["marks"]] == ["fact", "fact", "question"]


@every_page
@pytest.mark.parametrize(
    "lines",
    [
        *("no line", "The red key is in the kitchen.", "5: the fox sings", "5: Anna likes sop.", "x: y"),
        *("<b>nonsense</b>", "0: Anna likes soup.", "9999999: Anna likes soup.", "٣: Anna likes soup."),
        "\n".join(["2: Anna likes soup."] * 25),
    ],
)
def test_a_line_that_plants_nothing_is_explained(name: str, lines: str) -> None:
    page = Session().open(name, query(plant=lines, **SHORT))
    (problem,) = page.notes
    assert "ma-problem" in problem and "nothing is planted" in problem and "<b>nonsense" not in page.raw
    assert stands(page) and "60 tokens, 3 facts</p>" in page.said


# --- any text -------------------------------------------------------------------------------------------------------

TEXTS = {
    "Chinese": "狐狸在洞里。狐狸",
    "Arabic": "الثعلب في الجحر و الثعلب",
    "emoji": "🦊 in a 🕳️ and 🦊",
    "one word": "fox",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("memory", ["window", "compressive", "recurrent"])
def test_any_text_is_watched_with_any_memory_and_labelled_untrained(text: str, memory: str) -> None:
    page = Session().open("story", query(story="free", free=text, memory=memory))
    assert page.notes == [] and texts.FREE_LABEL in page.cards[0] and "With full attention" in page.cards[0]
    assert "".join(tokens(page)).replace(" ", "") == text.replace(" ", "")


def test_what_followed_the_last_word_before_is_found_again() -> None:
    page = Session().open("story", query(story="free", free="a cat sat on a mat and a dog ran to a"))
    said = page.cards[0].replace("<bdi>", "").replace("</bdi>", "")
    assert "“a” stood here 3 times before, and behind it: “cat”, “mat”, “dog”" in said


def test_of_many_occurrences_the_newest_are_named_and_all_are_counted() -> None:
    page = Session().open("story", query(story="free", free=" ".join(f"a w{at}" for at in range(7)) + " a"))
    said = page.cards[0].replace("<bdi>", "").replace("</bdi>", "")
    assert "“a” stood here 7 times before, and behind the last 4 of them: “w3”, “w4”, “w5”, “w6”" in said


@pytest.mark.parametrize("text", [" ", "", "\u202e\u202c"])
def test_nothing_to_read_is_explained(text: str) -> None:
    page = Session().open("story", query(story="free", free=text))
    assert page.stage and any("at least one word" in note and "an example is read" in note for note in page.notes)


def test_a_long_text_is_read_in_part_from_the_word_that_one_likes_counting_from_one() -> None:
    page = Session().open("story", query(story="free"))
    page.move("free", " ".join(f"w{number}" for number in range(1, 3001)))
    assert any("3,000 words" in note for note in page.notes) and tokens(page)[0] == "w1"
    page.move("begin", 2900)
    assert tokens(page)[0] == "w2900" and len(tokens(page)) == 101


@every_page
def test_any_text_asks_no_question_and_plants_nothing(name: str) -> None:
    page = Session().open(name, query(story="free"))
    assert not {"q", "plant", "src", "n", "seed"} & set(page.controls)
    assert page.stage.content["marks"] == []
