"""A monkey at the controls of every page: nothing breaks, whatever is done in whatever order."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from benchmarks.monkey.actions import Action, sequence
from benchmarks.monkey.play import Place, opened, pages, play, shrink
from benchmarks.server import ROOT, served
from tests.thorough import THOROUGH

# Done as many as a whole run has minutes for; 2,000 on each page in each theme are a command, see benchmarks/monkey.
ACTIONS = 100 if THOROUGH else 8

# Breaks when the button is pressed while the switch is on.
PLANTED = """
import streamlit as st
from memattn.ui import guard

guard.deliver()
on = st.checkbox("A switch")
st.slider("A slider", 0, 3, 0)
if st.button("A button") and on:
    raise RuntimeError("planted")
"""
DONE = ("button", "slider key", "switch", "slider drag", "button", "slider key")


@pytest.mark.parametrize(("number", "page"), list(enumerate(pages())), ids=pages())
def test_nothing_breaks(browser: Browser, app_url: str, number: int, page: str) -> None:
    came = play(browser, Place(app_url, page, dark=number % 2 == 1), sequence(100 + number, 6 * ACTIONS), ACTIONS)
    last = "\n".join(did.what for did in came.did[-12:])
    assert not came.faults, f"{came.faults} after\n{last}"
    assert sum(did.done for did in came.did) == ACTIONS, "there was hardly anything to do"


def test_no_step_back_leads_out_of_the_app(browser: Browser, app_url: str) -> None:
    place = Place(app_url, "/compressive")
    with opened(browser, place) as (page, _):
        assert page.evaluate("history.length") == 1, "there is nothing in front of the page"
    kinds = ("theme", "back", "back", "back", "theme", "away", "back", "slider key", "away", "back", "theme")
    actions = [Action(number, kind, 0.5, 0.7, quick=kind != "theme") for number, kind in enumerate(kinds)]
    came = play(browser, place, actions)
    assert came.faults == [] and len(came.did) == len(kinds)


@pytest.mark.parametrize("view", ["/compare?tab=Frontier", "/check?of=cost"])
def test_a_view_that_plays_nothing_is_not_taken_for_an_empty_one(browser: Browser, app_url: str, view: str) -> None:
    with opened(browser, Place(app_url, view, patience=20)) as (page, watch):
        watch.look(stage=True)
        assert watch.faults == []
        page.goto(f"{app_url}/cost")
        watch.settle()
        watch.patience = 1
        watch.look(stage=True)
        assert watch.faults == ["empty: neither a stage nor a message that says why"]


def test_a_fault_is_found_and_made_short(browser: Browser, tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(PLANTED)
    (tmp_path / ".streamlit").symlink_to(ROOT / ".streamlit")
    actions = [Action(number, kind, 0.5, 0.5, quick=False) for number, kind in enumerate(DONE)]
    with served(("-m", "streamlit", "run", "app.py"), folder=tmp_path) as (address, *_):
        place = Place(address, "/")
        came = play(browser, place, actions)
        assert len(came.did) == 5, "it stops where the page breaks"
        assert any(fault.startswith("error box: Something went wrong here") for fault in came.faults)
        short = shrink(actions[:5], lambda part: bool(play(browser, place, part).faults), seconds=120)
    kinds = [action.kind for action in short]
    assert len(kinds) < 5 and "switch" in kinds and kinds[-1] == "button", kinds  # as short as the time allows
