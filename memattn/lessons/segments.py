"""Segments & FIFO: whole segments enter the memory, and whole segments leave it. No torch until it is computed."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from memattn.lessons.formulas import ATTENTION, attention, change, counts, formulas_of, whose
from memattn.lessons.lesson import Experiment, Formula, Head, Lesson, Scenario, Settings
from memattn.lessons.moments import Coming, Finds, first
from memattn.lessons.prediction import Prediction
from memattn.lessons.segment_questions import questions
from memattn.lessons.segmented import ages, length_of, letter, reach, series, sizes, updates
from memattn.records import EventKind, Role

if TYPE_CHECKING:
    from memattn.lessons.answering import Run

TITLE = "Segments & FIFO"
CLAIM = "The memory is refreshed once per segment. What does the first word of the next one know of the last?"


# --- what there is to find in a run -----------------------------------------------------------------------------------


def word(offset: int, segment: int = 0) -> Finds:
    """What a word reads: the one at an offset, from 0, of a segment, from 0."""

    def find(run: "Run") -> Coming | None:
        length = length_of(run.trace)
        at = segment * length + (offset if offset >= 0 else length + offset)
        return Coming(at, read=True) if length and at < len(run.trace.steps) else None

    return find


def token(number: int) -> Finds:
    """What a token reads, counted from 1."""
    return lambda run: Coming(number - 1, read=True) if number <= len(run.trace.steps) else None


SCENARIOS = (
    Scenario(
        "First look",
        {},
        "Six words come and Mem stands still; with the seventh all seven enter it at once, as segment A.",
        shows=first(EventKind.PUSH),
    ),
    Scenario(
        "[A, B, C] receives D",
        {"ns": 5, "m": 3},
        "Three segments of five pairs stand in Mem. D is full and enters; A leaves whole, all five pairs at once.",
        shows=first(EventKind.DROP),
    ),
    Scenario(
        "Over the border",
        {"ns": 13, "m": 0, "tab": "Experiment", "exp": "Recall over the border"},
        "Blocks that see only themselves: the last word of A read all of A, and B's first word now reads itself alone. "
        "Below: what this costs, and three repairs.",
        shows=word(0, segment=1),
    ),
    Scenario(
        "Segment 6 of 10",
        {"ns": 11, "m": 1, "n": 102, "tab": "Experiment", "exp": "Which segments can it read?"},
        "Two-segment memory: the last word of F reads E and F, 22 pairs. A to D are out of its reach in one layer; "
        "a second layer reaches D, through what E has read.",
        shows=word(-1, segment=5),
    ),
    Scenario(
        "Token 100 without the first 99",
        {"n": 104},
        "Token 100 reads 16 pairs: two segments, and two of its own. The other 84 of the text so far could be burnt.",
        shows=token(100),
        view="softmax",
    ),
    Scenario(
        "A learned f",
        {"memory": "recurrent"},
        "The state is one pair, at every token: f folds the new pair into it, and asks for nothing older.",
        shows=token(8),
    ),
    Scenario(
        "A learned f over segments",
        {"memory": "segment_recurrence"},
        "Seven words come and Mem stands still; then f folds all seven into it, one after the other. Mem is one pair "
        "again, read beside the running segment.",
        shows=first(EventKind.MERGE),
    ),
    Scenario(
        "Every token, every 128",
        {
            "ns": 128,
            "m": 1,
            "n": 300,
            "tab": "Side by side",
            "b_memory": "window",
            "b_nc": 128,
        },
        "Left, 128 pairs enter Mem at once, and until then it is empty; right, one enters and one leaves with every "
        "token. Both hold 128.",
        shows=first(EventKind.PUSH),
    ),
)

READ_ON: tuple[tuple[str, str], ...] = (
    (
        "Dai et al.: Transformer-XL (2019)",
        "arXiv:1901.02860 — §3.2 is the update on this page: the previous segment is read, and no gradient goes into "
        "it. The paper stores hidden states and says the reach grows as O(N · L); the exact number stands above.",
    ),
    (
        "Rae et al.: Compressive Transformers (2019)",
        "arXiv:1911.05507 — §3.1: what becomes of the oldest segment when it need not be thrown away.",
    ),
    (
        "Course, Foundations of Large Language Models, chapter 2",
        "Mem = Update(S_kv, Mem_pre): one formula for a memory that is updated by tokens and one updated by segments.",
    ),
)


# --- numbers of a run -------------------------------------------------------------------------------------------------


def formulas(settings: Settings, run: "Run", step: int, head: Head) -> tuple[Formula, ...]:
    """The lesson's formulas with the numbers of this run at this step, read from the trace."""
    if settings.choice.name != "segments":
        return formulas_of(settings, run, step, head)
    n_s, m = sizes(settings)
    now, trace = run.trace.steps[step], run.trace
    mem, current = counts(now, Role.RECENT), counts(now, Role.CURRENT)
    own, offset = divmod(now.index, n_s)
    read = sorted({slot // n_s for slot in now.ids})
    top = now.weights.mean(axis=0) if head is None else now.weights[head]
    one, two = (reach(offset, layers, n_s, m * n_s) for layers in (1, 2))
    return (
        Formula(
            r"\mathrm{Mem} = \mathrm{FIFO}(S_{kv},\ \mathrm{Mem}_{\mathrm{pre}})",
            rf"\lvert\mathrm{{Mem}}\rvert = {change(mem)}\ \ (m \cdot n_s = {m} \cdot {n_s} = {m * n_s}), \quad "
            rf"\lvert S_{{kv}}\rvert = {change(current)}\ \text{{of}}\ n_s = {n_s}",
            "A full segment enters Mem whole, and the oldest beyond m leaves whole. In between Mem stands still."
            if m
            else "With m = 0 Mem holds nothing: a full segment is let go whole.",
        ),
        attention(
            ATTENTION.replace(r"\mathrm{Mem}", r"[\mathrm{Mem}, S_{kv}^{\le i}]"),
            now.index + 1,
            top,
            f"Token {now.index + 1} is number {offset + 1} of segment {letter(own)} and reads {_named(read)}. Queries "
            f"come from the running segment alone. {whose(trace, head)}.",
        ),
        Formula(
            r"\mathrm{updates}_i = \lfloor i / n_s \rfloor, \quad \mathrm{age}_i = " + (r"r + 1" if m else r"i"),
            rf"{updates(trace)[step]}\ \text{{after token {now.index + 1}}}, \quad "
            rf"\mathrm{{age}}_{{{now.index + 1}}} = {ages(trace)[step]}",
            f"The newest remembered pair is up to n_s = {n_s} tokens old, (n_s + 1)/2 = {(n_s + 1) / 2:g} on average; "
            "with an update per token it would always be 1."
            if m
            else "With m = 0 nothing is ever remembered: the age counts from the beginning of the text.",
        ),
        Formula(
            r"\mathrm{reach}_L = r + (L - 1)\, n_s \lceil M / n_s \rceil + M",
            rf"L = 1:\ {offset} + {m * n_s} = {one}, \quad L = 2:\ {offset} + {m * n_s} + {m * n_s} = {two}",
            f"M = m · n_s = {m * n_s}. The folk formula L · M says {m * n_s} and {2 * m * n_s}: right for the first "
            f"word of a segment, {n_s - 1} too few for its last. No gradient crosses into Mem.",
        ),
    )


def _named(segments: Sequence[int]) -> str:
    names = [letter(number) for number in segments]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def experiments() -> tuple[Experiment, ...]:
    """Those of every lesson, with the border of Mem marked."""
    from memattn.lessons import borders as own
    from memattn.lessons import experiments as common

    def borders(settings: Settings) -> Mapping[str, int]:
        if settings.choice.name != "segments":
            return {}
        n_s, m = sizes(settings)
        return {"m·n_s": m * n_s}

    measured = (own.WHICH, own.OVER_THE_BORDER, own.TIME, own.GRADIENT)
    return *measured, common.by_age(borders), common.BY_DISTANCE, common.LOSS, common.MAP


def predictions(settings: Settings, run: "Run") -> Sequence[Prediction]:
    """Staleness, updates, and what can be known of which segment."""
    return questions(settings, run.trace)


def beside(settings: Settings, run: "Run") -> Sequence[tuple[str, str]]:
    """Updates, their time, staleness and slots."""
    from memattn.lessons.borders import compared

    return compared(settings, run)


LESSON = Lesson(
    name="segments",
    title=TITLE,
    claim=CLAIM,
    scenarios=SCENARIOS,
    memories=("segments", "recurrent", "segment_recurrence"),
    starts={"segment_length": 7, "segments": 2, "seed": 4},
    formulas=formulas,
    predictions=predictions,
    series=series,
    experiments=experiments,
    read_on=READ_ON,
    beside=beside,
    own_tabs=("Is it recurrent?",),
    views=(("map", "lens"), ("curve", "softmax", "history", "influence")),
)
