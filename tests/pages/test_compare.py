"""Compare in a reader's session: the wall has every memory, a duel is locked, and links come back."""

import re
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from memattn.lessons.compare import LESSON
from memattn.lessons.comparing import frontier as exam
from memattn.lessons.lesson import Settings
from memattn.lessons.memories import Choice
from memattn.lessons.recall import ByDistance
from memattn.lessons.running import layers_of, run
from memattn.memory import MEMORIES
from memattn.stage.packed import unpacked
from memattn.ui.compare import frontier
from tests.pages.runs import standing
from tests.pages.session import Session, _split, query

SHORT = {"n": 61, "facts": 3}


def wall(page: Session) -> tuple[dict[str, Any], dict[str, Any], int]:
    """Header and content of the wall's payload, and what it weighs."""
    (mounted,) = page._mounted("memattn_wall")
    header, packed = _split(mounted.bytes)
    return header, _split(unpacked(packed))[0], len(mounted.bytes)


def test_the_wall_shows_every_memory_on_the_same_story_with_its_answer_and_costs_little() -> None:
    page = Session().open("compare")
    header, content, weighs = wall(page)
    assert page.notes == [] and page.link == "" and page.control("tab").options == ["Wall", "Duel", "Frontier"]
    assert [one["name"] for one in content["memories"]] == list(MEMORIES)
    assert len(content["tokens"]) > 160 and weighs < 24 * 1024
    assert header["start"] == len(content["tokens"]) - 1
    first, last = content["fact"]
    assert " ".join(content["tokens"][-6:]) == "who owns the orange coat ?"
    assert content["tokens"][first : last + 1] == ["the", "orange", "coat", "belongs", "to", "ben", "."]
    by_name = {one["name"]: one for one in content["memories"]}
    assert (by_name["full"]["answer"], by_name["full"]["right"], by_name["full"]["note"]) == ("ben", True, "83 KiB")
    for name, tile in by_name.items():  # a reader of two layers has two such states
        assert tile["note"].startswith("2 × ") is (layers_of(Settings(Choice(name), ())) == 2), name
    assert (by_name["window"]["note"], by_name["hybrid"]["note"]) == ("16 KiB", "2 × 16.5 KiB"), "32 slots and 33"
    assert by_name["window"]["fact"][-1] == [0, 0, 7], "all seven words are lost"


def test_memories_of_the_wall_can_be_sized_alike() -> None:
    page = Session().open("compare", query(**SHORT))
    assert "pairs" not in page.controls, "each stands as it begins"
    page.move("alike", "equal slots").move("pairs", 11)
    assert page.named == {"n": "61", "facts": "3", "alike": "slots", "pairs": "11"}
    lanes = {one["name"]: sum(lane["capacity"] for lane in one["lanes"]) for one in wall(page)[1]["memories"]}
    assert lanes["window"] == lanes["merging"] == 11 and lanes["full"] > 61
    assert lanes["cumulative_average"] == 1


def test_the_wall_opens_where_the_link_says_and_a_question_moves_the_fact() -> None:
    page = Session().open("compare", query(step=23, **SHORT))
    assert page.notes == [] and wall(page)[0]["start"] == 22
    before = wall(page)[1]["fact"]
    page.move("q", page.control("q").options[0])
    assert wall(page)[1]["fact"][0] < before[0]
    assert "Allowed: whole numbers from 1 to" in Session().open("compare", query(step=999, **SHORT)).notes[0]


def test_a_duel_plays_both_on_the_same_words_by_one_clock_and_says_where_they_differ() -> None:
    page = Session().open("compare", query(tab="Duel", nc=13, b_memory="segments", b_ns=5, b_m=2, **SHORT))
    one, other = page.stages
    assert page.notes == [] and one.content["tokens"] == other.content["tokens"]
    assert one.header["clock"] == other.header["clock"] == "compare"
    assert one.content["scale"] == other.content["scale"]
    first, second = (run(standing(page, side)) for side in ("", "b_"))
    assert [card.count("<bdi>") > 0 for card in page.cards] == [True, True]
    for found, card in zip((first, second), page.cards, strict=True):
        assert f"<bdi>{found.answer.ranked[0][0]}</bdi>" in card  # type: ignore[union-attr]
    differs = next(
        (a.index for a, b in zip(first.trace.steps, second.trace.steps, strict=True) if set(a.ids) != set(b.ids))
    )
    assert f"First difference at token {differs + 1} “{first.trace.tokens[differs]}”: only B can read k1." in page.said
    assert page.app.button(key=page.key("first")).label == f"Go to token {differs + 1}"
    page.click("first")
    assert page.stage.header["seek"]["step"] == differs and len(page.figures) == 1


