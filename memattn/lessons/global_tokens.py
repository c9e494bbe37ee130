"""Global tokens & the softmax: a token that everybody sees takes a part of every weight. No torch until computed."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from memattn.lessons import eviction, sinks
from memattn.lessons.damping import bare, largest, movement, pinned, row_of, series, split, way
from memattn.lessons.formulas import change, counts, formulas_of, whose
from memattn.lessons.global_questions import predictions
from memattn.lessons.lesson import Experiment, Formula, Head, Lesson, Scenario, Settings
from memattn.lessons.moments import Coming, Finds, first
from memattn.lessons.narration import slot_name
from memattn.lessons.prediction import Prediction
from memattn.lessons.views import Panels
from memattn.records import EventKind, Role, Step, Trace

if TYPE_CHECKING:
    from memattn.lessons.answering import Run

TITLE = "Global tokens & the softmax"
CLAIM = (
    "One weight is 0.98, and it jumps to another token at every step. What does one token that everybody sees change?"
)
VIEWS: Panels = (("map", "lens"), ("curve", "softmax", "history", "influence"))


def token(number: int) -> Finds:
    """What a token reads, counted from 1."""
    return lambda run: Coming(number - 1, read=True) if number <= len(run.trace.steps) else None


SCENARIOS = (
    Scenario(
        "First look",
        {},
        "The first three pairs are pinned. The oldest of the window leaves; they stay, and every word reads them.",
        shows=first(EventKind.DROP),
    ),
    Scenario(
        "The peak jumps",
        {"story": "peaks", "memory": "window", "nc": 3},
        "0.98 of the attention falls on one word, and on another one at every step: the row moves by 0.98, nearly all "
        "there is.",
        shows=token(9),
    ),
    Scenario(
        "One token pinned",
        {"story": "peaks", "g": 1, "nc": 3},
        "The same logits, and ★ stays: it takes half of every row. 0.98 becomes 0.495, and the row moves half as far.",
        shows=token(9),
    ),
    Scenario(
        "With and without",
        {"story": "peaks", "g": 1, "nc": 3, "tab": "Side by side", "b_memory": "window", "b_nc": 3},
        "One clock, the same logits: left with ★, right without. From the fourth word on every weight on the left is "
        "half of that on the right.",
        shows=token(5),
    ),
    Scenario(
        "Entropy rises",
        {"story": "peaks", "g": 1, "nc": 3, "sink": 2.0},
        "A weak pin beside one sharp peak: it takes 0.07, and H goes from 0.12 up to 0.38.",
        shows=token(9),
    ),
    Scenario(
        "Entropy falls",
        {"story": "peaks", "g": 1, "nc": 16, "peak": 0.0, "sink": 4.0},
        "Sixteen words alike, and a pin with b = 4: it takes 0.77, and H falls from 2.77 to 1.16. Damping is not "
        "higher entropy.",
        shows=token(20),
    ),
    Scenario(
        "Four share the work",
        {"story": "peaks", "g": 4, "nc": 3, "places": 4, "sink": 3.125},
        "Four pins take together what one took, half of every row, and it moves as far; but H is 1.44 in place of "
        "0.75.",
        shows=token(9),
    ),
    Scenario(
        "Too strong a pin",
        {"story": "peaks", "g": 1, "nc": 3, "sink": 8.0},
        "★ takes 0.97 of every row. It hardly moves any more, and of the words hardly anything is read.",
        shows=token(9),
    ),
    Scenario(
        "The resting place leaves",
        {"story": "peaks", "memory": "window", "nc": 5, "peak": 0.0},
        "★ had 0.96 of every row. Now it leaves the window, and the others, 0.01 each, become 0.20 at once.",
        shows=first(EventKind.DROP),
    ),
    Scenario(
        "A hand on the logits",
        {"story": "peaks", "memory": "window", "nc": 3},
        "Drag a logit and see what five softmaxes make of the same row. The lens can be opened at every step.",
        view="lens",
        lens="pin_p4.5",
    ),
    Scenario(
        "Too large for float16",
        {"story": "peaks", "memory": "window", "nc": 3, "peak": 12.0},
        "The exponential of 12 is more than float16 can hold: ∞ / ∞ is no number. Subtract the largest logit first, "
        "and all is well.",
        view="lens",
        lens="none_h",
    ),
    Scenario(
        "What is pinned is recalled",
        {"g": 16, "nc": 16, "where": "first"},
        "The fact was told within the first sixteen pairs: they never leave, and it is answered.",
        "first",
    ),
    Scenario(
        "Evicted is gone",
        {},
        "The fact has left the window. Three pins are still read, and know nothing of it: the answer is a guess.",
        "outside",
    ),
    *sinks.SCENARIOS,
)

READ_ON = (
    (
        "Xiao et al.: Efficient Streaming Language Models with Attention Sinks (2024)",
        "arXiv:2309.17453 — §3.1: a window collapses when the first tokens leave it. §3.2: four pinned tokens repair "
        "that. §3.3: a zero sink does the same when one trains with it. Its README says it plainly: this gives "
        "fluency over long streams, no longer memory.",
    ),
    (
        "Miller: Attention Is Off By One (2023)",
        "evanmiller.org — adds 1 to the denominator of the softmax, so that a head may look at nothing. It is a zero "
        "logit with a zero value: the second of the five versions in the lens.",
    ),
    (
        "OpenAI: gpt-oss model card (2025)",
        "arXiv:2508.10925 — every head learns a logit of its own that takes part in the softmax and has no value: the "
        "learned sink of the lens.",
    ),
    (
        "Qiu et al.: Gated Attention for Large Language Models (2025)",
        "arXiv:2505.06708 — a sigmoid gate behind the softmax lets a head say nothing without a sink: attention sinks "
        "all but vanish, and training becomes calmer.",
    ),
    (
        "Beltagy et al.: Longformer (2020)",
        "arXiv:2004.05150 — §3.1: global tokens that see all and are seen by all, with projections of their own. Here "
        "they are seen by all that comes later, as a decoder must have it.",
    ),
    *sinks.READ_ON,
    (
        "Course, Foundations of Large Language Models, chapter 2",
        "Global tokens “smooth” the attention. What that means exactly stands above: all other weights become smaller "
        "by one factor. Their entropy may rise or fall.",
    ),
)


# --- numbers of a run -------------------------------------------------------------------------------------------------


def formulas(settings: Settings, run: "Run", step: int, head: Head) -> tuple[Formula, ...]:
    """What is seen, what is taken, entropy and movement, with the numbers of this run at this step."""
    trace, now = run.trace, run.trace.steps[step]
    if settings.choice.name != "global_tokens":
        without = eviction.formula(trace, step, head)
        common = formulas_of(settings, run, step, head)[:2]
        return (*common, *((without,) if without else ()), _split(trace, now, head), _moved(trace, step, head))
    return (_seen(trace, now, settings), _damped(trace, now, head), _split(trace, now, head), _moved(trace, step, head))


def _seen(trace: Trace, now: Step, settings: Settings) -> Formula:
    from memattn.memory import MEMORIES

    g, n_c = (change(counts(now, role)) for role in (Role.GLOBAL, Role.RECENT))
    return Formula(
        MEMORIES[settings.choice.name].formula,
        rf"\text{{pinned}} = {g}, \quad \text{{window}} = {n_c}, \quad \text{{read by token }} {now.index + 1} = "
        rf"{len(now.ids)}\ \text{{of}}\ {now.index + 1}",
        "The first g tokens are seen by all that follow, the others by the next n_c. What has left both is gone: "
        "pins keep the softmax calm, they do not remember for others.",
    )


def _damped(trace: Trace, now: Step, head: Head) -> Formula:
    row, held = row_of(now, head), pinned(now)
    taken = float(row[held].sum())
    numbers, says = rf"a_0 = {taken:.3f}", "No other slot is read yet."
    if not held.all():
        at = now.ids[int(np.where(held, -1, row).argmax())]
        most = largest(now, head)
        numbers += (
            rf", \quad p_{{\text{{{slot_name(at)}}}}} = (1 - {taken:.3f}) \cdot {bare(now, head):.3f} "
            rf"= {most:.3f}"
        )
        says = (
            "Every other weight is multiplied by the same 1 − a₀; their proportions stay. So is what is read of them."
        )
        if trace.heads > 1 and head is None:
            says = "Each head has an a₀ of its own and damps by that; these are the means."
    return Formula(
        r"a_0 = \sum_{j < g} p_j, \quad p_j = (1 - a_0)\, p_j^{\,\mathrm{without}}",
        numbers,
        f"{says} {whose(trace, head)}.",
    )


def _split(trace: Trace, now: Step, head: Head) -> Formula:
    one = split(now, head)
    said = f"Without the pins it would be H_rest = {one.rest:.3f}: here entropy {way(one)}."
    if one.taken == 0:
        said = "Nothing is pinned, so a₀ = 0 and H = H_rest."
    return Formula(
        r"H = h_2(a_0) + a_0 H_{\mathrm{pins}} + (1 - a_0)\, H_{\mathrm{rest}}",
        rf"{one.between:.3f} + {one.taken:.3f} \cdot {one.pins:.3f} + {1 - one.taken:.3f} \cdot {one.rest:.3f} "
        rf"= {one.entropy:.3f}",
        f"{said} In nats. {whose(trace, head)}.",
    )


def _moved(trace: Trace, step: int, head: Head) -> Formula:
    own, bare = (movement(trace, step, head, without) for without in (False, True))
    if step == 0:
        numbers, says = r"\text{no row before}", ""
    else:
        numbers = rf"\mathrm{{TV}}_{{{step + 1}}} = {own:.3f}, \quad \text{{without pins: }} {bare:.3f}"
        says = "What goes elsewhere from one word to the next. As long as a₀ stays, it is damped by 1 − a₀ as well. "
    return Formula(
        r"\mathrm{TV}_i = \tfrac12 \sum_j \lvert p_{ij} - p_{i-1,j} \rvert", numbers, f"{says}{whose(trace, head)}."
    )


def beside(settings: Settings, run: "Run") -> Sequence[tuple[str, str]]:
    """Movement, what is taken, largest weight and entropy: means over the second half, when memories are full."""
    trace = run.trace
    late = range(len(trace.steps) // 2, len(trace.steps))
    heads = range(trace.heads)

    def mean(numbers: Sequence[float]) -> str:
        return f"{sum(numbers) / len(numbers):.3f}"

    splits = [split(trace.steps[i], head) for i in late for head in heads]
    return (
        ("movement from row to row", mean([movement(trace, i, head) for i in late for head in heads])),
        ("taken by pins, a₀", mean([one.taken for one in splits])),
        ("largest weight of the others", mean([largest(trace.steps[i], head) for i in late for head in heads])),
        ("entropy", mean([one.entropy for one in splits])),
    )


def asked(settings: Settings, run: "Run") -> tuple[Prediction, ...]:
    """What pins take, and where the weight of what leaves goes."""
    return *predictions(settings, run), *eviction.asked(settings, run)


def experiments() -> tuple[Experiment, ...]:
    """Sinks and pins, movement and entropy by the logit of what is pinned; and those of every lesson."""
    from memattn.lessons import experiments as common
    from memattn.lessons import resting

    own = *sinks.experiments(), resting.MOVEMENT, resting.ENTROPY
    return *own, common.BY_DISTANCE, common.LOSS, common.MAP


LESSON = Lesson(
    name="global",
    title=TITLE,
    claim=CLAIM,
    scenarios=SCENARIOS,
    memories=("global_tokens", "window"),
    starts={"pinned": 3, "window": 13},
    formulas=formulas,
    predictions=asked,
    experiments=experiments,
    read_on=READ_ON,
    views=VIEWS,
    series=series,
    beside=beside,
)
