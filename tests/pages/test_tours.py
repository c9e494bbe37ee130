"""Tours: every stop opens what it says, and the way on leads to the next."""

from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from memattn.lessons import tours
from memattn.lessons.tours import TOURS, Tour
from memattn.ui import link
from memattn.ui.navigation import page_named
from tests.lessons.every import LESSONS
from tests.pages.session import Session

SCENARIOS = {lesson.name: {scenario.name for scenario in lesson.scenarios} for lesson in LESSONS}
STOPS = [(tour, at) for tour in TOURS.values() for at in range(len(tour.stops))]
IDS = [tours.written(tour, at) for tour, at in STOPS]
FIRST = {(stop.page, stop.link.get("scenario")): (tour, at) for tour, at in STOPS for stop in [tour.stops[at]]}


def opened(tour: Tour, at: int) -> Session:
    return Session().open(tour.stops[at].page, urlencode(tours.query(tour, at)))


def onward(page: Session) -> dict[str, str]:
    """Where the buttons of the tour lead: their words, and the query."""
    found = [one.proto for one in page.app.get("page_link") if "tour=" in one.proto.query_string]
    return {one.label: one.query_string for one in found if not one.label.startswith("**")}


@pytest.mark.parametrize(("tour", "at"), STOPS, ids=IDS)
def test_a_stop_is_a_page_with_a_scenario_of_its_own_and_something_to_say(tour: Tour, at: int) -> None:
    stop = tour.stops[at]
    assert page_named(stop.page).ready and stop.minutes > 0 and len(stop.say) > 20
    assert stop.page not in SCENARIOS or stop.link["scenario"] in SCENARIOS[stop.page]
    assert tours.standing(tours.written(tour, at)) == (tour, at)


@pytest.mark.parametrize(("tour", "at"), FIRST.values(), ids=[tours.written(tour, at) for tour, at in FIRST.values()])
def test_its_link_opens_the_scenario_as_a_click_does(tour: Tour, at: int) -> None:
    stop, page = tour.stops[at], opened(tour, at)
    assert page.notes == [] and page.named["tour"] == tours.written(tour, at)
    assert f"stop {at + 1} of {len(tour.stops)}" in page.said and stop.say in page.said
    if stop.page in SCENARIOS:
        clicked = Session().open(stop.page).scenario(stop.link["scenario"])
        assert "<b>Look:</b>" not in page.said, "the line may ask for what it tells"
        assert page.value("preset") == stop.link["scenario"] and page.seen["pictures"] == clicked.seen["pictures"]
        assert page.stage.start == clicked.stage.start
        assert {**clicked.named, "tour": page.named["tour"]} == page.named


@pytest.mark.parametrize("tour", TOURS.values(), ids=TOURS)
def test_the_way_on_and_back_is_that_of_the_tour_and_its_time_adds_up(tour: Tour) -> None:
    for at in (0, 1, len(tour.stops) - 1):
        page, ways = opened(tour, at), []
        for to in (at - 1, at + 1):
            if 0 <= to < len(tour.stops):
                ways.append({name: [text] for name, text in tours.query(tour, to).items()})
        assert [parse_qs(query) for query in onward(page).values()] == ways
        until = sum(stop.minutes for stop in tour.stops[: at + 1])
        assert f"{tour.stops[at].minutes} min, until {until}:00" in page.said
    assert tours.LECTURE.minutes == 15


def test_a_tour_goes_along_to_other_pages_until_it_is_ended() -> None:
    page = opened(tours.LECTURE, 3)
    page.open("story")
    assert page.named["tour"] == "lecture.4" and "stop 4 of 8" in page.said
    page.app.button(key="tour_end").click()
    page.run()
    assert "tour" not in page.named and "stop 4" not in page.said
    page.open("segments")
    assert "tour" not in page.named


def test_what_else_the_link_of_a_scenario_says_counts_more() -> None:
    page = Session().open("compressive", urlencode({"scenario": "First look", "n": 71, "step": 9}))
    assert page.notes == [] and page.value("n") == 71 and page.stage.start[0] == 8


@pytest.mark.parametrize(
    "wrong", ["lecture", "lecture.0", "lecture.9", "lecture.²", "nobody.1", "lecture.99999999", "<b>"]
)
def test_a_stop_that_is_not_there_is_told(wrong: str) -> None:
    page = Session().open("compressive", urlencode({"tour": wrong}))
    (note,) = page.notes
    assert "Allowed: lecture.1 to lecture.8," in note and "tour" not in page.named


def test_a_scenario_that_is_not_there_is_told() -> None:
    page = Session().open("compressive", urlencode({"scenario": "<b>Nothing"}))
    (note,) = page.notes
    assert "scenario “\u2068<b>Nothing\u2069”." in note and "Allowed: First look, 50 pairs leave Mem," in note
    assert "<b>Nothing" not in page.raw and page.stage.content == Session().open("compressive").stage.content


def test_the_landing_page_lists_every_stop_as_a_link_with_its_minutes_and_its_line() -> None:
    page = Session().open("start")
    for tour, at in STOPS:
        stop = tour.stops[at]
        address = ("." if stop.page == "start" else stop.page) + "?" + urlencode(tours.query(tour, at))
        assert urlsplit(address).query and f'<a href="{address}" target="_self">' in page.said
        assert f"<i>{stop.minutes} min</i><br>{stop.say}" in page.said
    for tour in TOURS.values():
        assert f"{len(tour.stops)} stops, {sum(stop.minutes for stop in tour.stops)} minutes" in page.said


def test_a_scenario_is_marked_once_more_by_a_run_that_follows_at_once() -> None:
    page = Session().open("compressive", urlencode({"scenario": "First look"}))
    place = page.app.session_state[link.PLACES]["compressive"]
    place.unsent |= place.sent  # as before a run that the page asks for itself, see `link.again`
    page.run()
    assert page.control("preset").proto.set_value and page.value("preset") == "First look"
    page.run()
    assert not page.control("preset").proto.set_value


# Of the tour that follows a fact: what its lines say of the answer, by scenario.
FATES = {
    "Segment 6 of 10": ("Wrong", "The fact has left the memory"),
    "One fact": ("Right", "The fact stands in the summary"),
    "Two facts": ("Wrong", "The fact stands in the summary"),
    "Just inside the reach": ("Right", "of CMem"),
    "Just outside the reach": ("Wrong", "The fact has left the memory"),
    "What is pinned is recalled": ("Right", "The fact stands as raw pairs"),
    "The beginning blurs": ("Wrong", "The fact stands in g"),
}


@pytest.mark.parametrize("at", range(len(tours.ONE_FACT.stops)))
def test_the_tour_of_one_fact_says_of_it_what_the_run_says(at: int) -> None:
    verdict, stands = FATES[tours.ONE_FACT.stops[at].link["scenario"]]
    (card,) = opened(tours.ONE_FACT, at).cards[:1]
    assert verdict in card and stands in card


def test_a_tour_that_is_named_twice_counts_as_named_last_and_that_is_told() -> None:
    page = Session().open("compressive", "tour=lecture.2&tour=lecture.3")
    assert page.named["tour"] == "lecture.3" and "“tour” 2 times" in page.notes[0]
