"""The compressive-memory page as a reader's session: presets, bad links, own texts, missing weights."""

import json
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from memattn.ui.compressive import EXPERIMENTS, TABS
from streamlit.testing.v1 import AppTest

from memattn.lessons import tellers
from memattn.lessons.compressive import content, runs
from memattn.reader import Story, readable, truth
from memattn.reader.weights import REBUILD, WeightsError

PAGE = "pages/3_compressive.py"
PRESETS = {preset.name: preset for preset in content.PRESETS}
GUESS = "The story never tells this"

OpenPage = Callable[..., AppTest]
Played = Callable[[AppTest], dict[str, Any] | None]


def said(page: AppTest) -> str:
    """All text that the page wrote as HTML, as it is read."""
    return unescape("\n".join(element.proto.body for element in page.main.get("html")))


def notes(page: AppTest) -> list[str]:
    return [unescape(e.proto.body) for e in page.main.get("html") if 'class="ma-note' in e.proto.body]


def lanes(stage: dict[str, Any]) -> dict[str, int]:
    return {lane["role"]: lane["capacity"] for lane in stage["lanes"]}


def fine(page: AppTest) -> AppTest:
    """Run to the end; an exception fails with its message."""
    page.run()
    assert not page.exception, [error.message for error in page.exception]
    return page


def click(page: AppTest, key: str) -> AppTest:
    page.button(key=key).click()
    return fine(page)


def pick(page: AppTest, scenario: str) -> AppTest:
    page.button_group(key="preset").set_value(scenario)
    return fine(page)


def controls(page: AppTest) -> dict[str, int]:
    return {key: page.slider(key=key).value for key in ("ns", "nm", "ncm", "c", "n", "seed")}


def answers(story: Story, page: AppTest, trained: bool = True) -> list[tuple[str, float]]:
    """Computed once more from what the controls say."""
    sizes = controls(page)
    compression = {shown: name for name, shown in content.COMPRESSION_NAMES.items()}[page.selectbox(key="f").value]
    chosen = runs.Settings(
        sizes["ns"], sizes["nm"], sizes["ncm"], sizes["c"], compression, "carry", story.words, trained, sizes["seed"]
    )
    return list(runs.run(chosen).answers)


def test_the_page_opens_with_a_stage_an_answer_and_a_badge_of_truth(open_page: OpenPage, played: Played) -> None:
    page = open_page(PAGE)
    assert notes(page) == []
    assert played(page)["title"] == content.TITLE
    assert len(played(page)["tokens"]) >= content.LIMITS["n"].default
    assert lanes(played(page)) == {"compressed": 8, "recent": 16, "current": 8}
    assert "max |difference|" in said(page)
    assert page.button_group(key="preset").options == list(PRESETS)


def test_the_answer_shown_is_the_one_that_the_run_gives(open_page: OpenPage, played: Played) -> None:
    page = open_page(PAGE)
    story = runs.tell(7, 96)
    fact = next(fact for fact in story.facts if readable(fact.question) == page.selectbox(key="q").value)
    asking = story.with_question(fact)
    text = said(page)
    assert played(page)["tokens"] == list(asking.words)
    for word, probability in answers(asking, page)[:3]:
        assert f"<span>{word}</span>" in text and f"<b>{probability:.2f}</b>" in text
    true = truth(asking, asking.questions[-1]).answer
    right = answers(asking, page)[0][0] == true
    assert (f"Right: {true}" if right else f"The story says: {true}") in text


@pytest.mark.parametrize("at", [0, 1, -1])
def test_another_question_gets_its_own_answer(open_page: OpenPage, played: Played, at: int) -> None:
    page = open_page(PAGE)
    story = runs.tell(7, 96)
    fact = story.facts[at]
    page.selectbox(key="q").set_value(readable(fact.question))
    fine(page)
    word, probability = answers(story.with_question(fact), page)[0]
    assert played(page)["tokens"][-len(fact.question) :] == list(fact.question)
    assert f"<span>{word}</span>" in said(page) and f"<b>{probability:.2f}</b>" in said(page)


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_can_be_clicked_and_is_shown_as_it_says(open_page: OpenPage, played: Played, name: str) -> None:
    page = pick(open_page(PAGE), name)
    wanted = {key: limit.default for key, limit in content.LIMITS.items()} | dict(PRESETS[name].values)
    assert controls(page) == wanted
    assert lanes(played(page)) == {"compressed": wanted["ncm"], "recent": wanted["nm"], "current": wanted["ns"]}
    assert notes(page) == []


