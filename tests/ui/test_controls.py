"""Controls say what a link asked for and did not get; callbacks and reset move them."""

import pytest
from streamlit.testing.v1 import AppTest


def script() -> None:
    import streamlit as st

    from memattn.ui import controls
    from memattn.ui.notes import explained

    st.button("Small", key="small", on_click=controls.assign, args=({"rate": 3, "how": "max"},))
    rate = controls.integer("rate", "Rate", 2, 11, 5, symbol="c", unit="pairs per slot", help="How many.")
    mix = controls.number("mix", "Mix", 0.0, 1.0, 0.25, step=0.05)
    how = controls.choice("how", "Compression", {"mean": 17, "max": 19}, "mean")
    on = controls.switch("on", "Loss")
    story = controls.text("story", "Story", "once", limit=7)
    controls.reset(["rate", "how"])
    controls.notices()
    with explained():
        if rate == 7:
            raise ValueError("rate c must not be 7, got 7")
        st.caption(repr((rate, mix, how, on, story)))


def opened(**query: str) -> AppTest:
    page = AppTest.from_function(script, default_timeout=30)
    for key, value in query.items():
        page.query_params[key] = value
    page.run()
    assert not page.exception
    return page


def notes(page: AppTest) -> list[str]:
    return [element.proto.body for element in page.get("html") if "ma-note" in element.proto.body]


def test_defaults_without_a_link() -> None:
    page = opened()
    assert page.caption[0].value == repr((5, 0.25, 17, False, "once"))
    assert notes(page) == []
    assert page.slider(key="rate").label == "Rate $c$ (pairs per slot)"


def test_a_link_sets_every_control() -> None:
    page = opened(rate="3", mix="0.5", how="max", on="true", story="upon")
    assert page.caption[0].value == repr((3, 0.5, 19, True, "upon"))
    assert notes(page) == []


@pytest.mark.parametrize(
    ("key", "asked", "words"),
    [
        ("rate", "99", "whole numbers from 2 to 11. Used instead: 5."),
        ("rate", "abc", "whole numbers from 2 to 11. Used instead: 5."),
        ("rate", "3.5", "whole numbers from 2 to 11. Used instead: 3."),
        ("rate", "", "whole numbers from 2 to 11. Used instead: 5."),
        ("mix", "nan", "numbers from 0 to 1. Used instead: 0.25."),
        ("mix", "-1", "numbers from 0 to 1. Used instead: 0.25."),
        ("how", "nope", "mean, max. Used instead: mean."),
        ("on", "maybe", "true, false. Used instead: False."),
        ("story", "once upon", "at most 7 characters. Used instead: once up."),
    ],
)
def test_a_value_that_cannot_be_had_is_told_with_what_is_used(key: str, asked: str, words: str) -> None:
    page = opened(**{key: asked})
    (only,) = notes(page)
    assert f"“{asked}”" in only
    assert words in only


def test_bad_values_lose_nothing_of_the_others() -> None:
    page = opened(rate="99", mix="0.75", how="max")
    assert page.caption[0].value == repr((5, 0.75, 19, False, "once"))


def test_a_notice_is_gone_once_the_reader_moves_the_control() -> None:
    page = opened(rate="99", how="nope")
    page.slider(key="mix").set_value(0.5).run()
    assert len(notes(page)) == 2
    page.slider(key="rate").set_value(3).run()
    (left,) = notes(page)
    assert "Compression" in left


def test_what_a_link_says_is_never_markup() -> None:
    (only,) = notes(opened(how="<img src=x>"))
    assert "<img" not in only
    assert "&lt;img" in only


def test_controls_are_set_from_a_callback_and_reset_takes_them_back() -> None:
    page = opened(mix="0.5")
    page.button(key="small").click().run()
    assert page.caption[0].value == repr((3, 0.5, 19, False, "once"))
    page.button(key="reset_rate_how").click().run()
    assert page.caption[0].value == repr((5, 0.5, 17, False, "once"))


def test_what_the_core_refuses_is_said_calmly_and_the_page_ends_there() -> None:
    page = opened(rate="7")
    (only,) = notes(page)
    assert "rate c must not be 7, got 7." in only
    assert not page.caption


def long_texts() -> None:
    import streamlit as st

    from memattn.ui import controls

    story = controls.text("story", "Story", "once", limit=9000)
    asked = controls.line("asked", "Question", "why?", limit=11)
    controls.notices()
    st.caption(f"{len(story)} {asked}")


def test_a_text_too_long_for_a_link_is_read_and_said_to_stay_out_of_it() -> None:
    page = AppTest.from_function(long_texts, default_timeout=30)
    page.run()
    page.text_area(key="story").set_value("x" * 4001)
    page.run()
    assert page.caption[0].value == "4001 why?"
    assert ["too long for a link (4,001 characters)" in note for note in notes(page)] == [True]
    page.text_area(key="story").set_value("x" * 4000)
    page.run()
    assert notes(page) == []


def test_a_line_is_set_by_a_link_and_what_is_too_long_is_told() -> None:
    page = AppTest.from_function(long_texts, default_timeout=30)
    page.query_params["asked"] = "where?"
    page.run()
    assert page.caption[0].value == "4 where?" and notes(page) == []
    page = AppTest.from_function(long_texts, default_timeout=30)
    page.query_params["asked"] = "where is the key?"
    page.run()
    assert "at most 11 characters" in notes(page)[0]
