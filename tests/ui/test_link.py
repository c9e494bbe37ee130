"""The link of a page says all that differs from where it begins and nothing else, and gives it back."""

import ast
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, parse_qsl

import pytest
from streamlit.testing.v1 import AppTest

from memattn.ui import link
from memattn.ui.linked_values import among, whole
from memattn.ui.stage import Moment
from tests.browser.stages import bare

ROOT = Path(__file__).resolve().parents[2]
LAST, BEGINS = 37, {"c": 5, "mix": 0.25, "how": "mean", "on": False, "story": "once", "asked": "why?", "tab": "Left"}


def script() -> None:
    import streamlit as st

    from memattn.dials import Dial
    from memattn.ui import controls, link
    from memattn.ui.stage import Moment

    def scenario() -> None:
        link.ask({"c": 11, "how": "max"})
        link.here().scenario = "A scenario"

    page = st.session_state.get("page", "one")
    link.enter(page)
    got = {}
    st.button("Scenario", key="scenario", on_click=scenario)
    got["c"] = controls.dial("rate", Dial(5, 2, 11, "c", "pairs", "How many.", "Rate", 5, 1), name="c")
    got["mix"] = controls.dial("mix", Dial(0.25, 0.0, 1.0, "", "", "", "Mix", 0.25, 0.05))
    got["how"] = controls.choice("how", "Compression", {"mean": "Mean pooling", "max": "Max pooling"}, "mean")
    got["on"] = controls.switch("on", "Loss", view=True)
    got["story"] = controls.text("story", "Story", "once", limit=9000)
    if page == "one" and not st.session_state.get("hidden"):
        got["asked"] = controls.line("asked", "Question", "why?", limit=11)
    with link.part("views"):
        got["tab"] = controls.views(("Left", "Right"), "Left")
    controls.reset()
    run = st.session_state.get("run", "first run")
    st.session_state.start = link.start(37, run, ("map", "curve"), lambda step: ("arrive", "attend", "compress"))
    if moment := st.session_state.get("moment"):
        link.stands(Moment(*moment), run)
    st.session_state.got, st.session_state.scenario_stands = got, link.scenario()
    link.notices()
    link.write()


class Reader:
    """One session with the page above, or with the same page under another name."""

    def __init__(self, query: str = "") -> None:
        self.app = AppTest.from_function(script, default_timeout=30)
        self.arrive("one", query)

    def arrive(self, page: str, query: str = "") -> None:
        self.app.session_state.page = page
        self.app.query_params = parse_qs(query, keep_blank_values=True)
        self.run()

    def run(self) -> None:
        self.app.run()
        assert not self.app.exception, self.app.exception

    def move(self, kind: str, key: str, value: Any) -> None:
        page = self.app.session_state.page
        next(one for one in self.app.get(kind) if one.key == f"{page}_{key}").set_value(value)
        self.run()

    def click(self, key: str) -> None:
        self.app.button(key=key).click()
        self.run()

    def rest(self, step: int, phase: str = "", run: str = "first run") -> None:
        self.app.session_state.moment, self.app.session_state.run = (step, phase), run
        self.run()

    @property
    def got(self) -> dict[str, Any]:
        return dict(self.app.session_state.got)

    @property
    def start(self) -> Any:
        return self.app.session_state.start

    @property
    def scenario(self) -> str:
        return str(self.app.session_state.scenario_stands)

    @property
    def query(self) -> str:
        (written,) = (one.proto for one in self.app.get("bidi_component"))
        return str(json.loads(written.json)["query"])

    @property
    def named(self) -> dict[str, str]:
        return dict(parse_qsl(self.query, keep_blank_values=True))

    @property
    def notices(self) -> list[str]:
        return [bare(one.proto.body) for one in self.app.get("html") if "ma-note" in one.proto.body]


# --- what stands in it ----------------------------------------------------------------------------------------------


def test_where_everything_stands_at_its_beginning_the_link_is_empty() -> None:
    page = Reader()
    assert page.got == BEGINS and page.query == "" and page.notices == []


