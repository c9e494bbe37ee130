"""Real models: what they keep as they were built, with full attention in every layer, and with another memory."""

from typing import NamedTuple

from memattn.cost import GIB, LONGEST, MODELS, ModelSize, bytes_in_words, bytes_of, cost, full_length, longest
from memattn.lessons.cost.growth import sized
from memattn.lessons.cost.record import Bar, Bars
from memattn.lessons.memories import main_role, make
from memattn.memory import MEMORIES
from memattn.records import Role

EVERY_PAIR, BUILT = "full attention in every layer", "as it was built"
ANY = "any length"


def stored(chosen: str, sizes: int, tokens: int, bits: int) -> Bars:
    """Bytes of every model after a text: full attention, its own design where that is another, and a memory."""
    memory = make(sized(chosen, sizes))
    rows, full, built, own = [], list[Bar | None](), list[Bar | None](), list[Bar | None]()
    for model in MODELS.values():
        priced = cost(memory, tokens, model, bits)
        rows.append(model.name)
        full.append(_bytes(priced.full_state_bytes))
        built.append(_bytes(bytes_of(model.own_numbers(tokens), bits), Role.GLOBAL) if model.own else None)
        own.append(_bytes(priced.state_bytes, main_role(memory)))
    groups = {EVERY_PAIR: tuple(full), BUILT: tuple(built), MEMORIES[chosen].title: tuple(own)}
    if chosen == "full":
        del groups[MEMORIES[chosen].title]
    return Bars(tuple(rows), groups, f"bytes of keys and values after {tokens:,} tokens")


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
            return heads * memory.state_floats(tokens, *model.stored_widths)

        own.append(_tokens(longest(numbers, budget, bits), main_role(memory)))
    groups = {EVERY_PAIR: tuple(full), BUILT: tuple(built), MEMORIES[chosen].title: tuple(own)}
    if chosen == "full":
        del groups[MEMORIES[chosen].title]
    return Bars(tuple(rows), groups, f"tokens whose keys and values fit into {gib} GiB")


def _tokens(count: int | None, role: Role | None = None) -> Bar:
    return Bar(LONGEST, ANY, role) if count is None else Bar(count, f"{count:,}", role)


class Card(NamedTuple):
    """The shape of a model, in words."""

    name: str
    shape: str
    token: str
    design: str
    source: str


def card(model: ModelSize, bits: int) -> Card:
    """What decides its bytes."""
    heads = f"{model.layers} layers × {model.kv_heads} KV {'head' if model.kv_heads == 1 else 'heads'} × "
    if not model.latent:
        shape = f"{heads}2 × {model.head_dim}"
    elif model.latent == model.head_dim:
        shape = f"{heads}{model.head_dim}, key and value in one"
    else:
        shape = f"{heads}({model.latent} + {model.head_dim - model.latent})"
    per_token = bytes_of(model.token_numbers, bits)
    shared = model.query_heads // model.kv_heads
    return Card(
        model.name,
        f"{shape}; {shared} query heads read each" if shared > 1 else shape,
        bytes_in_words(per_token),
        model.design or "every pair in every layer",
        model.source,
    )


def cards(bits: int) -> str:
    """All of them as a table in Markdown."""
    rows = ["| model | layers × KV heads × numbers | per token, every layer | as it was built | source |", "|:--" * 5 + "|"]
    rows += ["| " + " | ".join(card(model, bits)) + " |" for model in MODELS.values()]
    return "\n".join(rows)
