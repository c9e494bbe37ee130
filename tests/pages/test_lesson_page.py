"""Every lesson's page in a reader's session: what stands there at first, scenarios, and settings that do not go."""

import re
from html import unescape
from typing import Any

import pytest

from memattn.lessons import compressive, stories, story, texts
from memattn.lessons.answering import Answer
from memattn.lessons.lesson import Lesson, Scenario
from memattn.lessons.memories import compressions
from memattn.lessons.moments import just_before
from memattn.memory import MEMORIES
from memattn.reader import readable
from memattn.ui import fragments, link
from memattn.ui.lesson import ahead, scenarios
from memattn.ui.lesson.tabs import TABS, names
from tests.in_a_fragment import in_a_fragment
from tests.lessons.every import LESSONS
from tests.pages.runs import computed
from tests.pages.session import Session, query

COMPRESSING = (compressive.LESSON, story.LESSON)
SHORT = {"n": 60, "facts": 3}
SIZES = ("segment_length", "memory_length", "compressed_length", "rate")

OWN = tuple(name for lesson in LESSONS for name in lesson.own_tabs)
every_lesson = pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.name)
every_compressing = pytest.mark.parametrize("lesson", COMPRESSING, ids=lambda lesson: lesson.name)
every_scenario = pytest.mark.parametrize(
    ("name", "scenario"),
    [(lesson.name, scenario.name) for lesson in LESSONS for scenario in lesson.scenarios],
    ids=lambda part: part,
)


def scenario_of(name: str, scenario: str) -> Any:
    lesson = next(lesson for lesson in LESSONS if lesson.name == name)
    return next(one for one in lesson.scenarios if one.name == scenario)


def sizes(page: Session) -> tuple[int, ...]:
    return tuple(page.value(f"compressive_{key}") for key in SIZES)


def begins(lesson: Lesson, key: str) -> int:
    return int(lesson.starts.get(key, texts.SIZES[key].start))


# --- what stands there at first -------------------------------------------------------------------------------------


