"""Controls that write themselves into the link: symbol and unit in the label, a help sentence, a way back.

A link may be old, cut off or typed by hand. Streamlit drops what it cannot read without a word; here the
reader is told what was dropped, what was used instead and what is allowed. Call `notices()` once, after the
last control.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import streamlit as st

from memattn.ui.notes import note

NOTICES = "memattn:notices"  # session state: key of a control -> Notice
DEFAULTS = "memattn:defaults"  # session state: key of a control -> its default, for `reset`
TEXT_LIMIT = 4000  # characters; a link of that length still opens everywhere that matters
LINE_LIMIT = 200  # characters

Option = TypeVar("Option")


@dataclass(frozen=True)
class Notice:
    """What a link asked for and did not get; gone once the reader moves the control."""

    text: str
    value: object


def integer(
    key: str,
    name: str,
    low: int,
    high: int,
    default: int,
    *,
    symbol: str = "",
    unit: str = "",
    help: str = "",
    step: int = 1,
    disabled: str = "",
) -> int:
    """Draw a slider over whole numbers.

    Args:
        key: name in the link and in the session, the same on every page where it means the same.
        name: what it sets, in words.
        low: smallest value.
        high: largest value.
        default: start, and what the link leaves out.
        symbol: as in the formulas, LaTeX without dollars.
        unit: of the value, plural.
        help: one sentence.
        step: of the slider; a link may name a value in between.
        disabled: why it cannot be moved now; empty when it can.
    """
    _remember(key, default)
    asked = _asked(key)
    value = int(
        st.slider(
            label(name, symbol, unit),
            low,
            high,
            default,
            step,
            key=key,
            help=_help(help, disabled),
            disabled=bool(disabled),
            bind="query-params",
        )
    )
    _check(key, name, asked, lambda text: _whole(text, low, high), value, f"whole numbers from {low} to {high}")
    return value


def number(
    key: str,
    name: str,
    low: float,
    high: float,
    default: float,
    *,
    step: float,
    symbol: str = "",
    unit: str = "",
    help: str = "",
    disabled: str = "",
) -> float:
    """Draw a slider over real numbers; arguments as for `integer`."""
    _remember(key, default)
    asked = _asked(key)
    value = float(
        st.slider(
            label(name, symbol, unit),
            low,
            high,
            default,
            step,
            key=key,
            help=_help(help, disabled),
            disabled=bool(disabled),
            bind="query-params",
        )
    )
    _check(key, name, asked, lambda text: _real(text, low, high), value, f"numbers from {low:g} to {high:g}")
    return value


def choice(
    key: str,
    name: str,
    options: Mapping[str, Option],
    default: str,
    *,
    symbol: str = "",
    help: str = "",
    disabled: str = "",
) -> Option:
    """Draw a select box; what is shown is also what stands in the link.

    Args:
        key: name in the link and in the session.
        name: what it sets, in words.
        options: shown text to value, in order.
        default: shown text at the start.
        symbol: as in the formulas, LaTeX without dollars.
        help: one sentence.
        disabled: why it cannot be changed now.
    """
    shown = list(options)
    _remember(key, default)
    asked = _asked(key)
    picked = st.selectbox(
        label(name, symbol),
        shown,
        shown.index(default),
        key=key,
        help=_help(help, disabled),
        disabled=bool(disabled),
        bind="query-params",
    )
    if picked not in options:  # a client may send what is not on the list
        picked = default
    _check(key, name, asked, options.__contains__, picked, ", ".join(shown))
    return options[picked]


def switch(key: str, name: str, default: bool = False, *, help: str = "", disabled: str = "") -> bool:
    """Draw an on-off switch; arguments as for `choice`."""
    _remember(key, default)
    asked = _asked(key)
    value = st.toggle(name, default, key=key, help=_help(help, disabled), disabled=bool(disabled), bind="query-params")
    _check(key, name, asked, lambda text: text.lower() in ("true", "false"), value, "true, false")
    return value


def text(key: str, name: str, default: str, *, help: str = "", limit: int = TEXT_LIMIT, height: int = 160) -> str:
    """Draw a text area, for a story of the reader's own.

    Args:
        key: name in the link and in the session.
        name: what it is, in words.
        default: start, and what the link leaves out.
        help: one sentence.
        limit: characters; more are cut off, and the reader is told. A text of more than `TEXT_LIMIT` characters does
            not go into the link, and the reader is told that too.
        height: in pixels.
    """
    _remember(key, default)
    asked = _asked(key)
    long = len(str(st.session_state.get(key) or "")) > TEXT_LIMIT
    value = st.text_area(
        name,
        default,
        height,
        limit,
        key=key,
        help=help or None,
        bind=None if long else "query-params",
        persist_state="page",
    )
    _check(key, name, asked, lambda got: len(got) <= limit, value, f"at most {limit} characters")
    if long:
        note(f"{name} is too long for a link ({len(value):,} characters): who opens the link sees the default instead.")
    return value


def line(key: str, name: str, default: str, *, help: str = "", limit: int = LINE_LIMIT) -> str:
    """Draw a text field of one line; arguments as for `text`."""
    _remember(key, default)
    asked = _asked(key)
    value = st.text_input(name, default, limit, key=key, help=help or None, bind="query-params")
    _check(key, name, asked, lambda got: len(got) <= limit, value, f"at most {limit} characters")
    return value


def views(names: Sequence[str], key: str = "tab", label: str = "View") -> str:
    """Draw a bar of views and say which one is open; the first at the start. Draw that one alone, below.

    Does what `st.tabs` does, and looks like it. But a browser needs as long for six tabs as for twenty sliders, with
    every move of a control.

    Args:
        names: of the views, in order; what is shown also stands in the link.
        key: name in the link and in the session; to look like tabs it begins with "tab".
        label: for those who listen rather than look.
    """
    _remember(key, names[0])
    asked = _asked(key)
    picked = st.segmented_control(
        label,
        names,
        default=names[0],
        required=True,
        key=key,
        label_visibility="collapsed",
        bind="query-params",
        width="stretch",
    )
    opened = picked if picked in names else names[0]
    _check(key, label, asked, names.__contains__, opened, ", ".join(names))
    return opened


def assign(values: Mapping[str, object]) -> None:
    """Set controls by key; only from a callback (`on_click=`), before they are drawn. The link follows."""
    for key, value in values.items():
        st.session_state[key] = value


def reset(keys: Sequence[str], name: str = "Reset") -> None:
    """Draw a button that puts these controls back to their defaults; it works once they have been drawn."""
    defaults: dict[str, object] = st.session_state.get(DEFAULTS, {})
    values = {key: defaults[key] for key in keys if key in defaults}
    st.button(name, key="reset_" + "_".join(keys), on_click=assign, args=(values,))


def notices() -> None:
    """Say what a link asked for and could not get."""
    waiting: dict[str, Notice] = st.session_state.get(NOTICES, {})
    for key, notice in list(waiting.items()):
        if key not in st.session_state or st.session_state[key] != notice.value:
            del waiting[key]
        else:
            note(notice.text)


def label(name: str, symbol: str = "", unit: str = "") -> str:
    """Name, symbol and unit as one label: "Window $n_c$ (slots)"."""
    return name + (f" ${symbol}$" if symbol else "") + (f" ({unit})" if unit else "")


def _help(help: str, disabled: str) -> str | None:
    return disabled or help or None


def _asked(key: str) -> str | None:
    """What the link says about a control, read before Streamlit drops what it cannot use."""
    values = st.query_params.get_all(key)
    return values[-1] if values else None


def _remember(key: str, default: object) -> None:
    st.session_state.setdefault(DEFAULTS, {})[key] = default


def _check(key: str, name: str, asked: str | None, allowed: Callable[[str], bool], used: object, words: str) -> None:
    if asked is None or allowed(asked):
        return
    text = f"The link asked for “{_short(asked)}” as {name}. Allowed: {words}."
    st.session_state.setdefault(NOTICES, {})[key] = Notice(f"{text} Used instead: {_short(str(used))}.", used)


def _short(text: str, longest: int = 40) -> str:
    return text if len(text) <= longest else f"{text[:longest]}… ({len(text)} characters)"


def _whole(text: str, low: int, high: int) -> bool:
    return _real(text, low, high) and float(text).is_integer()


def _real(text: str, low: float, high: float) -> bool:
    try:
        value = float(text)
    except ValueError:
        return False
    return math.isfinite(value) and low <= value <= high