def test_only_what_differs_is_named_and_comes_back() -> None:
    page = Reader()
    page.move("slider", "rate", 3)
    page.move("slider", "mix", 0.75)
    page.move("toggle", "on", True)
    page.move("text_input", "asked", "a=1&b c?")
    assert page.named == {"c": "3", "mix": "0.75", "on": "true", "asked": "a=1&b c?"}
    other = Reader(page.query)
    assert other.got == page.got and other.query == page.query and other.notices == []
    page.move("slider", "mix", 0.25)
    assert "mix" not in page.named


def test_a_link_sets_every_control() -> None:
    page = Reader("c=2&mix=0.5&how=max&on=true&story=upon&asked=who%3F&tab=Right")
    assert page.got == {
        "c": 2,
        "mix": 0.5,
        "how": "max",
        "on": True,
        "story": "upon",
        "asked": "who?",
        "tab": "Right",
    }
    assert page.notices == []


def test_a_control_that_is_not_drawn_any_more_leaves_the_link_and_keeps_its_value() -> None:
    page = Reader("asked=who?&c=3")
    page.app.session_state.hidden = True
    page.run()
    assert page.named == {"c": "3"}
    page.app.session_state.hidden = False
    page.run()
    assert page.named == {"c": "3", "asked": "who?"}


# --- what cannot be had ---------------------------------------------------------------------------------------------

DIGITS = "7" * 5000


@pytest.mark.parametrize(
    ("name", "asked", "allowed"),
    [
        ("c", "1", "whole numbers from 2 to 11"),
        ("c", "12", "whole numbers from 2 to 11"),
        ("c", "abc", "whole numbers from 2 to 11"),
        ("c", "3.5", "whole numbers from 2 to 11"),
        ("c", "", "whole numbers from 2 to 11"),
        ("c", "٣", "whole numbers from 2 to 11"),
        ("c", "1e400", "whole numbers from 2 to 11"),
        ("mix", "nan", "numbers from 0 to 1"),
        ("mix", "inf", "numbers from 0 to 1"),
        ("mix", "-0.01", "numbers from 0 to 1"),
        ("how", "nope", "mean, max"),
        ("how", "Mean pooling", "mean, max"),
        ("on", "perhaps", "true, false"),
        ("tab", "Middle", "Left, Right"),
        ("asked", "where is the key?", "at most 11 characters"),
    ],
)
def test_a_value_that_cannot_be_had_is_told_with_what_is_allowed_and_used(name: str, asked: str, allowed: str) -> None:
    page = Reader(f"{name}={asked}")
    (only,) = page.notices
    assert f"“{asked}”" in only and f"Allowed: {allowed}." in only
    assert f"Used instead: {BEGINS[name]}." in only
    assert page.got == BEGINS and page.query == ""


@pytest.mark.parametrize("name", ["c", "mix", "step"])
def test_a_number_of_five_thousand_digits_is_not_converted(name: str) -> None:
    page = Reader(f"{name}={DIGITS}")
    (only,) = page.notices
    assert "(5000 characters)" in only and len(only) < 300
    assert page.got == BEGINS


def test_bad_values_lose_nothing_of_the_others() -> None:
    page = Reader("c=99&mix=0.75&how=nope&on=true&step=4")
    assert page.got == BEGINS | {"mix": 0.75, "on": True}
    assert page.start == Moment(3, "")
    assert len(page.notices) == 2


def test_names_that_nobody_knows_are_left_out() -> None:
    page = Reader("hat=blue&c=3&__proto__=x")
    assert page.got == BEGINS | {"c": 3} and page.query == "c=3" and page.notices == []


def test_what_a_link_says_is_never_markup() -> None:
    (only,) = Reader("how=<img src=x>").notices
    assert "<img" not in only and "&lt;img" in only


