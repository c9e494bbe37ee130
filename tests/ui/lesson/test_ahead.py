"""The rest follows the picture, a rest of the stage runs what it changes, and no move of a slider gets lost between."""

import pytest
from streamlit.testing.v1 import AppTest

from memattn.ui import link
from memattn.ui.stage import Moment
from tests.in_a_fragment import in_a_fragment


def script() -> None:
    import streamlit as st

    from memattn.lessons.memories import settings_of
    from memattn.ui import controls, link
    from memattn.ui.lesson import ahead

    st.session_state.setdefault("runs", [])
    link.enter("page")
    run = ahead.Run()

    @st.fragment(key=ahead.PICTURE)
    def picture() -> None:
        run.ahead()
        with link.part(ahead.PICTURE):
            st.session_state.runs.append(f"picture {controls.dial('size', settings_of('window')['window'], 5)}")

    @st.fragment(key=ahead.REST)
    def rest() -> None:
        run.rests()
        st.session_state.runs.append("rest")

    @st.fragment(key=ahead.LESSON)
    def lesson() -> None:
        st.session_state.runs.append("lesson")

    def said() -> None:
        stands = link.here().moment
        st.session_state.runs.append(f"moment {stands.step if stands else None}")

    picture()
    rest()
    lesson()
    ahead.moment(said)
    st.session_state[ahead.FOLLOWS] = st.session_state.get("follows", True)  # as when the picture has just run alone
    st.button("Drawn", key="drawn", on_click=ahead.rest)
    st.button("Stepped", key="stepped", on_click=ahead.stepped, args=("stage", 12, "run"))
    st.button("Put back and drawn", key="back", on_click=lambda: (link.clear(link.here()), ahead.rest()))


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> AppTest:
    in_a_fragment(monkeypatch)
    app = AppTest.from_function(script).run()
    app.session_state.runs = []
    return app


def test_the_rest_follows_alone(app: AppTest) -> None:
    app.button("drawn").click().run()
    assert not app.exception and app.session_state.runs == ["rest"]


def test_a_slider_that_was_moved_meanwhile_is_drawn(app: AppTest) -> None:
    app.slider("page_size").set_value(7)
    app.button("drawn").click().run()
    assert not app.exception and app.session_state.runs == ["picture 7", "rest"]


def stand(app: AppTest, step: object) -> list[str]:
    """What runs when the stage says that it has come to rest there."""
    app.session_state["stage"] = {"moment": {"step": step, "phase": "pop", "view": "", "lens": ""}}
    app.button("stepped").click().run()
    assert not app.exception
    runs = [*app.session_state.runs]
    app.run()  # all that stands on the page is there again for the test
    app.session_state.runs = []
    return runs


@pytest.fixture
def settled(app: AppTest) -> AppTest:
    """Nothing has yet to follow the picture."""
    app.session_state.follows = False
    app.run()
    app.session_state.runs = []
    return app


def test_where_the_stage_rests_is_noted_and_what_depends_on_that_runs_alone(settled: AppTest) -> None:
    assert stand(settled, 7) == ["moment 7"]
    place = settled.session_state[link.PLACES]["page"]
    assert place.moment == Moment(7, "pop") and place.stood == "run"
    assert stand(settled, 13) == ["moment 12"]  # it has no such step


def test_a_slider_that_was_moved_before_the_stage_came_to_rest_is_drawn(settled: AppTest) -> None:
    settled.slider("page_size").set_value(7)
    assert stand(settled, 7) == ["lesson"]


def test_what_has_yet_to_follow_the_picture_is_not_overtaken_by_a_rest(app: AppTest) -> None:
    assert stand(app, 7) == ["lesson"]


def test_what_a_link_asked_for_in_vain_is_told_until_the_stage_has_moved(settled: AppTest) -> None:
    assert stand(settled, 7) == ["moment 7"]
    settled.session_state[link.PLACES]["page"].notices["step"] = ("No such step.", None)
    assert stand(settled, 7) == ["moment 7"]
    assert stand(settled, 8) == ["lesson"]
    assert stand(settled, 9) == ["moment 9"]


def test_a_rest_of_which_nothing_can_be_read_is_none(settled: AppTest) -> None:
    assert stand(settled, 7) == ["moment 7"]
    assert stand(settled, "9") == ["moment 7"]


def test_a_slider_that_was_put_back_meanwhile_is_drawn(app: AppTest) -> None:
    app.button("back").click().run()
    assert not app.exception and app.session_state.runs == ["picture 5", "rest"]
