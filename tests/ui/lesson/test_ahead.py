"""The rest follows the picture, and no move of a slider gets lost between them."""

from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from memattn.ui import fragments


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

    picture()
    rest()
    st.session_state[ahead.FOLLOWS] = True  # as when the picture has just run alone
    st.button("Drawn", key="drawn", on_click=ahead.rest)
    st.button("Put back and drawn", key="back", on_click=lambda: (link.clear(link.here()), ahead.rest()))


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> AppTest:
    storage = SimpleNamespace(resolve_target=list)
    context = SimpleNamespace(fragment_ids_this_run=["picture"], fragment_storage=storage)
    monkeypatch.setattr(fragments, "get_script_run_ctx", lambda: context)
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


def test_a_slider_that_was_put_back_meanwhile_is_drawn(app: AppTest) -> None:
    app.button("back").click().run()
    assert not app.exception and app.session_state.runs == ["picture 5", "rest"]