@pytest.mark.parametrize("seed", ["0", "31", "327", "999"])
@pytest.mark.parametrize("side", ["inside", "outside"])
def test_inside_and_outside_are_what_they_say_for_any_story(open_page: OpenPage, side: str, seed: str) -> None:
    page = pick(open_page(PAGE, seed=seed), f"Just {side} the reach")
    assert ("The fact has left the memory." in said(page)) == (side == "outside")
    assert "of CMem" in said(page) or side == "outside"
    assert "lost." not in said(page) or side == "outside"


def test_presets_one_after_the_other_leave_nothing_behind(open_page: OpenPage) -> None:
    page = open_page(PAGE)
    for name in (*PRESETS, "First look"):
        pick(page, name)
    wanted = {key: limit.default for key, limit in content.LIMITS.items()}
    assert controls(page) == wanted


def test_the_scenario_that_stands_is_marked_until_a_control_moves(open_page: OpenPage) -> None:
    page = open_page(PAGE)
    assert page.button_group(key="preset").value is None
    pick(page, "c from 1 to 8")
    assert page.button_group(key="preset").value == "c from 1 to 8"
    assert PRESETS["c from 1 to 8"].look in said(page)
    page.slider(key="c").set_value(7)
    fine(page)
    assert page.button_group(key="preset").value is None
    assert PRESETS["c from 1 to 8"].look not in said(page)
    page.slider(key="c").set_value(int(PRESETS["c from 1 to 8"].values["c"]))
    fine(page)
    assert page.button_group(key="preset").value == "c from 1 to 8"
    page.button_group(key="preset").set_value(None)  # what a click on the marked one sends
    fine(page)
    assert page.button_group(key="preset").value == "c from 1 to 8"


def test_mem_shorter_than_a_segment_is_explained_and_one_click_puts_it_right(
    open_page: OpenPage, played: Played
) -> None:
    page = open_page(PAGE, ns="20", nm="13")
    (problem,) = notes(page)
    assert "n_m = 13" in problem and "n_s = 20" in problem
    assert played(page) is None
    assert page.button(key="fix_nm").label == "Set n_m to 20"
    click(page, "fix_nm")
    assert notes(page) == [] and controls(page)["nm"] == 20
    assert lanes(played(page))["recent"] == 20


def test_values_that_mean_nothing_are_told_and_the_defaults_played(open_page: OpenPage, played: Played) -> None:
    page = open_page(PAGE, ns="abc", c="99", f="nonsense", step="-4", q="What")
    told = "\n".join(notes(page))
    for asked in ("“abc”", "“99”", "“nonsense”", "“-4”", "“What”"):
        assert asked in told, asked
    assert "whole numbers from 1 to 8" in told and "Mean pooling" in told
    limits = {key: limit.default for key, limit in content.LIMITS.items()}
    assert controls(page) == limits
    assert lanes(played(page))["current"] == 8


@pytest.mark.parametrize(
    "query",
    [
        {"step": "9999"},
        {"step": "1.5"},
        {"step": "²"},
        {"step": ""},
        {"seed": "-1"},
        {"n": "1e9"},
        {"n": "nan"},
        {"ncm": "inf"},
        {"own": "perhaps"},
        {"tab": "No such tab"},
        {"src": "<script>alert(1)</script>"},
        {"text": "a text that nobody asked for"},
        {"nm": "𝟙𝟞"},
        {"unheard": "of"},
    ],
    ids=str,
)
def test_no_link_breaks_the_page(open_page: OpenPage, played: Played, query: dict[str, str]) -> None:
    page = open_page(PAGE, **query)
    assert played(page)
    assert "<script>" not in "".join(e.proto.body for e in page.main.get("html"))


