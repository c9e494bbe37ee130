"""A link shows exactly what its writer saw, in a session that has never seen the page."""

from random import Random
from urllib.parse import urlencode

import pytest

from memattn.lessons import compare
from memattn.ui import link
from tests.lessons.every import LESSONS
from tests.pages.moves import moment, phases, wander
from tests.pages.session import FILES, Session
from tests.thorough import THOROUGH

# For each page, in so many tests: 40 settings are what a whole run has minutes for.
SETTINGS, PARTS = (200, 5) if THOROUGH else (20, 1)
FEWER = {"compare": 10}  # a page that runs every memory with every move
FRESH_EVERY = 10  # settings of one session, each a move further from where the page begins
SCENARIOS = [(lesson.name, scenario.name) for lesson in (*LESSONS, compare.LESSON) for scenario in lesson.scenarios]


def check(rng: Random, page: Session, stands: bool = True) -> None:
    at = moment(rng, page) if page.stages and stands and not page.refused else None
    if at:
        page.stand(*at)
    other = page.shared(at)
    assert other.seen == page.seen, page.link
    if at:
        assert other.stage.start == at, page.link


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("name", FILES)
def test_random_settings_come_back_from_their_link(name: str, part: int) -> None:
    rng = Random(f"{name} {part}")
    for number in range(FEWER.get(name, SETTINGS) // PARTS):
        if number % FRESH_EVERY == 0:
            page = Session().open(name)
        moves_stage = number < FRESH_EVERY  # in one session of four, since each takes a run more
        wander(rng, page, but=() if moves_stage else ("preset",))
        check(rng, page, stands=moves_stage)


@pytest.mark.parametrize(("name", "scenario"), SCENARIOS if THOROUGH else SCENARIOS[::2], ids=lambda part: part)
def test_a_scenario_comes_back_from_its_link_and_a_move_of_its_story_keeps_that_exact(name: str, scenario: str) -> None:
    rng = Random(scenario)
    tab = "Duel" if name == "compare" else "What happens"  # the view with most numbers of the run
    page = Session().open(name, urlencode({"tab": tab})).scenario(scenario)
    check(rng, page)
    if "n" in page.controls:
        check(rng, page.move("n", 71))


@pytest.mark.parametrize("name", FILES)
def test_a_page_that_nobody_touched_has_an_empty_link(name: str) -> None:
    assert Session().open(name).link == ""


def test_every_phase_of_the_stage_can_stand_in_the_link_of_a_step_that_has_it() -> None:
    found: set[str] = set()
    for name in ("compressive", "global", "summary"):
        page = Session().open(name)
        own = {phase: step for step in range(40) for phase in phases(page, step)}
        for phase, step in own.items():
            there = Session().open(name, urlencode({"step": step + 1, "phase": phase}))
            assert there.stage.start == (step, phase) and there.notes == []
        for phase in set(link.PHASES) - set(phases(page, 30)):
            there = Session().open(name, urlencode({"step": 31, "phase": phase}))
            assert there.stage.start == (30, "") and "of step 31. Allowed: arrive, attend" in there.notes[0]
        found |= set(own)
    assert found == set(link.PHASES)


def test_what_a_run_that_was_cut_short_set_is_told_to_the_browser_by_the_next_unless_the_reader_has_moved_it() -> None:
    page = Session().open("compressive").move("n", 61)
    place = page.app.session_state[link.PLACES]["compressive"]
    assert not page.control("n").proto.set_value and not place.unsent
    place.unsent |= {"n": 61, "seed": page.value("seed") + 1}  # the second was moved since
    page.run()
    assert page.control("n").proto.set_value and not page.control("seed").proto.set_value
    page.run()
    assert not page.control("n").proto.set_value
