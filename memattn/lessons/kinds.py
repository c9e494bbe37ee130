"""Which f_c: the story as it is read with every compression that there is at this c, all other settings as they are."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from memattn.intervals import Proportion
from memattn.lessons.experiments import ask
from memattn.lessons.lesson import Experiment, Result, Settings
from memattn.lessons.memories import compressions
from memattn.lessons.results import ByCompression, Kind
from memattn.lessons.running import memories_of, run
from memattn.lessons.stories import without_question
from memattn.reader import parse


def possible(settings: Settings) -> dict[str, Settings]:
    """The same settings with each compression, by its title, where its numbers were trained for this c."""
    found = {}
    for key, kind in compressions(trained=settings.model == "trained").items():
        own = replace(settings, choice=replace(settings.choice, compression=key))
        try:
            memories_of(own)
        except ValueError:
            continue
        found[kind.title] = own
    return found


def which(settings: Settings, values: Mapping[str, int]) -> Iterator[Result]:
    """One after the other: every fact of the story asked behind it, and the error of the last read as it stands."""
    story = without_question(parse(settings.words))
    all_of_them = possible(settings) if story.facts else {}
    rows: tuple[Kind, ...] = ()
    for title, own in all_of_them.items():
        right = 0
        for fact in story.facts:
            answers = ask(replace(own, words=story.with_question(fact).words))
            right += max(answers, key=answers.__getitem__) == fact.answer
        error = float(run(own).trace.steps[-1].output_error.mean())
        rows = (*rows, Kind(title, Proportion(right, len(story.facts)), error))
        yield Result(len(rows), len(all_of_them), ByCompression(rows))
    if not rows:
        yield Result(1, 1, ByCompression(()))


WHICH = Experiment(
    "Which f_c",
    "This story, with as many slots and the same c: each fact of it is asked for with every compression that there is. "
    "Bars are 95 % intervals (Wilson). Beside each stands how far its last read is from that of full attention, "
    "relatively, over all heads: a smaller error need not answer more. “End to end” reads with a model of its own.",
    which,
    counts="compressions",
    asks=True,
)
