"""Items of *Segments & FIFO*: what enters and leaves whole, how old Mem is, how far it reaches, what is recurrent."""

from collections.abc import Iterator
from functools import lru_cache
from random import Random

import numpy as np

from memattn.lessons.borders import GRADIENT
from memattn.lessons.items.item import (
    Asked,
    Item,
    Opens,
    Played,
    Posed,
    Redraw,
    among,
    faulty,
    of_stage,
    several,
    typed,
)
from memattn.lessons.items.runs import asked_by, played, read_by, run_of, shows, words_of
from memattn.lessons.narration import slot_name, span
from memattn.lessons.prediction import Prediction, Sentence
from memattn.lessons.rules import RULES, TOKENS, WIDTH, WINDOW, Array, Past, TwoRuns, pairs_of, run_twice
from memattn.lessons.segment_questions import how_stale, through_a_second_layer
from memattn.lessons.segmented import ages, letter, updates
from memattn.lessons.worked import FORMS, worked, written
from memattn.quantities import rounded
from memattn.records import counted

SIZES = ((3, 2), (2, 3), (5, 2), (3, 4), (4, 3), (2, 4), (4, 2), (2, 5), (3, 5))  # n_s and m, never equal
PLAIN = ("½ Mem + ½ x", "½ Mem + x", "Mem + (x − Mem)/i", "max(Mem, x)", "x − Mem")  # the forms of `worked`, in words
STATES = {  # what is passed on, by rule: all about as long, so that none stands out
    "cumulative": "the mean of all pairs, and their number",
    "window": f"the newest {WINDOW} pairs, as they came",
    "maximum": "the largest so far, number by number",
    "learned": "what a GRU with random weights leaves",
    "second": "the sum of every second pair, and a bit",
    "moving": f"the mean of the newest {WINDOW} pairs so far",
    "guess": f"a mean that gives up 1/{WINDOW} at each pair",
    "median": "the median of all pairs up to now",
    "anew": "the mean of all pairs, number by number",
}
FOLDING, LOOKING = ("cumulative", "window", "maximum", "learned", "second"), ("moving", "guess", "median", "anew")
WORKED = 999  # exercises that the lesson can open


def fifo(rng: Random) -> Posed:
    """Which pairs a full buffer loses."""
    n_s, m = rng.choice(SIZES)
    words = words_of(rng, n_s * (m + 1) + n_s - 1)
    settings = read_by("segments", words, segment_length=n_s, segments=m)
    question = asked_by(settings, "drop")
    assert question is not None
    held = [letter(at) for at in range(m)]
    return Posed(
        {"n_s": n_s, "m": m},
        f"Mem is a FIFO of m = {m} segments of n_s = {n_s} pairs and holds {', '.join(held)}. Segment {letter(m)} is "
        "full. Which pairs leave Mem, if any?",
        of_stage(question),
        question.truth,
        shows("segments", settings, question.at.step, "drop"),
        played=played(settings, question),
    )


def stale(rng: Random) -> Posed:
    """How old the newest remembered pair is."""
    n_s, m = rng.choice(((5, 2), (7, 2), (4, 3), (7, 1)))
    words = words_of(rng, 22)
    step = rng.randrange(n_s + 1, 22)
    settings = read_by("segments", words, segment_length=n_s, segments=m)
    question = how_stale(run_of(settings), step, n_s)
    return Posed(
        {"n_s": n_s, "m": m, "step": step},
        f"Mem takes in whole segments of n_s = {n_s} tokens. {question.prompt}",
        of_stage(question),
        question.truth,
        shows("segments", settings, step, "attend"),
    )


def block(rng: Random) -> Posed:
    """Updating once per block instead of once per token."""
    n_s, tokens = rng.choice((4, 5, 7)), rng.randrange(17, 23)
    words = words_of(rng, tokens)
    blocks, every = (
        read_by("segments", words, segment_length=length, segments=1 if length > 1 else n_s) for length in (n_s, 1)
    )
    few, many = (updates(run_of(one))[-1] for one in (blocks, every))
    old, young = (max(ages(run_of(one))[n_s:]) for one in (blocks, every))

    def said(count: int, age: int) -> str:
        return (
            f"{count} updates for {many}, and its newest pair is up to {counted(age, 'token')} old when a query comes"
        )

    truth = (
        f"Here {few} updates instead of {many}, paid for with a newest pair of up to {old} tokens of age "
        f"instead of {young}."
    )
    denied = {
        said(few, young): "Fewer updates for nothing? Between two of them Mem stands still and ages. ",
        said(many, old): "Every token would be an update. It is one per full block. ",
        said(n_s, few): f"n_s = {n_s} is the tokens per update, not their number. ",
        said(few, tokens): "It does not age to the end of the text: each full block makes it young again. ",
    }
    return Posed(
        {"n_s": n_s, "tokens": tokens},
        f"Two memories keep {n_s} pairs of the same {tokens} tokens. One takes in every token at once, the other one "
        f"block of {n_s} tokens at a time. What does the block memory do, once it is full?",
        among(rng, said(few, old), denied),
        truth,
        shows("segments", blocks, tokens - 1, view="curve"),
    )


