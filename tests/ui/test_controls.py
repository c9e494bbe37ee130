"""Controls say symbol and unit, keep to what is on offer now, and can be put right by a click."""

import pytest
from streamlit.testing.v1 import AppTest


def script() -> None:
    import streamlit as st

    from memattn.dials import Dial, Option
    from memattn.ui import controls, link

    link.enter("page")
    most = st.session_state.get("most", 11)
    rate = controls.dial("rate", Dial(5, 2, most, "c", "pairs per slot", "How many.", "Rate", 5, 1))
    share = controls.dial("share", Dial(0.25, 0.0, 1.0, r"\gamma", "", "", "Share", 0.25, 0.05), 0.5)
    still = controls.dial("still", Dial(3, 1, 7, "", "", "Help.", "Still", 3, 1), disabled="Nothing to be set here.")
    offered = dict(list({"mean": "Mean pooling", "max": "Max pooling", "keep": "Keep one"}.items())[: most - 8])
    how = controls.choice("how", "Compression", offered, "mean", symbol="f_c", help="How.")
    rest = controls.option("rest", Option("carry", {"carry": "wait", "drop": "go"}, "Left over.", "Remainder", "carry"))
    view = controls.views(("Left", "Right") if most > 10 else ("Left",), "Left")
    asked = controls.line("asked", "Question", "why?", limit=11)
    controls.repair("rate", 4, "Set c to 4")
    st.button("As it begins", key="begins", on_click=link.put, args=("rate", 5))
    controls.reset()
    st.caption(repr((rate, share, still, how, rest, view, asked)))
    link.notices()


@pytest.fixture
def page() -> AppTest:
    return run(AppTest.from_function(script, default_timeout=30))


def run(page: AppTest) -> AppTest:
    page.run()
    assert not page.exception, page.exception
    return page


def got(page: AppTest) -> str:
    return str(page.caption[0].value)


def test_every_control_begins_where_it_says_or_where_the_page_says(page: AppTest) -> None:
    assert got(page) == repr((5, 0.5, 3, "mean", "carry", "Left", "why?"))


def test_a_label_has_symbol_and_unit_and_a_help_sentence(page: AppTest) -> None:
    assert [slider.label for slider in page.slider] == ["Rate $c$ (pairs per slot)", r"Share $\gamma$", "Still"]
    assert page.slider(key="page_rate").help == "How many."
    assert page.selectbox(key="page_how").label == "Compression $f_c$"
    assert page.selectbox(key="page_how").options == ["Mean pooling", "Max pooling", "Keep one"]
    assert page.selectbox(key="page_rest").label == "Remainder" and page.selectbox(key="page_rest").help == "Left over."


def test_ranges_and_steps_are_those_of_the_setting(page: AppTest) -> None:
    rate, share = page.slider(key="page_rate"), page.slider(key="page_share")
    assert (rate.min, rate.max, rate.step) == (2, 11, 1)
    assert (share.min, share.max, share.step) == (0.0, 1.0, 0.05)


def test_what_cannot_be_moved_says_why(page: AppTest) -> None:
    still = page.slider(key="page_still")
    assert still.disabled and still.help == "Nothing to be set here."


def test_a_value_that_is_no_longer_on_offer_goes_back_to_the_beginning(page: AppTest) -> None:
    page.slider(key="page_rate").set_value(11)
    page.session_state["page_how"] = "keep"
    page.button_group(key="page_tab").set_value("Right")
    assert got(run(page)) == repr((11, 0.5, 3, "keep", "carry", "Right", "why?"))
    page.session_state.most = 10
    assert got(run(page)) == repr((5, 0.5, 3, "mean", "carry", "Left", "why?"))
    assert page.slider(key="page_rate").max == 10


def test_a_repair_sets_one_control_and_reset_all_of_them(page: AppTest) -> None:
    page.slider(key="page_share").set_value(0.75)
    page.text_input(key="page_asked").set_value("where?")
    page.button(key="page_fix_rate").click()
    assert got(run(page)) == repr((4, 0.75, 3, "mean", "carry", "Left", "where?"))
    page.button(key="page_reset").click()
    assert got(run(page)) == repr((5, 0.5, 3, "mean", "carry", "Left", "why?"))


@pytest.mark.parametrize("key", ["page_fix_rate", "begins"])
def test_a_repair_takes_back_what_was_said_of_a_link(key: str) -> None:
    page = AppTest.from_function(script, default_timeout=30)
    page.query_params["rate"] = "99"
    assert len(run(page).get("html")) == 1
    page.button(key=key).click()
    assert len(run(page).get("html")) == 0


def test_a_text_of_more_than_the_limit_is_not_taken_from_a_link() -> None:
    page = AppTest.from_function(script, default_timeout=30)
    page.query_params["asked"] = "where is the key?"
    assert "at most 11 characters" in run(page).get("html")[0].proto.body
    assert got(page).endswith("'why?')")
    assert page.text_input(key="page_asked").max_chars == 11