def test_a_link_with_all_settings_is_obeyed(open_page: OpenPage, played: Played) -> None:
    page = open_page(PAGE, ns="7", nm="19", ncm="5", c="3", n="60", seed="11", f="Max pooling", step="17")
    assert notes(page) == []
    assert controls(page) == {"ns": 7, "nm": 19, "ncm": 5, "c": 3, "n": 60, "seed": 11}
    assert page.selectbox(key="f").value == "Max pooling"
    assert played(page)["tokens"][:60] == list(runs.tell(11, 60).words)
    assert played(page)["start"] == 17


def test_moving_to_another_story_asks_something_that_it_tells(open_page: OpenPage) -> None:
    page = open_page(PAGE)
    before = page.selectbox(key="q").value
    page.slider(key="seed").set_value(8)
    fine(page)
    questions = [readable(fact.question) for fact in runs.tell(8, 96).facts]
    assert page.selectbox(key="q").options == questions
    assert page.selectbox(key="q").value in questions
    assert before not in questions
    assert GUESS not in said(page)


@pytest.mark.parametrize("tab", TABS)
def test_every_tab_opens_from_a_link_and_holds_something(open_page: OpenPage, tab: str) -> None:
    page = open_page(PAGE, tab=tab)
    inside = {
        "What happens": lambda: any(text.value.count("$") >= 16 for text in page.markdown),
        "Experiment": lambda: page.main.get("plotly_chart"),
        "Predict": lambda: any("Before you press play" in text.value for text in page.markdown),
        "Code": lambda: any("def update" in block.value for block in page.code),
        "Cost": lambda: len(page.metric) == 4 and len(page.main.get("plotly_chart")) == 2,
        "Read on": lambda: any("1911.05507" in text.value for text in page.markdown),
    }
    assert inside[tab]()


@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_every_experiment_draws_a_figure_and_says_it_in_words(open_page: OpenPage, experiment: str) -> None:
    page = open_page(PAGE, tab="Experiment", exp=experiment)
    (chart,) = page.main.get("plotly_chart")
    assert json.loads(chart.proto.spec)["data"]
    assert any(any(character.isdigit() for character in caption.value) for caption in page.caption)


def test_no_room_in_cmem_is_a_plain_queue_and_asks_for_no_prediction(open_page: OpenPage, played: Played) -> None:
    page = open_page(PAGE, ncm="0", tab="Predict")
    assert played(page)["predict"] == []
    assert lanes(played(page))["compressed"] == 0


@pytest.mark.parametrize("name", content.COMPRESSION_NAMES.values())
@pytest.mark.parametrize("rest", content.REMAINDER_NAMES.values())
def test_every_compression_and_remainder_can_be_chosen(
    open_page: OpenPage, played: Played, name: str, rest: str
) -> None:
    page = open_page(PAGE, f=name, rest=rest, ns="7", nm="11", ncm="5", c="3", n="40")
    assert played(page) and notes(page) == []


# --- stories of one's own -----------------------------------------------------------------------------------


def write(page: AppTest, text: str) -> AppTest:
    page.toggle(key="own").set_value(True)
    fine(page)
    page.text_area(key="text").set_value(text)
    return fine(page)


def test_an_own_story_is_played_word_by_word_and_its_own_question_answered(open_page: OpenPage, played: Played) -> None:
    page = write(open_page(PAGE), "The red key is in the kitchen. It rains now. Where is the red key?")
    words = [
        "<start>",
        "the",
        "red",
        "key",
        "is",
        "in",
        "the",
        "kitchen",
        ".",
        "it",
        "rains",
        "now",
        ".",
        "where",
        "is",
        "the",
        "red",
        "key",
        "?",
    ]
    assert played(page)["tokens"] == words
    assert notes(page) == []
    assert "kitchen" in said(page)


def test_the_editor_begins_with_the_story_on_stage(open_page: OpenPage, played: Played) -> None:
    page = open_page(PAGE)
    before = played(page)["tokens"]
    page.toggle(key="own").set_value(True)
    fine(page)
    assert page.text_area(key="text").value == runs.tell(7, 96).text
    assert played(page)["tokens"] == before


