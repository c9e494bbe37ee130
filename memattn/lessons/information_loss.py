"""Information loss: a memory of fixed size must forget more the longer the text. No torch until it is computed."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from memattn.lessons.formulas import counted, whose
from memattn.lessons.left_of_it import Left, coverage, followed, left_of, why
from memattn.lessons.lesson import Experiment, Formula, Head, Lesson, Scenario, Series, Settings
from memattn.lessons.moments import fact_leaves, first
from memattn.lessons.narration import slot_name
from memattn.lessons.prediction import At, Number, Prediction, Sentence
from memattn.lessons.prediction.question import wrong
from memattn.records import EventKind, Trace

if TYPE_CHECKING:
    from memattn.lessons.answering import Run

TITLE = "Information loss"
CLAIM = (
    "The summary of a 5,000-token report is fine. The one of 50,000 tokens misses the introduction. Where did it go?"
)
MEMORIES = ("merging", "window", "dynamic_global", "cumulative_average", "recurrent", "full")
DRAW = "Draw the curve"
CONTRACT = "The legal document"
WHERE, INTRODUCTION, DOUBLED = "Where the beginning goes", "Facts only in the introduction", "Memory doubled"
GROWN, ONE_FACT = "Grow with the text, or be large from the start", "One fact in one pair"
DILUTED, STATISTIC = "Diluted, not forgotten", "Which number tells what is lost?"
FLOAT_BYTES = 4

SCENARIOS = (
    Scenario(
        "First look",
        {},
        "Sixteen slots are full; the seventeenth pair comes, and the two oldest pairs become one mean.",
        shows=first(EventKind.MERGE),
    ),
    Scenario(
        "The beginning leaves",
        {"memory": "window", "nc": 24},
        "Now the last word of the first fact leaves the window. What has left cannot be read again.",
        asks="first",
        shows=fact_leaves,
    ),
    Scenario(
        "The beginning blurs",
        {"n": 200},
        "Nothing was dropped, and every word has its part in a slot. But the first fact shares its slot with many "
        "others, and hardly any weight reaches it.",
        asks="first",
    ),
    Scenario(
        "Your own curve",
        {"tab": DRAW},
        "Below: draw what you expect of a memory as the text grows. Then it is measured, over what you drew.",
    ),
    Scenario(
        "5,000 and 50,000 tokens",
        {"tab": "Experiment", "exp": WHERE},
        "Below: the same memory, two texts. The longer one is covered to its beginning too, by means so wide that "
        "fewer of its facts are answered.",
    ),
    Scenario(
        "Only in the introduction",
        {"where": "first", "tab": "Experiment", "exp": INTRODUCTION},
        "Below: all facts stand first. The longer the text, the fewer of them the means answer; pinned pairs keep "
        "them, since here what comes first is what matters.",
    ),
    Scenario(
        "Memory doubled",
        {"tab": "Experiment", "exp": DOUBLED},
        "Below: each doubling costs twice the bytes and twice the reading; what it buys depends on where one stands.",
    ),
    Scenario(
        "√T, log T or fixed",
        {"tab": "Experiment", "exp": GROWN},
        "Below: a memory that grows has as many slots at the end as the fixed one beside it, and fewer on the way. "
        "It costs less, and at no length is it surely better.",
    ),
    Scenario(
        "One fact in one pair",
        {"memory": "cumulative_average", "facts": 1, "tab": "Experiment", "exp": ONE_FACT},
        "Below: a single fact in a single pair is answered in a short text, and gone in a long one.",
    ),
    Scenario(
        "Diluted, not forgotten",
        {"memory": "full", "tab": "Experiment", "exp": DILUTED},
        "Below: full attention holds every pair, and still answers less in a very long text than a short window does. "
        "Sharper logits bring it back: nothing was lost.",
    ),
    Scenario(
        "Coverage is not fidelity",
        {"tab": "Experiment", "exp": STATISTIC},
        "Below: a memory that covers all of a text may answer little of it. Within a memory the weight that reaches a "
        "fact, and the output error, tell which are answered.",
    ),
    Scenario(
        "A contract to keep",
        {"tab": CONTRACT},
        "Below: a contract, a budget of bytes, and a window that keeps it. Measure what it answers; another memory "
        "under the same budget answers several times as much.",
    ),
)

READ_ON: tuple[tuple[str, str], ...] = (
    (
        "Course, Foundations of Large Language Models, chapter 2",
        "A memory of fixed size loses information as the text grows. It names memories that grow as a way out, and "
        "gives no rule: the merging memory and the dynamic one here are our own.",
    ),
    (
        "Arora et al.: Based (2024)",
        "arXiv:2402.18668 — recall against the size of the state: no memory recalls more facts than its state has room "
        "for.",
    ),
    (
        "Rae et al.: Compressive Transformers (2019)",
        "arXiv:1911.05507 — §3: old pairs pooled rather than dropped, the idea behind means over ranges.",
    ),
    (
        "Datar, Gionis, Indyk, Motwani: Maintaining stream statistics over sliding windows (2002)",
        "How few means cover a stream of any length: the counting behind the merging memory.",
    ),
    (
        "Liu et al.: Lost in the Middle (2023)",
        "arXiv:2307.03172 — large models answer less of what stands in the middle of a long text, with every pair at "
        "hand: diluted, not forgotten.",
    ),
)


# --- numbers of a run -------------------------------------------------------------------------------------------------


def formulas(settings: Settings, run: "Run", step: int, head: Head) -> tuple[Formula, ...]:
    """Coverage, blur, the weight that reaches the fact, and the state in bytes, at this step."""
    trace, now = run.trace, run.trace.steps[step]
    tokens, own = step + 1, left_of(run.trace, step, followed(run, step), head)
    name = slot_name(own.at)
    every = tokens * (trace.d_k + trace.d_v)
    return (
        Formula(
            r"\mathrm{coverage}_i = \tfrac{1}{i} \lvert \{ j : \exists s\ P_{sj} > 0 \} \rvert",
            rf"{coverage(trace, step):.2f}\ \text{{of}}\ {counted(tokens, 'pair')}\ \text{{in}}\ "
            rf"{counted(len(now.ids), 'slot')}",
            f"The part of the text that some slot still carries; on average {tokens / max(1, len(now.ids)):.1f} tokens "
            "to a slot. It says nothing of how well.",
        ),
        Formula(r"\mathrm{blur}_s = 1 / \textstyle\sum_j P_{sj}^2", *_blurred(trace, own, step)),
        Formula(
            r"\alpha_{i \to j} = \textstyle\sum_s \alpha_{is} P_{sj}",
            rf"\alpha_{{{tokens} \to {own.at + 1}}} = {own.weight:.3f}",
            f"What of this read reaches {name}; an experiment below measures how well that tells what is answered. "
            f"{whose(trace, head)}. {why(run, own.at)}".rstrip(),
        ),
        Formula(
            r"\lvert \mathrm{state} \rvert,\quad T (d_k + d_v)",
            rf"{counted(FLOAT_BYTES * now.state_floats, 'byte')}\ \text{{of}}\ "
            rf"{counted(FLOAT_BYTES * every, 'byte')} = {now.state_floats / every:.2f}",
            "What must be stored per head to go on, in float32, beside what full attention stores: its true bytes, not "
            "the number of slots.",
        ),
    )


def _blurred(trace: Trace, own: Left, step: int) -> tuple[str, str]:
    """Numbers and words for the slot that holds most of the pair."""
    name = slot_name(own.at)
    if own.slot is None:
        return r"\text{lost}", f"No slot has any part of {name}: it cannot be read again."
    roles = dict(zip(trace.steps[step].ids, trace.steps[step].roles, strict=True))
    says = (
        f"{name} stands there as it came."
        if own.slot == own.at
        else f"{name} is mixed with others: most of it is in {slot_name(own.slot, roles[own.slot])}, as in a mean of "
        "so many."
    )
    return rf"{own.pairs:.1f}\ \text{{pairs}}", says


def series(trace: Trace) -> tuple[Series, ...]:
    """How many tokens of the text so far there are to a slot that is read."""
    return (
        Series(
            "crowd",
            "tokens to a slot",
            "tokens so far by slots that are read: how many a slot would have to stand for, were none lost",
            [(step.index + 1) / max(1, len(step.ids)) for step in trace.steps],
        ),
    )


# --- predictions ------------------------------------------------------------------------------------------------------

LITTLE, HALF = 0.1, 0.5  # of the weight
ABOVE, BETWEEN, BELOW = range(3)


def predictions(settings: Settings, run: "Run") -> Sequence[Prediction]:
    """How many pairs share the slot of the pair that answers, and what weight reaches it, when the last word reads."""
    trace, last = run.trace, len(run.trace.steps) - 1
    if trace.provenance != "exact" or last < 1:
        return ()
    at = followed(run, last)
    if at >= last:
        return ()
    own = left_of(trace, last, at)
    return _how_blurred(trace, own, last), _what_reaches_it(trace, own, last, why(run, at))


def _how_blurred(trace: Trace, own: Left, last: int) -> Prediction:
    name, slots = f"{slot_name(own.at)} “{trace.tokens[own.at]}”", len(trace.steps[last].ids)
    tokens, answer = last + 1, round(own.pairs)
    truth = (
        f"{name} is lost: no slot has a part of it."
        if own.slot is None
        else f"{name} stands alone in its slot."
        if answer == 1
        else f"the slot that holds most of {name} is as blurred as a mean of {answer} pairs."
    )
    choice = Number("pairs")
    beliefs = (
        ((1,), f"It is no longer a pair of its own: {truth}"),
        ((0,), f"It is not lost: {truth}"),
        (
            (tokens,),
            f"Not all {tokens} pairs are in one slot: {truth}"
            if slots == 1
            else f"Not all {tokens} pairs are in one slot: there are {slots} of them, and {truth}",
        ),
        (
            (round(tokens / slots),),
            f"{tokens} tokens in {counted(slots, 'slot')} are {tokens / slots:.1f} to a slot on average, but slots "
            f"are not equally full, or not all is kept: {truth}",
        ),
    )
    return Prediction(
        name="blur",
        at=At(last, "attend"),
        shows="attend",
        title="How many pairs share a slot",
        prompt=f"Most of {name} stands in one slot when the last word reads. A mean of how many pairs is that, itself "
        "counted? 0 says that it is lost.",
        choice=choice,
        answer=(answer,),
        truth=f"Here {truth}",
        beliefs=wrong((answer,), beliefs, choice),
    )


def _what_reaches_it(trace: Trace, own: Left, last: int, why_it: str) -> Prediction:
    name = f"{slot_name(own.at)} “{trace.tokens[own.at]}”"
    covered = coverage(trace, last)
    answer = ABOVE if own.weight > HALF else BETWEEN if own.weight >= LITTLE else BELOW
    truth = f"{own.weight:.3f} of the weight reaches {name}"
    kept = (
        f"Some slot carries {covered:.2f} of the text, {name} among it. But coverage is not fidelity"
        if own.slot is not None
        else f"{name} is carried by no slot any more"
    )
    choice = Sentence((f"More than {HALF}", f"From {LITTLE} to {HALF}", f"Less than {LITTLE}"))
    found = f"{name} stands where the query finds it" if own.slot is not None else f"{name} is lost"
    beliefs = (
        ((ABOVE,), f"{kept}: {truth}."),
        ((BELOW,), f"It is not gone: {found}, and {truth}."),
        ((BETWEEN,), f"It is {'less' if own.weight < LITTLE else 'more'} than that: {truth}."),
    )
    return Prediction(
        name="reach",
        at=At(last, "attend"),
        shows="attend",
        title="What weight reaches the pair that answers",
        prompt=f"How much of the last word’s weight reaches {name}, mean over heads?",
        choice=choice,
        answer=(answer,),
        truth=f"Here {truth}. {why_it}".rstrip(),
        beliefs=wrong((answer,), beliefs, choice),
    )


def beside(settings: Settings, run: "Run") -> Sequence[tuple[str, str]]:
    """Coverage, blur, weight and bytes at the end."""
    trace, last = run.trace, len(run.trace.steps) - 1
    own = left_of(trace, last, followed(run, last))
    blur = "lost" if own.slot is None else f"{own.pairs:.1f} pairs"
    return (
        ("coverage at the end", f"{coverage(trace, last):.2f}"),
        ("slot of the pair that answers", blur),
        ("weight that reaches it", f"{own.weight:.3f}"),
        ("state per head", f"{FLOAT_BYTES * trace.steps[last].state_floats:,} bytes"),
    )


def experiments() -> tuple[Experiment, ...]:
    """Long texts first; then those of every lesson."""
    from memattn.lessons import experiments as common
    from memattn.lessons import memory_limits as limits
    from memattn.lessons import memory_sizes as sizes
    from memattn.lessons.beginnings import WHERE_IT_GOES
    from memattn.lessons.which_statistic import WHICH_STATISTIC

    measured = (sizes.BY_SIZE, limits.INTRODUCTION, sizes.DOUBLED, sizes.GROWN, limits.ONE_FACT, limits.DILUTED)
    return WHERE_IT_GOES, *measured, WHICH_STATISTIC, common.by_age(), common.LOSS, common.MAP


LESSON = Lesson(
    name="loss",
    title=TITLE,
    claim=CLAIM,
    scenarios=SCENARIOS,
    memories=MEMORIES,
    formulas=formulas,
    predictions=predictions,
    series=series,
    experiments=experiments,
    read_on=READ_ON,
    beside=beside,
    own_tabs=(DRAW, CONTRACT),
    views=(("map",), ("curve", "influence", "softmax", "history")),
)