@pytest.mark.parametrize(("query", "used"), [("c=2&c=3", 3), ("c=3&c=4&c=2", 2), ("c=&c=11", 11)])
def test_of_a_name_that_is_there_twice_the_last_value_counts_and_that_is_told(query: str, used: int) -> None:
    page = Reader(query)
    (only,) = page.notices
    assert page.got["c"] == used
    assert f"names “c” {query.count('c=')} times. Used: the last, “{used}”" in only


def test_a_name_that_is_there_twice_with_a_bad_value_last_is_told_as_bad() -> None:
    (only,) = Reader("c=3&c=99").notices
    assert "“99”" in only and "Used instead: 5." in only


def test_a_notice_is_gone_once_the_reader_moves_its_control() -> None:
    page = Reader("c=99&how=nope&mix=0.5&mix=0.75")
    assert len(page.notices) == 3
    page.move("toggle", "on", True)
    assert len(page.notices) == 3
    page.move("slider", "rate", 3)
    assert len(page.notices) == 2 and not any("Rate" in one for one in page.notices)
    page.move("slider", "mix", 0.5)
    (left,) = page.notices
    assert "Compression" in left
    page.click("one_reset")
    assert page.notices == []


def test_a_text_too_long_for_a_link_stays_out_of_it_and_that_is_told() -> None:
    page = Reader()
    page.move("text_area", "story", "x" * (link.LONGEST_VALUE + 1))
    assert page.query == ""
    assert ["too long for a link (4,001 characters)" in one for one in page.notices] == [True]
    page.move("text_area", "story", "x" * link.LONGEST_VALUE)
    assert page.named == {"story": "x" * link.LONGEST_VALUE} and page.notices == []


# --- scenarios and reset --------------------------------------------------------------------------------------------


def test_a_scenario_is_a_link() -> None:
    page, other = Reader("mix=0.75&tab=Right"), Reader("c=11&how=max")
    page.click("scenario")
    assert page.got == other.got and page.query == other.query == "c=11&how=max"


def test_reset_puts_every_control_and_the_stage_back() -> None:
    page = Reader("c=3&mix=0.75&how=max&on=true&story=upon&asked=who&tab=Right&step=4")
    page.click("one_reset")
    assert page.got == BEGINS and page.query == "" and page.start is None


def test_a_scenario_stands_as_long_as_what_decides_the_run_does() -> None:
    page = Reader("mix=0.75")
    assert page.scenario == ""
    page.click("scenario")
    assert page.scenario == "A scenario"
    page.move("button_group", "tab", "Right")  # decides only what is looked at
    page.move("toggle", "on", True)
    assert page.scenario == "A scenario"
    page.move("slider", "rate", 3)
    assert page.scenario == ""
    page.move("slider", "rate", 11)
    assert page.scenario == "A scenario"
    page.click("one_reset")
    assert page.scenario == ""


# --- pages ----------------------------------------------------------------------------------------------------------


def test_pages_share_no_setting_and_are_found_as_they_were_left() -> None:
    page = Reader("c=3")
    page.move("text_input", "asked", "who?")
    page.arrive("two")
    assert page.got == {name: value for name, value in BEGINS.items() if name != "asked"} and page.query == ""
    page.move("slider", "rate", 7)
    page.arrive("one")
    assert page.named == {"c": "3", "asked": "who?"}
    page.arrive("two")
    assert page.named == {"c": "7"}


def test_a_link_into_a_page_that_was_left_decides_everything() -> None:
    page = Reader("c=3&mix=0.75")
    page.rest(9)
    page.arrive("two")
    page.arrive("one", "how=max")
    assert page.named == {"how": "max"} and page.start is None


def test_the_address_that_the_page_had_moves_nothing_back() -> None:
    """Reruns within a page carry the address at which it was entered, or one of those that it had since."""
    page = Reader("c=3")
    page.move("slider", "rate", 7)
    page.app.query_params = parse_qs("c=3&step=9")
    page.run()
    assert page.named == {"c": "7"}
    page.app.query_params = {}
    page.run()
    assert page.named == {"c": "7"}


