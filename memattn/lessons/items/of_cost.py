"""Items of *Cost*: what is stored, what grows, and what a step costs."""

from random import Random

import torch

from memattn.attention import read
from memattn.lessons.items.item import Item, Opens, Posed, among, several, typed
from memattn.lessons.items.runs import choice_of
from memattn.lessons.memories import make
from memattn.memory import MEMORIES
from memattn.records import counted
from memattn.streams import random_stream

WIDTHS = (16, 32, 64)


def _opens(name: str, **further: str) -> Opens:
    return Opens("cost", further={"memory": name, **further})


def storage(rng: Random) -> Posed:
    """What a moving average must store to go on."""
    n_c, width = rng.choice((5, 7, 11)), rng.choice(WIDTHS)
    tokens = n_c * rng.choice((3, 40))
    stored, window = (
        make(choice_of(name, window=n_c)).state_floats(tokens, width, width) for name in ("moving_average", "window")
    )
    denied = (
        (2 * width, "One pair is what is read. To go on, the pair that leaves must be known, and all that will. "),
        (window, "So much a window stores; the sum that is kept comes on top. "),
        (
            2 * width * tokens,
            f"Not the whole text: what has left the mean, {tokens - n_c} pairs, is not needed again. ",
        ),
        (width * (n_c + 1), "Keys and values are both stored. "),
    )
    return Posed(
        {"n_c": n_c, "width": width},
        f"Σ is a moving average over n_c = {n_c} pairs, kept as their sum: what comes is added, what leaves is taken "
        f"off. Keys and values have {width} numbers each, and {tokens} tokens have come. How many numbers are stored "
        "to go on?",
        typed(stored, "numbers", denied),
        f"({width} + {width}) · ({n_c} + 1) = {stored:,}: the {n_c} pairs and their sum. Whoever adds them up anew "
        f"with every read stores {window:,}, as a window does.",
        _opens("moving_average"),
    )


def constant(rng: Random) -> Posed:
    """How the cost of a step grows with the text."""
    name, own = rng.choice(
        (("window", {"window": 9}), ("cumulative_average", {}), ("moving_average", {"window": 9}), ("full", {}))
    )
    times, early = rng.choice((3, 5, 10)), rng.choice((100, 200, 1000))
    memory = make(choice_of(name, **own))
    before, after = (memory.read_flops(tokens, 64, 64) for tokens in (early, early * times))
    denied = (
        (1.0, "Nothing is thrown away here, so there is more to read at every step. "),
        (float(times), "The text is longer, and the memory is not: the step reads as many slots as before. "),
        (float(times * times), "So the whole text costs, not one step of it. "),
        (1 / times, "A step does not get cheaper. "),
    )
    title = MEMORIES[name].title
    return Posed(
        {"name": name, "times": times},
        f"{title}{' of 9 pairs' if own else ''}: one step reads after {early:,} tokens, another after "
        f"{early * times:,}. How "
        "many times as much does the later read cost?",
        typed(after / before, "times", denied),
        f"{before:,} floating-point operations per head, and {after:,}: {after / before:g} ×.",
        _opens(name, what="flops"),
    )


