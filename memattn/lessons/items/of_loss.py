"""Items of *Information loss*: what is left of the beginning, what growth buys, which memory keeps a clause."""

from random import Random

from memattn.lessons.borders import positions_read
from memattn.lessons.items.item import Item, Opens, Posed, Redraw, among, several, typed
from memattn.lessons.items.runs import choice_of, read_by, run_of, shows, words_of
from memattn.lessons.memories import Choice, make
from memattn.lessons.narration import slot_name
from memattn.quantities import rounded
from memattn.records import counted

FLOAT_BYTES = 2  # float16
WIDTH = 64  # of a key, and of a value


def left(rng: Random) -> Posed:
    """What became of an early word."""
    n, tokens = rng.choice((4, 5, 7)), rng.randrange(17, 23)
    name, settings = rng.choice(
        (("window", {"window": n}), ("merging", {"slots_from": n}), ("cumulative_average", {}), ("full", {}))
    )
    titles = {
        "window": f"a window of {n} pairs",
        "merging": f"{n} slots for the whole text, of which two neighbours become one mean when a new pair needs room",
        "cumulative_average": "one pair, the mean of all",
        "full": "all pairs, as they come",
    }
    own = read_by(name, words_of(rng, tokens), **settings)
    trace = run_of(own)
    at = rng.randrange(2)
    last = trace.steps[-1]
    raw, part = at in last.ids, bool(positions_read(trace)[-1, at])
    pair, mean, nothing = "its own pair, as it came", "a part in a mean with others", "nothing that can be read"
    right = pair if raw else mean if part else nothing
    told = {
        pair: "Not as it came: there is no such slot any more. ",
        mean: "It is in no mean: pairs do not become one another here. "
        if raw
        else "What has left a window goes into no mean: it is dropped. ",
        nothing: "Something is left of it. ",
    }
    return Posed(
        {"name": name, "n": n, "tokens": tokens, "at": at},
        f"A memory holds {titles[name]}. {tokens} tokens have come. What is left of {slot_name(at)}, from the "
        "introduction?",
        among(rng, right, {sentence: text for sentence, text in told.items() if sentence != right}),
        f"The last query reads {counted(len(last.ids), 'slot')}, and {slot_name(at)} is "
        + ("one of them." if raw else "mixed with others there." if part else "not in any."),
        shows("loss", own, tokens - 1),
    )


def crowded(rng: Random) -> Posed:
    """How many tokens share a slot, in a short text and in a long one."""
    n = rng.choice((3, 4, 5, 6))
    short, times = rng.choice((8, 9, 10, 11)), 2
    settings = read_by("merging", words_of(rng, short * times), slots_from=n)
    trace = run_of(settings)
    last = trace.steps[-1]
    each = sum(len(trace.shares_read(slot, last.index).sources) for slot in last.ids) / len(last.ids)
    denied = (
        (short / n, f"So it was after {short} tokens. The slots stay {n}, and the text does not. "),
        (1.0, "A slot of its own for every token would be a memory that grows. "),
        (float(n), f"n_g = {n} is the number of slots. "),
        (float(times), f"The text is {times} times longer, and the slots held several before. "),
    )
    return Posed(
        {"n": n, "tokens": short * times},
        f"n_g = {n} slots hold means over the whole text; none is dropped, neighbours are merged. After {short} "
        "tokens a "
        f"slot stands for {rounded(short / n, 3)} of them on average. For how many after {short * times}?",
        typed(each, "tokens", denied),
        f"{short * times} tokens in {len(last.ids)} slots: {rounded(each, 4)} each. With 50,000 tokens it would be "
        f"{50_000 / n:,.0f}: covered all, and the beginning of it no longer to be told from its neighbours.",
        shows("loss", settings, last.index),
    )


