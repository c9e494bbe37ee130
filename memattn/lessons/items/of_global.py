"""Items of *Global tokens & the softmax*: what a pin does to all other weights, and what it cannot do."""

from random import Random

import numpy as np
import torch

from memattn.lessons import peaks
from memattn.lessons.damping import bare, largest, split, way
from memattn.lessons.eviction import freed
from memattn.lessons.items.item import Item, Opens, Posed, Redraw, among, several, typed
from memattn.lessons.items.runs import choice_of, read_by, run_of, shows, words_of
from memattn.lessons.lesson import Settings
from memattn.lessons.narration import slot_name, span
from memattn.lessons.sinks import JOINED
from memattn.quantities import rounded
from memattn.reader.both_ways import visible
from memattn.records import Role, counted

LOGITS = tuple(number * peaks.STEP for number in range(16, 45, 3))  # 2 to 7
SHOWN = 13  # token whose row is asked about, from 0


def _peaks(rng: Random, memory: str, **sizes: int) -> Settings:
    """One resting place and 26 words with chosen logits."""
    extras = ((peaks.PEAK, rng.choice(LOGITS)), (peaks.SINK, rng.choice(LOGITS)))
    return Settings(choice_of(memory, **sizes), peaks.words(1), "peaks", extras=extras)


def infinite(rng: Random) -> Posed:
    """What pinned tokens keep, and what is gone."""
    g, n_c = rng.choice(((2, 5), (3, 4), (1, 7), (4, 6)))
    tokens = rng.randrange(18, 23)
    settings = read_by("global_tokens", words_of(rng, tokens), pinned=g, window=n_c)
    last = run_of(settings).steps[-1]
    border = tokens - n_c
    asked = (rng.randrange(g), g, border - 1, border, rng.randrange(g + 1, border - 1), tokens - 2)
    told = [
        (
            f"{slot_name(at)} “{settings.words[at]}”",
            at in last.ids,
            f"{slot_name(at)} " + ("is held. " if at in last.ids else "has left and is gone: no pin brings it back. "),
        )
        for at in dict.fromkeys(asked)
    ]
    return Posed(
        {"g": g, "n_c": n_c, "tokens": tokens, "asked": tuple(dict.fromkeys(asked))},
        f"Pinned are the first tokens, g = {g}, beside a window of n_c = {n_c}. {tokens} tokens have come, and "
        "the text goes "
        "on fluently for ever. Which of these can the last query still read?",
        several(rng, told),
        f"It reads {span(last.ids)}, {len(last.ids)} pairs of {tokens}: pins keep a text fluent, not its middle.",
        shows("global", settings, tokens - 1),
    )


def damp(rng: Random) -> Posed:
    """What is left of the largest weight."""
    settings = _peaks(rng, "global_tokens", pinned=1, window=rng.choice((3, 4, 6)))
    step = run_of(settings).steps[SHOWN]
    before, after, taken = 100 * bare(step), 100 * largest(step), 100 * split(step).taken
    denied = (
        (before - taken, f"The pin takes {taken:.2f} % of all together, not of the largest alone. "),
        (before, "It cannot stay: all weights sum to 1, and the pin's is new. "),
        (100 - taken, "That is what is left for all others together. "),
        (before * taken / 100, f"It is times 1 − a₀, not times a₀ = {taken / 100:.4f}. "),
        (before / (1 + taken / 100), "The sum is 1 before and after: the factor is 1 − a₀, not 1/(1 + a₀). "),
    )
    return Posed(
        {"before": before, "taken": taken},
        f"The largest weight of a row is {before:.2f} %. A pinned token joins and takes a₀ = {taken:.2f} %. How many "
        "percent does the largest of the others have now?",
        typed(after, "percent", denied),
        f"All others are multiplied by 1 − a₀ = {1 - taken / 100:.4f}: {before:.2f} % becomes {after:.2f} %.",
        shows("global", settings, SHOWN, view="lens"),
    )


