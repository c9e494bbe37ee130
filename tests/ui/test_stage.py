"""The stage as a page mounts it: what travels to the browser, and where the page learns that the reader stands."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from memattn.lessons.views import COMMON_VIEWS
from memattn.ui.stage import Moment, Verdict, Wish


def page() -> None:
    import streamlit as st

    from memattn.stage.payload import Payload
    from memattn.ui.stage import stage, verdicts

    settings = st.session_state.get("settings", {})
    payload = Payload("abc", b"\0packed")
    st.session_state.stands = stage(payload, "stage", **settings)
    st.session_state.verdicts = verdicts("stage", payload)


def header(app: AppTest) -> dict[str, Any]:
    octets: bytes = app.main.get("bidi_component")[0].proto.bytes
    end = 4 + int.from_bytes(octets[:4], "little")
    assert octets[end:] == b"\0packed"
    sent: dict[str, Any] = json.loads(octets[4:end])
    return sent


@pytest.fixture
def shown() -> Callable[..., AppTest]:
    """`shown(start=Moment(8, "pop"))` mounts a stage so; the browser reported `moment`, `verdicts`."""

    def run(moment: Any = None, verdicts: Any = None, **settings: Any) -> AppTest:
        app = AppTest.from_function(page)
        app.session_state["settings"] = settings
        if moment is not None or verdicts is not None:
            app.session_state["stage"] = {"moment": moment, "verdicts": verdicts}
        app.run()
        assert not app.exception, app.exception
        return app

    return run


def test_what_a_page_asks_of_the_stage_travels_in_front_of_the_payload(shown: Callable[..., AppTest]) -> None:
    asked = shown(
        start=Moment(8, "pop", "curve", "plus_h"),
        seek=Wish(Moment(3, "pop", "lens", "pin_m"), 7, 2),
        channel="c",
        clock="d",
        views=(("map",),),
        links=True,
        inert="a",
        gloss={"recent": ("as they", "are")},
    )
    assert header(asked) == {
        "id": "abc",
        "start": 8,
        "phase": "pop",
        "seek": {"step": 3, "phase": "pop", "view": "lens", "lens": "pin_m", "nonce": 7, "ask": 2},
        "channel": "c",
        "clock": "d",
        "views": [["map"]],
        "view": "curve",
        "lens": "plus_h",
        "links": True,
        "inert": "a",
        "reports": False,
        "presenting": False,
        "gloss": {"recent": ["as they", "are"]},
    }
    plain = header(shown())
    assert (plain["start"], plain["phase"], plain["seek"]) == (None, "", None)
    assert (plain["views"], plain["links"], plain["inert"]) == ([list(panel) for panel in COMMON_VIEWS], False, "")
    assert header(shown(on_drawn=print))["reports"]


@pytest.mark.parametrize(
    ("start", "moment", "stands"),
    [
        (None, None, Moment(0, "")),
        (Moment(8, "pop", "curve"), None, Moment(8, "pop", "curve")),
        (
            Moment(8, "pop"),
            {"step": 11, "phase": "drop", "view": "history", "lens": "gate"},
            Moment(11, "drop", "history", "gate"),
        ),
        (Moment(8), {"step": "11"}, Moment(8)),  # nothing that a stage would say
    ],
)
def test_the_reader_stands_where_the_stage_last_said_or_where_it_opens(
    shown: Callable[..., AppTest], start: Moment | None, moment: Any, stands: Moment
) -> None:
    assert shown(moment, start=start).session_state["stands"] == stands


TOLD = {"which": 3, "chosen": [0, 1], "right": False}


@pytest.mark.parametrize(
    ("verdicts", "answered"),
    [
        (None, ()),
        ({"run": "abc", "told": [TOLD]}, (Verdict(3, (0, 1), False),)),
        ({"run": "another", "told": [TOLD]}, ()),  # of the payload before
        ({"run": "abc", "told": [{"which": 1}, TOLD | {"chosen": ["0"]}, TOLD | {"right": "no"}]}, ()),
        ({"run": "abc", "told": {}}, ()),
        ([TOLD], ()),
    ],
)
def test_what_was_answered_counts_for_the_payload_that_was_asked_about(
    shown: Callable[..., AppTest], verdicts: Any, answered: tuple[Verdict, ...]
) -> None:
    assert shown(verdicts=verdicts).session_state["verdicts"] == answered
