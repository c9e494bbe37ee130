"""Compressive memory: what leaves the short-term memory comes back compressed. No torch until something is computed."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from memattn.lessons.formulas import ATTENTION, attention, change, counts, whose
from memattn.lessons.lesson import Experiment, Formula, Head, Lesson, Scenario, Settings
from memattn.lessons.moments import answer_leaves_mem, fact_leaves, first
from memattn.quantities import rounded
from memattn.records import EventKind, Role, Trace, counted

if TYPE_CHECKING:
    from memattn.lessons.answering import Run
    from memattn.memory.compressive import Compressive, Span

TITLE = "Compressive memory"
CLAIM = (
    "What leaves the short-term memory is squeezed, c pairs into one slot: "
    "as many slots reach further back, at the price of detail."
)

SCENARIOS = (
    Scenario(
        "First look",
        {},
        "Eight pairs at a time leave Mem and come back as two slots of CMem.",
        shows=first(EventKind.COMPRESS),
    ),
    Scenario(
        "50 pairs leave Mem",
        {"ns": 50, "nm": 100, "ncm": 24, "c": 5, "n": 280},
        "Fifty pairs are popped together; at c = 5 they return as ten slots.",
        shows=first(EventKind.COMPRESS),
    ),
    Scenario(
        "120 pairs, c = 4 → 30",
        {"ns": 120, "nm": 120, "ncm": 48, "c": 4, "n": 420},
        "One segment of 120 pairs becomes 120 / 4 = 30 compressed slots.",
        shows=first(EventKind.COMPRESS),
    ),
    Scenario(
        "c from 1 to 8",
        {
            "c": 8,
            "n": 160,
            "seed": 17,
            "q": "Who owns the purple box?",
            "tab": "Experiment",
            "exp": "c from 1 to 8",
        },
        "24 slots in Mem and CMem at every c. Below: at small c the fact is out of reach, at large c it is blurred.",
    ),
    Scenario(
        "n_s not divisible by c",
        {"ns": 7, "nm": 14, "ncm": 10, "c": 3, "n": 110},
        "Seven pairs make two slots of three, and one pair is left over. What becomes of it is the remainder policy.",
        shows=first(EventKind.COMPRESS),
    ),
    Scenario("Just inside the reach", {"n": 128}, "The fact asked for still stands in CMem.", "inside"),
    Scenario(
        "Just outside the reach",
        {"n": 128},
        "The fact asked for has left the memory: now it can only be guessed.",
        "outside",
        shows=fact_leaves,
    ),
    Scenario(
        "The price of detail",
        {"f": "keep", "seed": 4},
        "One pair of four is kept whole, three are gone. The pair that answers is among the lost; a convolution of all "
        "four still answers.",
        "blurred",
        shows=answer_leaves_mem,
    ),
    Scenario(
        "Train f_c",
        {"tab": "Experiment", "exp": "Train f_c"},
        "Below: a convolution begins with random numbers and learns to keep what is read; the loss falls, and so does "
        "the error. Then let softmax gates learn from answers only, at c = 4: they pass “keep 1 of 4”.",
    ),
)

READ_ON: tuple[tuple[str, str], ...] = (
    (
        "Rae, Potapenko, Jayakumar, Lillicrap: Compressive Transformers for Long-Range Sequence Modelling (2019)",
        "arXiv:1911.05507 — Algorithm 1 is the update on this page; §3.2 lists the compression functions; "
        "Algorithm 2 is the attention-reconstruction loss for f_c. Our reader and its convolutions were trained "
        "together, end to end; at the paper's size that did worse than Algorithm 2 (its table 5).",
    ),
    (
        "Dai et al.: Transformer-XL (2019)",
        "arXiv:1901.02860 — segment-level recurrence, the memory without the compression.",
    ),
    (
        "Course, Foundations of Large Language Models, chapter 2",
        "Mem and CMem as two FIFO queues. The text once lets n_c pairs enter and n_s leave; both are n_s, as here.",
    ),
)


def reach(settings: Settings) -> "Span":
    """How far back Mem and CMem reach between two segments (Rae et al. 2019, §3.1, for one layer)."""
    return _memory(settings).reach


def _memory(settings: Settings) -> "Compressive":
    from memattn.lessons.running import memory_of
    from memattn.memory.compressive import Compressive

    memory = memory_of(settings)
    assert isinstance(memory, Compressive)
    return memory


def sizes(settings: Settings) -> tuple[int, int, int, int]:
    """n_s, n_m, n_cm and c."""
    choice = settings.choice
    keys = ("segment_length", "memory_length", "compressed_length", "rate")
    n_s, n_m, n_cm, c = (int(choice[key]) for key in keys)
    return n_s, n_m, n_cm, c


def formulas(settings: Settings, run: "Run", step: int, head: Head) -> tuple[Formula, ...]:
    """The lesson's formulas with the numbers of this run at this step, read from the trace."""
    n_s, n_m, n_cm, c = sizes(settings)
    now = run.trace.steps[step]
    mem, cmem, current = (counts(now, role) for role in (Role.RECENT, Role.COMPRESSED, Role.CURRENT))
    made = _events(run.trace, EventKind.COMPRESS, step)
    lost = tuple(
        sum(len(event.sources) for event in run.trace.events(EventKind.DROP) if event.token < step + after)
        for after in (0, 1)
    )
    top = now.weights.mean(axis=0) if head is None else now.weights[head]
    waiting = max(0, mem[1] - n_m)
    return (
        Formula(
            r"\mathrm{Mem} = \mathrm{FIFO}(S_{kv},\ \mathrm{Mem}_{\mathrm{pre}})",
            rf"\lvert\mathrm{{Mem}}\rvert = {change(mem)}\ \ (n_m = {n_m}), \quad "
            rf"\lvert S_{{kv}}\rvert = {change(current)}\ \text{{of}}\ n_s = {n_s}",
            r"A full segment $S_{kv}$ enters Mem; what Mem cannot hold leaves it, the oldest first."
            + (f" {waiting} more {'waits' if waiting == 1 else 'wait'} for a group of c." if waiting else ""),
        ),
        Formula(
            r"\mathrm{CMem} = \mathrm{FIFO}\big(f_c(\mathrm{old}),\ \mathrm{CMem}_{\mathrm{pre}}\big)",
            rf"n_s / c = {n_s} / {c} = {rounded(n_s / c, 3, latex=True)}\ \text{{slots per segment}}, \quad "
            rf"\lvert\mathrm{{CMem}}\rvert = {change(cmem)}\ \ (n_{{cm}} = {n_cm})",
            "The popped pairs are compressed c to 1 and appended to CMem, whose oldest slots are dropped. "
            f"Slots made so far: {_plainly(made)}.",
        ),
        attention(
            ATTENTION.replace(r"\mathrm{Mem}", r"[\mathrm{CMem}, \mathrm{Mem}, S_{kv}]"),
            now.index + 1,
            top,
            "One softmax over all slots together: a compressed slot competes with raw pairs on equal terms. "
            f"{whose(run.trace, head)}.",
        ),
        _reached(_memory(settings), f"Words lost so far: {_plainly(lost)}."),
    )