def test_an_address_that_the_page_never_had_is_obeyed() -> None:
    page = Reader("c=3&mix=0.75")
    page.arrive("one", "c=4")
    assert page.named == {"c": "4"}


@pytest.mark.parametrize(("said", "on"), [("1", True), ("true", True), ("True", True), ("0", False), ("x", False)])
def test_presenter_mode_is_in_the_link_and_goes_with_the_reader(said: str, on: bool) -> None:
    page = Reader(f"present={said}&c=3")
    assert page.named == {"c": "3"} | ({"present": "true"} if on else {})
    page.arrive("two")
    assert page.named == ({"present": "true"} if on else {})
    page.arrive("one", "c=4")  # a link without it: its writer did not present
    assert page.named == {"c": "4"}


def test_presenter_mode_alone_asks_for_no_settings() -> None:
    page = Reader("c=3")
    page.arrive("two")
    page.arrive("one", "present=true")
    assert page.named == {"c": "3", "present": "true"}


# --- the moment -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "start"),
    [
        ("step=1", Moment(0)),
        ("step=38", Moment(37)),
        ("step=7&phase=compress", Moment(6, "compress")),
        ("step=7&view=curve", Moment(6, "", "curve")),
        ("view=curve", Moment(37, "", "curve")),
        ("view=curve&lens=sink_b-1.5_h", Moment(37, "", "curve", "sink_b-1.5_h")),
        ("c=3", None),
    ],
)
def test_a_link_says_where_the_stage_opens_counting_from_one(query: str, start: Moment | None) -> None:
    page = Reader(query)
    assert page.start == start and page.notices == []


@pytest.mark.parametrize("step", ["0", "39", "-4", "1.5", "x", ""])
def test_a_step_that_is_not_there_is_told_until_the_reader_moves_on(step: str) -> None:
    page = Reader(f"step={step}")
    (only,) = page.notices
    assert page.start is None and f"“{step}”" in only and "whole numbers from 1 to 38. Used instead: 38." in only
    page.rest(37)
    assert len(page.notices) == 1
    page.rest(36)
    assert page.notices == []


def test_a_view_that_the_page_has_not_is_told_and_the_step_is_taken() -> None:
    page = Reader("step=7&view=magic")
    assert page.start == Moment(6)
    (only,) = page.notices
    assert "view “magic”" in only and "Allowed: map, curve." in only


@pytest.mark.parametrize("wrong", ["magic", "pin_4", "none_k4*99999", "gate" + 30 * "_h"])
def test_a_lens_that_means_nothing_is_told_and_a_right_one_is_taken(wrong: str) -> None:
    page = Reader(f"step=7&lens={wrong}")
    assert page.start == Moment(6)
    (only,) = page.notices
    assert "asked for lens" in only and "pin_p4.585" in only
    assert Reader("step=7&lens=pin_p4.585").start == Moment(6, "", "", "pin_p4.585")


def test_a_phase_that_nobody_knows_is_told_and_the_step_is_taken() -> None:
    page = Reader("step=7&phase=sleep")
    (only,) = page.notices
    assert page.start == Moment(6, "") and "“sleep”" in only and "compress" in only


def test_a_phase_that_the_step_has_not_is_told_and_the_step_is_taken() -> None:
    page = Reader("step=7&phase=drop")
    (only,) = page.notices
    assert page.start == Moment(6, "") and "of step 7. Allowed: arrive, attend, compress." in only


def test_a_phase_without_its_step_is_told_as_that() -> None:
    page = Reader("phase=pop")
    (only,) = page.notices
    assert page.start is None and "“" not in only
    assert "a phase without its step" in only and "whole numbers from 1 to 38. Used instead: 38." in only


def test_where_the_reader_left_the_stage_it_opens_again() -> None:
    page = Reader()
    page.rest(11, "pop")
    page.arrive("two")
    page.app.session_state.moment = None
    page.arrive("one")
    assert page.start == Moment(11, "pop")


