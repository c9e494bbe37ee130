"""Words, ranges, presets and formulas of the lesson; no torch, so that a page can be painted before it is there."""

from collections.abc import Mapping
from dataclasses import dataclass

from memattn.lessons.limit import Limit
from memattn.records import EventKind, Role, Trace

TITLE = "Compressive memory"
CLAIM = (
    "What leaves the short-term memory is squeezed, c pairs into one slot: "
    "as many slots reach further back, at the price of detail."
)


LIMITS: Mapping[str, Limit] = {
    "ns": Limit(1, 128, 8, "n_s", "Segment", "pairs", "Pairs that enter Mem together, once per segment."),
    "nm": Limit(1, 160, 16, "n_m", "Mem", "pairs", "Raw pairs kept before the oldest are popped. At least n_s."),
    "ncm": Limit(
        0,
        96,
        8,
        "n_cm",
        "CMem",
        "slots",
        "Compressed slots kept before the oldest is lost; with 0 what leaves Mem is lost at once.",
    ),
    "c": Limit(1, 8, 4, "c", "Rate", "pairs : slot", "Compression rate: how many popped pairs share one slot."),
    "n": Limit(24, 1024, 96, "T", "Story", "tokens", "Length of the story; the question comes on top."),
    "seed": Limit(
        0,
        999,
        7,
        "seed",
        "Story number",
        "",
        "Which story is told. The same number tells the same story on every machine.",
    ),
}

COMPRESSION_NAMES: Mapping[str, str] = {
    "conv": "Convolution",
    "mean": "Mean pooling",
    "max": "Max pooling",
    "dilated_conv": "Dilated convolution",
    "most_used": "Most used",
    "keep": "Keep 1 of c",
}

REMAINDER_NAMES: Mapping[str, str] = {
    "carry": "carry: wait in Mem for the next segment",
    "drop": "drop: the newest remainder is lost",
    "pad": "pad: fill the last group with zeros",
    "partial": "partial: a smaller last group",
}


@dataclass(frozen=True)
class Preset:
    """One click: control values by key, and why one would look.

    Args:
        name: on the chip.
        values: control values by key; what is missing keeps its default.
        look: what to watch for.
        side: which fact to ask for: "" leaves the question, "inside" and "outside" pick the fact nearest to the reach.
    """

    name: str
    values: Mapping[str, int | str]
    look: str
    side: str = ""


PRESETS: tuple[Preset, ...] = (
    Preset("First look", {}, "Eight pairs at a time leave Mem and come back as two slots of CMem."),
    Preset(
        "50 pairs leave Mem",
        {"ns": 50, "nm": 100, "ncm": 24, "c": 5, "n": 280},
        "Fifty pairs are popped together; at c = 5 they return as ten slots.",
    ),
    Preset(
        "120 pairs, c = 4 → 30",
        {"ns": 120, "nm": 120, "ncm": 48, "c": 4, "n": 420},
        "One segment of 120 pairs becomes 120 / 4 = 30 compressed slots.",
    ),
    Preset(
        "c from 1 to 8",
        {"ns": 8, "nm": 16, "ncm": 8, "c": 8, "n": 160},
        "The reach n_m + c·n_cm grows with c while the slots stay 24. Open Experiment for all eight at once.",
    ),
    Preset(
        "n_s not divisible by c",
        {"ns": 7, "nm": 17, "ncm": 10, "c": 3, "n": 110},
        "Seven pairs make two slots of three, and one pair is left over. What becomes of it is the remainder policy.",
    ),
    Preset("Just inside the reach", {"n": 128}, "The fact asked for still stands in CMem.", "inside"),
    Preset(
        "Just outside the reach",
        {"n": 128},
        "The fact asked for has left the memory: now it can only be guessed.",
        "outside",
    ),
)


def reach(memory_length: int, compressed_length: int, rate: int) -> int:
    """Tokens that Mem and CMem together stand for: n_m + c · n_cm (Rae et al. 2019, §3.1, for one layer)."""
    return memory_length + rate * compressed_length


