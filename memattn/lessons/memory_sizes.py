"""More memory: recall against length for several sizes, against bytes, and with slots that grow with the text."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from memattn.intervals import Marks, Paired, Proportion
from memattn.lessons.forgetting import (
    DASHES,
    LENGTHS,
    SIZED,
    TOGETHER,
    Case,
    Counted,
    results,
    sized,
    tellings,
    value,
)
from memattn.lessons.lesson import Experiment, Result, Settings
from memattn.lessons.memories import Choice, make
from memattn.lessons.models import trained
from memattn.lessons.results import Dash
from memattn.quantities import signed
from memattn.records import Role

FLOAT_BYTES = 4

# --- the size of the memory -------------------------------------------------------------------------------------------

SIZES = (16, 64, 256)


def by_size(
    settings: Settings, values: Mapping[str, Any], lengths: Sequence[int] = LENGTHS, texts: int = 0
) -> Iterator[Result]:
    """One curve for each size."""
    kind = settings.choice.name if settings.choice.name in SIZED else "merging"
    names = {size: f"{size} {'pairs' if kind == 'window' else 'slots'}" for size in SIZES}
    cases = [
        Case(names[size], tokens, sized(kind, size), telling)
        for tokens in lengths
        for size in SIZES
        for telling in tellings(tokens, texts=texts)
    ]
    role = Role.RECENT if kind == "window" else Role.GLOBAL
    looks = {names[size]: (role, dash) for size, dash in zip(SIZES, DASHES, strict=True)}
    return results(cases, looks, lambda found: _halves(found, list(names.values())))


def _halves(found: Counted, names: Sequence[str]) -> str:
    halves = [half_recall(found[name]) for name in names]
    parts = [
        f"{name} answer half of the facts up to {half:,.0f} tokens" if half else f"{name} do not cross one half here"
        for name, half in zip(names, halves, strict=True)
    ]
    grown = [f"{later / earlier:.1f}" for earlier, later in pairwise(halves) if earlier and later]
    rule = f" Four times the slots bear {' and '.join(grown)} times the length." if grown else ""
    return f"{'; '.join(parts)}.{rule}"


def half_recall(curve: Mapping[float, Proportion]) -> float | None:
    """Length at which the curve falls through one half, by logarithms between two lengths; None if it does not."""
    places = sorted(curve)
    for one, two in pairwise(places):
        high, low = curve[one].value, curve[two].value
        if high >= 0.5 > low:
            return float(one * (two / one) ** ((high - 0.5) / (high - low)))
    return None


BY_SIZE = Experiment(
    "Recall against length, by size",
    "Sixteen facts anywhere in a text, all asked at its end; sizes of a sliding window where that is chosen above, "
    "else of the merging memory. Bars are 95 % intervals (Wilson).",
    by_size,
    long=True,
    counts="tokens",
    together=TOGETHER,
    about=lambda settings: Settings(Choice("window" if settings.choice.name == "window" else "merging"), ()),
)


# --- bytes and operations ---------------------------------------------------------------------------------------------

DOUBLINGS = (16, 32, 64, 128, 256)
DOUBLED_AT = 1024  # tokens
AVERAGE = 64  # pairs of a moving average
BYTES = "bytes of streaming state, all layers and heads"


class Costs(NamedTuple):
    """What a memory costs after `DOUBLED_AT` tokens, in all layers and heads."""

    slots: int
    bytes: int
    read: int  # FLOPs per token
    update: int


def costs_of(choice: Choice, tokens: int = DOUBLED_AT) -> Costs:
    """By the memory's own account."""
    config, memory = trained(choice).reader.config, make(choice)
    each, d = config.layers * config.heads, config.d_head
    return Costs(
        memory.slot_count(tokens),
        FLOAT_BYTES * each * memory.state_floats(tokens, d, d),
        each * memory.read_flops(tokens, d, d),
        each * memory.update_flops(tokens, d, d),
    )


def doubled(
    settings: Settings, values: Mapping[str, Any], tokens: int = DOUBLED_AT, texts: int = 0
) -> Iterator[Result]:
    """Recall against bytes; a window, means, and one mean that must store its window."""
    one_mean = Choice("moving_average", (("window", AVERAGE),))
    layers = trained(one_mean).layers  # the others are read by one
    average = f"moving average, {layers} layers"
    looks: dict[str, tuple[Role, Dash]] = {
        "sliding window": (Role.RECENT, "solid"),
        "merging memory": (Role.GLOBAL, "solid"),
        average: (Role.SUMMARY, "solid"),
    }
    known = {
        name: {costs_of(choice, tokens).bytes: choice for choice in choices}
        for name, choices in zip(
            looks,
            (
                [sized("window", size) for size in DOUBLINGS],
                [sized("merging", size) for size in DOUBLINGS],
                [one_mean],
            ),
            strict=True,
        )
    }
    cases = [
        Case(name, size, choice, telling)
        for name, choices in known.items()
        for size, choice in choices.items()
        for telling in tellings(tokens, texts=texts)
    ]

    def table(found: Counted) -> str:
        rows = [
            "| memory | slots read | bytes | FLOPs to read | FLOPs to update | right | 95 % interval |",
            "|:--|--:|--:|--:|--:|--:|--:|",
        ]
        for name, places in found.items():
            for size, share in sorted(places.items()):
                slots, stored, read, update = costs_of(known[name][int(size)], tokens)
                low, high = share.interval
                rows.append(
                    f"| {name} | {slots:,} | {stored:,} | {read:,} | {update:,} | {share.right} of {share.total} "
                    f"| {low:.2f} to {high:.2f} |"
                )
        return "\n".join(rows)

    def says(found: Counted) -> str:
        parts = []
        for name in list(looks)[:2]:
            places = sorted(found[name])
            parts.append(
                f"{name}: from {DOUBLINGS[0]} to {DOUBLINGS[-1]} slots {places[-1] / places[0]:g} times the bytes, and "
                f"recall from {value(found, name, places[0]):.2f} to {value(found, name, places[-1]):.2f}; "
                f"{buys_most([found[name][place] for place in places])}"
            )
        stored = costs_of(one_mean, tokens).bytes
        return (
            f"At {tokens:,} tokens. {'. '.join(part[:1].upper() + part[1:] for part in parts)}. The moving average "
            f"reads one slot in each of its {layers} layers (the others have one) and stores {stored:,} bytes: one "
            "pair is what is read, not what is stored."
        )

    return results(cases, looks, says, BYTES, table)


