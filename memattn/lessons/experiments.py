"""Experiments that every lesson can use, and the one of its rate c for memories that compress."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch

from memattn.dials import Dial, Option
from memattn.lessons import guesses
from memattn.lessons.answering import Run
from memattn.lessons.lesson import Experiment, Head, Result, Settings
from memattn.lessons.memories import RATE, Choice, titled
from memattn.lessons.models import trained
from memattn.lessons.recall import SPACE, ByDistance, ByFacts, Design, WithinReach, measure
from memattn.lessons.results import (
    AnsweredFact,
    AttentionMap,
    Curve,
    LiveTraining,
    LossCurve,
    MeasuredPoint,
    RecallByAge,
    RecallCurves,
)
from memattn.lessons.running import memory_of, model_of, run
from memattn.lessons.stories import without_question
from memattn.lessons.training import LOSSES, NETWORKS, STARTS, STEPS, LiveCourse, learn
from memattn.memory.compressive import Compressive
from memattn.reader import Fact, Story, parse, readable
from memattn.records import Role

RATES = range(1, 9)
AGE, SETTING = "age of the fact when asked (tokens)", "compression rate c (pairs per slot)"
REACH = "reach between two segments (tokens)"
DISTANCE, FACTS = "tokens from the answer's word to the question mark", "facts told"


def _of_run(name: str, note: str, draw: Callable[[Run, Head], object]) -> Experiment:
    """A picture of the run itself: there is nothing to compute where that is known."""

    def whole(settings: Settings, values: Mapping[str, int]) -> Iterator[Result]:
        yield Result(1, 1, draw(run(settings), None))

    return Experiment(name, note, whole, of_run=draw)


LOSS = _of_run(
    "Loss, token by token",
    "Full attention on the same words is the yardstick. Coverage is not fidelity: a compressed slot still stands for "
    "its words, yet answers less sharply.",
    lambda run, head: LossCurve(run.trace, head),
)
MAP = _of_run(
    "Attention map",
    "Rows are queries, columns are positions, oldest left. A slot's weight is spread over its words by their shares.",
    lambda run, head: AttentionMap(run.trace, head),
)


# --- every fact of the story ------------------------------------------------------------------------------------------


def by_age(borders: Callable[[Settings], Mapping[str, int]] = lambda _: {}) -> Experiment:
    """Every fact of the story, asked for with this memory, with a window of as many slots, and with full attention.

    Args:
        borders: ages at which something changes, to be marked.
    """

    def every_fact(settings: Settings, values: Mapping[str, int]) -> Iterator[Result]:
        story = without_question(parse(settings.words))
        slots, layers = len(run(settings).trace.steps[-1].ids), settings.choice.layers  # read by the last word
        memories = {
            "this memory": settings,
            f"window of as many slots, {slots}": replace(settings, choice=_window(slots, layers)),
            "full attention": replace(settings, choice=Choice("full", layers=layers)),
        }
        series: dict[str, tuple[AnsweredFact, ...]] = {name: () for name in memories}
        total, marks = len(memories) * len(story.facts), borders(settings)
        if not total:
            yield Result(1, 1, RecallByAge(series, marks, AGE))
        for name, own in memories.items():
            for fact in story.facts:
                age = len(story.words) + len(fact.question) - 1 - fact.answer_at
                series[name] = (*series[name], _ask(own, story, fact, age))
                yield Result(
                    sum(map(len, series.values())),
                    total,
                    RecallByAge({name: own for name, own in series.items() if own}, marks, AGE),
                )

    return Experiment(
        "Every fact, by age",
        "Each fact is asked for right after the story. Filled marks were answered right.",
        every_fact,
        asks=True,
    )


def _window(slots: int, layers: int) -> Choice:
    return Choice("window", (("window", slots),), layers=layers)


def _ask(settings: Settings, story: Story, fact: Fact, x: int) -> AnsweredFact:
    answers = ask(replace(settings, words=story.with_question(fact).words))
    best = max(answers, key=answers.__getitem__)
    return AnsweredFact(x, answers.get(fact.answer, 0.0), best == fact.answer, readable(fact.words))


def ask(settings: Settings) -> dict[str, float]:
    """Probabilities of the answers to the question at the end, without a trace."""
    model = model_of(settings)
    memories = model.memories(settings.choice)
    stream = model.stream(settings.words, memories)
    memory = memories[-1]
    with torch.inference_mode():
        attended = memory.attend(stream.queries, stream.kv, memory.empty(stream.kv, tracked=False))
    return model.answers(settings.words, memories, attended.output.cpu().numpy())


def _by_rate(settings: Settings, values: Mapping[str, int]) -> Iterator[Result]:
    story = without_question(parse(settings.words))
    question = parse(settings.words).questions[-1]
    fact = next((f for f in reversed(story.facts) if (f.kind, f.key) == (question.kind, question.key)), None)
    points: tuple[AnsweredFact, ...] = ()
    rates = [rate for rate in RATES if _possible(settings, rate)] if fact else []
    for done, rate in enumerate(rates, 1):
        own = replace(settings, choice=settings.choice.with_settings(**{RATE: rate}))
        points = (*points, _ask(own, story, fact, rate)) if fact else ()
        yield Result(done, len(rates), RecallByAge({"the fact asked for": points}, {}, SETTING))
    if not rates:
        yield Result(1, 1, RecallByAge({"the fact asked for": ()}, {}, SETTING))


def _possible(settings: Settings, rate: int) -> bool:
    """Whether there is such a memory: not every convolution was trained for every rate."""
    try:
        memory_of(replace(settings, choice=settings.choice.with_settings(**{RATE: rate})))
    except ValueError:
        return False
    return True


BY_RATE = Experiment(
    "c from 1 to 8",
    "The slots stay as many; only c changes. At small c the fact may be out of reach, at large c it is in reach but "
    "blurred.",
    _by_rate,
    asks=True,
)


def _choosing(settings: Settings, values: Mapping[str, Any]) -> Iterator[Result]:
    asked = _within_reach(settings, int(values["mstories"]))
    total, name = sum(design.total for _, design, _ in asked), "compressive memory, a point for every c"
    points: dict[str, tuple[MeasuredPoint, ...]] = {name: ()}
    roles, done = {name: Role.COMPRESSED}, 0
    for choice, design, mark in asked:
        own = name if choice.name == "compressive" else titled(choice)
        before = points.get(own, ())
        for curve in measure(choice, design):
            roles.setdefault(own, curve.role)
            points[own] = (*before, *(replace(point, mark=mark) for point in curve.points))
            so_far = done + curve.done
            curves = tuple(
                Curve(each, roles[each], found, (), "", so_far, total) for each, found in points.items() if found
            )
            yield Result(so_far, total, RecallCurves(curves, REACH), in_numbers(curves))
        done += design.total


def _within_reach(settings: Settings, stories: int) -> list[tuple[Choice, WithinReach, str]]:
    """For every c that there is: facts that only CMem can know; last, a window of as many slots, and all it holds."""
    found: list[tuple[Choice, WithinReach, str]] = []
    for rate in (rate for rate in RATES if _possible(replace(settings, model="trained"), rate)):
        choice = settings.choice.with_settings(**{RATE: rate})
        memory = trained(choice).memories(choice)[-1]
        assert isinstance(memory, Compressive)
        nearest = memory.memory_length + memory.waiting.most + memory.segment_length
        if memory.reach.least > nearest + SPACE:  # else what CMem reaches may as well stand in Mem
            found.append((choice, WithinReach(nearest, memory.reach.least, stories), f"c = {rate}"))
    slots = int(settings.choice["memory_length"]) + int(settings.choice["compressed_length"])
    if slots > SPACE:
        found.append((_window(slots, 1), WithinReach(0, slots, stories), "window"))
    return found


CHOOSING = Experiment(
    "Choosing c: reach against fidelity",
    "The slots stay as many. Each mark is one c: how far back the memory reaches, and how many are answered of the "
    "facts that only its CMem can know. The window has as many slots, and reaches no further than they are. Bars are "
    "95 % intervals (Wilson).",
    _choosing,
    {
        "mstories": Dial(
            50, 25, 200, "", "questions", "Asked at every c, each in a story of its own.", "Questions", 50, 25
        )
    },
    long=True,
    asks=True,
    about=lambda settings: Settings(settings.choice.with_settings(**{RATE: 1}), ()),
)


# --- a compression network that learns ------------------------------------------------------------------------------


def _training(settings: Settings, values: Mapping[str, Any]) -> Iterator[Result]:
    loss, network, rate, start, seed = (values[key] for key in TRAINING_DIALS)
    course = LiveCourse(loss, network, int(rate), start, seed)
    for data in learn(course, STEPS):
        yield Result(data.points[-1].step, data.steps, data, _before_and_after(data))


def _before_and_after(data: LiveTraining) -> str:
    """Recall and reconstruction as a table in Markdown."""
    lines = ["| f_c | right | 95 % interval | error of what is read |", "|:--|--:|--:|--:|"]
    rows = {f"{data.network}, {point.step} steps": point[2:] for point in (data.points[0], data.points[-1])}
    for name, (recall, error) in (rows | dict(data.references)).items():
        low, high = recall.interval
        lines.append(f"| {name} | {recall.right} of {recall.total} | {low:.2f} to {high:.2f} | {error:.3f} |")
    return "\n".join(lines)


TRAINING_DIALS: dict[str, Dial | Option] = {
    "loss": Option("ar-cache", LOSSES, "What training makes smaller.", "Loss", "ar-cache"),
    "net": Option("conv", NETWORKS, "What learns.", "Compression", "conv"),
    "trate": Option("2", {str(rate): f"{rate} → 1" for rate in (2, 4, 8)}, "Pairs that share a slot.", "c", "2"),
    "tstart": Option("random", STARTS, "What training begins with.", "Start", "random"),
    "tseed": Dial(0, 0, 9, "", "", "Of the start and of the texts: another one is another course.", "Seed", 0, 1),
}
TRAIN = Experiment(
    "Train f_c",
    "The base reader is frozen: only f_c learns, on texts of its own, 8 a step. Measured behind every 20 steps on the "
    "same 100 held-out questions, whose facts stand in a CMem of 32 slots behind 32 raw pairs, whatever is set for the "
    "stage. Who answers more is judged by the questions that one alone answers (sign test, 5 %). The error is that of "
    "a whole read, squared and relative: a lower one need not answer better.",
    _training,
    TRAINING_DIALS,
    long=True,
    counts="training steps",
    verbs=("Train", "Trained"),
    about=lambda settings: Settings(Choice("compressive"), ()),
    guess=lambda values: guesses.TRAINING,
)


# --- many stories -----------------------------------------------------------------------------------------------------


def _measured(
    design: Callable[[Mapping[str, int]], Design], axis: str, doubling: bool
) -> Callable[[Settings, Mapping[str, int]], Iterator[Result]]:
    def run(settings: Settings, values: Mapping[str, int]) -> Iterator[Result]:
        return curves((settings.choice, *settings.others), design(values), axis, doubling)

    return run


def curves(choices: Sequence[Choice], design: Design, axis: str, doubling: bool) -> Iterator[Result]:
    """The same questions for several memories, each of them once."""
    each = list(dict.fromkeys(choices))
    for together in zip(*(measure(choice, design) for choice in each), strict=True):  # all curves grow together
        data = RecallCurves(together, axis, doubling)
        yield Result(sum(curve.done for curve in together), design.total * len(each), data, in_numbers(together))


def in_numbers(curves: Sequence[Curve]) -> str:
    """Right of asked, with the interval, as a table in Markdown."""
    lines = ["| memory | questions | right | 95 % interval | expected | chance |", "|:--|:--|--:|--:|--:|--:|"]
    for curve in curves:
        for point in curve.points:
            low, high = point.interval
            lines.append(
                f"| {curve.name} | {point.label} | {point.right} of {point.asked} | {low:.2f} to {high:.2f} "
                f"| {point.expected:.2f} | {point.chance:.2f} |"
            )
    return "\n".join(lines)


def _choice_alone(settings: Settings) -> Settings:
    return Settings(settings.choice, (), others=settings.others)


INTERVALS = (
    "Bars are 95 % intervals (Wilson). Every memory gets the same stories; none of them was seen in training. "
    "Dotted lines say what to expect from what the memory still holds."
)
BY_DISTANCE = Experiment(
    "Recall by distance",
    f"Many facts anywhere in a story; one of them is asked for. {INTERVALS}",
    _measured(lambda values: ByDistance(tokens=values["mtokens"]), DISTANCE, doubling=False),
    {"mtokens": Dial(256, 200, 640, "T", "tokens", "Sixteen facts are told in each story.", "Longest story", 256, 1)},
    long=True,
    asks=True,
    compares=True,
    about=_choice_alone,
)
BY_FACTS = Experiment(
    "Recall by number of facts",
    f"Facts of one kind first, then filler, then one question. {INTERVALS}",
    _measured(lambda values: ByFacts(gap=values["mgap"]), FACTS, doubling=True),
    {
        "mgap": Dial(
            32, 4, 256, "", "tokens", "Tokens between the last fact and the question.", "Filler behind the facts", 32, 1
        )
    },
    long=True,
    asks=True,
    compares=True,
    about=_choice_alone,
)