def dynamic(rng: Random) -> Posed:
    """What a memory that grows as the root of the text held on the way."""
    start = rng.choice((4, 6, 8))
    end = rng.choice((20, 30, 40, 60))
    tokens = end * end
    early = tokens // rng.choice((4, 16, 25))
    memory = make(Choice("merging", (("slots_from", start), ("growth", "sqrt"))))
    now, then = memory.slot_count(tokens), memory.slot_count(early)
    if then <= start:
        raise Redraw
    denied = (
        (
            now * early / tokens,
            f"It does not grow with T but with √T: a text of 1/{tokens // early}, and more slots than that. ",
        ),
        (float(now), "That is its size at the end; it had to grow. "),
        (float(start), f"It began with {start} slots, but by then it had grown. "),
        (float(early), "One slot per token would be full attention. "),
    )
    return Posed(
        {"start": start, "tokens": tokens, "early": early},
        f"A memory grows as √T, from n_g = {start} slots on. After {tokens:,} tokens it has {now}. Another one "
        f"has {now} "
        f"from the start, and so the same size in the end. How many slots did the growing one have after "
        f"{early:,} tokens?",
        typed(then, "slots", denied),
        f"max({start}, ⌈√{early}⌉) = {then}: until the end it held fewer, and what was merged early stays "
        "merged. It is "
        "worth it where nobody knows how long the text will be.",
        Opens("loss", further={"memory": "merging", "growth": "sqrt", "ng": start}),
    )


def legal(rng: Random) -> Posed:
    """Which memory keeps a clause word for word, under a budget."""
    tokens = 22
    words = words_of(rng, tokens)
    at = rng.randrange(2, 12)
    budget = rng.choice((9, 11, 13)) * 2 * WIDTH * FLOAT_BYTES
    g, n_c, long, slots = rng.choice((4, 6)), rng.choice((3, 5)), rng.choice((12, 18)), rng.choice((8, 16))
    if long == tokens - at:  # two windows would be the same one
        raise Redraw
    offered = {
        "full attention, all pairs": choice_of("full"),
        f"a window of {long} pairs": choice_of("window", window=long),
        f"{g} pinned pairs and a window of {n_c}": choice_of("global_tokens", pinned=g, window=n_c),
        f"{slots} slots of merged neighbours": choice_of("merging", slots_from=slots),
        f"a window of {tokens - at}, back to the clause": choice_of("window", window=tokens - at),
    }

    def told(name: str) -> tuple[str, bool, str]:
        choice = offered[name]
        stored = make(choice).state_floats(tokens, WIDTH, WIDTH) * FLOAT_BYTES
        raw = at in run_of(read_by(choice.name, words, **dict(choice.settings))).steps[-1].ids  # type: ignore[arg-type]
        why = f"{name[:1].upper()}{name[1:]}: {stored:,} bytes, and {slot_name(at)} is " + (
            "held as it came. " if raw else "not held as it came. "
        )
        return name, stored <= budget and raw, why

    return Posed(
        {"at": at, "budget": budget, "g": g, "n_c": n_c, "long": long, "slots": slots},
        f"A contract of {tokens} tokens; {slot_name(at)} of the definitions must be quoted word for word at the end. A "
        f"head may store {budget:,} bytes, float16, keys and values of {WIDTH} numbers. Which memories will do?",
        several(rng, [told(name) for name in offered]),
        f"A pair is {2 * WIDTH * FLOAT_BYTES} bytes, so {budget // (2 * WIDTH * FLOAT_BYTES)} fit; a mean of "
        "several is "
        "not a quotation, and what has left is none.",
        Opens("loss", further={"tab": "The legal document"}),
    )


ITEMS = (
    Item("left", "What is left of the introduction", "loss", left, "why 50,000-token documents lose their beginning"),
    Item("crowded", "Tokens in a slot", "loss", crowded, "why 50,000-token documents lose their beginning"),
    Item("dynamic", "A memory that grows", "loss", dynamic, "is a dynamic memory worth it"),
    Item("legal", "A clause, word for word", "loss", legal, "architecture for a legal document"),
)
