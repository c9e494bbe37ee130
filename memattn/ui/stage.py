"""The stage on a page, and the same stage as one file that plays offline.

The stage is a handful of ES modules in `assets/stage/`. Streamlit takes one script per component, so they are joined
here: in the order of their imports, without the import and export lines. All top-level names are therefore unique
across modules, which a test checks.
"""

import base64
import json
import re
from collections.abc import Callable
from functools import cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

if TYPE_CHECKING:  # the frame delivers the script before NumPy is there
    from memattn.ui.payload import Payload

FOLDER = Path(__file__).resolve().parents[2] / "assets" / "stage"
ENTRY = "stage.js"

IMPORT = re.compile(r'^import\s[^;]*?from\s+"\./([\w-]+\.js)";[ \t]*\n', re.MULTILINE | re.DOTALL)
EXPORT = re.compile(r"^export (?!default)", re.MULTILINE)
REMARK = re.compile(r"^\s*(//.*|/\*\*.*\*/)\n", re.MULTILINE)  # lines that hold nothing but a comment
INDENT = re.compile(r"^[ \t]+", re.MULTILINE)

# Streamlit sends a component's script again with every changed payload. So the stage itself is a short script that
# waits for the long one, which is a component of its own without data, in the frame of every page.
WAITING = """const shelf = (globalThis[Symbol.for("memattn.stage")] ??= {});
shelf.ready ??= new Promise((resolve) => (shelf.open = resolve));
export default function (component) {
  let gone = false;
  let cleanup = null;
  shelf.ready.then(({ mount, style, markup }) => {
    const place = component.parentElement;
    if (gone) return;
    if (!place.querySelector('[data-part="root"]')) {
      const box = document.createElement("template");
      box.innerHTML = `<style>${style}</style>${markup}`;
      place.append(box.content);
    }
    cleanup = mount(component);
  });
  return () => {
    gone = true;
    cleanup?.();
  };
}
"""
ARRIVING = """
const shelf = (globalThis[Symbol.for("memattn.stage")] ??= {{}});
shelf.ready ??= new Promise((resolve) => (shelf.open = resolve));
shelf.open({{ mount, style: {style}, markup: {markup} }});
export default function () {{}}
"""


def modules() -> tuple[str, ...]:
    """File names of the modules, each after all that it imports."""
    ordered: list[str] = []

    def visit(name: str, above: tuple[str, ...]) -> None:
        if name in above:
            raise ValueError(f"modules of the stage must not import in a circle, got {' → '.join((*above, name))}")
        if name not in ordered:
            for needed in IMPORT.findall((FOLDER / name).read_text("utf-8")):
                visit(needed, (*above, name))
            ordered.append(name)

    visit(ENTRY, ())
    return tuple(ordered)


@cache
def script() -> str:
    """All modules as one, with a single default export."""
    parts = []
    for name in modules():
        text = EXPORT.sub("", IMPORT.sub("", (FOLDER / name).read_text("utf-8")))
        parts.append(f"// --- {name}\n{INDENT.sub('', REMARK.sub('', text))}")
    return "\n".join(parts)


@cache
def markup() -> str:
    """The HTML that the script fills."""
    return (FOLDER / "stage.html").read_text("utf-8")


@cache
def style() -> str:
    """The style sheet."""
    return (FOLDER / "stage.css").read_text("utf-8")


def code() -> str:
    """The long script: all modules, style and markup, handed to every stage that waits."""
    own = script().replace("export default function", "function", 1)
    return own + ARRIVING.format(style=json.dumps(style()), markup=json.dumps(markup()))


@cache
def _components() -> tuple[Callable[..., Any], Callable[..., Any]]:
    component, nothing = st.components.v2.component, "<span>\n</span>"
    return component("memattn_stage", html=nothing, js=WAITING), component(
        "memattn_stage_code", html=nothing, js=code()
    )


def deliver() -> None:
    """Send the long script: once per page and outside of fragments, so that no move of a control carries it along."""
    _, arriving = _components()
    with st.container(key="stage_code"):  # hidden by frame.css
        arriving(key="stage_script")


def stage(
    payload: "Payload",
    key: str,
    on_step_change: Callable[[], None] | None = None,
    *,
    start: int | None = None,
    seek: tuple[int, int] | None = None,
    channel: str = "",
    clock: str = "",
    plain: bool = False,
    on_drawn: Callable[[], None] | None = None,
) -> Any:
    """Show a trace, on a page of the frame; the result's `step` is where the reader stands.

    Args:
        payload: what to play.
        key: names the stage; as long as it stays the same, playback goes on through reruns.
        on_step_change: called before the rerun that follows a pause or step.
        start: step to open at; used when the stage appears, not later.
        seek: (step, nonce): go to a step; obeyed once per nonce.
        channel: sent along with the playhead, so that several stages on a page can be told apart.
        clock: stages with the same clock move together; "" is a clock of its own.
        plain: the conveyor alone, without attention map and softmax.
        on_drawn: called once another payload than before stands on the screen.
    """
    waiting, _ = _components()
    header = _header(payload, start, seek, channel, clock, plain, reports=on_drawn is not None)
    return waiting(
        key=key,
        data=len(header).to_bytes(4, "little") + header + payload.packed,
        default={"step": start},
        on_step_change=on_step_change or _nothing,
        **({} if on_drawn is None else {"on_drawn_change": on_drawn}),
        height="content",
    )


def _header(
    payload: "Payload",
    start: int | None,
    seek: tuple[int, int] | None,
    channel: str,
    clock: str,
    plain: bool,
    reports: bool,
) -> bytes:
    sent = {
        "id": payload.id,
        "start": start,
        "channel": channel,
        "seek": None if seek is None else {"step": seek[0], "nonce": seek[1]},
        "clock": clock,
        "plain": plain,
        "reports": reports,
    }
    return json.dumps(sent).encode()


def _nothing() -> None:
    """A state value needs a callback to be declared, even when nobody listens."""


def player(payload: "Payload", title: str = "MemAttn") -> str:
    """The stage with this trace as one HTML page that needs no server and no network.

    Args:
        payload: what to play.
        title: of the page.
    """
    packed = base64.b64encode(payload.packed).decode()
    data = json.dumps({"id": payload.id, "packed": packed, "start": None, "seek": None, "channel": ""})
    values = {
        "title": escape(title),
        "style": style(),
        "markup": markup(),
        "script": script().replace("export default function", "function", 1),
        "data": data,
    }
    return re.sub(r"\{\{(\w+)\}\}", lambda match: values[match[1]], (FOLDER / "player.html").read_text("utf-8"))
