"""What is computed while a slider is held is just what the page looks up once it is let go."""

from typing import Any

import pytest

from memattn.lessons import running
from memattn.ui import beforehand, cache, link
from memattn.ui.lesson import computed
from tests.pages.session import Session

PAGES = {  # links by page, with every kind of slider: of a part, of a row, of the second memory
    "segments": [""],
    "summary": ["memory=weighted_average"],
    "compressive": ["tab=Side by side"],
    "global": [""],
    "loss": ["src=planted"],
    "story": ["memory=hybrid"],
    "compare": ["tab=Duel", "tab=Duel&even=slots"],
}


class Made:
    """How often something was computed that was not known."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.times = 0
        for owner, name in ((running, "trace"), (computed, "payload")):
            monkeypatch.setattr(owner, name, self._counting(getattr(owner, name)))

    def _counting(self, function: Any) -> Any:
        def counted(*args: Any, **kwargs: Any) -> Any:
            self.times += 1
            return function(*args, **kwargs)

        return counted


def reader(session: Session) -> beforehand.Reader:
    found: beforehand.Reader = session.app.session_state[beforehand.READER]
    return found


def asked(session: Session, key: str, value: float) -> None:
    """Hold a slider at a value, until that is computed."""
    beforehand.ask(reader(session).name, session.key(key), value)
    beforehand._worker.submit(int).result()


def neighbour(slider: Any) -> Any:
    """Another place of a slider, near by."""
    return slider.value + slider.step * (1 if slider.value < slider.max else -1)


@pytest.mark.parametrize(("page", "opened"), [(page, opened) for page, links in PAGES.items() for opened in links])
def test_a_slider_that_was_held_shows_what_was_computed_meanwhile(
    page: str, opened: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.forget()
    session = Session().open(page, opened)
    made = Made(monkeypatch)
    held = [key for key, one in session.controls.items() if session.key(key) in reader(session).sliders]
    assert held and all(session.controls[key].type == "slider" for key in held)
    for key in held:
        value = neighbour(session.controls[key])
        before = made.times
        asked(session, key, value)
        assert made.times > before, f"{key} at {value} was known before"
        before = made.times
        session.move(key, value)
        assert made.times == before, f"{key} at {value} is computed anew"


def test_a_slider_without_a_run_is_let_go_like_any_other() -> None:
    """Settings that do not go together, and a place where no slider goes: who lets go there is told why."""
    session = Session().open("compressive")
    asked(session, "compressive_segment_length", 17)
    asked(session, "compressive_segment_length", 10**9)
    session.move("compressive_segment_length", 17)
    assert any("n_m" in note for note in session.notes)


def test_another_page_takes_back_what_the_last_one_offered() -> None:
    session = Session().open("segments")
    offered = set(reader(session).sliders)
    assert offered
    session.open("global")
    assert reader(session).sliders and not offered & set(reader(session).sliders)
    assert all(key.startswith(link.widget("", "global")) for key in reader(session).sliders)
