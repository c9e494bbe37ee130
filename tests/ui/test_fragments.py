"""A part of the page runs alone where it stands, and all of the page where it does not."""

import pytest
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime.app_session import AppSession
from streamlit.testing.v1 import AppTest

from memattn.ui import fragments
from tests.in_a_fragment import in_a_fragment


def script() -> None:
    import streamlit as st

    from memattn.ui import fragments

    st.session_state.setdefault("runs", [])
    st.session_state.runs.append("page")

    @st.fragment(key="part")
    def part() -> None:
        st.session_state.runs.append("part")

    if st.checkbox("Draw the part", key="drawn"):
        part()
    st.button("Run it", key="button", on_click=lambda: fragments.rerun("part"))
    st.button("Run both", key="both", on_click=lambda: fragments.rerun("part", "another"))
    if st.checkbox("From the body", key="body"):
        fragments.rerun("part")


@pytest.fixture
def app() -> AppTest:
    app = AppTest.from_function(script).run()
    app.session_state.runs = []
    return app


@pytest.fixture(name="in_a_fragment")
def clicks_come_from_a_fragment(monkeypatch: pytest.MonkeyPatch) -> None:
    in_a_fragment(monkeypatch)


def runs(app: AppTest) -> list[str]:
    assert not app.exception
    taken: list[str] = app.session_state.runs
    app.session_state.runs = []
    return taken


def test_where_the_page_runs_anyway_it_is_not_kept_from_that_by_a_part(app: AppTest) -> None:
    app.checkbox("drawn").check().run()
    runs(app)
    app.button("button").click().run()  # as if it came with a click on another page
    assert runs(app) == ["page", "part"]


@pytest.mark.usefixtures("in_a_fragment")
def test_a_part_that_stands_runs_alone(app: AppTest) -> None:
    app.checkbox("drawn").check().run()
    assert runs(app) == ["page", "part"]
    app.button("button").click().run()
    assert runs(app) == ["part"]


def test_of_a_part_that_a_run_cut_short_has_drawn_elsewhere_there_is_but_one_again(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.checkbox("drawn").check().run()
    runs(app)
    in_a_fragment(monkeypatch, copies=2)
    app.button("button").click().run()
    assert runs(app) == ["page", "part"]


@pytest.mark.usefixtures("in_a_fragment")
def test_where_a_part_does_not_stand_the_page_runs(app: AppTest) -> None:
    app.button("button").click().run()
    assert runs(app) == ["page"]


@pytest.mark.usefixtures("in_a_fragment")
def test_where_one_of_several_parts_does_not_stand_the_page_runs(app: AppTest) -> None:
    app.checkbox("drawn").check().run()
    runs(app)
    app.button("both").click().run()
    assert runs(app) == ["page", "part"]


@pytest.mark.usefixtures("in_a_fragment")
def test_a_part_that_stood_before_is_not_looked_for(app: AppTest) -> None:
    app.checkbox("drawn").check().run()
    app.checkbox("drawn").uncheck().run()
    runs(app)
    app.button("button").click().run()
    assert runs(app) == ["page"]


@pytest.mark.usefixtures("in_a_fragment")
def test_a_call_outside_of_a_callback_is_still_a_mistake(app: AppTest) -> None:
    app.checkbox("body").check().run()
    assert len(app.exception) == 1


class Unserved(AppSession):
    """A session without a server."""

    def __init__(self) -> None: ...

    def shutdown(self) -> None: ...


def test_a_fragment_of_a_left_page_is_not_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[tuple[str, str]] = []

    def request(session: AppSession, state: ClientState | None) -> None:
        heard.append((state.page_script_hash, state.fragment_id) if state else ("", ""))

    monkeypatch.setattr(AppSession, "request_rerun", request)
    fragments.answer_the_page_that_stands.__wrapped__()
    one, another = Unserved(), Unserved()

    def ask(page: str, fragment: str = "", session: AppSession = one) -> None:
        session.request_rerun(ClientState(page_script_hash=page, fragment_id=fragment))

    ask("")  # a page that was opened by its address; the browser learns the hash from the first message
    ask("a", "lesson")
    ask("b", session=another)
    ask("a", "stage")
    ask("b")
    ask("a", "lesson")  # on its way when the reader left
    ask("b", "lesson")
    ask("a", "lesson", another)
    ask("a")
    ask("a", "lesson")
    one.request_rerun(None)
    assert heard == [
        *(("", ""), ("a", "lesson"), ("b", ""), ("a", "stage")),
        *(("b", ""), ("b", "lesson"), ("a", ""), ("a", "lesson"), ("", "")),
    ]
