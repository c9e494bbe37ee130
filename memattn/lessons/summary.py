"""Summary vectors: one averaged pair in place of all of them. No torch until something is computed."""

import math
from typing import TYPE_CHECKING

import numpy as np

from memattn.lessons.formulas import attention, counted, whose
from memattn.lessons.lesson import Experiment, Formula, Head, Lesson, Scenario, Settings
from memattn.lessons.moments import Coming, first
from memattn.lessons.narration import slot_name
from memattn.lessons.numbers import ARROW, in_digits, sides
from memattn.lessons.summary_questions import SIGMA, questions
from memattn.lessons.views import Panels
from memattn.quantities import rounded
from memattn.records import EventKind, Floats, Shares, Step, Trace

if TYPE_CHECKING:
    from memattn.lessons.answering import Run

TITLE = "Summary vectors"
CLAIM = "256 pairs or one pair: which memory knows what the text is about, and which knows where the key is?"
MOST_TERMS = 4  # of a sum that is written out
VIEWS: Panels = (("plane", "map", "lens"), ("influence", "gate", "softmax", "curve", "history"))
MEMORIES = (
    "cumulative_average",
    "moving_average",
    "weighted_average",
    "exponential_average",
    "recurrent",
    "hybrid",
)
DETAIL_AND_GIST, DIRECT, COST = "Detail and gist", "Direct beside recursive", "Cost per step"


def _at(token: int) -> Coming:
    """The update by a token, counted from 1."""
    return Coming(token - 1)


SCENARIOS = (
    Scenario(
        "First look",
        {},
        "Each new pair pulls Σ towards its key, and each a little less: by 1/(i + 1) of the way.",
        shows=lambda run: _at(2),
    ),
    Scenario(
        "The course’s numbers",
        {"memory": "moving_average", "story": "pairs", "nc": 3},
        "The fourth pair comes and the first leaves: the mean of the last three is [5, 6] and [14, 15].",
        shows=lambda run: _at(4),
    ),
    Scenario(
        "β = .1, .3, .6",
        {"memory": "weighted_average", "story": "pairs", "pairs": "2 4; 1 3; 5 0", "nc": 3, "beta": "0.1,0.3,0.6"},
        "The newest pair weighs most, and pulls Σ most of the way: to [3.5, 1.3].",
        shows=lambda run: _at(3),
    ),
    Scenario(
        "The same query, turned",
        {"memory": "moving_average", "story": "pairs", "nc": 3, "turn": 180},
        "Turn the query as you like: a lone Σ gets all the weight and answers [14, 15]; full attention does not.",
    ),
    Scenario(
        "One fact",
        {"memory": "recurrent", "n": 96, "facts": 1},
        "One fact in one pair: it is answered.",
    ),
    Scenario(
        "Two facts",
        {"memory": "cumulative_average", "n": 96, "facts": 2},
        "Two facts in one pair, a mean of all: each word has the same small share in Σ, and no fact can be had alone.",
    ),
    Scenario(
        "Eight facts",
        {"memory": "recurrent", "n": 96, "facts": 8},
        "Eight facts in one pair: most of them are answered wrongly.",
    ),
    Scenario(
        "256 pairs or one",
        {"n": 250, "tab": "Experiment", "exp": DETAIL_AND_GIST},
        "Below: one pair knows the topic of a text when 128 raw pairs hardly do, but answers few of eight facts.",
    ),
    Scenario(
        "Direct or recursive",
        {"tab": "Experiment", "exp": DIRECT},
        "Below: Σ by its recursion, beside a mean formed anew of all pairs. They differ by rounding alone.",
    ),
    Scenario(
        "Window and Σ",
        {"memory": "hybrid", "nc": 8},
        "What leaves the window is folded into Σ. The needle of the gate says which of the two a query listens to.",
        shows=first(EventKind.MERGE),
        view="gate",
    ),
    Scenario(
        "One pair, and its state",
        {"memory": "moving_average", "tab": "Cost"},
        "Σ is one pair, but a moving average must store the pairs of its window to take the oldest out again.",
    ),
    Scenario(
        "100,000 tokens",
        {"tab": "Experiment", "exp": COST},
        "Below: a step costs the same at the 1,000th and at the 100,000th token; reading all pairs costs ever more.",
    ),
)

