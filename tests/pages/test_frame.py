"""Every page stands in the one frame."""

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from memattn.ui.navigation import GROUPS, HOME

ROOT = Path(__file__).resolve().parents[2]
STOPS = [HOME, *(stop for _, stops in GROUPS for stop in stops)]
READY = [stop for stop in STOPS if stop.ready]


def test_every_script_in_pages_is_in_the_navigation() -> None:
    assert {f"pages/{file.name}" for file in (ROOT / "pages").glob("*.py")} <= {stop.file for stop in STOPS}


@pytest.mark.parametrize("stop", READY, ids=lambda stop: stop.file)
def test_a_page_opens_with_links_to_all_that_is_ready_and_names_what_is_coming(
    stop: object, open_page: Callable[..., AppTest]
) -> None:
    page = open_page(stop.file)
    assert [link.proto.label for link in page.sidebar.get("page_link")] == [ready.title for ready in READY]
    beside = "\n".join(element.proto.body for element in page.sidebar.get("html"))
    assert beside.count("<i>coming</i>") == len(STOPS) - len(READY)


@pytest.mark.parametrize("said", ["1", "true", "True"])
def test_presenter_mode_is_in_the_link_and_can_be_left(said: str, open_page: Callable[..., AppTest]) -> None:
    page = open_page(present=said)
    assert page.button(key="present_exit").label == "Leave presenter mode"
    page.button(key="present_exit").click().run()
    assert "present_exit" not in [button.key for button in page.button]
    assert "present" not in page.query_params


def test_presenter_mode_is_off_without_a_word_in_the_link(open_page: Callable[..., AppTest]) -> None:
    assert "present_exit" not in [button.key for button in open_page().button]
