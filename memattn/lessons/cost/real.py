"""Real models: what they keep as they were built, with full attention in every layer, and with another memory."""

import math

from memattn.cost import GIB, MODELS, ModelSize, bytes_of, full_length, longest, most
from memattn.lessons.cost.growth import FULL, in_words, sized
from memattn.lessons.cost.record import Bar, Bars
from memattn.lessons.memories import main_role, make
from memattn.memory import MEMORIES
from memattn.quantities import bytes_in_words
from memattn.records import Role, counted

EVERY_PAIR, BUILT = "full attention in every layer", "as it was built"
IN_WORDS = 10**7  # tokens, from which on they are rounded
ANY = "no limit"
EVERY = "every pair in every layer"


def stored(chosen: str, sizes: int, tokens: int, bits: int) -> Bars:
    """Bytes of every model after a text: full attention, its own design where that is another, and a memory."""
    memory = make(sized(chosen, sizes))
    rows, full, built, own = [], list[Bar | None](), list[Bar | None](), list[Bar | None]()
    for model in MODELS.values():
        priced = most(memory, tokens, model, bits)
        rows.append(model.name)
        full.append(_bytes(priced.full_state_bytes))
        built.append(_bytes(bytes_of(model.own_numbers(tokens), bits), Role.GLOBAL) if model.own else None)
        own.append(_bytes(priced.state_bytes, main_role(memory)))
    groups = {EVERY_PAIR: tuple(full), BUILT: tuple(built)}
    if chosen != FULL:
        groups[MEMORIES[chosen].title] = tuple(own)
    return Bars(tuple(rows), groups, f"bytes of keys and values after {counted(tokens, 'token')}", bytes=True)


def _bytes(count: int, role: Role | None = None) -> Bar:
    return Bar(count, bytes_in_words(count), role)


def fitting(chosen: str, sizes: int, gib: int, bits: int) -> Bars:
    """Tokens that fit into so many GiB, for the same three."""
    memory, budget = make(sized(chosen, sizes)), gib * GIB
    rows, full, built, own = [], list[Bar | None](), list[Bar | None](), list[Bar | None]()
    for model in MODELS.values():
        heads = model.layers * model.kv_heads
        rows.append(model.name)
        full.append(_tokens(full_length(model, budget, bits)))
        built.append(_tokens(longest(model.own_numbers, budget, bits), Role.GLOBAL) if model.own else None)

        def numbers(tokens: int, heads: int = heads, model: ModelSize = model) -> int:
            return heads * max(memory.state_floats(peak, *model.stored_widths) for peak in memory.peaks(tokens))

        own.append(_tokens(longest(numbers, budget, bits), main_role(memory)))
    groups, says, title = {EVERY_PAIR: tuple(full), BUILT: tuple(built)}, "", MEMORIES[chosen].title
    if all(bar and bar.value == math.inf for bar in own):
        says = f"With {title} a text of any length fits into {gib} GiB, in every one of these models."
    elif chosen != FULL:
        groups[title] = tuple(own)
    return Bars(tuple(rows), groups, f"tokens that fit into {gib} GiB", says)


def _tokens(count: int | None, role: Role | None = None) -> Bar:
    return (
        Bar(math.inf, ANY, role)
        if count is None
        else Bar(count, f"{count:,}" if count < IN_WORDS else in_words(count), role)
    )


def shape(model: ModelSize) -> str:
    """What decides the bytes of one token: "32 layers × 8 KV heads × 2 × 128 numbers"."""
    heads = f"{model.layers} layers × {model.kv_heads} KV {'head' if model.kv_heads == 1 else 'heads'}"
    if not model.latent:
        return f"{heads} × 2 × {model.head_dim} numbers"
    if model.latent == model.head_dim:
        return f"{heads} × {model.head_dim} numbers, key and value in one"
    return f"{heads} × ({model.latent} + {model.head_dim - model.latent}) numbers"


def sharing(model: ModelSize) -> str:
    """How many query heads read what is stored once."""
    shared = model.query_heads // model.kv_heads
    return "each query head reads its own" if shared == 1 else f"{shared} query heads read each KV head"


def card(key: str, bits: int) -> str:
    """A model: its shape, the bytes of a token, its own design, and where that was read; Markdown."""
    model = MODELS[key]
    each = bytes_in_words(bytes_of(model.token_numbers, bits))
    return (
        f"**{model.name}**: {shape(model)} × {bits / 8:g} bytes = **{each} per token** with every pair in every layer; "
        f"{sharing(model)}. As it was built: {model.design or EVERY}.  \n*{model.source}*"
    )


def cards(bits: int) -> str:
    """All of them as a table in Markdown."""
    rows = ["| model | every layer, one token | | read by | as it was built | source |", "|:--" * 6 + "|"]
    for model in MODELS.values():
        each = bytes_in_words(bytes_of(model.token_numbers, bits))
        cells = (model.name, shape(model), each, sharing(model), model.design or EVERY, model.source)
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def solved(key: str, gib: int, bits: int) -> str:
    """How long a text fits with every pair in every layer: the closed form with its numbers; Markdown."""
    model = MODELS[key]
    parts = f"{model.layers} \\cdot {model.kv_heads} \\cdot {sum(model.stored_widths)}"
    return (
        r"$T = \left\lfloor \dfrac{8 \cdot \text{bytes}}{\text{bits} \cdot L \cdot H_{kv} \cdot (d_k + d_v)} "
        rf"\right\rfloor = \left\lfloor \dfrac{{8 \cdot {gib} \cdot 2^{{30}}}}{{{bits} \cdot {parts}}}\right\rfloor$ = "
        f"**{full_length(model, gib * GIB, bits):,} tokens** of {model.name} with every pair in every layer."
    )
