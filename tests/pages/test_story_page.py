"""The story page as a reader's session: every memory, bad input of every kind, planted facts, any text, measuring."""

import json
import re
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import torch
from memattn.lessons.story.ways import Choice
from memattn.ui.story import measure
from memattn.ui.story.settings import memory_name
from streamlit.testing.v1 import AppTest

from memattn.lessons import tellers
from memattn.lessons.story import content, telling, ways, words
from memattn.reader import Story, readable
from memattn.reader.weights import WeightsError
from memattn.trace import difference

PAGE = "pages/7_story.py"
SHORT = {"n": "60", "facts": "3"}

OpenPage = Callable[..., AppTest]
Played = Callable[[AppTest], dict[str, Any] | None]


def said(page: AppTest) -> str:
    return unescape("\n".join(element.proto.body for element in page.main.get("html")))


def notes(page: AppTest) -> list[str]:
    return [unescape(e.proto.body) for e in page.main.get("html") if 'class="ma-note' in e.proto.body]


def fine(page: AppTest) -> AppTest:
    page.run()
    assert not page.exception, [error.message for error in page.exception]
    return page


def click(page: AppTest, key: str) -> AppTest:
    page.button(key=key).click()
    return fine(page)


def told(seed: int = 7, tokens: int = 160, facts: int = 8) -> Story:
    return telling.make_up(seed, tokens, facts).story


def lanes(stage: dict[str, Any]) -> dict[str, int]:
    return {lane["role"]: lane["capacity"] for lane in stage["lanes"]}


# --- what stands there at first -------------------------------------------------------------------------------------


