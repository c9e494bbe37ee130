"""How it works: the model that reads, where it comes from, the memory's formula, and the code that ran."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from memattn.attention import read
from memattn.lessons.story import content, words
from memattn.lessons.tellers import member
from memattn.memory.base import Memory
from memattn.memory.hybrid import Hybrid
from memattn.ui import lesson as parts
from memattn.ui.story.player import trace_of
from memattn.ui.story.shared import Settings

ENTRIES = (("data", "Texts"), ("seed", "Seed"), ("trained_on", "Trained on"), ("cpu_seconds", "CPU seconds"))


def model(chosen: Settings) -> None:
    """The model's card beside the memory's, then the source of what ran."""
    left, right = st.columns(2, gap="large")
    with left:
        if chosen.free:
            st.markdown(f"#### No trained model\n\n{words.FREE_SAYS}")
        else:
            _model_card(chosen)
    with right:
        _memory_card(chosen)
    memory = chosen.memory
    kinds = (type(memory.first), type(memory.second)) if isinstance(memory, Hybrid) else (type(memory),)
    parts.code((*(kind.update for kind in kinds), read))


def _model_card(chosen: Settings) -> None:
    choice = chosen.choice
    reader = member(choice.member, choice.learned_by)
    card, config = reader.card, reader.config
    layers = "1 layer" if config.layers == 1 else f"{config.layers} layers"
    rows = [
        ("Model", f"`{choice.member}`: {card.get('model', 'a reader of stories')}"),
        ("Size", f"{reader.parameters:,} weights, {layers}, {config.heads} heads, {config.d_model} channels"),
        *((name, _said(card[key])) for key, name in ENTRIES if key in card),
        ("Made anew by", f"`{card.get('rebuild', '')}`"),
        ("Recipe", _said({key.replace("_", " "): value for key, value in _mapping(card.get("recipe")).items()})),
    ]
    lines = ["#### The model that reads", "", "| | |", "|:--|:--|", *(f"| {name} | {said} |" for name, said in rows)]
    with st.container(key="model_card"):
        st.markdown("\n".join(lines))
    if choice.learned_by:
        st.markdown(f"Its compression network: {content.COMPRESSIONS[choice.compression][1]}")
    if config.layers > 1:
        st.markdown(words.EACH_LAYER)
    for title, table in _tables(_mapping(card.get("accuracy"))):
        with st.expander(f"Measured: {title}"):
            st.markdown(table)


def _memory_card(chosen: Settings) -> None:
    way, memory = content.WAYS[chosen.choice.way], chosen.memory
    last = trace_of(chosen).steps[-1]
    training = (
        content.COMPRESSIONS[chosen.choice.compression][1] if chosen.choice.way == "compressive" else way.training
    )
    said = [f"#### {way.title}", way.gist]
    said += [f"**Training.** {training}"] if not chosen.free else []
    for part in _parts(memory):
        said += [f"$${part.formula}$$", f"{part.title}. Source: {part.source}."]
    said.append(
        f"After the last word it stores {last.state_floats:,} numbers per head, and its query reads "
        f"{len(last.ids)} slots in {last.read_flops:,} operations."
    )
    st.markdown("\n\n".join(said))


def _parts(memory: Memory[Any]) -> tuple[Memory[Any], ...]:
    return (memory, memory.second) if isinstance(memory, Hybrid) else (memory,)


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _said(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_said(part)}" for key, part in value.items())
    return ", ".join(map(_said, value)) if isinstance(value, list) else str(value)


def _tables(accuracy: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The card's measurements as they stand there: a table for each."""
    tables = []
    for title, rows in accuracy.items():
        lines = ["| | |", "|:--|:--|", *(f"| {name} | {_said(value)} |" for name, value in _mapping(rows).items())]
        tables.append((title, "\n".join(lines)))
    return tables
