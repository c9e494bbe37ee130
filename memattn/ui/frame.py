"""The frame of every page: look, navigation, device in use, presenter mode. Begin a page with `page(...)`."""

import time
from base64 import b64encode
from collections.abc import Callable
from functools import cache
from html import escape
from typing import Any, Literal

import streamlit as st

from memattn import assets
from memattn.ui import beforehand, controls, fragments, guard, link, stage, touring, warmup
from memattn.ui import presenting as presenting_keys
from memattn.ui.navigation import GROUPS, HOME, Stop

Theme = Literal["light", "dark"]

LOGO = assets.folder() / "logo.svg"
LEAVE_SECONDS = 0.05  # until what a page begins with has left the server: importing torch takes the interpreter
POLL_SECONDS = 0.5  # how often a page that opened before torch was there looks again


def page(
    title: str,
    claim: str = "",
    *,
    name: str,
    icon: str = "logo.svg",
    heading: bool = True,
    folded: bool = False,
    computes: bool = True,
) -> None:
    """Set the page up; the first line of `app.py` and of every file in `pages/`.

    Args:
        title: name of the page, in the browser's tab and on the page.
        claim: what the page shows, in one sentence, below the title.
        name: of the page in its address; "start" for the landing page.
        icon: file in `assets/` for the browser's tab.
        heading: whether to write title and claim on the page; off where the page has a head of its own.
        folded: whether the navigation starts folded away, for pages that need the width.
        computes: whether the page waits for torch; off where it has something to show before.
    """
    link.enter(name)
    fragments.answer_the_page_that_stands()
    device = warmup.device()
    presenting = present()
    st.set_page_config(
        page_title=title if title == "MemAttn" else f"{title} · MemAttn",
        page_icon=str(assets.folder() / icon),
        layout="wide",
        initial_sidebar_state="collapsed" if presenting or folded else "auto",  # where it would cover the page: folded
    )
    guard.deliver({link.widget(key): most for key, most in controls.FIELDS.items()})
    st.html(assets.folder() / "frame.css")
    if presenting:
        st.html(assets.folder() / "presenter.css")
        with st.container(key="present_tools", horizontal=True, gap="small"):
            st.html('<button type="button" class="ma-speaker">Speaker window</button>')
            st.button("Leave presenter mode", key="present_exit", on_click=link.present, args=(False,))
    with st.sidebar:
        _navigation()
        # Fragment: a page that was painted before torch was there learns of it without being touched.
        st.fragment(_device_badge, run_every=None if device.done() else POLL_SECONDS)(device.done())
    if heading:
        below = f'<p class="ma-claim">{escape(claim)}</p>' if claim and not link.touring() else ""
        # A stage has headings of the third rank: who goes from heading to heading finds them under one of the second.
        stage_heading = '<h2 class="ma-unseen">Stage</h2>'
        st.html(f'<h1 class="ma-title">{escape(title)}</h1>{below}{stage_heading}')
    touring.line()
    stage.deliver()
    link.deliver(map_of_all=name == "start")
    presenting_keys.deliver(presenting)
    beforehand.deliver()
    with st.container(key="theme_code"):  # hidden by frame.css
        _listener()(key="theme_script", on_changed_change=_nothing)
    if not device.done() and computes:
        time.sleep(LEAVE_SECONDS)
        warmup.start()


@cache
def _listener() -> Callable[..., Any]:
    script = (assets.folder() / "theme.js").read_text("utf-8")
    return st.components.v2.component("memattn_theme", html="<span>\n</span>", js=script)


def _nothing() -> None:
    """A trigger runs the page by itself, and needs a callback to be declared."""


def theme() -> Theme:
    """The theme the reader sees now; "light" where the browser has not told."""
    return "dark" if st.context.theme.type == "dark" else "light"


def present() -> bool:
    """Whether the page is shown to an audience."""
    return link.presented()


def _navigation() -> None:
    mark = b64encode(LOGO.read_bytes()).decode()  # as data: inline SVG is stripped from `st.html`
    st.html(f'<div class="ma-brand"><img alt="" src="data:image/svg+xml;base64,{mark}"><span>MemAttn</span></div>')
    _link(HOME)
    between = ""  # headings and pages to come, in one piece: every element costs a message with every move
    for group, stops in GROUPS:
        between += f'<div class="ma-group">{escape(group)}</div>'
        for stop in stops:
            if stop.ready:
                if between:
                    st.html(between)
                _link(stop)
                between = ""
            else:
                between += _coming(stop)
    if between:
        st.html(between)
    st.button(
        "Presenter mode",
        key="present_enter",
        on_click=link.present,
        args=(True,),
        type="tertiary",
        help="Hides everything but the lesson and enlarges the type; part of the link.",
    )


def _link(stop: Stop) -> None:
    st.page_link(stop.file, label=stop.title)


def _coming(stop: Stop) -> str:
    return (
        f'<div class="ma-coming" aria-disabled="true" title="{escape(stop.claim)}">'
        f"<span>{escape(stop.title)}</span><i>coming</i></div>"
    )


def _device_badge(known_before: bool) -> None:
    found = warmup.device()
    if not found.done():
        st.html('<div class="ma-device"><b>Starting torch …</b><span>the page is usable already</span></div>')
        return
    if not known_before:
        link.again()
        st.rerun()  # once: draws the page without the timer
    error = found.exception()
    if error is None:
        device = found.result()
        name = f"{device.name} · {str(device.dtype).removeprefix('torch.')}"
        text, why = f"Computed on {name}", str(device.reason)
    else:
        text, why = "torch could not start", f"{type(error).__name__}: {error}"
    st.html(f'<div class="ma-device"><b>{escape(text)}</b><span>{escape(why)}</span></div>')