@pytest.mark.parametrize(("measure", "numbers"), [("slots", 13), ("bytes", 13 * 32)])
def test_b_can_be_made_as_large_as_a(measure: str, numbers: int) -> None:
    page = Session().open("compare", query(tab="Duel", nc=13, b_memory="merging", even=measure, **SHORT))
    assert page.notes == [] and "b_merging_slots_from" not in page.controls
    assert "As large as A: Merging memory, n_g = 13" in page.said
    assert page.said.count("13 slots read by the last word · 416 numbers stored per head") == 2


def test_equal_bytes_say_whose_reader_has_more_layers() -> None:
    """A window of 40 pairs stores 40 in each of its layers, so what is as large in twice as many has half of them."""
    layers = {name: layers_of(Settings(Choice(name), ())) for name in ("window", "merging", "hybrid")}
    assert layers["hybrid"] == 2 * layers["window"] == 2 * layers["merging"]
    told = "Bytes are those of all layers of a reader: 1 of A’s, 2 of B’s."
    for other, even, model, said in (
        ("hybrid", "bytes", "trained", True),
        ("merging", "bytes", "trained", False),
        ("hybrid", "slots", "trained", False),
        ("hybrid", "bytes", "planted", False),  # has one layer for all
    ):
        page = Session().open("compare", query(tab="Duel", nc=40, b_memory=other, even=even, src=model, **SHORT))
        assert page.notes == [] and (told in page.said) is said, (other, even, model)
        assert "As large as A: " in page.said


def test_a_curated_duel_opens_with_its_sentence() -> None:
    page = Session().open("compare", "tab=Duel").scenario("The beginning or the end")
    (scenario,) = (one for one in LESSON.scenarios if one.name == page.value("preset"))
    assert page.notes == [] and scenario.look in page.said
    assert page.named == {"tab": "Duel", "nc": "48", "b_memory": "global_tokens", "even": "slots", "q": page.value("q")}
    assert page.stage.start == (51, ""), "the fact is about to leave A"
    assert re.search(r"First difference at token 49 “the”: only A can read k17, only B can read k1\.", page.said)


@pytest.mark.parametrize("even", ["free", "slots", "bytes"])
@pytest.mark.parametrize("side", ["", "b_"])
def test_settings_that_do_not_go_together_are_said_and_their_picture_is_dimmed(side: str, even: str) -> None:
    """It is that of what the repair leads to; the other side plays on."""
    wrong = {f"{side}memory": "compressive", f"{side}ns": 16, f"{side}nm": 8}
    page = Session().open("compare", query(tab="Duel", even=even, **wrong, **SHORT))
    if side and even != "free":  # then the sizes of B are those of A, and go together
        assert not [note for note in page.notes if "do not go together" in note]
        return
    assert any("These settings do not go together" in note for note in page.notes)
    refused = 1 if side else 0
    assert [bool(stage.header["inert"]) for stage in page.stages] == [number == refused for number in (0, 1)]
    page.click(f"fix_{side}compressive_memory_length")
    assert page.value(f"{side}compressive_memory_length") == 16
    assert not any(stage.header["inert"] for stage in page.stages)
    assert not [note for note in page.notes if "do not go together" in note]


# --- the frontier ---------------------------------------------------------------------------------------------------


def test_the_frontier_is_measured_here_can_be_cancelled_and_leads_into_the_duel(monkeypatch: Any) -> None:
    asked = (Choice("full"), Choice("merging", (("slots_from", 32),)))
    monkeypatch.setattr(exam, "choices", lambda: asked)
    monkeypatch.setattr(exam, "DESIGN", ByDistance(stories=27, tokens=160, facts=8))
    monkeypatch.setattr(
        exam, "EXPERIMENT", replace(exam.EXPERIMENT, run=partial(exam.measure, asked=asked), together=0)
    )
    monkeypatch.setattr(frontier, "offered", lambda names: asked)
    page = Session().open("compare", query(tab="Frontier", seed=5))
    assert page.notes == [] and page.figures == []
    page.click("measure_start").run()
    page.click("measure_cancel")
    assert any(note for note in page.notes if "Cancelled after" in note)
    page.click("measure_start").settle()
    (figure,) = page.figures
    assert [one.get("name") for one in figure["data"] if one.get("name")][2:] == ["Full cache", "Merging memory"]
    page.point("merging-slots_from32")
    assert page.value("tab") == "Duel" and page.value("memory") == "merging"
    page.move("tab", "Frontier")
    page.move("pick", page.control("pick").options[1]).click("pick_open")
    assert page.value("tab") == "Duel"
    assert page.named == {"tab": "Duel", "memory": "merging", "ng": "32", "b_memory": "window", "even": "bytes"}
    assert "As large as A: Sliding window, n_c = 32" in page.said
