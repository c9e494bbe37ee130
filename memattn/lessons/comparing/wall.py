"""What stands on the wall: every memory of the registry over one story, as it begins or sized like the others."""

from collections.abc import Callable, Mapping

from memattn.lessons.answering import Answer, Run
from memattn.lessons.comparing.sizing import Measure, fitted, size, stored
from memattn.lessons.comparing.tracking import Refused, Shown, follow
from memattn.lessons.lesson import Settings
from memattn.lessons.memories import Choice, refusal
from memattn.lessons.running import memory_of, unread
from memattn.memory import MEMORIES
from memattn.reader import Fact

PAIR = "window"  # the memory whose slots are pairs: bytes of so many are what the others get


def choices(measure: Measure | None, pairs: int, tokens: int) -> Mapping[str, Choice]:
    """Every memory of the registry, by name.

    Args:
        measure: what is alike in all; None leaves each as it begins.
        pairs: how much of it, in slots; in bytes, what so many pairs of a window take.
        tokens: after so many.

    Raises:
        WeightsError: a model's weights cannot be used.
    """
    plain = {name: Choice(name) for name in MEMORIES}
    if measure is None:
        return plain
    target = pairs if measure == "slots" else size(Choice(PAIR, (("window", pairs),)), "bytes", tokens)
    return {name: fitted(choice, measure, target, tokens) for name, choice in plain.items()}


def shown(settings: Settings, fact: Fact, run: Callable[[Settings], Run]) -> Shown | Refused:
    """A memory on the wall, or why it has no run.

    Args:
        settings: of the run.
        fact: to be followed.
        run: gives the run of some settings.
    """
    name = settings.choice.name
    title = MEMORIES[name].title
    if problem := unread(settings):
        return Refused(name, title, problem)
    try:
        found = run(settings)
    except ValueError as error:
        return Refused(name, title, f"{refusal(settings.choice, error)}.")
    trace, tokens = found.trace, len(settings.words)
    assert isinstance(found.answer, Answer)  # the last layer reads a story that ends in a question
    return Shown(
        name,
        title,
        stored(settings.choice, tokens),
        trace,
        memory_of(settings).lanes(tokens),
        follow(trace, range(fact.start, fact.end)),
        found.answer.ranked[0][0],
        found.answer.right,
    )
