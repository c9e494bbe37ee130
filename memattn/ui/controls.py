"""Controls that stand in the link: symbol and unit in the label, a help sentence, a beginning to go back to.

Each has a key on its page and a name in the link (see `memattn.ui.link`), which are the same where nothing is said.
The value that a control holds is also drawn as its default: a script run that is cut short by the next may have told
the server of a value and not the browser, which then falls back on the default.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, TypeVar

import streamlit as st

from memattn.dials import Dial, Option
from memattn.ui import link
from memattn.ui.linked_values import among, real, whole
from memattn.ui.notes import note

TEXT_LIMIT = link.LONGEST_VALUE
LINE_LIMIT = 200  # characters
FIELDS = {  # text fields that take less than the guard lets through, by key
    "plant": TEXT_LIMIT,
    "pairs": TEXT_LIMIT,
    "asked": LINE_LIMIT,
    "state": LINE_LIMIT,
    "typed": LINE_LIMIT,
}
FROM_LINK = {"true": True, "false": False}

Value = TypeVar("Value", bound=Hashable)
OnChange = Callable[[], None] | None


def dial(
    key: str, setting: Dial, begins: float | None = None, *, name: str = "", disabled: str = "", view: bool = False
) -> Any:
    """Draw a slider over a setting that describes itself.

    Args:
        key: on the page.
        setting: range, symbol, unit and help.
        begins: where it starts on this page; where it says itself, if None.
        name: in the link.
        disabled: why it cannot be moved now; "" when it can.
        view: whether it decides what is looked at, and not what is computed.
    """
    start = setting.start if begins is None else begins
    title = setting.name
    if setting.whole:
        low, high, start = int(setting.low), int(setting.high), int(start)
        allowed = f"whole numbers from {low} to {high}"
        link.before(key, name or key, title, start, lambda text: whole(text, low, high), allowed)
    else:
        allowed = f"numbers from {setting.low:g} to {setting.high:g}"
        link.before(key, name or key, title, start, lambda text: real(text, setting.low, setting.high), allowed)
    _within(key, setting, start)
    kind = int if setting.whole else float
    value = st.slider(
        label(title, setting.symbol, setting.unit),
        kind(setting.low),
        kind(setting.high),
        kind(link.held(key)),
        kind(setting.step),
        key=link.widget(key),
        help=disabled or setting.help or None,
        disabled=bool(disabled),
    )
    value = as_said(setting, value)
    link.after(key, name or key, value, start, f"{value:g}", view=view)
    return value


def as_said(setting: Dial, value: float) -> float:
    """What is computed for the place of a slider: steps of .01 add up to .04999…, and the link says .05."""
    said = float(f"{value:g}")
    return int(said) if setting.whole else said


def _within(key: str, setting: Dial, start: float) -> None:
    """A range that depends on other controls may have moved away from the value."""
    if not setting.low <= link.held(key) <= setting.high:
        link.put(key, start)


def option(key: str, setting: Option, begins: Any = None, *, name: str = "", on_change: OnChange = None) -> Any:
    """Draw a select box over a setting that is one of several named values; arguments as for `dial`."""
    start = setting.start if begins is None else begins
    return choice(key, setting.name, setting.options, start, name=name, help=setting.help, on_change=on_change)


def choice(
    key: str,
    title: str,
    options: Mapping[Value, str],
    begins: Value,
    *,
    name: str = "",
    symbol: str = "",
    help: str = "",
    disabled: str = "",
    view: bool = False,
    on_change: OnChange = None,
) -> Value:
    """Draw a select box.

    Args:
        key: on the page.
        title: what it sets, in words.
        options: words by value, in order; the value stands in the link.
        begins: value at the beginning.
        name: in the link.
        symbol: as in the formulas, LaTeX without dollars.
        help: one sentence.
        disabled: why it cannot be changed now.
        view: whether it decides what is looked at, and not what is computed.
        on_change: called before the run that a change brings.
    """
    allowed = ", ".join(map(str, options))
    link.before(key, name or key, title, begins, lambda text: among(text, options), allowed)
    if link.held(key) not in options:  # others are on offer now
        link.put(key, begins)
    picked = st.selectbox(
        label(title, symbol),
        list(options),
        list(options).index(link.held(key)),
        format_func=lambda value: options.get(value, ""),
        key=link.widget(key),
        help=disabled or help or None,
        disabled=bool(disabled),
        on_change=link.own(on_change) if on_change else None,
    )
    value = begins if picked is None else picked
    link.after(key, name or key, value, begins, view=view)
    return value


def switch(
    key: str,
    title: str,
    begins: bool = False,
    *,
    name: str = "",
    help: str = "",
    disabled: str = "",
    view: bool = False,
) -> bool:
    """Draw an on-off switch; arguments as for `choice`."""
    link.before(key, name or key, title, begins, lambda text: FROM_LINK[among(text.lower(), FROM_LINK)], "true, false")
    value = st.toggle(
        title, link.held(key), key=link.widget(key), help=disabled or help or None, disabled=bool(disabled)
    )
    link.after(key, name or key, value, begins, str(value).lower(), view=view)
    return value


def text(
    key: str, title: str, begins: str, *, name: str = "", help: str = "", limit: int = TEXT_LIMIT, height: int = 160
) -> str:
    """Draw a text area.

    Args:
        key: on the page.
        title: what it is, in words.
        begins: text at the beginning.
        name: in the link.
        help: one sentence.
        limit: characters; more are not taken. A text of more than `TEXT_LIMIT` characters does not go into the link,
            and the reader is told that.
        height: in pixels.
    """
    link.before(key, name or key, title, begins, lambda got: _short_enough(got, limit), f"at most {limit} characters")
    value: str = st.text_area(title, link.held(key), height, limit, key=link.widget(key), help=help or None)
    link.after(key, name or key, value, begins)
    if value != begins and len(value) > TEXT_LIMIT:
        note(
            f"{title} is too long for a link ({len(value):,} characters): who opens the link sees another text instead."
        )
    return value


def line(
    key: str, title: str, begins: str, *, name: str = "", help: str = "", limit: int = LINE_LIMIT, view: bool = False
) -> str:
    """Draw a text field of one line; arguments as for `text` and `choice`."""
    link.before(key, name or key, title, begins, lambda got: _short_enough(got, limit), f"at most {limit} characters")
    value: str = st.text_input(title, link.held(key), limit, key=link.widget(key), help=help or None)
    link.after(key, name or key, value, begins, view=view)
    return value


def views(names: Sequence[str], begins: str, key: str = "tab", title: str = "View") -> str:
    """Draw a bar of views and say which one is open. Draw that one alone, below.

    Does what `st.tabs` does, and looks like it. But a browser needs as long for six tabs as for twenty sliders, with
    every move of a control.

    Args:
        names: of the views, in order; what is shown also stands in the link.
        begins: the one that is open at the beginning.
        key: on the page and in the link; the frame's style knows it.
        title: for those who listen rather than look.
    """
    options = {name: name for name in names}
    link.before(key, key, title, begins, lambda text: among(text, options), ", ".join(names))
    if link.held(key) not in options:
        link.put(key, begins)
    with st.container(key="views"):
        picked = st.segmented_control(
            title,
            names,
            default=link.held(key),
            required=True,
            key=link.widget(key),
            label_visibility="collapsed",
            width="stretch",
        )
    opened = picked if picked in options else begins
    link.after(key, key, opened, begins, view=True)
    return opened


def reset(title: str = "Reset everything") -> None:
    """Draw a button that puts every control of the page back to where it begins."""
    st.button(title, key=link.widget("reset"), on_click=link.own(link.ask), args=({},))


def repair(key: str, value: Any, title: str) -> None:
    """Draw a button that sets one control so that the settings go together again."""
    st.button(title, key=link.widget(f"fix_{key}"), on_click=link.own(link.put), args=(key, value))


def label(title: str, symbol: str = "", unit: str = "") -> str:
    """Name, symbol and unit as one label: "Window $n_c$ (slots)"."""
    return title + (f" ${symbol}$" if symbol else "") + (f" ({unit})" if unit else "")


def _short_enough(text: str, limit: int) -> str:
    if len(text) > limit:
        raise ValueError(text)
    return text
