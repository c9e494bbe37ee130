"""Between pages nothing is carried along and nothing is lost, however one walks."""

from random import Random
from typing import Any

import pytest

from tests.pages.moves import moment, wander
from tests.pages.session import FILES, Session

VISITS, WALKS = 12, 4


def left(page: Session) -> tuple[dict[str, Any], tuple[int, str] | None]:
    """A page as the reader leaves it: what is seen, and where the stage stands."""
    at = None
    if page.stages and not page.refused:
        at = moment(Random(page.link), page)
        page.stand(*at)
    return page.seen, at


@pytest.mark.parametrize("walk", range(WALKS))
def test_a_page_is_found_as_it_was_left_and_its_link_is_its_own(walk: int) -> None:
    rng, page, known = Random(f"walk {walk}"), Session(), {}
    for _ in range(VISITS):
        page.open(rng.choice(sorted(set(FILES) - {page.page})))
        if page.page in known:
            seen, at = known[page.page]
            assert page.seen == seen
            assert at is None or page.stage.start == at
        else:
            assert page.link.replace("present=true", "") == ""
        wander(rng, page, moves=rng.choice((0, 1, 3)))
        if not page.refused:  # then the views of the last picture are drawn as well
            assert Session().open(page.page, page.link).named == page.named  # no name that this page does not draw
        known[page.page] = left(page)


@pytest.mark.parametrize("walk", range(WALKS))
def test_a_link_into_a_page_that_one_has_been_on_is_obeyed_exactly(walk: int) -> None:
    rng, page = Random(f"link {walk}"), Session()
    for _ in range(VISITS // 2):
        page.open(rng.choice(sorted(FILES)))
        wander(rng, page, moves=2)
        left(page)
        other = Session().open(rng.choice(sorted(FILES)))
        wander(rng, other, moves=2)
        seen, at = left(other)
        if other.page == page.page:  # another entry of the history: a page lies between
            page.open("story" if page.page == "start" else "start")
        page.open(other.page, other.address(at))
        assert page.seen == seen
        assert at is None or page.stage.start == at


def test_a_move_on_one_page_moves_nothing_on_another() -> None:
    page = Session().open("compressive").move("n", 61).move("tab", "Cost").stand(11, "attend")
    page.open("story")
    assert page.link == "" and page.value("n") == 160 and page.value("tab") == "Answer"
    assert page.stage.start == (len(page.stage.content["tokens"]) - 1, "")
    page.open("start")
    assert page.link == ""
    page.open("compressive")
    assert page.named == {"n": "61", "tab": "Cost"} and page.stage.start == (11, "attend")


def test_a_second_memory_that_is_not_drawn_keeps_its_settings_and_stays_out_of_the_link() -> None:
    page = Session().open("story").move("tab", "Side by side").move("b_window_window", 13)
    assert page.named == {"tab": "Side by side", "b_nc": "13"}
    page.move("tab", "Cost")
    assert page.named == {"tab": "Cost"}
    page.open("compressive").open("story").move("tab", "Side by side")
    assert page.value("b_window_window") == 13


def test_settings_of_a_memory_come_back_with_it() -> None:
    page = Session().open("story").move("compressive_rate", 2).move("memory", "Sliding window")
    assert page.named == {"memory": "window"}
    page.move("memory", "Compressive memory")
    assert page.named == {"c": "2"}


def test_presenter_mode_goes_along_and_nothing_else() -> None:
    page = Session().open("compressive", "c=2&present=1")
    page.open("story")
    assert page.named == {"present": "true"}
    page.present(False)
    page.open("compressive")
    assert page.named == {"c": "2"}