@dataclass(frozen=True)
class Formula:
    """A formula with its live numbers and what it says."""

    latex: str
    numbers: str
    says: str


def formulas(
    ns: int, nm: int, ncm: int, c: int, trace: Trace, step: int, head: int | None = None
) -> tuple[Formula, ...]:
    """The lesson's formulas with the numbers of this run at this step, read from the trace."""
    now = trace.steps[step]
    mem = sum(role is Role.RECENT for role in now.roles)
    cmem = sum(role is Role.COMPRESSED for role in now.roles)
    current = sum(role is Role.CURRENT for role in now.roles)
    made = sum(1 for event in trace.events(EventKind.COMPRESS) if event.token < step)
    lost = sum(len(event.sources) for event in trace.events(EventKind.DROP) if event.token < step)
    top = now.weights.mean(axis=0) if head is None else now.weights[head]
    return (
        Formula(
            r"\mathrm{Mem} = \mathrm{FIFO}(S_{kv},\ \mathrm{Mem}_{\mathrm{pre}})",
            rf"\lvert\mathrm{{Mem}}\rvert = {mem}\ \ (n_m = {nm}), \quad "
            rf"\lvert S_{{kv}}\rvert = {current}\ \text{{of}}\ n_s = {ns}",
            r"A full segment $S_{kv}$ enters Mem; what Mem cannot hold leaves it, the oldest first."
            + (f" {mem - nm} more wait until they fill a group of c." if mem > nm else ""),
        ),
        Formula(
            r"\mathrm{CMem} = \mathrm{FIFO}\big(f_c(\mathrm{old}),\ \mathrm{CMem}_{\mathrm{pre}}\big)",
            rf"n_s / c = {ns} / {c} = {ns / c:.3g}\ \text{{slots per segment}}, \quad "
            rf"\lvert\mathrm{{CMem}}\rvert = {cmem}\ \ (n_{{cm}} = {ncm})",
            f"The popped pairs are compressed c to 1 and appended to CMem, whose oldest slots are dropped. "
            f"Before this token {made} slots have been made.",
        ),
        Formula(
            r"\mathrm{Att}(q_i, [\mathrm{CMem}, \mathrm{Mem}, S_{kv}]) = \sum_j \alpha_{ij} v_j, \quad "
            r"\alpha_{ij} = \frac{e^{q_i \cdot k_j/\sqrt d}}{\sum_l e^{q_i \cdot k_l/\sqrt d}}",
            rf"\sum_j \alpha_{{{now.index}\,j}} = {top.sum():.3f}\ \text{{over}}\ {len(top)}\ \text{{slots}}, \quad "
            rf"\max_j \alpha_{{{now.index}\,j}} = {top.max():.3f}",
            "One softmax over all slots together: a compressed slot competes with raw pairs on equal "
            "terms. The numbers are those of the attention shown.",
        ),
        Formula(
            r"\mathrm{reach} = n_m + c \cdot n_{cm}",
            rf"{nm} + {c} \cdot {ncm} = {reach(nm, ncm, c)}\ \text{{tokens from}}\ {nm + ncm}\ \text{{slots}}",
            rf"A plain window of as many slots would reach {nm + ncm} tokens back. Before this token {lost} are lost.",
        ),
    )


EXPERIMENT_NOTES = (
    "Full attention on the same words is the yardstick. Coverage is not fidelity: a compressed slot still stands for "
    "its words, yet answers less sharply. Means over all heads.",
    "Rows are queries, columns are positions, oldest left. A compressed slot's weight is spread over its words.",
    "Each fact is asked for right after the story. Filled marks were answered right. Between the two "
    "lines only CMem can know; the running segment shifts them by up to n_s.",
    "The slots stay as many; only c changes. At small c the fact may be out of reach, at large c it is "
    "in reach but blurred.",
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