@every_lesson
def test_the_page_opens_on_its_story_read_to_the_end_and_checked(lesson: Lesson) -> None:
    page = Session().open(lesson.name)
    made = stories.make_up(*(begins(lesson, key) for key in ("seed", "n", "facts"))).story
    asked = made.facts[len(made.facts) // 2]
    assert page.stage.content["tokens"] == [*made.words, *asked.question]
    assert page.stage.start == (len(made.words) + len(asked.question) - 1, "")
    assert page.value("q") == readable(asked.question)
    assert page.notes == [] and "max |difference|" in page.said
    assert page.control("preset").options == [scenario.name for scenario in lesson.scenarios]
    assert page.control("tab").options == list(names(lesson)) and page.value("tab") == lesson.tab
    assert lesson.title in page.said and lesson.claim in page.said


@every_compressing
def test_lanes_of_the_stage_are_those_of_the_sliders(lesson: Lesson) -> None:
    page = Session().open(lesson.name, query(ns=7, nm=17, ncm=5, c=3))
    assert page.notes == [] and sizes(page) == (7, 17, 5, 3)
    assert page.stage.lanes == {"compressed": 5, "recent": 17 + 2, "current": 7}  # two may wait for a third


@pytest.mark.parametrize("at", [0, 1, -1])
def test_another_question_gets_its_own_answer(at: int) -> None:
    page = Session().open("story", query(**SHORT))
    fact = stories.make_up(7, 60, 3).story.facts[at]
    page.move("q", readable(fact.question))
    assert page.stage.content["tokens"][-len(fact.question) :] == list(fact.question)
    answer = computed(page).answer
    assert isinstance(answer, Answer) and answer.truth.fact == fact
    word, share = answer.ranked[0]
    assert f"<bdi>{word}</bdi>" in page.cards[0] and f"<b>{share:.2f}</b>" in page.cards[0]


def test_moving_to_another_story_asks_something_that_it_tells() -> None:
    page = Session().open("compressive")
    before = page.value("q")
    page.move("seed", 8)
    asked = [readable(fact.question) for fact in stories.make_up(8, 96, 8).story.facts]
    assert page.control("q").options == [*asked, texts.SOMETHING_ELSE]
    assert page.value("q") == asked[len(asked) // 2] != before and before not in asked


@pytest.mark.parametrize("memory", MEMORIES)
def test_every_memory_reads_and_says_its_name(memory: str) -> None:
    page = Session().open("story", query(memory=memory, **SHORT))
    found = computed(page)
    assert page.notes == [] and page.stage.content["title"] == MEMORIES[memory].title
    assert page.stage.content["mechanism"] == found.trace.memory == memory
    assert isinstance(found.answer, Answer)
    for word, share in found.answer.ranked[:3]:
        assert f"<bdi>{word}</bdi>" in page.cards[0] and f"<b>{share:.2f}</b>" in page.cards[0]


@pytest.mark.parametrize("key", compressions())
@pytest.mark.parametrize("remainder", ["carry", "partial"])
def test_every_compression_and_remainder_can_be_chosen(key: str, remainder: str) -> None:
    page = Session().open("compressive", query(f=key, remainder=remainder, ns=7, nm=11, ncm=5, c=4, n=40, facts=3))
    assert page.stage and page.notes == []
    assert compressions()[key].title.split(",")[0].lower().split()[-1] in str(page.stage.content["lanes"]).lower()


def test_the_lesson_of_one_memory_offers_no_other() -> None:
    assert "memory" not in Session().open("compressive").controls
    assert Session().open("compressive", query(memory="window")).stage.content["mechanism"] == "compressive"


@every_lesson
def test_the_answer_can_be_hidden_so_that_it_gives_no_prediction_away(lesson: Lesson) -> None:
    page = Session().open(lesson.name)
    assert len(page.cards) == 1
    last = len(page.stage.content["tokens"])
    assert page.control("answer").label == f"Answer after the last word, token {last}"
    assert page.move("answer", False).cards == [] and page.named == {"answer": "false"}


BESIDE = {"head", "layer", "view", "lens"}  # decide neither the run nor what stands under the stage


# --- scenarios ------------------------------------------------------------------------------------------------------


@every_scenario
def test_a_scenario_sets_what_it_says_and_all_else_back_and_is_marked_until_that_is_moved(
    name: str, scenario: str
) -> None:
    one = scenario_of(name, scenario)
    look = f"<b>Look:</b> {one.look}"
    page = Session().open(name, query(facts=5, head="mean", tab="Cost" if name == "story" else "Read on"))
    page.scenario(scenario)
    assert page.value("preset") == scenario and page.notes == []
    assert unescape(look) in page.said
    wanted = {key: str(value) for key, value in one.values.items()}
    held = page.named | {key: str(page.value(key)) for key in wanted if key in page.controls}
    assert held.items() >= {key: value for key, value in wanted.items() if key in held}.items()
    assert set(page.named) <= {*wanted, "seed", "q", "asked", "plant"}
    assert ("more than once" in page.said) == one.contradicts
    assert ("The story does not say" in page.said) == (one.asks == "never")
    page.move("tab", "Read on")  # another view of the same
    assert page.value("preset") == scenario and look in page.said
    if "n" in page.controls:
        there = page.value("n")
        page.move("n", there + 1)
        assert page.value("preset") is None and look not in page.said
        page.move("n", there)
        assert page.value("preset") == scenario and look in page.said
    if scenario == "First look":
        page.scenario(None)  # what a click on the marked one sends
        assert page.value("preset") == scenario and look in page.said


@every_lesson
def test_scenarios_one_after_the_other_leave_nothing_behind_and_are_marked_where_their_link_is_opened(
    lesson: Lesson,
) -> None:
    """Whoever is sent the link, or loads the page again, is told what to look for; so is the speaker."""
    page, marked = Session().open(lesson.name), 0
    for scenario in lesson.scenarios:
        other = page.scenario(scenario.name).shared(page.stage.start)
        assert other.seen == page.seen, scenario.name
        if set(page.named) - BESIDE:  # else all stands where the page begins, and nobody has asked for anything
            one = scenario_of(lesson.name, str(other.value("preset")))
            assert unescape(f"<b>Look:</b> {one.look}") in other.said
            assert one == scenario or one.values.items() - scenario.values.items() <= {("tab", one.values.get("tab"))}
            marked += 1
    assert marked >= len(lesson.scenarios) - 2
    assert Session().open(lesson.name).value("preset") is None
    assert Session().open(lesson.name, query(seed=9)).value("preset") is None, "another story alone asks for nothing"

    begins = Session().open(lesson.name, "seed=7").stage.content
    assert page.scenario("First look").stage.content == begins or lesson.name != "story"


@every_lesson
def test_a_run_looks_once_which_scenario_stands_and_makes_up_no_story_that_cannot_be_meant(
    lesson: Lesson, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked, made = list[str](), list[str]()
    standing, opened = scenarios.standing, scenarios.opened

    def noted(lesson: Lesson) -> str:
        looked.append(lesson.name)
        return standing(lesson)

    def made_up(lesson: Lesson, scenario: Scenario, seed: int) -> dict[str, Any]:
        made.append(scenario.name)
        return opened(lesson, scenario, seed)

    monkeypatch.setattr(scenarios, "standing", noted)
    monkeypatch.setattr(scenarios, "opened", made_up)
    page = Session().open(lesson.name)
    assert (len(looked), made) == (1, []), "nobody has asked for anything"
    page.move("seed", 9)
    assert (len(looked), made) == (2, []), "another story alone asks for nothing"
    name = lesson.scenarios[1].name
    assert page.scenario(name).value("preset") == name
    looked.clear()
    made.clear()
    assert page.shared(page.stage.start).value("preset") and len(looked) == 1
    assert len(made) < len(lesson.scenarios), "of others the controls say something else"


@pytest.mark.parametrize("seed", [0, 31, 327, 999])
@pytest.mark.parametrize("side", ["inside", "outside"])
def test_inside_and_outside_are_what_they_say_for_any_story(side: str, seed: int) -> None:
    page = Session().open("compressive", query(seed=seed)).scenario(f"Just {side} the reach")
    assert ("The fact has left the memory." in page.cards[0]) == (side == "outside")
    assert ("of CMem" in page.cards[0]) == (side == "inside")
    assert "lost" not in page.cards[0]


@every_lesson
def test_reset_goes_back_to_where_the_page_begins(lesson: Lesson) -> None:
    page = Session().open(lesson.name, query(c=2, n=60, head="mean", tab="Cost", step=7)).click("reset")
    assert page.link == "" and page.seen == Session().open(lesson.name).seen


# --- settings that do not go together ---------------------------------------------------------------------------------


@every_compressing
def test_mem_shorter_than_a_segment_is_explained_and_one_click_puts_it_right(lesson: Lesson) -> None:
    page = Session().open(lesson.name, query(ns=20, nm=13))
    (problem,) = page.notes
    assert "ma-problem" in problem and "n_m must be ≥ n_s=20 pairs, got 13" in problem
    assert page.app.button(key=page.key("fix_compressive_memory_length")).label == "Set n_m to 20"
    shown = page.stage
    assert shown.header["inert"] and shown.lanes["recent"] == 20, "dimmed, what one click makes of it"
    page.click("fix_compressive_memory_length")
    assert page.notes == [] and page.named == {"ns": "20", "nm": "20"}
    assert page.stage.content == shown.content and not page.stage.header["inert"]


@every_compressing
def test_a_setting_that_is_refused_leaves_the_last_picture_dimmed_where_it_stood(lesson: Lesson) -> None:
    page = Session().open(lesson.name, query(tab="What happens")).stand(20, "attend")
    before, card, text = page.stage, page.cards, page.text
    page.move("compressive_memory_length", 5)
    (problem,) = page.notes
    assert "n_m must be ≥ n_s=8 pairs, got 5" in problem
    assert page.stage.content == before.content and page.stage.header["inert"] and not before.header["inert"]
    assert page.cards == card and "| formula | as token 21 reads" in page.text and page.named["nm"] == "5"
    assert {line for line in text.splitlines() if "token 21" in line} <= set(page.text.splitlines())
    first = page.stage.header["inert"]
    assert page.move("compressive_memory_length", 6).stage.header["inert"] not in ("", first)  # the address follows
    page.move("remainder", "pad: fill the last group with zeros") if "remainder" in page.controls else None
    assert page.stage.content == before.content
    page.click("fix_compressive_memory_length")
    assert page.notes == [] and not page.stage.header["inert"] and page.stage.lanes["recent"] >= 8


@every_compressing
def test_a_link_to_what_is_refused_shows_the_nearest_that_goes_and_no_picture_from_before(lesson: Lesson) -> None:
    page = (
        Session().open(lesson.name).open("start").open(lesson.name, query(ns=20, nm=13, c=5, f="e2e-dilated", step=9))
    )
    assert page.refused and page.stage.lanes["current"] == page.stage.lanes["recent"] == 20
    assert page.stage.start == (8, "") and len(page.cards) == 1
    assert (page.named["ns"], page.named["nm"], page.named["c"]) == ("20", "13", "5"), "the link stays what it asks for"
    page.click("fix_compressive_memory_length")
    assert page.refused and "got 5" in page.notes[0], "the next of two repairs"
    page.click("fix_compressive_rate")
    assert not page.refused and page.notes == [] and page.stage.start == (8, "")


@every_scenario
def test_a_scenario_opens_just_before_what_it_announces_and_leaves_the_stage_free_then(
    name: str, scenario: str
) -> None:
    one = scenario_of(name, scenario)
    page = Session().open(name).stand(3, "attend").scenario(scenario)
    run = computed(page)
    coming = one.shows(run) if one.shows else None
    last = len(run.trace.steps) - 1
    assert page.stage.start == (just_before(run.trace, coming) if coming else (last, ""))
    wish = page.stage.header["seek"]
    assert (wish["step"], wish["phase"]) == page.stage.start
    again = page.run().stage
    assert again.header["seek"] == wish and again.start == page.stage.start  # the same wish, obeyed once
    assert page.stand(0, "attend").run().stage.header["seek"] is None


@every_compressing
def test_a_rate_that_nobody_was_trained_for_is_refused_with_those_that_were(lesson: Lesson) -> None:
    page = Session().open(lesson.name, query(c=5, f="e2e-dilated"))
    (problem,) = page.notes
    assert "got 5" in problem and page.refused
    page.click("fix_compressive_rate")
    assert page.notes == [] and page.stage and page.value("compressive_rate") == 4


@every_compressing
def test_where_settings_are_refused_a_scenario_is_another_way_out(lesson: Lesson) -> None:
    page = Session().open(lesson.name, query(ns=20, nm=13, step=5))
    assert page.refused
    page.scenario("First look")
    assert page.notes == [] and not page.refused and page.cards


def test_a_scenario_whose_view_stands_under_the_stage_has_the_browser_go_there_once() -> None:
    page = Session().open("compressive")
    assert page.below == ""
    first = page.scenario("c from 1 to 8").below
    assert first and page.stand(3).run().below == first, "the same wish, obeyed once"
    assert page.scenario("50 pairs leave Mem").below == "", "it is shown by the stage"
    assert page.scenario("Train f_c").below not in ("", first)
    assert Session().open("segments").scenario("Segment 6 of 10").below == "", "the stage first, the figure second"


def test_settings_of_the_second_memory_are_mended_beside_it() -> None:
    page = Session().open("story", query(tab="Side by side", b_memory="compressive", b_ns=20, b_nm=13, **SHORT))
    (problem,) = page.notes
    assert "n_m must be ≥ n_s=20" in problem and len(page.stages) == 1
    page.click("fix_b_compressive_memory_length")
    assert page.notes == [] and len(page.stages) == 2 and page.named["b_nm"] == "20"


def test_the_second_memory_has_settings_of_its_own() -> None:
    page = Session().open(
        "story", query(tab="Side by side", b_memory="compressive", b_f="max", b_ns=5, f="mean", **SHORT)
    )
    assert page.value("compressive_compression") == "mean" and page.value("b_compressive_compression") == "max"
    lanes = [stage.content["lanes"] for stage in page.stages]
    assert ["mean" in str(own) for own in lanes] == [True, False] and page.stages[1].lanes["current"] == 5
    assert page.named.items() >= {"f": "mean", "b_f": "max", "b_ns": "5", "b_memory": "compressive"}.items()
    page.move("b_compressive_compression", "Keep one of c")
    assert page.named["f"] == "mean" and page.named["b_f"] == "keep" and page.shared(None).seen == page.seen


def test_no_room_in_cmem_is_a_plain_queue() -> None:
    page = Session().open("compressive", query(ncm=0, tab="Predict"))
    assert page.stage.lanes == {"compressed": 0, "recent": 16, "current": 8}
    asked = {one["name"] for one in page.stage.content["predict"]}
    assert "pop" in asked and not asked & {
        "compress",
        "sources",
        "drop",
    }  # no slot appears, none is asked about


# --- views ------------------------------------------------------------------------------------------------------------


@every_lesson
@pytest.mark.parametrize("own", [{}, {"story": "free"}, {"story": "own", "words": "It rains now."}], ids=str)
@pytest.mark.parametrize("tab", (*TABS, *OWN))
def test_every_view_opens_from_a_link_and_holds_something(lesson: Lesson, tab: str, own: dict[str, str]) -> None:
    page = Session().open(lesson.name, query(tab=tab, **own))
    if tab not in names(lesson):
        assert page.value("tab") == lesson.tab and any("Allowed: What happens" in note for note in page.notes)
        return
    inside = {
        "What happens": lambda: "| formula | as token" in page.text,
        "Answer": lambda: texts.TEXT_TITLE in page.said and "this memory" in page.said,
        "Experiment": lambda: page.figures or texts.NOTHING_TO_MEASURE in page.text or "not begun" in bar(page),
        "Side by side": lambda: len(page.stages) == 2 and len(page.cards) == 3 and page.said.count('"ma-side"') == 2,
        "Predict": lambda: "0 right, 0 not yet, " in page.text and any("· open" in b.label for b in page.app.button),
        "How it works": lambda: any("def update" in block.value for block in page.app.code),
        "Cost": lambda: len(page.app.metric) == 4 and len(page.figures) == 2,
        "Read on": lambda: lesson.read_on[0][0] in page.text,
        "Is it recurrent?": lambda: "Work one out" in page.text,
        "The legal document": lambda: "in 48 clauses tells 96 facts" in page.said,
        "Draw the curve": lambda: "Draw your curve, then measure it." in page.text,
    }
    assert inside[tab]()
    assert [note for note in page.notes if "ma-problem" in note] == []


def test_code_opens_on_update_and_marks_what_leads_to_the_phase_of_the_stage() -> None:
    page = Session().open("compressive", query(tab="How it works", step=24, phase="pop"))
    assert "Marked: where “pop” happens" in page.said
    opened = [block.label.split("`")[1] for block in page.app.expander if block.proto.expanded and "`" in block.label]
    assert opened == ["Compressive.update", "Compressive._events"]
    page = Session().open("compressive", query(tab="How it works"))
    assert "Marked: where" not in page.said
    opened = [block.label.split("`")[1] for block in page.app.expander if block.proto.expanded and "`" in block.label]
    assert opened == ["Compressive.update", "read"]


def bar(page: Session) -> str:
    return "".join(bar.proto.text for bar in page.app.main.get("progress"))


@every_lesson
def test_every_experiment_of_a_moment_draws_a_figure_and_says_it_in_words(lesson: Lesson) -> None:
    page = Session().open(lesson.name, query(tab="Experiment", **SHORT))
    short = [one.name for one in lesson.experiments() if not one.long]
    assert len(short) >= 3
    for name in short:
        page.move("exp", name).settle()
        (figure,) = page.figures
        assert figure["data"]
        assert any(any(sign.isdigit() for sign in caption.value) for caption in page.app.caption), name


@every_lesson
def test_any_text_cannot_be_asked_for_facts_and_that_is_said(lesson: Lesson) -> None:
    page = Session().open(lesson.name, query(tab="Experiment", story="free"))
    for experiment in lesson.experiments():
        page.move("exp", experiment.name)
        assert (texts.NOTHING_TO_MEASURE in page.text) == experiment.asks
        assert bool(page.figures) == (not experiment.asks and not experiment.long)


@every_lesson
def test_a_story_without_facts_is_measured_as_what_it_is(lesson: Lesson) -> None:
    page = Session().open(lesson.name, query(tab="Experiment", story="own", words="It rains now."))
    for experiment in lesson.experiments():
        page.move("exp", experiment.name).settle()
        assert experiment.long or page.figures
        assert not any("do not go together" in note for note in page.notes)


def test_a_scenario_may_open_the_softmax_lens_and_the_next_one_sets_it_anew() -> None:
    page = Session().open("global").scenario("A hand on the logits")
    assert [page.stage.header["seek"][key] for key in ("step", "view", "lens")] == [26, "lens", "pin_p4.5"]
    page.scenario("Entropy falls")
    assert [page.stage.header["seek"][key] for key in ("step", "view", "lens")] == [18, "", ""]


@pytest.mark.parametrize("tab", ["What happens", "How it works"])
def test_what_is_said_of_a_moment_is_drawn_alone_and_as_the_whole_page_would(
    monkeypatch: pytest.MonkeyPatch, tab: str
) -> None:
    def said() -> list[str]:
        return [one.value for one in (*page.app.markdown, *page.app.code)]

    page = Session().open("compressive", query(tab=tab))
    before = said()
    with monkeypatch.context() as patch:
        in_a_fragment(patch)
        page.stand(23, "pop")
        alone = said()
        assert not page.stages and not page.cards and alone
    page.run()
    assert page.app.session_state[link.PLACES]["compressive"].moment[:2] == (23, "pop")
    assert set(alone) <= set(said()) and not set(alone) <= set(before)


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        *((lesson.name, {"tab": "Answer"}) for lesson in LESSONS),
        ("compare", {"tab": "Duel"}),
        ("check", {"of": "compressive"}),
    ],
)
def test_where_nothing_is_said_of_the_moment_a_rest_of_the_stage_draws_nothing(
    monkeypatch: pytest.MonkeyPatch, name: str, asked: dict[str, str]
) -> None:
    page = Session().open(name, query(**asked))
    assert page.stages
    in_a_fragment(monkeypatch)
    page.stand(2)
    assert not page.stages and not page.raw and not page.app.markdown
    assert page.app.session_state[link.PLACES][name].moment.step == 2


def test_the_rest_alone_tells_of_the_attention_that_was_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """A report of the stage may run it between a reset, which forgets all controls, and the run that draws them."""
    monkeypatch.setattr(ahead, "stepped", lambda *_: fragments.rerun(ahead.REST))
    page = Session().open("story", "tab=Answer&head=2")
    told = re.findall(r"<section><h4>.*?</section>", page.raw, re.DOTALL)
    page.app.session_state[link.PLACES]["story"].values.clear()
    in_a_fragment(monkeypatch)
    page.stand(5)
    assert not page.stages, "the rest alone has run"
    assert "head 2" in "".join(told)
    assert re.findall(r"<section><h4>.*?</section>", page.raw, re.DOTALL) == told