def border(rng: Random) -> Posed:
    """Which change lets a query read across a border."""
    n_s, row = rng.choice((4, 5, 7)), rng.choice((1, 2))
    query = n_s * row
    target, words = query - 1, words_of(rng, 22)
    if query + n_s > len(words):
        raise Redraw
    other, third = rng.sample([size for size in range(2, 10) if size != n_s], 2)

    def reads(name: str, step: int = query, **settings: int) -> bool:
        return target in run_of(read_by(name, words, **settings)).steps[step].ids

    bare = read_by("segments", words, segment_length=n_s, segments=0)
    run = run_of(bare)
    asks, wanted = slot_name(query), slot_name(target)

    def blocks(size: int) -> tuple[str, bool, str]:
        true = reads("segments", segment_length=size, segments=0)
        where = f"{wanted} falls into block {letter(target // size)}, {asks} into {letter(query // size)}."
        return f"blocks of {size} tokens", true, f"With blocks of {size}, {where}"

    end = query + n_s - 1
    told = (
        (
            "remember the block before, m = 1",
            reads("segments", segment_length=n_s, segments=1),
            "m = 1 keeps that block.",
        ),
        (f"a window over the last {n_s} pairs", reads("window", window=n_s), f"A window has no border before {asks}."),
        blocks(other),
        blocks(third),
        (
            f"let {slot_name(end)}, the end of the block, ask",
            reads("segments", end, segment_length=n_s, segments=0),
            f"{slot_name(end)} reads the same block as {asks}, {span(run.steps[end].ids)}.",
        ),
    )
    return Posed(
        {"n_s": n_s, "query": query, "sizes": (other, third)},
        f"Blocks of n_s = {n_s} tokens see only themselves. {asks} opens a block and cannot read {wanted}, the "
        "name just "
        "before it. Which of these changes alone lets it?",
        several(rng, told),
        f"The direct cause is the border: {asks} reads {span(run.steps[query].ids)}, and {wanted} stands in the "
        "block before.",
        shows("segments", bare, query, "attend"),
    )


def _twice(key: str, seed: int) -> TwoRuns:
    return run_twice(RULES[key], pairs_of(seed))


def recurrent(rng: Random) -> Posed:
    """Which update is none of the state and the new pair."""
    seed = rng.randrange(WORKED)
    keys = [rng.choice(LOOKING), *rng.sample(FOLDING, 3)]
    found = {key: _twice(key, seed) for key in keys}
    (wrong,) = (key for key, one in found.items() if not one.recurrent)
    denied = {
        STATES[key]: f"It can go on from that: {RULES[key].name.lower()}. {found[key].verdict} "
        for key in keys
        if key != wrong
    }
    return Posed(
        {"rules": keys, "seed": seed},
        f"A memory is updated from its state and the new pair, the past withheld: {TOKENS} random pairs, four rules. "
        "Here is what the state of each holds. Which one did not come out as it should?",
        among(rng, STATES[wrong], denied),
        f"{RULES[wrong].name}: {found[wrong].verdict}",
        Opens("segments", further={"tab": "Is it recurrent?", "rule": wrong}),
    )


def work(rng: Random) -> Posed:
    """The state after three steps."""
    number = rng.randint(1, WORKED)
    own = worked(number)
    form = PLAIN[[latex for latex, _ in FORMS].index(own.latex)]
    pairs = ", ".join(written(pair) for pair in own.pairs)
    return Posed(
        {"form": form, "start": own.start, "pairs": own.pairs},
        f"Mem = f(x, Mem) = {form}, number by number; i is the number of the step. What is the key k of the "
        "state after "
        "the third pair?",
        typed(float(own.answer[0]), "", [(float(pair[0]), text) for pair, text in own.beliefs.items()]),
        f"Step by step: {own.steps}.",
        Opens("segments", further={"tab": "Is it recurrent?", "exercise": number}),
        (f"Mem₀ = {written(own.start)}", f"pairs (k, v): {pairs}"),
    )


class _Watched(Past):
    """The past, given to whoever asks; notes which pairs were asked for."""

    def __init__(self, pairs: Array) -> None:
        super().__init__(pairs, withheld=False)
        self.asked: set[int] = set()

    def __getitem__(self, at: int) -> Array:
        self.asked.add(range(len(self._pairs))[at])
        return super().__getitem__(at)

    def __iter__(self) -> Iterator[Array]:
        self.asked.update(range(len(self._pairs)))
        return super().__iter__()


