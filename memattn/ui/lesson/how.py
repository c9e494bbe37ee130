"""How it works: the model that reads, where it comes from, the memory's formula, and the code that ran."""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from itertools import chain, repeat
from typing import Any

import streamlit as st

from memattn.attention import read
from memattn.lessons import echo, peaks, running, texts
from memattn.lessons.lesson import Lesson, Settings
from memattn.lessons.memories import learned_by, served_by, titled, training
from memattn.lessons.models import load
from memattn.lessons.phase_code import Marked, marked
from memattn.memory.base import Memory
from memattn.quantities import rounded
from memattn.records import counted
from memattn.ui import link
from memattn.ui.lesson import parts
from memattn.ui.lesson.player import Played

ENTRIES = (("data", "Texts"), ("seed", "Seed"), ("trained_on", "Trained on"), ("cpu_seconds", "CPU seconds"))
READ = "attend"  # the phase in which a query reads; the stage rests there by itself
INTERVAL, INTERVALS = "95 % interval", ("wilson95", "interval95")


def how(played: Played) -> None:
    """The model's card beside the memory's."""
    left, right = st.columns(2, gap="large")
    with left:
        if played.settings.model == "trained":
            _model_card(played.settings)
        elif played.settings.model == "echo":
            _echo_card()
        else:
            st.markdown(f"#### No trained model\n\n{_untrained(played.settings)}")
    with right:
        _memory_card(played)


def code(lesson: Lesson, played: Played) -> None:
    """The source of what runs in the phase at which the stage stands."""
    memory = running.memory_of(played.settings)
    stands = link.here().moment
    phase = (stands.phase if stands else "") or READ
    own = lesson.code(played.settings) if lesson.code else ()
    shown = [Marked(function, (), itself=False) for function in own] or _ran(memory, phase)
    parts.code(shown, "read" if phase == READ else phase)


def _ran(memory: Memory[Any], phase: str) -> list[Marked]:
    """What runs: each memory's `update` and what it calls in this phase, its compression, the read."""
    updates = chain.from_iterable(marked(type(part), phase) for part in parts_of(memory))
    compress = getattr(memory, "compression", None)
    also = [] if compress is None else [Marked(type(compress).compress, (), itself=phase == "compress")]
    return [*dict.fromkeys(updates), *also, Marked(read, (), itself=phase == READ)]


def _untrained(settings: Settings) -> str:
    said = {"free": texts.FREE_SAYS, "pairs": texts.PAIRS_SAYS, "peaks": peaks.SAYS}
    return said.get(settings.model, texts.MODEL_HELP)


def parts_of(memory: Memory[Any]) -> tuple[Memory[Any], ...]:
    """The memory and those it is made of."""
    own = (getattr(memory, field.name) for field in fields(memory))  # type: ignore[arg-type]
    return (memory, *(part for part in own if isinstance(part, Memory)))


def _model_card(settings: Settings) -> None:
    name = served_by(settings.choice)
    reader = load(name, learned_by(settings.choice))
    card, config = reader.card, reader.config
    layers = "1 layer" if config.layers == 1 else f"{config.layers} layers"
    rows = [
        ("Model", f"`{name}`: {card.get('model', 'a reader of stories')}"),
        ("Size", f"{reader.parameters:,} weights, {layers}, {config.heads} heads, {config.d_model} channels"),
        *((title, _plain(card[key])) for key, title in ENTRIES if key in card),
        ("Made anew by", f"`{card.get('rebuild', '')}`"),
        ("Recipe", _plain({key.replace("_", " "): value for key, value in _mapping(card.get("recipe")).items()})),
    ]
    lines = ["#### The model that reads", "", "| | |", "|:--|:--|", *(f"| {name} | {text} |" for name, text in rows)]
    with st.container(key="model_card"):
        st.markdown("\n".join(lines))
    if config.layers > 1:
        st.markdown(texts.LAYERS_HELP)
    for title, table in _tables(_mapping(card.get("accuracy"))):
        with st.expander(f"Measured: {title}"):
            st.markdown(table)


def _echo_card() -> None:
    saved = echo.model()
    with st.container(key="model_card"):
        st.markdown(
            f"#### The model that reads\n\n{texts.ECHO_SAYS}\n\n"
            f"`echo`: {echo.EchoReader().origin}, {saved.config.d_model} channels. "
            f"Made anew by `{saved.card['rebuild']}`."
        )


def _memory_card(played: Played) -> None:
    choice, memory = played.settings.choice, running.memory_of(played.settings)
    last = played.run.trace.steps[-1]
    lines = [f"#### {titled(choice)}", (type(memory).__doc__ or "").splitlines()[0]]
    lines += [f"**Training.** {training(choice)}"] if played.settings.model == "trained" else []
    for part in parts_of(memory):
        lines += [f"$${part.formula}$$", f"{part.title}. Source: {part.source}."]
    lines.append(
        f"After the last word it stores {counted(last.state_floats, 'number')} per head, and its query reads "
        f"{counted(len(last.ids), 'slot')} in {counted(last.read_flops, 'operation')}."
    )
    st.markdown("\n\n".join(lines))


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _plain(value: object) -> str:
    """A value of the card in words: "right 0, asked 17, 95 % interval 0 to 0.1843"."""
    if isinstance(value, Mapping):
        return ", ".join(" ".join(_entry(*entry)) for entry in value.items())
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else rounded(value + 0.0, 4)  # + 0.0: a zero has no sign
    return ", ".join(map(_plain, value)) if isinstance(value, list) else str(value)


def _entry(key: str, value: Any) -> tuple[str, str]:
    """A name of the card and its value, in words."""
    return (INTERVAL, " to ".join(map(_plain, value))) if key in INTERVALS else (key, _plain(value))


def _tables(accuracy: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The card's measurements as they stand there: a table for each, a line for what is none."""
    return [
        (title, "\n".join(_rows(table)) if isinstance(table, Mapping) else _plain(table))
        for title, table in accuracy.items()
    ]


def _rows(table: Mapping[str, Any]) -> Iterator[str]:
    """One row for each measured value: what was measured, by what it is split up, the value."""
    yield from ("| | | |", "|:--|:--|:--|")
    for name, value in table.items():
        if isinstance(value, Mapping) and any(isinstance(part, Mapping) for part in value.values()):
            names = chain([name], repeat(""))
            yield from (f"| {next(names)} | {key} | {_plain(part)} |" for key, part in value.items())
        else:
            label, text = _entry(name, value)
            yield f"| {label} | | {text} |"
