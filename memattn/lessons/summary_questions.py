"""Predictions of *Summary vectors*: where Σ will be, what it is made of, and what it tells another query."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from memattn.lessons.lesson import TURN, Settings
from memattn.lessons.narration import head_name, slot_name, words
from memattn.lessons.numbers import in_digits, sides
from memattn.lessons.prediction import At, Belief, Prediction, Sentence
from memattn.quantities import rounded
from memattn.records import Floats, Shares, Trace, counted

if TYPE_CHECKING:
    from memattn.lessons.answering import Run

SIGMA = -1  # the only slot that these memories make
EARLY = 4  # updates of Σ, the newest pair's share in the last of which is asked for
ALIKE = 1e-5  # relative difference of shares below which they are the same
FIRST, NEWEST, BETWEEN, EVERY = range(4)
HALF_TURN = 180  # degrees
SAME, ROUNDING, APART = range(3)
ROUNDINGS = 64  # of a number, up to which two ways of summing may lie apart


def questions(settings: Settings, run: "Run") -> Sequence[Prediction]:
    """What suits this run, in the order in which it is asked."""
    return tuple(sorted(_asked(settings, run), key=lambda question: question.at.step))


def _asked(settings: Settings, run: "Run") -> Iterator[Prediction]:
    trace = run.trace
    changes = [step for step, _ in trace.slot_keys(SIGMA)]
    if len(changes) < 2:
        return
    exact, alone = trace.provenance == "exact", set(trace.steps[-1].ids) == {SIGMA}
    if exact and settings.model == "pairs" and alone:
        yield from filter(None, [where_it_goes(trace)])
    elif exact and len((early := trace.shares(SIGMA, changes[:EARLY][-1])).sources) > 1:
        yield how_much_is_new(trace, early)
    if len(trace.shares(SIGMA, changes[-1]).sources) > 1:  # one alone has most and as much as all
        yield what_has_most(trace, trace.shares(SIGMA, changes[-1]))
    if alone:
        yield another_query(settings, trace)
        if exact:
            yield formed_anew(trace)


def _among(name: str, at: At, title: str, prompt: str, right: str, truth: str, denied: Mapping[str, str]) -> Prediction:
    """What a merge shows, with a sentence per belief; in the order of their words, so that none gives itself away."""
    offered = sorted({*denied, right})
    beliefs = tuple(Belief((offered.index(one),), text) for one, text in denied.items() if one != right)
    return Prediction(
        name, at, "merge", title, prompt, Sentence(tuple(offered)), (offered.index(right),), truth, beliefs
    )


def _updated(trace: Trace, step: int) -> At:
    """Just before the memory changes."""
    return At(step, str(trace.steps[step].events[0].kind))


def where_it_goes(trace: Trace) -> Prediction | None:
    """Where the key of Σ will be when the last pair has been folded in; None where it can be read off in one way only.

    The other places follow from the pairs of the text alone.
    """
    (_, before), (step, after) = trace.slot_keys(SIGMA)[-2:]
    keys = sides(trace.tokens)[0]
    old, now, new = before[0], after[0], keys[step]
    parts, many = trace.shares(SIGMA, step).sources, step + 1
    truth = f"Σ goes from {in_digits(old)} to {in_digits(now)}, made of {_pairs(parts)}."
    denied = {
        in_digits(new): f"That is the new pair itself: Σ would forget all others. {truth}",
        in_digits((old + new) / 2): f"That is half of the way to the new pair. {truth}",
        in_digits(keys[: step + 1].mean(axis=0)): f"That is the mean of all {many}, each counted alike. {truth}",
        in_digits(keys[list(parts)].mean(axis=0)): f"That is their plain mean, as if all {len(parts)} weighed alike. "
        f"{truth}",
        in_digits(old): f"There it stands now: the new pair would change nothing. {truth}",
    }
    if len({*denied, in_digits(now)}) < 3:
        return None
    return _among(
        "where",
        _updated(trace, step),
        "Where Σ will be",
        f"The key of Σ stands at {in_digits(old)}, and {slot_name(step)} = {in_digits(new)} comes. Where does Σ go?",
        in_digits(now),
        truth,
        denied,
    )


def _pairs(sources: Sequence[int]) -> str:
    first, last = slot_name(sources[0]), slot_name(sources[-1])
    return f"{first} alone" if len(sources) == 1 else f"the {len(sources)} pairs {first} to {last}"


def how_much_is_new(trace: Trace, shares: Shares) -> Prediction:
    """The share of the newest pair in a Σ of several."""
    parts = shares.values.mean(axis=0)
    share, many, newest = float(parts[-1]), len(shares.sources), shares.sources[-1]
    least, most = (_percent(float(part)) for part in (parts[:-1].min(), parts[:-1].max()))
    each = f"{least} each" if least == most else f"from {least} to {most} each"
    others = f"the {many - 1} older ones have {each}" if many > 2 else f"the older one has {least}"
    truth = f"{slot_name(newest)} has {_percent(share)} of Σ, and {others}."
    denied = {
        _percent(1): f"Σ would be the newest pair, and nothing else. {truth}",
        _percent(0.5): f"Half of the way with every pair? Then the first would have {_percent(0.5 ** (many - 1))}. "
        f"{truth}",
        _percent(1 / many): f"That would be a plain mean of {many} pairs. {truth}",
        _percent(1 / (many - 1)): f"That would be a mean of {counted(many - 1, 'pair')}, without the new one. {truth}",
    }
    return _among(
        "new",
        _updated(trace, shares.step),
        "How much of Σ is the newest pair",
        f"Of {_pairs(shares.sources)}, {slot_name(newest)} {words(trace, (newest,))} is folded into Σ last. How much "
        "of Σ is it then?",
        _percent(share),
        truth,
        denied,
    )


def _percent(share: float) -> str:
    return f"{rounded(100 * share, 3)} %"


def what_has_most(trace: Trace, shares: Shares) -> Prediction:
    """Which pair has the largest share in Σ when the last word reads."""
    parts, step = shares.values.mean(axis=0), len(trace.steps) - 1
    newest, oldest = shares.sources[-1], shares.sources[0]
    sentences = (
        f"{slot_name(0)}, the first of all",
        f"{slot_name(newest)}, the newest in it",
        "One between them",
        "All that are in it have the same",
    )
    most = int(parts.argmax())
    alike = parts.max() - parts.min() <= ALIKE * parts.max()
    right = EVERY if alike else {0: FIRST, newest: NEWEST}.get(shares.sources[most], BETWEEN)
    kind = "Shares" if trace.provenance == "exact" else "Shares, here sensitivities"
    told = f"{kind} ({head_name(trace.heads, None)}): " if trace.heads > 1 else f"{kind}: "
    first = f"{slot_name(0)} has {_percent(_share(shares, parts, 0))}, "
    ends = f"{slot_name(newest)} {_percent(float(parts[-1]))}"
    if alike:
        truth = f"{told}{_pairs(shares.sources)} have {_percent(float(parts[0]))} each" + (
            f"; {slot_name(0)} has left, with nothing." if oldest else "."
        )
    else:
        truth = f"{told}{first}{ends}, and the most is {_percent(float(parts[most]))}, of "
        truth += f"{slot_name(shares.sources[most])} {words(trace, (shares.sources[most],))}."
    why = {
        FIRST: "To be there first gives no larger share.",
        NEWEST: "To come last gives no larger share here.",
        BETWEEN: "None stands out in the middle.",
        EVERY: "They do not weigh alike here.",
    }
    denied = {sentences[one]: f"{text} {truth}" for one, text in why.items() if one != right}
    offered = tuple(sentences)
    return Prediction(
        name="most",
        at=At(step, "attend"),
        shows="attend",
        title="Which pair has most of Σ",
        prompt=f"{slot_name(step)} {words(trace, (step,))} reads Σ, made of {_pairs(shares.sources)}. Which of the "
        f"{step + 1} pairs that have come has the largest share in it?",
        choice=Sentence(offered),
        answer=(right,),
        truth=truth,
        beliefs=tuple(Belief((offered.index(one),), text) for one, text in denied.items()),
    )


def _share(shares: Shares, parts: Floats, position: int) -> float:
    return float(parts[shares.sources.index(position)]) if position in shares.sources else 0.0


def another_query(settings: Settings, trace: Trace) -> Prediction:
    """What another query would read from Σ alone: run with the opposite one where the query can be turned."""
    step = len(trace.steps) - 1
    if settings.model == "pairs":
        from memattn.lessons.running import run

        turn = (int(dict(settings.extras).get(TURN, 0)) + HALF_TURN) % 360
        turned = run(replace(settings, extras=((TURN, turn),))).trace
        asks = "Turn the query by 180°."
        own, other = trace.outputs[0, -1], turned.outputs[0, -1]
        same = bool(np.array_equal(own, other))
        truth = f"Turned by 180° it reads {in_digits(other)}, and before it read {in_digits(own)}: "
        truth += "one slot gets weight 1 from every query." if same else "the weights have changed."
    else:
        asks = "Suppose it asked for something else, with another query."
        least = min(float(one.weights.min()) for one in trace.steps)
        same = least == 1.0
        weight = "the weight 1" if same else f"weights down to {rounded(least, 3)}"
        truth = f"All {step + 1} queries of this text, each another one, gave Σ {weight}: "
        truth += "each read all of it, its value." if same else "they did not all read the same."
    sentences = ("Another answer: Σ is looked up with the query", "The same: Σ as it is", "Nothing: no key matches")
    why = (
        "With a single key there is nothing to choose between: softmax over one slot.",
        "It does depend on the query here.",
        "Softmax shares out all of the weight, 1, however badly a key matches.",
    )
    right = 1 if same else 0
    return Prediction(
        name="turned",
        at=At(step, "attend"),
        shows="attend",
        title="What another query would read",
        prompt=f"{slot_name(step)} {words(trace, (step,))} reads Σ and nothing else. {asks} What does it read then?",
        choice=Sentence(sentences),
        answer=(right,),
        truth=truth,
        beliefs=tuple(Belief((one,), f"{why[one]} {truth}") for one in range(3) if one != right),
    )


def formed_anew(trace: Trace) -> Prediction:
    """How far Σ has drifted from the same mean formed at once."""
    from memattn.lessons.recursion import apart

    step, rounding = len(trace.steps) - 1, float(np.finfo(trace.keys.dtype).eps)
    far = apart(trace, trace.shares(SIGMA, step), trace.slot_keys(SIGMA)[-1][1])
    right = SAME if far == 0 else ROUNDING if far < ROUNDINGS * rounding else APART
    apart_by = (
        f"differ by {rounded(far)} of the largest number in them" if far else "are the same to the last digit, off by 0"
    )
    truth = f"After {step + 1} updates the two {apart_by}; one rounding of {trace.keys.dtype} is {rounded(rounding)}."
    why = (
        "Both are the same on paper, but every step rounds.",
        "Here not even rounding is left of the difference."
        if right == SAME
        else "More than rounding has come together here.",
        "Errors do not pile up: each update moves Σ by a part of a difference, and rounds that alone.",
    )
    sentences = (
        "The very same numbers",
        "The same but for the last digits",
        "Clearly others: the errors of every step have added up",
    )
    return Prediction(
        name="anew",
        at=At(step, "attend"),
        shows="attend",
        title="Passed on, or formed anew",
        prompt=f"Σ has been passed on from step to step, {step + 1} times. Form it anew from all pairs at once, with "
        "the same shares: what comes out?",
        choice=Sentence(sentences),
        answer=(right,),
        truth=truth,
        beliefs=tuple(Belief((one,), f"{why[one]} {truth}") for one in range(3) if one != right),
    )