def stream(rng: Random) -> Posed:
    """Which memories keep a budget in a stream without an end."""
    n, tokens, width = rng.choice((64, 128, 256)), rng.choice((100_000, 1_000_000)), 64
    room = rng.choice((100, 160, 300))
    offered = {
        "full attention": choice_of("full"),
        f"a window of {n} pairs": choice_of("window", window=n),
        "a mean of everything": choice_of("cumulative_average"),
        f"a moving average over {2 * n} pairs": choice_of("moving_average", window=2 * n),
        f"8 segments of {n // 4} pairs": choice_of("segments", segment_length=n // 4, segments=8),
    }

    def told(name: str) -> tuple[str, bool, str]:
        pairs = make(offered[name]).state_floats(tokens, width, width) // (2 * width)
        why = f"{name[:1].upper()}{name[1:]} stores as much as {counted(pairs, 'pair')}. "
        return name, pairs <= room, why

    return Posed(
        {"n": n, "room": room, "tokens": tokens},
        f"A stream in real time, {tokens:,} tokens and no end in sight. There is room for {room} pairs. Which "
        "memories keep "
        "within it?",
        several(rng, [told(name) for name in offered]),
        f"What counts is the state that must be stored to go on, after {tokens:,} tokens; how much of it one "
        "reads is less.",
        _opens("window"),
    )


def masked(rng: Random) -> Posed:
    """What a mask over the newest pairs saves."""
    tokens, newest = rng.choice((40, 60, 90)), rng.choice((8, 12, 16))
    memory, given = make(choice_of("full")), random_stream(tokens, 8, 8, seed=rng.randrange(99))
    state = memory.update(given.kv, memory.empty(given.kv)).state
    slots = memory.slots(state)
    recent = torch.arange(tokens) >= tokens - newest
    weights = read(given.queries[..., -1:, :], slots, recent.unsqueeze(0)).weights
    seen, stored = int((weights > 0).sum()), len(slots.ids)
    denied = (
        (newest, f"{newest} is how many are read. Masked is not evicted: the others are still stored. "),
        (tokens - newest, f"Those {tokens - newest} are masked; what is read is stored as well. "),
        (tokens + newest, "A pair that is read is not stored twice. "),
    )
    return Posed(
        {"tokens": tokens, "newest": newest},
        f"Full attention with a mask: every query reads the newest {newest} pairs only. {tokens} tokens have "
        "come. How many "
        "pairs are stored?",
        typed(stored, "pairs", denied),
        f"{seen} weights are above 0, and {stored} pairs are stored. A window of {newest} would store {newest}.",
        _opens("full"),
    )


def grows(rng: Random) -> Posed:
    """Which side of which tensor grows."""
    width, before, more = rng.choice(WIDTHS), rng.choice((20, 30, 50)), rng.choice((4, 5, 9))
    memory, given = make(choice_of("full")), random_stream(before + more, width, width, seed=1)
    state = memory.update(given.kv[:before], memory.empty(given.kv)).state
    rows, columns = memory.slots(state).keys.shape[-2:]
    later = memory.slots(memory.update(given.kv[before:], state).state)
    k, v = tuple(later.keys.shape[-2:]), tuple(later.values.shape[-2:])

    def said(keys: tuple[int, ...], values: tuple[int, ...]) -> str:
        return f"K is {keys[0]} × {keys[1]}, V is {values[0]} × {values[1]}"

    denied = {
        said((rows, columns + more), (rows, columns + more)): "They never grow in width: that is set by the weights. ",
        said((rows + more, columns + more), (rows + more, columns + more)): "They grow in length alone, not in width. ",
        said((rows + more, columns), (rows, columns)): "V grows too: every token brings a key and a value. ",
        said((rows, columns), (rows + more, columns)): "K grows too: every token brings a key and a value. ",
    }
    return Posed(
        {"width": width, "before": before, "more": more},
        f"A cache of keys and values: K is {rows} × {columns}, and V is too. {more} more tokens come. What are "
        "they then?",
        among(rng, said(k, v), denied),
        f"{before} + {more} = {k[0]} rows, one per token; {k[1]} columns as before.",
        _opens("full"),
    )


ITEMS = (
    Item("storage", "What a moving average stores", "cost", storage, "moving-average storage versus window storage"),
    Item("constant", "A step in a long text", "cost", constant, "cost per step of a constant-size memory"),
    Item("stream", "A stream without an end", "cost", stream, "choosing a memory for a real-time stream"),
    Item("masked", "A mask over the newest", "cost", masked, "masked is not evicted"),
    Item("grows", "Which tensor grows", "cost", grows, "which tensor grows"),
)