def _reached(memory: "Compressive", lost: str) -> Formula:
    """How far back it reaches; from .. to where that depends on how many pairs wait in Mem."""
    n_m, c = memory.memory_length, memory.compression.rate
    (waits, most), covered = memory.waiting, memory.covered
    compressed = covered.least - n_m - waits  # pairs that CMem stands for
    n_cm = memory.compressed_length if compressed else 0
    summands = {"n_m": f"{n_m}"} | ({r"\text{waiting}": _span(waits, most, latex=True)} if most else {})
    summands[r"c \cdot n_{cm}"] = rf"{c} \cdot {n_cm}" if compressed == c * n_cm else f"{compressed}"
    slots = (n_m + waits + n_cm, n_m + most + n_cm)
    rest = counted(memory.segment_length % c, "pair")
    if memory.reach != memory.covered:
        lost = f"Of every segment {rest} went into no slot: the oldest lies {_span(*memory.reach)} tokens back. {lost}"
    elif compressed != c * n_cm:
        lost = f"The last slot of a segment stands for {rest} alone. {lost}"
    return Formula(
        rf"\mathrm{{reach}} = {' + '.join(summands)}",
        rf"{' + '.join(summands.values())} = {_span(*covered, latex=True)}\ "
        rf"\text{{tokens from}}\ {_span(*slots, latex=True)}\ \text{{slots}}",
        f"A plain window of as many slots would reach {_span(*slots)} tokens back. "
        f"The running segment adds up to n_s to both. {lost}",
    )


def _span(least: int, most: int, latex: bool = False) -> str:
    to = r"\ \text{to}\ " if latex else " to "
    return f"{least}" if least == most else f"{least}{to}{most}"


def _events(trace: Trace, kind: EventKind, step: int) -> tuple[int, int]:
    """Events of a kind before the update of a step, and after it."""
    before, after = (sum(1 for event in trace.events(kind) if event.token < step + more) for more in (0, 1))
    return before, after


def _plainly(counts: Sequence[int]) -> str:
    before, after = counts
    return str(before) if before == after else f"{before}, after this token {after}"


def experiments() -> tuple[Experiment, ...]:
    """Those of every lesson, with the borders of Mem and CMem marked, the sweep over c, and f_c as it learns."""
    from memattn.lessons import experiments as common
    from memattn.lessons import kinds

    def borders(settings: Settings) -> Mapping[str, int]:
        return {"n_m": sizes(settings)[1], "reach": reach(settings).most}

    facts = replace(
        common.by_age(borders),
        note="Each fact is asked for right after the story. Filled marks were answered right. Between the two lines "
        "only CMem can know; the running segment shifts them by up to n_s.",
    )
    return (
        common.LOSS,
        common.MAP,
        facts,
        common.BY_RATE,
        common.CHOOSING,
        kinds.WHICH,
        common.BY_DISTANCE,
        common.BY_FACTS,
        common.TRAIN,
    )


LESSON = Lesson(
    name="compressive",
    title=TITLE,
    claim=CLAIM,
    scenarios=SCENARIOS,
    memories=("compressive",),
    starts={"compressed_length": 8, "seed": 4},
    formulas=formulas,
    experiments=experiments,
    read_on=READ_ON,
)