@lru_cache(maxsize=64)
def _asked_for(key: str, steps: int) -> int:
    """How many pairs of the past the last of some steps asks for."""
    pairs, state = np.random.default_rng(steps).normal(size=(steps, WIDTH)), RULES[key].start
    past = _Watched(pairs[:0])
    for at, pair in enumerate(pairs):
        past = _Watched(pairs[:at])
        state = RULES[key].update(pair, state, past)
    return len(past.asked)


def needs(rng: Random) -> Posed:
    """What step 100 needs of the 99 pairs before."""
    steps, key = rng.choice((100, 80, 60)), rng.choice((*FOLDING, "moving", "median", "anew"))
    before, name, wanted = steps - 1, RULES[key].name, _asked_for(key, steps)
    first, alone = "the new pair, and the state as it was left", "the new pair, and no state at all"
    everything, one = (
        f"the new pair, and all {before} pairs before it",
        "the new pair, the state, and one pair of the past",
    )
    right = {0: first, 1: one, before: everything}[wanted]
    told = {
        first: "The state does not hold all that this rule asks for. ",
        everything: f"The {before} pairs are not all asked for again: what they left is in the state. ",
        one: "No single pair of the past is asked for. ",
        alone: "Without its state every step would begin anew. ",
    }
    return Posed(
        {"rule": key, "steps": steps},
        f"“{name}” has gone through {before} pairs and makes step {steps}. What must it be given?",
        among(rng, right, {sentence: text for sentence, text in told.items() if sentence != right}),
        f"Run over {steps} random pairs, step {steps} of “{name}” asked for {wanted} of the {before} before it.",
        Opens("segments", further={"tab": "Is it recurrent?", "rule": key}),
    )


def length(rng: Random) -> Posed:
    """How long the memory is now, how long it may be, and how long a segment is."""
    n_s, m = rng.choice(((3, 4), (4, 3), (5, 3), (3, 5)))
    step = rng.randrange(n_s, 22)
    settings = read_by("segments", words_of(rng, 22), segment_length=n_s, segments=m)
    trace = run_of(settings)
    read, most, offset = len(trace.steps[step].ids), m * n_s, step % n_s
    now = read - offset - 1
    truth = (
        f"{slot_name(step)} reads {now} pairs that stand in Mem and {offset + 1} of its own segment, itself "
        f"included: {read}."
    )
    denied = (
        (most + offset + 1, f"Mem may hold m · n_s = {most} pairs, but by now {now} stand there. "),
        (now, f"{now} is what Mem holds. The running segment is read beside it. "),
        (most, f"{most} is the most that Mem may hold, not what is read now. "),
        (step + 1, f"{step + 1} tokens have come, but what has left Mem is not read. "),
        (now + n_s, f"Of the running segment {counted(offset + 1, 'token')} came, not all {n_s}. "),
        (n_s, f"n_s = {n_s} is the length of a segment, not of what is read. "),
    )
    return Posed(
        {"n_s": n_s, "m": m, "step": step},
        f"A segment is n_s = {n_s} tokens, and Mem keeps up to m = {m} segments. How many pairs does {slot_name(step)} "
        "read, its own included?",
        typed(read, "pairs", denied),
        truth,
        shows("segments", settings, step, "attend"),
    )