def factor(rng: Random) -> Posed:
    """By which mechanism a peaky softmax is calmed."""
    settings = _peaks(rng, "global_tokens", pinned=1, window=rng.choice((3, 4, 6)))
    step = run_of(settings).steps[SHOWN]
    pinned = split(step).taken
    row = step.weights[0][np.array([role is not Role.GLOBAL for role in step.roles])].astype(np.float64)
    alone = row / row.sum()
    ratios = row / alone
    if not 0.05 < pinned < 0.95 or abs(alone.max() - bare(step)) > 1e-9:
        raise Redraw
    alike = np.ptp(ratios) < 1e-9 * ratios.max()
    assert alike  # what the sentence says is what the run shows
    many = len(row)
    denied = {
        f"each of them loses the same amount, {pinned / many:.3f}": f"Then the smallest, {alone.min():.3f}, would "
        "be below 0. "
        if alone.min() < pinned / many
        else f"The largest lost {alone.max() - row.max():.3f}, the smallest {alone.min() - row.min():.3f}. ",
        f"the largest loses {pinned:.3f}, the others nothing": f"The smallest went from {alone.min():.3f} to "
        f"{row.min():.3f}. ",
        f"they all become alike, {(1 - pinned) / many:.3f} each": f"The largest is still "
        f"{rounded(row.max() / row.min(), 3)} times the smallest. ",
    }
    return Posed(
        {"weights": alone.tolist(), "taken": pinned},
        f"A row peaks at {alone.max():.3f} among {many} tokens. One token that everybody sees is pinned and takes "
        f"{pinned:.3f}. What happens to the weights of the others?",
        among(rng, f"each becomes {1 - pinned:.3f} times what it was", denied),
        f"Damping: {alone.max():.3f} became {row.max():.3f} and {alone.min():.4f} became {row.min():.4f}, both times "
        f"{ratios[0]:.3f}. Their ratios stay.",
        shows("global", settings, SHOWN, view="lens"),
    )


def entropy(rng: Random) -> Posed:
    """Whether a pin raises the entropy."""
    settings = _peaks(rng, "global_tokens", pinned=1, window=rng.choice((3, 6, 11)))
    step = run_of(settings).steps[SHOWN]
    parts, many = split(step), len(step.ids) - 1
    if abs(parts.entropy - parts.rest) < 0.02:
        raise Redraw
    right = {"rises": "it rises", "falls": "it falls"}[way(parts)]
    numbers = f"H goes from {parts.rest:.3f} to {parts.entropy:.3f} nats: "
    told = {
        "it rises": "More tokens are no more spread: the pin may take nearly all. ",
        "it falls": "Damping is no sharpening: what the pin takes spreads the row. ",
        "it stays": "Ratios among the others stay, but the pin is new in the row. ",
    }
    return Posed(
        {"weights": step.weights[0].tolist(), "pinned": [role is Role.GLOBAL for role in step.roles]},
        f"{many} tokens share a row, the largest with {bare(step):.3f}. A pinned token joins and takes "
        f"{parts.taken:.3f}. "
        "What becomes of the entropy of the row?",
        among(rng, right, {sentence: text for sentence, text in told.items() if sentence != right}),
        f"{numbers}H = h₂(a₀) + (1 − a₀) · H_rest = {parts.between:.3f} + {1 - parts.taken:.3f} · {parts.rest:.3f}.",
        shows("global", settings, SHOWN, view="lens"),
    )