def test_unknown_words_are_named_with_what_was_perhaps_meant_and_the_story_stays(
    open_page: OpenPage, played: Played
) -> None:
    before = open_page(PAGE)
    page = write(before, "The red kee is in the kichen.")
    (problem,) = notes(page)
    assert '"kee"' in problem and '"kichen"' in problem
    assert "key" in problem and "kitchen" in problem
    assert played(page)["tokens"][:96] == list(runs.tell(7, 96).words)


@pytest.mark.parametrize(
    "text", ["", "   \n ", "?!.,;", "… — “”", "." * 300], ids=["nothing", "blanks", "marks", "dashes", "dots"]
)
def test_a_text_without_words_is_explained_and_the_story_stays(open_page: OpenPage, played: Played, text: str) -> None:
    page = write(open_page(PAGE), text)
    assert any("at least one word" in problem for problem in notes(page)) or text.strip() == ""
    assert played(page)["tokens"][:96] == list(runs.tell(7, 96).words)


@pytest.mark.parametrize("text", ["the fox sings . " * 312, "x" * 5000, "the red key is in the kitchen . " * 157])
def test_five_thousand_characters_do_not_break_the_page(open_page: OpenPage, played: Played, text: str) -> None:
    assert len(text) >= 4900
    page = write(open_page(PAGE), text)
    assert played(page)


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script> the fox sings.",
        "<b>the red key</b> is in the kitchen.",
        "the fox sings. <img src=x onerror=alert(1)>",
        "$\\frac{1}{0}$ **the** :red[fox] sings `now`.",
    ],
)
def test_marks_of_other_languages_are_words_like_any_other(open_page: OpenPage, played: Played, text: str) -> None:
    page = write(open_page(PAGE), text)
    raw = "".join(element.proto.body for element in page.main.get("html"))
    assert "<script>" not in raw and "<img src=x" not in raw and "<b>the" not in raw
    assert played(page)


def test_a_text_that_tells_nothing_is_asked_all_the_same_and_said_to_be_a_guess(open_page: OpenPage) -> None:
    page = write(open_page(PAGE), "It rains now. The fox sings.")
    assert any("no fact" in note for note in notes(page))
    assert GUESS in said(page)


def test_leaving_the_editor_brings_the_generated_story_back(open_page: OpenPage, played: Played) -> None:
    page = write(open_page(PAGE), "The red key is in the kitchen. It rains now.")
    page.toggle(key="own").set_value(False)
    fine(page)
    assert played(page)["tokens"][:96] == list(runs.tell(7, 96).words)
    assert GUESS not in said(page)


# --- without trained weights --------------------------------------------------------------------------------


@pytest.fixture
def no_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str = "reader", learned_by: str = "") -> None:
        raise WeightsError(Path("reader.safetensors"), "are missing")

    monkeypatch.setattr(tellers, "member", missing)


@pytest.mark.usefixtures("no_weights")
def test_missing_weights_are_explained_and_the_page_works_on_planted_facts(open_page: OpenPage, played: Played) -> None:
    page = open_page(PAGE, seed="12", n="80")
    told = "\n".join(notes(page))
    assert "reader.safetensors are missing" in told and REBUILD in told
    assert played(page)["tokens"][:80] == list(runs.tell(12, 80).words)
    assert page.selectbox(key="src").disabled
    story = runs.tell(12, 80)
    fact = next(fact for fact in story.facts if readable(fact.question) == page.selectbox(key="q").value)
    word, probability = answers(story.with_question(fact), page, trained=False)[0]
    assert f"<span>{word}</span>" in said(page) and f"<b>{probability:.2f}</b>" in said(page)


@pytest.mark.usefixtures("no_weights")
@pytest.mark.parametrize("tab", TABS)
def test_without_weights_every_tab_opens(open_page: OpenPage, played: Played, tab: str) -> None:
    assert played(open_page(PAGE, tab=tab, seed="12", n="80"))