def test_the_page_opens_on_a_story_read_and_answered_and_checked(open_page: OpenPage, played: Played) -> None:
    page = open_page(PAGE)
    assert notes(page) == []
    story = told()
    fact = story.facts[len(story.facts) // 2]
    asking = story.with_question(fact)
    assert played(page)["tokens"] == list(asking.words)
    assert lanes(played(page)) == {"compressed": 16, "recent": 16, "current": 8}
    answers = ways.read(asking, Choice("compressive")).answers
    for word, probability in answers[:3]:
        assert f"<span>{word}</span>" in said(page) and f"<b>{probability:.2f}</b>" in said(page)
    assert "max |difference|" in said(page)


@pytest.mark.parametrize("name", words.MEMORY_NAMES)
def test_every_memory_reads_or_says_what_is_missing(open_page: OpenPage, played: Played, name: str) -> None:
    choice = Choice(words.MEMORY_NAMES[name])
    page = open_page(PAGE, memory=name, **SHORT)
    missing = ways.missing(choice)
    assert [note for note in notes(page) if note.count(missing)] == notes(page)
    assert bool(notes(page)) == bool(missing)
    if not missing:
        assert played(page)["title"] == content.WAYS[choice.way].title
        word, probability = ways.read(story_shown(page, played), choice).answers[0]
        assert f"<span>{word}</span>" in said(page) and f"<b>{probability:.2f}</b>" in said(page)


def story_shown(page: AppTest, played: Played) -> Story:
    return telling.parse(played(page)["tokens"])


@pytest.mark.parametrize("name", words.COMPRESSION_NAMES)
def test_every_compression_can_be_chosen(open_page: OpenPage, played: Played, name: str) -> None:
    page = open_page(PAGE, f=name, **SHORT)
    missing = ways.missing(Choice("compressive", compression=words.COMPRESSION_NAMES[name]))
    assert bool(played(page)) != bool(missing)


@pytest.mark.parametrize("number", range(len(words.SCENARIOS)))
def test_every_scenario_is_played_as_it_says(open_page: OpenPage, played: Played, number: int) -> None:
    scenario = words.SCENARIOS[number]
    page = open_page(PAGE)
    page.button_group(key="preset").set_value(scenario.name)
    fine(page)
    assert page.button_group(key="preset").value == scenario.name
    way = words.MEMORY_NAMES[page.selectbox(key="memory").value]
    assert page.selectbox(key="memory").value == scenario.values.get("memory", page.selectbox(key="memory").value)
    if missing := ways.missing(Choice(way)):
        assert missing in notes(page)[0] and played(page) is None
        return
    assert scenario.look in said(page)
    assert played(page) and notes(page) == []
    assert ("more than once" in said(page)) == scenario.contradicts
    assert ("never tells this" in said(page)) == (scenario.asks == "never")


DEEP = {"memory": memory_name("window"), "layers": "two layers", **SHORT}
DEEP_CHOICE = Choice("window", (("nc", 32),), layers=2)
deep = pytest.mark.skipif(bool(ways.missing(DEEP_CHOICE)), reason="the model of two layers has not been trained")


@deep
def test_with_two_layers_the_stage_shows_the_last_and_says_so(open_page: OpenPage, played: Played) -> None:
    page = open_page(PAGE, **DEEP)
    assert words.TWO_LAYERS[words.LAST] in said(page)
    word, probability = ways.read(story_shown(page, played), DEEP_CHOICE).answers[0]
    assert f"<span>{word}</span>" in said(page) and f"<b>{probability:.2f}</b>" in said(page)
    assert page.selectbox(key="layer").value == "last layer" and "layer" not in page.query_params


@deep
def test_the_first_layer_is_played_while_the_last_one_answers(open_page: OpenPage, played: Played) -> None:
    last, page = open_page(PAGE, **DEEP), open_page(PAGE, layer="first layer", **DEEP)
    stage, story = played(page), story_shown(page, played)
    own, run = ways.reading(DEEP_CHOICE), ways.watch(story.words, DEEP_CHOICE, words.FIRST)
    below = own.stream(story.words, words.FIRST)
    dots = torch.einsum("hd,htd->ht", below.queries[:, -1], below.kv.keys) / below.queries.shape[-1] ** 0.5
    fact = next(fact for fact in story.facts if fact.question == story.words[story.questions[-1].start :])
    seeker = int(dots.softmax(dim=-1)[:, fact.start : fact.end].sum(dim=-1).argmax())
    assert stage["head"] == f"head {seeker + 1} of 4"
    assert stage["title"] == f"{content.WAYS['window'].title}, first layer"
    assert stage["numbers"]["error"] == pytest.approx([step.output_error[seeker] for step in run.steps], abs=1e-2)
    assert stage["numbers"] != played(last)["numbers"] and stage["marks"] == played(last)["marks"]
    assert f"max |difference| {difference(own.memories[0], below, run.outputs):.1e}" in said(page)
    assert notes(page) == [] and words.TWO_LAYERS[words.FIRST] in said(page)
    answer, where = (re.findall(pattern, said(page), re.DOTALL) for pattern in (CARD, PROVENANCE))
    assert len(answer) == len(where) == 1 and "last layer" in where[0]
    assert (answer, where) == tuple(re.findall(pattern, said(last), re.DOTALL) for pattern in (CARD, PROVENANCE))


CARD = r'<section class="ma-card".*?</section>'
PROVENANCE = r"<section><h4>Where the question mark looked.*?</section>"


@deep
def test_a_layer_that_nobody_knows_is_told_of_and_the_last_one_shown(open_page: OpenPage, played: Played) -> None:
    page = open_page(PAGE, layer="<b>second</b> layer", **DEEP)
    (notice,) = notes(page)
    assert "“<b>second</b> layer” as Layer shown. Allowed: last layer, first layer. Used instead: last" in notice
    assert played(page) == played(open_page(PAGE, **DEEP))


@pytest.mark.parametrize("query", [{}, {"story": "Any text, untrained"}], ids=["one layer", "any text"])
def test_where_there_is_one_layer_a_link_to_the_first_changes_nothing(
    open_page: OpenPage, played: Played, query: dict[str, str]
) -> None:
    page = open_page(PAGE, layer="first layer", **SHORT, **query)
    assert played(page) == played(open_page(PAGE, **SHORT, **query)) and notes(page) == []
    assert "layer" not in [box.key for box in page.selectbox]


@deep
@pytest.mark.parametrize(("model", "firsts"), [("one layer", 2), ("two layers", 3)])
def test_side_by_side_the_layer_is_shown_of_every_memory_that_has_it(
    open_page: OpenPage, model: str, firsts: int
) -> None:
    page = open_page(PAGE, layer="first layer", tab="Side by side", b_layers=model, **DEEP)
    assert notes(page) == [] and said(page).count(words.TWO_LAYERS[words.FIRST]) == firsts


# --- bad input ------------------------------------------------------------------------------------------------------


def write(page: AppTest, text: str) -> AppTest:
    page.selectbox(key="story").set_value("Written by you")
    fine(page)
    page.text_area(key="words").set_value(text)
    return fine(page)


def test_an_own_story_with_its_own_question_is_read_word_by_word(open_page: OpenPage, played: Played) -> None:
    page = write(open_page(PAGE), "The red key is in the kitchen. It rains now. Where is the red key?")
    read = "the red key is in the kitchen . it rains now . where is the red key ?"
    assert played(page)["tokens"][1:] == read.split()
    assert notes(page) == [] and "kitchen" in said(page)


def test_unknown_words_are_named_with_what_was_perhaps_meant(open_page: OpenPage, played: Played) -> None:
    page = write(open_page(PAGE), "The red kee is in the kichen.")
    (problem,) = notes(page)
    assert '"kee" (did you mean key' in problem and '"kichen" (did you mean kitchen' in problem
    assert played(page)["tokens"][:160] == list(told().words)


@pytest.mark.parametrize("text", [" \n ", "?!.,;", "… — “”"])
def test_an_empty_story_is_explained_and_the_story_made_up_stays(
    open_page: OpenPage, played: Played, text: str
) -> None:
    page = write(open_page(PAGE), text)
    assert any("at least one word" in problem for problem in notes(page))
    assert played(page)["tokens"][:160] == list(told().words)


def test_a_story_of_ten_thousand_words_is_cut_after_a_sentence_and_says_so(open_page: OpenPage, played: Played) -> None:
    page = write(open_page(PAGE), "The red key is in the kitchen. It rains now. " * 834)
    (remark,) = [note for note in notes(page) if "10,008 words" in note]
    assert "at most 1,024" in remark
    tokens = played(page)["tokens"]
    question = tokens.index("where")
    assert question <= telling.MOST_TOKENS + 1 and tokens[question - 1] == "."


def test_a_question_about_what_was_never_told_is_a_guess_and_says_so(open_page: OpenPage) -> None:
    page = open_page(PAGE, ask=words.SOMETHING_ELSE, **SHORT)
    assert "The story never tells this" in said(page)
    assert words.NEVER_SAYS in said(page)


@pytest.mark.parametrize("text", ["What?", "The red key is in the kitchen.", "Where is the rad key?", ""])
def test_what_is_no_question_is_explained_and_another_is_asked(open_page: OpenPage, played: Played, text: str) -> None:
    page = open_page(PAGE, ask=words.SOMETHING_ELSE, **SHORT)
    page.text_input(key="asked").set_value(text)
    fine(page)
    (problem,) = notes(page)
    first = readable(told(7, 60, 3).facts[0].question)
    assert f"“{first}” is asked" in problem
    assert played(page)["tokens"][60:] == list(told(7, 60, 3).facts[0].question)


def test_contradictory_facts_are_told_and_the_latest_counts(open_page: OpenPage, played: Played) -> None:
    page = click(open_page(PAGE, **SHORT), "contradict")
    assert "more than once, in contradiction" in said(page)
    assert words.CONTRADICTED_SAYS in said(page)
    story = story_shown(page, played)
    first, last = (fact for fact in story.facts if fact.key == story.questions[-1].key)
    assert first.answer != last.answer
    assert f"The story says: {last.answer}" in said(page) or f"Right: {last.answer}" in said(page)
    assert [mark["kind"] for mark in played(page)["marks"]] == ["fact", "fact", "question"]


def test_a_memory_shorter_than_a_segment_is_refused_and_one_click_mends_it(open_page: OpenPage, played: Played) -> None:
    page = open_page(PAGE, compressive_ns="20", compressive_nm="13", **SHORT)
    (problem,) = notes(page)
    assert "n_m = 13" in problem and "n_s = 20" in problem and played(page) is None
    click(page, "fix_compressive_nm")
    assert notes(page) == [] and lanes(played(page))["recent"] == 20


def test_a_rate_that_nobody_was_trained_for_is_refused_with_those_that_were(
    open_page: OpenPage, played: Played
) -> None:
    page = open_page(PAGE, compressive_c="5", f="Dilated convolution, end to end", **SHORT)
    (problem,) = notes(page)
    assert "got 5" in problem and played(page) is None
    click(page, "fix_compressive_c")
    assert notes(page) == [] and played(page)


@pytest.mark.parametrize(
    "query",
    [
        {"memory": "Elephant"},
        {"window_nc": "9999", "memory": "Exact · Window"},
        {"story": "<script>alert(1)</script>"},
        {"n": "1e9"},
        {"facts": "-3"},
        {"seed": "nan"},
        {"f": "magic"},
        {"ask": "What is the time?"},
        {"tab": "No such tab"},
        {"step": "-4"},
        {"plant": "<b>nonsense</b>"},
        {"plant": "5: the fox sings"},
        {"head": "head 99"},
        {"unheard": "of"},
    ],
    ids=str,
)
def test_no_link_breaks_the_page_and_what_it_cannot_get_is_told(
    open_page: OpenPage, played: Played, query: dict[str, str]
) -> None:
    page = open_page(PAGE, **query)
    assert played(page)
    raw = "".join(element.proto.body for element in page.main.get("html"))
    assert "<script>" not in raw and "<b>nonsense" not in raw
    told_of = bool(notes(page))
    assert told_of == (set(query) != {"unheard"})


# --- planted facts --------------------------------------------------------------------------------------------------


def test_a_fact_is_planted_where_one_likes_and_asked_for(open_page: OpenPage, played: Played) -> None:
    page = open_page(PAGE, plant="30: The golden umbrella is in the tower.", ask="Where is the golden umbrella?")
    tokens = played(page)["tokens"]
    at = tokens.index("golden") - 1
    assert tokens[at - 1] == "." and abs(at - 30) <= 5
    assert tokens[-6:] == ["where", "is", "the", "golden", "umbrella", "?"]
    assert notes(page) == [] and "1 of them planted" in said(page)


def test_the_button_plants_what_the_form_says_and_asks_for_it(open_page: OpenPage, played: Played) -> None:
    page = open_page(PAGE, **SHORT)
    page.selectbox(key="plant_kind").set_value(page.selectbox(key="plant_kind").options[1])
    fine(page)
    page.slider(key="plant_at").set_value(20)
    fine(page)
    click(page, "plant_it")
    planted = page.text_area(key="plant").value
    assert planted.startswith("20: ") and " likes " in planted
    assert page.selectbox(key="ask").value.startswith("What does ")
    assert len(story_shown(page, played).facts) == 4


# --- any text -------------------------------------------------------------------------------------------------------

TEXTS = {
    "Chinese": "狐狸在洞里。狐狸",
    "Arabic": "الثعلب في الجحر و الثعلب",
    "emoji": "🦊 in a 🕳️ and 🦊",
    "one word": "fox",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("way", ["window", "compressive", "gated"])
def test_any_text_is_watched_with_any_memory_and_labelled_untrained(
    open_page: OpenPage, played: Played, text: str, way: str
) -> None:
    page = open_page(PAGE, story="Any text, untrained", free=text, memory=memory_name(way))
    assert notes(page) == []
    assert "".join(played(page)["tokens"]) == text.replace(" ", "")
    assert words.FREE_LABEL in said(page)
    assert "With full attention" in said(page)


def test_what_followed_the_last_word_before_is_found_again(open_page: OpenPage) -> None:
    page = open_page(PAGE, story="Any text, untrained", free="a cat sat on a mat and a dog ran to a")
    assert "“a” stood here 3 times before, and behind it: “cat”, “mat”, “dog”" in said(page)


def test_nothing_to_read_is_explained(open_page: OpenPage, played: Played) -> None:
    page = open_page(PAGE, story="Any text, untrained", free=" ")
    assert any("at least one word" in note for note in notes(page)) and played(page)


def test_a_long_text_is_read_in_part_from_where_one_likes(open_page: OpenPage, played: Played) -> None:
    page = open_page(PAGE, story="Any text, untrained")
    page.text_area(key="free").set_value(" ".join(f"w{number}" for number in range(3000)))
    fine(page)
    assert any("3,000 words" in note for note in notes(page))
    page.slider(key="begin").set_value(2900)
    fine(page)
    assert played(page)["tokens"][0] == "w2899" and len(played(page)["tokens"]) == 101


# --- tabs -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("query", [{}, {"story": "Any text, untrained"}], ids=["story", "any text"])
@pytest.mark.parametrize("tab", words.TABS)
def test_every_tab_opens_from_a_link_and_holds_something(open_page: OpenPage, tab: str, query: dict[str, str]) -> None:
    page = open_page(PAGE, tab=tab, **SHORT, **query)
    free = bool(query)
    inside = {
        "Answer": lambda: words.TEXT_TITLE in said(page) and "this memory" in said(page),
        "Side by side": lambda: said(page).count('class="ma-side"') == 2 and said(page).count('class="ma-card"') == 3,
        "Measure": lambda: (
            any(words.NOTHING_TO_MEASURE in text.value for text in page.markdown)
            if free
            else any(button.label == "Measure" for button in page.button)
        ),
        "How it works": lambda: any("def update" in block.value for block in page.code),
    }
    assert inside[tab]()


def test_the_second_memory_has_settings_of_its_own(open_page: OpenPage) -> None:
    page = open_page(PAGE, tab="Side by side", b_memory="Exact · Segment FIFO", b_segments_ns="5", b_segments_m="3")
    assert "Segment FIFO, n_s = 5, m = 3" in said(page)
    assert "Compressive memory, n_s = 8" in said(page)


def test_fates_of_all_words_are_counted_in_the_text(open_page: OpenPage) -> None:
    page = open_page(PAGE, memory="Exact · Window", window_nc="13", **SHORT)
    asked = len(story_words(page))
    assert "raw pair</span> 13</span>" in said(page)
    assert f"forgotten</span> {asked - 13}</span>" in said(page)


def story_words(page: AppTest) -> tuple[str, ...]:
    question = page.selectbox(key="ask").value
    story = told(7, 60, 3)
    return story.with_question(next(fact for fact in story.facts if readable(fact.question) == question)).words


# --- measuring ------------------------------------------------------------------------------------------------------


@pytest.fixture
def nothing_kept() -> None:
    measure._kept().clear()


def progress(page: AppTest) -> str:
    return page.main.get("progress")[0].proto.text


@pytest.mark.usefixtures("nothing_kept")
def test_measuring_goes_on_tick_by_tick_can_be_cancelled_and_taken_up_again(open_page: OpenPage) -> None:
    page = open_page(PAGE, tab="Measure", memory="Exact · Window", **SHORT)
    assert progress(page) == "0 of 200 questions"
    click(page, "measure_start")
    assert page.button(key="measure_cancel")
    fine(page)  # a tick
    page.button(key="measure_cancel").click()
    fine(page)
    partial = progress(page)
    assert partial not in ("0 of 200 questions", "200 of 200 questions")
    assert any("Cancelled after" in note for note in notes(page))
    assert page.main.get("plotly_chart")
    fine(page)
    assert progress(page) == partial  # nothing runs on by itself
    assert page.button(key="measure_start").label == "Go on"
    click(page, "measure_start")
    for _ in range(10):
        fine(page)
    assert progress(page) == "200 of 200 questions"
    assert page.button(key="measure_start").label == "Measured"


@pytest.mark.usefixtures("nothing_kept")
def test_what_is_measured_is_what_the_experiment_gives_for_both_memories(open_page: OpenPage) -> None:
    page = open_page(PAGE, tab="Measure", memory="Exact · Window", both="true", b_memory="Exact · Full attention")
    click(page, "measure_start")
    for _ in range(20):
        fine(page)
    (chart,) = page.main.get("plotly_chart")
    drawn = {line["name"]: line["y"] for line in json.loads(chart.proto.spec)["data"] if "error_y" in line}
    design = measure.ByDistance()
    for choice in (Choice("window", (("nc", 32),)), Choice("full")):
        curve = measure.experiment.complete(choice, design)
        assert drawn[curve.name] == pytest.approx([point.share for point in curve.points])


# --- without trained weights ----------------------------------------------------------------------------------------


@pytest.fixture
def no_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str = "reader", learned_by: str = "") -> None:
        raise WeightsError(Path(f"{name}.safetensors"), "are missing")

    for module in (tellers, ways):
        monkeypatch.setattr(module, "member", missing)


@pytest.mark.usefixtures("no_weights")
@pytest.mark.parametrize("tab", words.TABS)
def test_without_weights_the_page_says_how_to_make_them_and_reads_any_text(
    open_page: OpenPage, played: Played, tab: str
) -> None:
    page = open_page(PAGE, tab=tab, seed="11")
    assert any("reader.safetensors are missing" in note and "memattn.reader.train" in note for note in notes(page))
    assert played(page) is None
    page.selectbox(key="story").set_value("Any text, untrained")
    fine(page)
    assert played(page)
