"""What no size repairs: an introduction long ago, one pair for everything, one softmax over all of a long text."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from memattn.lessons.forgetting import (
    DASHES,
    TOGETHER,
    Case,
    Counted,
    results,
    sized,
    tellings,
    value,
)
from memattn.lessons.lesson import Experiment, Result, Settings
from memattn.lessons.memories import Choice, titled
from memattn.lessons.results import Dash
from memattn.records import Role

# --- what stands in the introduction ----------------------------------------------------------------------------------

INTRODUCED_AT = (128, 256, 512, 1024, 2048, 5000)
INTRODUCED, EQUAL, PINNED = 8, 72, 64  # facts; slots of each memory; of those the pinned ones


def introduced(
    settings: Settings, values: Mapping[str, Any], lengths: Sequence[int] = INTRODUCED_AT, texts: int = 0
) -> Iterator[Result]:
    """All facts first, then filler."""
    memories = {
        "sliding window": (sized("window", EQUAL), Role.RECENT),
        "merging memory": (sized("merging", EQUAL), Role.GLOBAL),
        f"{PINNED} pinned, {EQUAL - PINNED} newest": (
            Choice("global_tokens", (("pinned", PINNED), ("window", EQUAL - PINNED))),
            Role.COMPRESSED,
        ),
        "full attention": (Choice("full"), Role.CURRENT),
    }
    cases = [
        Case(name, tokens, choice, telling)
        for tokens in lengths
        for name, (choice, _) in memories.items()
        for telling in tellings(tokens, INTRODUCED, "first", texts)
    ]

    def says(found: Counted) -> str:
        last = lengths[-1]
        parts = [f"{name} {value(found, name, last):.2f}" for name in memories]
        return f"Facts of the introduction, asked after {last:,} tokens: {', '.join(parts)}."

    looks: dict[str, tuple[Role, Dash]] = {name: (role, "solid") for name, (_, role) in memories.items()}
    return results(cases, looks, says)


INTRODUCTION = Experiment(
    "Facts only in the introduction",
    f"Eight facts first, then filler. All memories but full attention hold {EQUAL} slots. Pinned is what happened to "
    "come first: that these are the facts is luck of this text, not a merit of the memory. Bars are 95 % intervals "
    "(Wilson).",
    introduced,
    long=True,
    counts="tokens",
    together=TOGETHER,
    about=lambda settings: Settings(Choice("merging"), ()),
)


# --- one fact in one pair ---------------------------------------------------------------------------------------------

ALONE_AT = (64, 256, 1024, 4096)
ALONE_TEXTS = 12


def one_fact(
    settings: Settings, values: Mapping[str, Any], lengths: Sequence[int] = ALONE_AT, texts: int = ALONE_TEXTS
) -> Iterator[Result]:
    """A single fact, then filler; memories of one pair."""
    memories = {
        titled(choice): (choice, dash)
        for choice, dash in ((Choice("cumulative_average"), DASHES[2]), (Choice("recurrent"), DASHES[1]))
    }
    cases = [
        Case(name, tokens, choice, telling)
        for tokens in lengths
        for name, (choice, _) in memories.items()
        for telling in tellings(tokens, 1, "first", texts)
    ]

    def says(found: Counted) -> str:
        parts = [
            f"{name} {value(found, name, lengths[0]):.2f}, {value(found, name, lengths[-1]):.2f}" for name in memories
        ]
        return f"The one fact, asked after {lengths[0]:,} tokens and after {lengths[-1]:,}: {'; '.join(parts)}."

    looks: dict[str, tuple[Role, Dash]] = {name: (Role.SUMMARY, dash) for name, (_, dash) in memories.items()}
    return results(cases, looks, says)


ONE_FACT = Experiment(
    "One fact in one pair",
    "One fact first, then filler, read by the models that were trained through one pair per layer. In the "
    "cumulative average every pair has a share of 1/T; in the recurrence a gate decides with every token how much of "
    "the old pair stays. Bars are 95 % intervals (Wilson).",
    one_fact,
    long=True,
    counts="tokens",
    together=TOGETHER,
    about=lambda settings: Settings(Choice("cumulative_average"), ()),
)


# --- diluted, not forgotten -------------------------------------------------------------------------------------------

DILUTED_AT = (256, 1024, 5000, 50_000)
RECENT_FACTS, RECENT_PAIRS = 12, 128
SHARPER = (1.0, 1.2, 1.4)


def diluted(
    settings: Settings, values: Mapping[str, Any], lengths: Sequence[int] = DILUTED_AT, texts: int = 0
) -> Iterator[Result]:
    """The newest facts, asked of all pairs, with sharper logits too, and of the newest pairs alone."""
    window = f"the newest {RECENT_PAIRS} pairs alone"
    names = {sharper: "all pairs" + (f", logits × {sharper:g}" if sharper != 1 else "") for sharper in SHARPER}
    cases = []
    for tokens in lengths:
        for telling in tellings(tokens, RECENT_FACTS, "last", texts):
            cases += [Case(names[sharper], tokens, Choice("full"), telling, sharper) for sharper in SHARPER]
            cases.append(Case(window, tokens, sized("window", RECENT_PAIRS), telling))

    def says(found: Counted) -> str:
        last = lengths[-1]
        plain, sharpest, alone = (found[name][last] for name in (names[1.0], names[SHARPER[-1]], window))
        more = {-1: "More memory hurts here", 1: "More memory helps here", 0: "The difference may be luck"}
        sharper = {
            1: ": what they answer more was not lost, the weight was spread over too many",
            -1: ", which is surely less",
            0: ", a difference that may be luck",
        }
        return (
            f"The newest facts of {last:,} tokens: all pairs answer {plain.value:.2f} of them, the newest "
            f"{RECENT_PAIRS} alone {alone.value:.2f}. {more[plain.against(alone).shows]}. With logits × "
            f"{SHARPER[-1]:g} all pairs answer {sharpest.value:.2f}{sharper[sharpest.against(plain).shows]}."
        )

    looks: dict[str, tuple[Role, Dash]] = {
        **{names[sharper]: (Role.CURRENT, dash) for sharper, dash in zip(SHARPER, DASHES[::-1], strict=True)},
        window: (Role.RECENT, "solid"),
    }
    return results(cases, looks, says)


DILUTED = Experiment(
    "Diluted, not forgotten",
    "Twelve facts last of all, so that the window holds every one of them. Full attention holds them too, among all "
    "the rest. Bars are 95 % intervals (Wilson). Differences are judged on the same questions (sign test, 5 %).",
    diluted,
    long=True,
    counts="tokens",
    together=TOGETHER,
    about=lambda settings: Settings(Choice("full"), ()),
)
