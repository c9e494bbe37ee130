"""Predictions of *Segments & FIFO*: how stale Mem is, how often it has changed, and which segments a word can know."""

from collections.abc import Iterator, Sequence

from memattn.lessons.lesson import Settings
from memattn.lessons.narration import slot_name, span, words
from memattn.lessons.prediction import At, Belief, Number, Prediction, Sentence
from memattn.lessons.prediction.question import wrong
from memattn.lessons.segmented import ages, letter, reach, updates
from memattn.records import Trace, counted

SHOWN = 5  # segment whose last word is asked about, from 0, where the text is so long
FRESH = 2  # segment within which it is asked how stale Mem is, from 0


def asked(settings: Settings, trace: Trace) -> Iterator[Prediction]:
    """What suits this run; nothing where Mem does not change by segments."""
    if settings.choice.name not in ("segments", "segment_recurrence"):
        return
    n_s, fifo = int(settings.choice["segment_length"]), settings.choice.name == "segments"
    m = int(settings.choice["segments"]) if fifo else 1
    whole = len(trace.steps) // n_s
    stale = min(FRESH, whole) * n_s + n_s // 2
    if m and n_s > 1 and n_s <= stale < len(trace.steps):
        yield how_stale(trace, stale, n_s)
    if fifo and (own := min(SHOWN, whole - 1)):
        last = own * n_s + n_s - 1
        if own > m:
            yield which_segments(trace, last, n_s)
        if m and own > 2 * m:
            yield through_a_second_layer(trace, last, n_s, m)
    if whole > m + 1:
        yield how_many_updates(trace, n_s, len(trace.steps[-1].held_ids))


def how_stale(trace: Trace, step: int, n_s: int) -> Prediction:
    """How old the newest remembered pair is when a word in the middle of a segment reads."""
    now, age = trace.steps[step], ages(trace)[step]
    newest = step - age
    between = range(newest + 1, step)
    query, last = slot_name(step), newest - newest % n_s + 2 * n_s - 1
    old = f"{step + 1} − {newest + 1} = {counted(age, 'token')} old"
    truth = f"The newest pair that Mem knows of is {slot_name(newest)}, {old}."
    if between:
        truth += f" {span(between)} {'is' if len(between) == 1 else 'are'} read too, but not yet remembered."
    read = len(now.ids)
    choice = Number("tokens")
    beliefs = (
        (1, f"1 would be an update per token. Here Mem changes with every {n_s} tokens, last with token {newest + 1}."),
        (0, f"{query} stands in its segment, not in Mem: that takes until token {last + 1}."),
        (n_s, f"n_s = {n_s} is reached at {slot_name(last)} only, right before Mem changes. {truth}"),
        (age - 1, f"Nearly: {counted(age - 1, 'pair')} between. {truth}"),
        (newest + 1, f"That is its place in the text, not its age. {truth}"),
        (read, f"{read} is how many slots {query} reads. {truth}"),
    )
    return Prediction(
        name="stale",
        at=At(step, "attend"),
        shows="attend",
        title="How old the newest remembered pair is",
        prompt=f"{query} {words(trace, (step,))} now reads, number {step % n_s + 1} of segment {letter(step // n_s)}. "
        "How old is the newest pair that Mem knows of?",
        choice=choice,
        answer=(age,),
        truth=truth,
        beliefs=wrong((age,), [((chosen,), text) for chosen, text in beliefs], choice),
    )


def how_many_updates(trace: Trace, n_s: int, held: int) -> Prediction:
    """How often Mem has changed when the last word of the text reads, which leaves `held` slots."""
    step = len(trace.steps) - 1
    done = updates(trace)[step - 1]
    every = "every token" if n_s == 1 else f"every {n_s} tokens"
    truth = f"Mem changes with {every}: {counted(done, 'time')} in the {step} tokens before {slot_name(step)}."
    choice = Number("updates")
    beliefs = (
        (step, f"That would be once per token. {truth}"),
        (step + 1, f"That would be once per token, with this one among the {step + 1}. {truth}"),
        (done + 1, f"The running segment has not entered Mem yet. {truth}"),
        (done - 1, f"One more: the first segment enters too, although nothing stands in Mem before it. {truth}"),
        (n_s, f"n_s = {n_s} is the number of tokens per update. {truth}"),
        (held, f"{held} is how many slots stand there in the end. {truth}"),
    )
    return Prediction(
        name="updates",
        at=At(step, "attend"),
        shows="attend",
        title="How often Mem has been updated",
        prompt=f"{slot_name(step)} {words(trace, (step,))} now reads. How often has Mem been updated by now?",
        choice=choice,
        answer=(done,),
        truth=truth,
        beliefs=wrong((done,), [((chosen,), text) for chosen, text in beliefs], choice),
    )


