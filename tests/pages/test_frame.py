"""Every page stands in the one frame."""

import pytest

from memattn.ui.navigation import GROUPS, HOME
from tests.pages.session import FILES, Session

STOPS = [HOME, *(stop for _, stops in GROUPS for stop in stops)]
READY = [stop for stop in STOPS if stop.ready]


def test_every_script_in_pages_is_in_the_navigation() -> None:
    assert set(FILES.values()) == {stop.file for stop in READY}


@pytest.mark.parametrize("name", FILES)
def test_a_page_opens_with_links_to_all_that_is_ready_and_names_what_is_coming(name: str) -> None:
    page = Session().open(name)
    sidebar = page.app.sidebar
    assert [link.proto.label for link in sidebar.get("page_link")] == [ready.title for ready in READY]
    beside = "\n".join(element.proto.body for element in sidebar.get("html"))
    assert beside.count("<i>coming</i>") == len(STOPS) - len(READY)


@pytest.mark.parametrize("said", ["1", "true", "True"])
@pytest.mark.parametrize("name", FILES)
def test_presenter_mode_is_in_the_link_and_can_be_left(name: str, said: str) -> None:
    page = Session().open(name, f"present={said}")
    assert page.app.button(key="present_exit").label == "Leave presenter mode" and page.link == "present=true"
    page.present(False)
    assert "present_exit" not in [button.key for button in page.app.button] and page.link == ""
    assert page.present(True).link == "present=true"


@pytest.mark.parametrize("said", ["", "present=0", "present=false", "present=", "present=1&present=0"])
def test_presenter_mode_is_off_where_the_link_does_not_ask_for_it(said: str) -> None:
    page = Session().open("start", said)
    assert "present_exit" not in [button.key for button in page.app.button]


def test_pages_wear_their_titles() -> None:
    assert "Compressive memory</h1>" in Session().open("compressive").said
    assert "How does a language model remember?</h1>" in Session().open("start").said