def test_another_run_does_not_open_where_the_last_one_was_left() -> None:
    page = Reader("step=9")
    assert page.start == Moment(8, "")
    page.app.session_state.run = "second run"
    page.run()
    assert page.start is None


# --- parts ----------------------------------------------------------------------------------------------------------


def parts() -> None:
    import streamlit as st

    from memattn.dials import Dial
    from memattn.ui import controls, link

    def size(key: str) -> None:
        controls.dial(key, Dial(5, 2, 11, "", "", "", "Size", 5, 1))

    @st.fragment(key="alone")
    def alone() -> None:
        with link.part("alone"):
            if st.session_state.get("which", "a") == "a":
                size("a")
            else:
                size("b")

    link.enter("one")
    with link.part("whole"):
        size("kept")
        alone()
        with link.part("last"):
            size("last")
    st.button("Alone", key="run", on_click=lambda: st.rerun(["alone"]))


def test_a_part_that_is_drawn_alone_replaces_its_own_entries_and_no_others() -> None:
    app = AppTest.from_function(parts, default_timeout=30)
    app.query_params = {"kept": "3", "a": "4", "b": "6", "last": "7"}
    app.run()
    place = app.session_state[link.PLACES]["one"]

    def named() -> dict[str, str]:
        return {name: entry.text for part in place.drawn.values() for name, entry in part.items()}

    assert named() == {"kept": "3", "a": "4", "last": "7"}
    app.session_state.which = "b"
    app.button(key="run").click().run()
    assert not app.exception
    assert named() == {"kept": "3", "b": "6", "last": "7"}


# --- numbers --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["7", "7.0", "07", " 7 ", "+7", "7e0"])
def test_whole_numbers_are_read_as_people_write_them(text: str) -> None:
    assert whole(text, 2, 11) == 7


@pytest.mark.parametrize("text", ["", "seven", "7,0", "0x7", "nan", "-inf", "1e1000", "7.5", "𝟕", "0" * 12 + "7"])
def test_what_is_no_whole_number_in_range_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        whole(text, 2, 11)


def test_one_of_several_values_is_found_by_its_text() -> None:
    assert among("-1", {-1: "last", 0: "first"}) == -1
    with pytest.raises(ValueError, match="2"):
        among("2", {-1: "last", 0: "first"})


# --- callbacks --------------------------------------------------------------------------------------------------------


def test_a_callback_acts_on_the_page_of_its_control_wherever_the_reader_has_gone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    session: dict[str, Any] = {"one_m": 7}
    monkeypatch.setattr(link, "st", SimpleNamespace(session_state=session, query_params={}))
    link.enter("one")
    acts = link.own(lambda value: (link.put("n", value), link.held("m"))[1])
    link.enter("two")
    assert acts(5) == 7
    assert session[link.PLACES]["one"].values == {"n": 5} and session[link.PLACES]["two"].values == {}
    assert link.here().page == "two"


SHARED = {"link.present", "link.tour", "_nothing"}  # belong to all pages
PASSED_ON = {"choice", "controls.choice", "mount"}  # wrap what they are given, or are given what is wrapped


def test_every_callback_of_a_control_is_one_of_its_own_page() -> None:
    bare, wrapped = [], 0
    for file in sorted((ROOT / "memattn" / "ui").rglob("*.py")):
        calls = (node for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, ast.Call))
        for call in calls:
            for told in call.keywords:
                if not (told.arg or "").startswith("on_") or ast.unparse(call.func) in PASSED_ON:
                    continue
                value = told.value.body if isinstance(told.value, ast.IfExp) else told.value
                if isinstance(value, ast.Call) and ast.unparse(value.func) == "link.own":
                    wrapped += 1
                elif not isinstance(value, ast.Constant) and ast.unparse(value) not in SHARED:
                    bare.append(f"{file.name}: {told.arg}={ast.unparse(told.value)}")
    assert bare == [] and wrapped > 20