READ_ON = (
    (
        "Course, Foundations of Large Language Models, chapter 2",
        "Memory as a moving, weighted moving and cumulative average, its recursive form, and the general recurrence "
        "Mem = f((k, v), Mem_pre). Its exercises are the scenarios with numbers. The course calls the size 1 × 2: that "
        "is what is read, not what must be stored.",
    ),
    (
        "Feng et al.: Were RNNs All We Needed? (2024)",
        "arXiv:2410.01201 — §3.1, the gate that does not look at the memory: our learned f.",
    ),
    (
        "Wu et al.: Memorizing Transformers (2022)",
        "arXiv:2203.08913 — §3.1 merges two readings with a learned gate. Here the gate is what one softmax gives.",
    ),
)

UPDATES = {
    "cumulative_average": "The newest pair moves $\\Sigma$ by $1/(i+1)$ of the way; every pair has the same share.",
    "moving_average": "One pair comes, one leaves: the one that leaves must be known to be taken out again.",
    "weighted_average": "Every place in the window has a weight β, the newest stands last; divided by their sum.",
    "exponential_average": "Every step keeps $1 - \\gamma$ of $\\Sigma$: a pair fades by that factor for ever.",
    "recurrent": "A learned f decides what to keep. The shares are sensitivities: no pair is in it by a weight.",
    "hybrid": "What leaves the window is folded into $\\Sigma$, a mean of all that has left.",
}


def formulas(settings: Settings, run: "Run", step: int, head: Head) -> tuple[Formula, ...]:
    """Update, read, weight of a mean, and state, with the numbers of this run at this step."""
    from memattn.memory import MEMORIES

    name, now = settings.choice.name, run.trace.steps[step]
    shares = run.trace.shares(SIGMA, step) if SIGMA in now.held_ids else None
    says = UPDATES[name]
    if (window := _warming(settings, step)) > 0:
        says += f" Warm-up: {step + 1} of {window} pairs have come, and the mean is over those."
    update = Formula(MEMORIES[name].formula, _made(settings, run.trace, shares, step, head), says)
    read = _gated(run.trace, now, head) if name == "hybrid" else _alone(run.trace, now, head)
    return update, read, _stored(run.trace, now)


def _warming(settings: Settings, step: int) -> int:
    """n_c where fewer pairs have come; else 0."""
    key = {"moving_average": "window", "weighted_average": "betas"}.get(settings.choice.name)
    if not key:
        return 0
    value = settings.choice[key]
    window = len(value.split(",")) if isinstance(value, str) else int(value)
    return window if step + 1 < window else 0


def _made(settings: Settings, trace: Trace, shares: Shares | None, step: int, head: Head) -> str:
    """What Σ is made of: written out where the pairs are numbers, else the shares of the newest and the oldest."""
    if shares is None:
        return r"\Sigma\ \text{is still empty}"
    values = shares.values.mean(axis=0) if head is None else shares.values[head]
    if settings.model == "pairs" and trace.provenance == "exact":
        return _written_out(trace, shares, values)
    new, old, effective = (
        rounded(float(one), 3, latex=True) for one in (values[-1], values[0], 1 / float((values**2).sum()))
    )
    newest, oldest = shares.sources[-1], shares.sources[0]
    return (
        rf"\text{{{slot_name(newest)}}}: {new},\quad \text{{{slot_name(oldest)}}}: {old},\quad "
        rf"1 / \textstyle\sum_j s_j^2 = {effective}\ \text{{pairs}}"
    )


def _written_out(trace: Trace, shares: Shares, parts: Floats) -> str:
    keys, values = sides(trace.tokens)
    at = list(shares.sources)
    sums = []
    for side in (keys,) if not any(ARROW in word for word in trace.tokens) else (keys, values):
        terms = [
            rf"{rounded(share, 3, latex=True)} \cdot {in_digits(row)}"
            for share, row in zip(parts, side[at], strict=True)
        ]
        if len(terms) > MOST_TERMS:
            terms = [terms[0], r"\cdots", terms[-1]]
        sums.append(rf"{' + '.join(terms)} = {in_digits(parts @ side[at])}")
    return r",\quad ".join(sums)


def _alone(trace: Trace, now: Step, head: Head) -> Formula:
    weights = now.weights.mean(axis=0) if head is None else now.weights[head]
    return attention(
        r"\mathrm{Att}(q_i, \Sigma) = \bar v_i \quad \text{for every}\ q_i",
        now.index + 1,
        weights,
        "One slot gets all the weight, so every query is answered alike, with the mean value: the key half of "
        f"$\\Sigma$ is not consulted. {whose(trace, head)}.",
    )