def repair(rng: Random) -> Posed:
    """Which change joins what a narrow window keeps apart."""
    w, tokens = rng.choice((16, 12, 9)), rng.choice((60, 75, 90))
    far = rng.randrange(2 * w + 3, tokens - 2)

    def joins(layers: int, window: int = w, pins: int = 0) -> bool:
        mask = visible(tokens, window, pins).float()
        known = torch.eye(len(mask))
        for _ in range(layers):
            known = (mask @ known > 0).float()
        return bool(known[pins + far, pins] > 0)

    deep = -(-far // w)
    few = rng.randrange(2, deep)
    wide = rng.choice((2 * w, far))
    told = (
        (f"{deep} layers", joins(deep), f"{deep} layers relay {deep} · {w} = {deep * w} words. "),
        (f"{few} layers", joins(few), f"{few} layers relay only {few} · {w} = {few * w} words. "),
        (
            "one global token and 2 layers",
            joins(2, pins=1),
            "A global token reads all in one layer, and all read it in the next. ",
        ),
        (
            "one global token, still one layer",
            joins(1, pins=1),
            "In one layer the global token is read before it has read. ",
        ),
        (
            f"a window of ±{wide}",
            joins(1, wide),
            f"±{wide} " + ("spans it. " if wide >= far else f"falls short of {far}. "),
        ),
        ("twice as many heads", joins(1), "Every head has the same window. "),
    )
    return Posed(
        {"w": w, "tokens": tokens, "far": far, "few": few, "wide": wide},
        f"One layer, in which every word sees ±{w} words. The conclusion stands {far} words behind the "
        "introduction and "
        "cannot see it. Which changes alone join them?",
        several(rng, told),
        f"{far} words at ±{w} take {deep} layers of relay; through a word that sees all it is two.",
        Opens("global", further={"tab": "Experiment", "exp": JOINED}),
    )


def more(rng: Random) -> Posed:
    """What more global tokens cost."""
    budget, (few, many) = rng.choice((9, 11, 13)), rng.choice(((1, 4), (2, 5), (1, 6)))
    words = words_of(rng, 22)
    settings = read_by("global_tokens", words, pinned=many, window=budget - many)
    last = run_of(settings).steps[-1]
    left = sum(role is Role.RECENT for role in last.roles)
    denied = (
        (budget, f"{budget} is the budget, and {many} of it are pinned. "),
        (budget - few, f"That was so with g = {few}. "),
        (many, f"{many} are pinned: those are the first ones. "),
        (budget - many + few, f"All {many} pins take a place of the window, not the new ones alone. "),
    )
    return Posed(
        {"budget": budget, "few": few, "many": many},
        f"A memory has room for {budget} pairs, g = {few} of them pinned. Somebody says more global tokens are always "
        f"better and pins g = {many}. How many of the newest pairs can the last of {len(words)} tokens read then?",
        typed(left, "pairs", denied),
        f"{counted(many, 'pin')} leave {budget} − {many} = {left} for the newest: back to "
        f"{slot_name(len(words) - left)} "
        f"only, where g = {few} went to {slot_name(len(words) - budget + few)}.",
        shows("global", settings, len(words) - 1),
    )


def first(rng: Random) -> Posed:
    """What happens when the first token leaves."""
    n_c = rng.choice((5, 7, 9))
    settings = _peaks(rng, "window", window=n_c)
    found = freed(run_of(settings), n_c, 0)
    assert found is not None
    if found.lost != (0,) or not 0.1 < found.left < 0.9:
        raise Redraw
    taken = 1 - found.left
    denied = (
        (1.0, f"Something must take the {100 * taken:.0f} % that the first token had: the weights sum to 1 again. "),
        (1 + taken, "What it had is not added once more: it is shared out over the others. "),
        (1 / taken, "The others had 1 − a₀ together, and now have all. "),
        (found.left, "They grow: there is one less to share with. "),
        (1 + taken / n_c, f"It is not shared out evenly among the {n_c}: each grows by the same factor. "),
    )
    return Posed(
        {"before": found.before.tolist()},
        f"The first token has a₀ = {100 * taken:.2f} % of the attention, and nothing that anybody asks for. It "
        "is the one "
        f"pair that a window loses. By which factor do the weights of the other {n_c} grow?",
        typed(found.factor, "", denied),
        f"Factor 1/(1 − a₀) = 1/{found.left:.4f} = {found.factor:.3f}: the largest goes from "
        f"{found.before.max():.3f} to "
        f"{found.after.max():.3f}. That is why losing just the first already hurts.",
        shows("global", settings, n_c),
    )


def dropped(rng: Random) -> Posed:
    """What a row sums to with dropout."""
    p, many = rng.choice((0.1, 0.2, 0.25)), 5
    settings = _peaks(rng, "window", window=many)
    row = np.round(run_of(settings).steps[SHOWN].weights[0].astype(np.float64), 2)
    gone = rng.randrange(many)
    if row[gone] < 0.02 or abs(row.sum() - 1) > 1e-9:
        raise Redraw
    kept = torch.ones(many, dtype=torch.float64)
    kept[gone] = 0
    after = float((torch.from_numpy(row) * kept / (1 - p)).sum())
    denied = (
        (1.0, "Softmax sums to 1; dropout comes behind it. "),
        (1 - float(row[gone]), f"What is kept is also divided by 1 − p = {1 - p:g}. "),
        (1 - p, "On average over many draws it would be 1; this one row lost one weight of its own size. "),
        (1 / (1 - p), f"One weight, {row[gone]:.2f}, is dropped. "),
    )
    return Posed(
        {"row": row.tolist(), "gone": gone, "p": p},
        f"While training, dropout with p = {p:g} falls on a row of weights, and weight number {gone + 1} is "
        "dropped; the "
        "others are scaled as usual. What does the row sum to?",
        typed(after, "", denied),
        f"(1 − {row[gone]:.2f}) / (1 − {p:g}) = {after:.3f}. In this app nothing is dropped, and every row sums to 1.",
        shows("global", settings, SHOWN),
        ("weights: " + ", ".join(f"{one:.2f}" for one in row),),
    )


ITEMS = (
    Item("infinite", "What pins keep", "global", infinite, "sinks do not give infinite context"),
    Item("damp", "The largest weight beside a pin", "global", damp, "what calms a peaky softmax"),
    Item("factor", "All others beside a pin", "global", factor, "what calms a peaky softmax, by which mechanism"),
    Item("entropy", "Entropy beside a pin", "global", entropy, "what calms a peaky softmax"),
    Item("repair", "Introduction and conclusion", "global", repair, "which change repairs ±16"),
    Item("more", "More and more pins", "global", more, "is more global always better"),
    Item("first", "The first token leaves", "global", first, "losing just the first token already hurts"),
    Item("dropped", "Dropout on a row", "global", dropped, "rows stop summing to 1 when dropout is on"),
)
