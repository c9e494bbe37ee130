"""Summary vectors in a reader's session: pairs of numbers, the query that turns, and the weights that are dragged."""

import json
from typing import Any

import pytest

from memattn.bidi import isolated
from memattn.lessons.summary import gate
from tests.pages.runs import computed
from tests.pages.session import Session, query

WEIGHTED = {"memory": "weighted_average", "story": "pairs", "pairs": "2 4; 1 3; 5 0", "nc": 3}


def drag(page: Session, values: Any) -> Session:
    """What the bars report when one is let go."""
    (mounted,) = page._mounted("memattn_bars")
    return page._send(mounted.id, json.dumps({"values": values}))


def bars(page: Session) -> list[float]:
    (mounted,) = page._mounted("memattn_bars")
    found: list[float] = json.loads(mounted.json)["values"]
    return found


def digits(page: Session) -> list[str]:
    """What stands on Σ, from step to step."""
    return [text for _, text in page.stage.content["written"]["-1"]]


def test_the_course_comes_out_on_the_tile_in_the_formula_and_on_the_card() -> None:
    page = Session().open("summary").scenario("The course’s numbers").stand(3)
    assert page.stage.content["tokens"] == ["1,2→10,11", "3,4→12,13", "5,6→14,15", "7,8→16,17"]
    assert digits(page) == ["1,2→10,11", "2,3→11,12", "3,4→12,13", "5,6→14,15"]
    assert r"0.333 \cdot [3, 4] + 0.333 \cdot [5, 6] + 0.333 \cdot [7, 8] = [5, 6]" in page.text
    assert r"= [14, 15]" in page.text
    assert "[14, 15]" in page.cards[0] and "4 pairs of numbers" in page.said
    page.stand(1)
    assert "Warm-up: 2 of 3 pairs have come" in page.text


def test_a_scenario_opens_the_view_that_its_sentence_speaks_of_and_the_link_carries_it() -> None:
    page = Session().open("summary").scenario("Window and Σ")
    header = page.stage.header
    assert (header["view"], header["seek"]["view"]) == ("gate", "gate")
    link = f"{page.address((header['start'], header['phase']))}&view=gate"
    assert Session().open("summary", link).stage.header["view"] == "gate"
    assert page.scenario("One fact").stage.header["seek"]["view"] == "", "it leaves open what is"


def test_the_betas_of_the_course_come_out_and_stand_on_the_bars_and_in_the_link() -> None:
    page = Session().open("summary").scenario("β = .1, .3, .6").stand(2)
    assert bars(page) == [0.1, 0.3, 0.6] and page.named["beta"] == "0.1,0.3,0.6"
    assert digits(page) == ["2,4", "1.333,3.333", "3.5,1.3"], "two of three: (.3 [2, 4] + .6 [1, 3]) / .9"
    assert r"0.1 \cdot [2, 4] + 0.3 \cdot [1, 3] + 0.6 \cdot [5, 0] = [3.5, 1.3]" in page.text
    assert page.shared((2, "")).seen == page.seen


def test_a_bar_that_is_dragged_moves_sigma_and_stands_in_the_link() -> None:
    page = Session().open("summary", query(**WEIGHTED))
    assert bars(page) == [0.33, 0.67, 1] and "beta" not in page.named, "rising, as the memory has it"
    assert digits(page)[-1] == "3.167,1.667"
    drag(page, [0, 0, 0.5])
    assert page.named["beta"] == "0,0,0.5" and digits(page)[-1] == "5,0"
    drag(page, [1, 0, 1])
    assert digits(page)[-1] == "3.5,2" and page.shared(None).seen == page.seen
    page.move("weighted_average_betas", 2)
    assert bars(page) == [0.5, 1] and "beta" not in page.named and page.notes == []
    assert page.click("reset").link == ""


@pytest.mark.parametrize("values", [None, "x", [], [1, 2, 3], [0.1, 0.3], [0.5, 0.5, 0], [float("nan")] * 3])
def test_what_a_client_should_not_send_leaves_the_weights_as_they_begin(values: Any) -> None:
    page = drag(Session().open("summary", query(**WEIGHTED)), values)
    assert bars(page) == [0.33, 0.67, 1] and "beta" not in page.named


@pytest.mark.parametrize("text", ["0.1,0.3", "1,2,3", "a,b,c", "0.1,0.3,0", ""])
def test_a_link_to_other_weights_is_told_and_not_obeyed(text: str) -> None:
    page = Session().open("summary", query(**WEIGHTED, beta=text))
    (note,) = page.notes
    assert f"The link asked for “{isolated(text)}” as weights β. Allowed: 3 numbers from 0 to 1" in note
    assert bars(page) == [0.33, 0.67, 1]


def test_many_weights_are_a_shape_and_no_bars() -> None:
    page = Session().open("summary", query(memory="weighted_average", nc=11))
    assert page._mounted("memattn_bars") == []
    assert page.stage.content["provenance"] == "exact"


def test_the_query_is_turned_and_full_attention_alone_follows() -> None:
    page = Session().open("summary").scenario("The same query, turned")
    card = page.cards[0]
    assert page.value("turn") == 180 and "One slot gets all the weight" in card
    page.move("turn", 45)
    assert page.named["turn"] == "45" and page.cards[0] != card
    assert all("[14, 15]" in one for one in (card, page.cards[0]))
    page.move("memory", "Hybrid cache")
    assert "One slot" not in page.cards[0]


def test_numbers_that_are_none_are_told_and_the_example_is_read() -> None:
    page = Session().open("summary", query(story="pairs", pairs="1 2; x"))
    (problem,) = page.notes
    assert "got 'x' — until that is mended, an example is read." in problem
    assert page.stage.content["tokens"][0] == "1,2→10,11"


def test_the_needle_on_the_page_is_that_of_the_trace() -> None:
    page = Session().open("summary", query(memory="hybrid", nc=8, n=60, facts=3, head=1)).stand(30)
    g, one, two = gate(computed(page).trace.steps[30], 0)
    assert rf"\sigma({one:.2f} - {two:.2f}) = {g:.3f}" in page.text
    assert r"\ln 23 = 3.14" in page.text, "30 tokens before, 8 in the window"
    page.stand(3)
    assert r"(-\infty)) = 1.000" in page.text and r"\Sigma\ \text{is still empty}" in page.text


def test_what_is_read_and_what_is_stored_are_told_apart() -> None:
    page = Session().open("summary", query(memory="moving_average", nc=5, n=60, facts=3)).stand(40)
    trace = computed(page).trace
    stored = 6 * (trace.d_k + trace.d_v)
    assert r"1\ \text{slot}\ \text{read}" in page.text
    assert rf"{stored}\ \text{{numbers}}" in page.text and r"= 6\ \text{pairs}" in page.text


def test_the_plane_is_sent_where_a_lesson_shows_it_alone() -> None:
    assert "plane" in Session().open("summary").stage.content
    assert "plane" not in Session().open("compressive").stage.content