def gate(step: Step, head: Head) -> tuple[float, float, float]:
    """The gate σ(lse₁ − lse₂) and both logsumexp: of the raw pairs, and of the made slots; of a head, or means.

    Without a made slot lse₂ is −∞, and g = 1.
    """
    raw = np.array([slot >= 0 for slot in step.ids])
    rows = step.scores if head is None else step.scores[[head]]
    one, two = (_logsumexp(rows[:, part].astype(np.float64)) for part in (raw, ~raw))
    with np.errstate(over="ignore"):
        gates = 1 / (1 + np.exp(two - one))
    return float(gates.mean()), float(one.mean()), float(two.mean())


def _logsumexp(rows: Floats) -> Floats:
    if not rows.shape[-1]:
        return np.full(len(rows), -np.inf)
    top = rows.max(axis=-1)
    total: Floats = top + np.log(np.exp(rows - top[:, None]).sum(axis=-1))
    return total


def _gated(trace: Trace, now: Step, head: Head) -> Formula:
    g, one, two = gate(now, head)
    folded = len(trace.shares(SIGMA, now.index).sources) if SIGMA in now.ids else 0
    says = "The needle: the share of this read that the window has, as one softmax over both gives it."
    if folded:
        says += (
            f" A mean slot would weigh as one token; $\\ln {folded} = {math.log(folded):.2f}$ is added to its score, "
            f"so that it weighs like the {folded} pairs in it."
        )
    second = r"-\infty" if math.isinf(two) else f"{two:z.2f}"
    written = f"({second})" if second.startswith("-") else second
    return Formula(
        r"g = \sigma(\mathrm{lse}_1 - \mathrm{lse}_2)",
        rf"\sigma({one:z.2f} - {written}) = {g:.3f}",
        f"{says} {whose(trace, head)}.",
    )


def _stored(trace: Trace, now: Step) -> Formula:
    pair = trace.d_k + trace.d_v
    pairs = now.state_floats / pair
    return Formula(
        r"\lvert \mathrm{Mem} \rvert,\quad \lvert \mathrm{state} \rvert",
        rf"{counted(len(now.held_ids), 'slot')}\ \text{{read}},\quad {counted(now.state_floats, 'number')}\ "
        rf"\text{{stored}} = {rounded(pairs, 3, latex=True)}\ \text{{{'pair' if pairs == 1 else 'pairs'}}}",
        "“One pair” is what is read. What must be stored to go on is the state: numbers per head after this token.",
    )


def experiments() -> tuple[Experiment, ...]:
    """Facts in one pair, detail and gist, direct beside recursive, cost per step; and those of every lesson."""
    from memattn.lessons import experiments as common
    from memattn.lessons import gist, guesses, recursion, streaming

    detail_and_gist = Experiment(
        DETAIL_AND_GIST,
        f"Texts of {gist.TOKENS} words. Gist: which of two topics most of the first half is about. Newest sentence: "
        "which of them that one is about. Both are said by a ridge probe from the mean of the stored values: where one "
        "pair is stored, compare the two on equal terms. Facts are answered by the trained reader. Bars are 95 % "
        "intervals (Wilson).",
        gist.detail_and_gist,
        long=True,
        counts="texts and questions",
        about=lambda settings: Settings(gist.PAIR, ()),
        guess=lambda values: guesses.GIST,
    )
    direct = Experiment(
        DIRECT,
        "Of every token the largest difference of a number of Σ, beside the largest number that it was made of. Where "
        "f is learned there is no direct form: it is a recursion alone.",
        recursion.direct_beside_recursive,
        of_run=recursion.of_run,
    )
    cost = Experiment(
        COST,
        "Median time of one step, one token at a time, on this machine; bars hold 80 % of all steps. Reading all pairs "
        "is one query over the whole stream.",
        streaming.cost_per_step,
        long=True,
        counts="lengths",
        about=lambda settings: Settings(settings.choice, ()),
        guess=lambda values: guesses.COST,
    )
    return common.BY_FACTS, detail_and_gist, direct, cost, common.BY_DISTANCE, common.LOSS, common.MAP


LESSON = Lesson(
    name="summary",
    title=TITLE,
    claim=CLAIM,
    scenarios=SCENARIOS,
    memories=MEMORIES,
    formulas=formulas,
    predictions=questions,
    experiments=experiments,
    read_on=READ_ON,
    views=VIEWS,
)