def which_segments(trace: Trace, step: int, n_s: int) -> Prediction:
    """Which segments the last word of one reads, in one layer."""
    now, own = trace.steps[step], step // n_s
    first = min(now.ids) // n_s
    truth = f"{slot_name(step)} reads {counted(len(now.ids), 'pair')}, {span(now.ids)}: {_named(first, own)}."
    told = {
        (own, own): "Mem is read beside the running segment.",
        (first, own - 1): f"It reads its own segment {letter(own)} as well, up to itself.",
        (first - 1, own): f"{letter(first - 1)} has left Mem as a whole by now.",
        (first + 1, own): f"Mem keeps one segment more, {letter(first)}.",
        (0, own): f"What has left Mem cannot be read: that goes for {_named(0, first - 1)}.",
    }
    possible = {pair: text for pair, text in told.items() if 0 <= pair[0] <= pair[1] and pair != (first, own)}
    return _of_segments(
        "reads",
        step,
        f"Which segments the last word of {letter(own)} reads",
        f"{slot_name(step)} {words(trace, (step,))}, the last word of segment {letter(own)}, now reads. Which segments "
        "does it read from?",
        {_named(*pair): f"{text} {truth}" for pair, text in possible.items()},
        _named(first, own),
        truth,
    )


def through_a_second_layer(trace: Trace, step: int, n_s: int, m: int) -> Prediction:
    """How far back the same word knows through what the words that it reads have read."""
    own, oldest = step // n_s, min(trace.steps[step].ids)
    second = min(min(trace.steps[slot].ids) for slot in trace.steps[step].ids)
    first, found = oldest // n_s, second // n_s
    truth = (
        f"{slot_name(oldest)} of {letter(first)} is the oldest pair that it reads, and {slot_name(oldest)} itself has "
        f"read {slot_name(second)} of {letter(found)}, {step - second} tokens back: "
        f"{step % n_s} + {m * n_s} + {m * n_s} = {reach(step % n_s, 2, n_s, m * n_s)}."
    )
    told = {
        found + 1: f"Further back than {letter(found + 1)}. {truth}",
        found - 1: f"No word that it reads has read {letter(max(0, found - 1))}. {truth}",
        0: f"Not to the beginning: {letter(0)} is {own} segments back, and every layer adds {m}. {truth}",
        own: f"Its own segment is the newest. {truth}",
        first: f"That is one layer: what it reads itself. {truth}",
    }
    return _of_segments(
        "second",
        step,
        "How far a second layer knows",
        f"Let a second layer with the same memory follow, and take attention alone. From which segment is the oldest "
        f"pair of which {slot_name(step)} can know then?",
        {f"Segment {letter(one)}": text for one, text in sorted(told.items()) if 0 <= one <= own and one != found},
        f"Segment {letter(found)}",
        truth,
    )


def _of_segments(
    name: str, step: int, title: str, prompt: str, denied: dict[str, str], right: str, truth: str
) -> Prediction:
    """A question about segments, each belief a sentence of its own; they stand in alphabetical order."""
    offered = sorted({*denied, right})
    return Prediction(
        name=name,
        at=At(step, "attend"),
        shows="attend",
        title=title,
        prompt=prompt,
        choice=Sentence(tuple(offered)),
        answer=(offered.index(right),),
        truth=truth,
        beliefs=tuple(Belief((offered.index(sentence),), text) for sentence, text in denied.items()),
    )


def _named(first: int, last: int) -> str:
    """Segments from .. to, in letters."""
    if last <= first:
        return f"{letter(first)} alone"
    return f"{letter(first)} {'and' if last == first + 1 else 'to'} {letter(last)}"


def questions(settings: Settings, trace: Trace) -> Sequence[Prediction]:
    """In the order in which they are asked."""
    return tuple(sorted(asked(settings, trace), key=lambda question: question.at.step))