def buys_most(sizes: Sequence[Marks]) -> str:
    """Which doubling wins most answers, or among which the difference may be luck.

    Args:
        sizes: what each of `DOUBLINGS` answers of the same questions.
    """
    gains = [[two - one for one, two in zip(both[0].each, both[1].each, strict=True)] for both in pairwise(sizes)]
    best = max(gains, key=sum)
    most = {
        size: signed(sum(gain) / len(gain))
        for size, gain in zip(DOUBLINGS[1:], gains, strict=True)
        if Paired.of(best, gain).shows < 1
    }
    if len(most) > 1:
        return f"which doubling buys most may be luck: {', '.join(f'to {size} {gain}' for size, gain in most.items())}"
    ((size, gain),) = most.items()
    return f"the doubling to {size} buys most, {gain}"


DOUBLED = Experiment(
    "Memory doubled",
    "Sixteen facts anywhere in a text of 1,024 tokens. Bytes are those of the true streaming state in float32: what "
    "must be stored to go on. FLOPs are per token. Bars are 95 % intervals (Wilson). Doublings are compared on the "
    "same questions (sign test, 5 %).",
    doubled,
    long=True,
    counts="tokens",
    together=TOGETHER,
    about=lambda settings: Settings(Choice("merging"), ()),
)


# --- memories that grow -----------------------------------------------------------------------------------------------

GROWN_AT = (128, 256, 512, 1024)
LEAST = 5  # slots of a memory that grows
PAIRS = {  # names of the curves by growth: of what grows, and of what is as large from the start
    "sqrt": ("√T slots", "fixed, as many as √T at the end"),
    "log": ("log T slots", "fixed, as many as log T at the end"),
}
ALIKE = "√T slots, each token written into those alike"


def growing(growth: str) -> Choice:
    """A merging memory whose slots grow."""
    return Choice("merging", (("slots_from", LEAST), ("growth", growth)))


def grown(
    settings: Settings, values: Mapping[str, Any], lengths: Sequence[int] = GROWN_AT, texts: int = 0
) -> Iterator[Result]:
    """Slots that grow as √T and log T, each beside a fixed number that is the same at the end."""
    looks: dict[str, tuple[Role, Dash]] = {}
    for (own, fixed), dash in zip(PAIRS.values(), (DASHES[2], DASHES[0]), strict=True):
        looks |= {own: (Role.GLOBAL, dash), fixed: (Role.RECENT, dash)}
    looks[ALIKE] = (Role.SUMMARY, DASHES[2])
    alike = Choice("dynamic_global", (("slots_from", LEAST), ("growth", "sqrt")))
    cases = []
    for tokens in lengths:
        choices = {ALIKE: alike}
        for growth, (own, fixed) in PAIRS.items():
            grows = growing(growth)
            choices |= {own: grows, fixed: sized("merging", make(grows).slot_count(tokens))}
        cases += [
            Case(name, tokens, choices[name], telling) for name in looks for telling in tellings(tokens, texts=texts)
        ]

    def says(found: Counted) -> str:
        last, parts = lengths[-1], []
        for growth, (own, fixed) in PAIRS.items():
            count = make(growing(growth)).slot_count
            way = sum(map(count, range(1, last + 1))) / last
            shown = [found[own][tokens].against(found[fixed][tokens]).shows for tokens in lengths]
            parts.append(
                f"{own}, at {last:,} tokens: {count(last)} slots, {way:.0f} on average on the way; recall "
                f"{value(found, own, last):.2f} against {value(found, fixed, last):.2f} with as many from the start. "
                f"Of {len(lengths)} lengths the growing one is surely better at {shown.count(1)}, the fixed one "
                f"at {shown.count(-1)}."
            )
        ends = [f"{value(found, ALIKE, tokens):.2f} at {tokens:,} tokens" for tokens in (lengths[0], last)]
        return f"{' '.join(parts)} {ALIKE}: {' and '.join(ends)}; no reader was trained through that memory."

    return results(cases, looks, says)


GROWN = Experiment(
    "Grow with the text, or be large from the start",
    "The merging memory with a number of slots that grows as √T or log T, beside the same memory with as many slots "
    "from the first token as that one has at the end; and the dynamic global memory. Sixteen facts anywhere. Bars are "
    "95 % intervals (Wilson). Surely better is who wins a sign test on the same questions (5 %).",
    grown,
    long=True,
    counts="tokens",
    together=TOGETHER,
    about=lambda settings: Settings(Choice("merging"), ()),
)