def reach(rng: Random) -> Posed:
    """How far a second layer hears."""
    n_s, m = rng.choice(((2, 3), (3, 2), (2, 4), (3, 1)))
    own = rng.randrange(2 * m + 1, 22 // n_s)
    settings = read_by("segments", words_of(rng, 22), segment_length=n_s, segments=m)
    question = through_a_second_layer(run_of(settings), own * n_s + n_s - 1, n_s, m)
    return Posed(
        {"n_s": n_s, "m": m, "step": own * n_s + n_s - 1},
        f"Segments of n_s = {n_s} tokens, m = {m} of them in Mem. {question.prompt}",
        _shuffled(rng, question),
        question.truth,
        shows("segments", settings, own * n_s + n_s - 1, "attend"),
    )


def _shuffled(rng: Random, question: Prediction) -> Asked:
    assert isinstance(question.choice, Sentence)
    right = question.choice.offered[question.answer[0]]
    return among(rng, right, {question.choice.offered[one.chosen[0]]: one.text for one in question.beliefs})


def gradient(rng: Random) -> Posed:
    """Who asks, who is read, and who learns, in segment recurrence."""
    n_s, m = rng.choice(((4, 2), (5, 2), (4, 3), (3, 2)))
    row = rng.randrange(m, 22 // n_s)
    end = row * n_s + rng.randrange(1, n_s)
    words = words_of(rng, 22)[: end + 1]
    settings = read_by("segments", words, segment_length=n_s, segments=m)
    trace, (result,) = run_of(settings), GRADIENT.run(settings, {})
    learns = [at for at, slope in enumerate(result.data.gradients) if slope != 0]
    past = rng.choice([at for at in trace.steps[end].ids if at < row * n_s])
    near, now = end - 1, slot_name(end)
    old = slot_name(past)
    asks = sum(step.index == past for step in trace.steps) > 1
    told = (
        (f"{now} reads {old}", past in trace.steps[end].ids, f"{old} stands in Mem, and Mem is read."),
        (f"{old} asks once more", asks, f"Queries come from the running segment alone; {old} asked when it came."),
        (
            f"the loss at {now} corrects {old}",
            past in learns,
            f"The gradient stops at Mem: for {old} it is {rounded(np.abs(result.data.gradients[past]))}.",
        ),
        (
            f"the loss at {now} corrects {slot_name(near)}",
            near in learns,
            f"{slot_name(near)} stands in the running segment, and its gradient is "
            f"{rounded(result.data.gradients[near])}.",
        ),
    )
    return Posed(
        {"n_s": n_s, "m": m, "step": end, "past": past},
        f"Segments of n_s = {n_s} tokens, m = {m} of them in Mem. {now} of segment {letter(row)} is computed and "
        "trained "
        f"on; {old} came in segment {letter(past // n_s)}. What happens?",
        several(rng, told),
        f"{now} reads {span(trace.steps[end].ids)}, and its loss reaches {span(learns)}.",
        shows("segments", settings, end, "attend"),
    )


def fault(rng: Random) -> Posed:
    """A window of which one update lost another pair than the oldest."""
    from memattn.lessons.items.faulty import FaultyWindow
    from memattn.lessons.running import stream_of
    from memattn.trace import trace

    n_c, updates_shown = rng.choice((3, 4, 5)), 5
    first = n_c + rng.randrange(3)
    wrong, place = rng.randrange(first, first + updates_shown), rng.randrange(1, n_c + 1)
    settings = read_by("window", words_of(rng, first + updates_shown + 2), window=n_c)
    memory = FaultyWindow(n_c, wrong, place)
    run = trace(memory, stream_of(settings), "window", verify=False)

    def told(step: int) -> str:
        (gone,) = (event.slots[0] for event in run.steps[step].events if event.kind == "drop")
        return f"token {step + 1}: {slot_name(step)} in, {slot_name(gone)} out"

    def finds(step: int) -> tuple[int, ...]:
        return (*run.steps[step - 1].held_ids, step)

    shown = range(first, first + updates_shown)
    (gone,) = (event.slots[0] for event in run.steps[wrong].events if event.kind == "drop")
    denied = {
        told(step): f"There {slot_name(min(finds(step)))} was the oldest of {span(finds(step))}, so it was its turn. "
        for step in shown
        if step != wrong
    }
    return Posed(
        {"n_c": n_c, "wrong": wrong, "place": place, "shown": tuple(shown)},
        f"A window keeps the newest n_c = {n_c} pairs. One update of this run was made to break its rule. Which?",
        faulty(told(wrong), denied, [told(step) for step in shown]),
        f"With token {wrong + 1} came {slot_name(wrong)}, and {slot_name(gone)} left {span(finds(wrong))}, of which "
        f"{slot_name(min(finds(wrong)))} is the oldest.",
        shows("story", settings, wrong, "push"),  # in which the oldest leaves
        played=Played(run, memory.lanes(len(run.tokens)), memory.title, memory.reads, (first - 1, "")),
    )


ITEMS = (
    Item("fifo", "What a full FIFO loses", "segments", fifo, "FIFO of segments"),
    Item("stale", "How old the memory is", "segments", stale, "staleness between updates"),
    Item("block", "One update per block", "segments", block, "trade-off of updating per block"),
    Item("border", "Across a border", "segments", border, "direct cause of a border failure"),
    Item("recurrent", "Run from the state alone", "segments", recurrent, "which update is not recurrent"),
    Item("work", "Three steps by hand", "segments", work, "state after three steps"),
    Item("needs", "What one step needs", "segments", needs, "does step 100 need the 99 pairs"),
    Item("length", "How much is read", "segments", length, "mem_len, mlen and ext_len are three numbers"),
    Item("reach", "Heard through a second layer", "segments", reach, "reach of two layers"),
    Item("gradient", "Who asks, who learns", "segments", gradient, "queries of this segment alone; the gradient stops"),
    Item("fault", "The faulty update of a window", "segments", fault, "first in, first out"),
)
