"""What the page computes, remembered for all readers of the server by its settings."""

from dataclasses import dataclass, replace
from typing import Any

from memattn.lessons.asking import Asked
from memattn.lessons.freetext.watching import FreeText, Watched, watch
from memattn.lessons.freetext.words import Passage
from memattn.lessons.story import telling, ways
from memattn.lessons.story.words import LAST
from memattn.memory.base import Memory
from memattn.reader import Story, parse
from memattn.records import Trace
from memattn.streams import Stream
from memattn.trace import difference
from memattn.ui.cache import cached


@dataclass(frozen=True)
class Settings:
    """Everything the picture depends on.

    Args:
        words: what is read; a story ends in a question.
        choice: the memory.
        free: whether the words are anybody's, read without a trained model.
        layer: on the stage, 0 for the first, `LAST` for the one that answers.
    """

    words: tuple[str, ...]
    choice: ways.Choice
    free: bool = False
    layer: int = LAST

    @property
    def answering(self) -> "Settings":
        """The same with the layer on the stage that answers."""
        return replace(self, layer=LAST)

    @property
    def memory(self) -> Memory[Any]:
        """The mechanism on the stage."""
        return ways.untrained(self.choice) if self.free else ways.reading(self.choice).memories[self.layer]

    @property
    def stream(self) -> Stream:
        """What that mechanism reads."""
        if self.free:
            return FreeText().stream(Story(self.words, ()))
        return ways.reading(self.choice).stream(self.words, self.layer)


made = cached(telling.make_up)


def _read(chosen: Settings) -> Asked:
    return ways.read(parse(chosen.words), chosen.choice)


def _lower(chosen: Settings) -> Trace:
    return ways.watch(chosen.words, chosen.choice, chosen.layer)


def _watched(chosen: Settings) -> Watched:
    text = Passage(chosen.words, 0, len(chosen.words), len(chosen.words))
    return watch(text, ways.untrained(chosen.choice), chosen.choice.way, verify=False)


_read_once, _lower_once, _watched_once = cached(_read), cached(_lower), cached(_watched)


def asked(chosen: Settings) -> Asked:
    """The story, read and answered; remembered for all readers.

    Raises:
        ValueError: the settings do not go together.
        WeightsError: the model's weights cannot be used.
    """
    return _read_once(chosen.answering)


def watched(chosen: Settings) -> Watched:
    """Any text, read without a model."""
    return _watched_once(chosen)


def run_of(chosen: Settings) -> Trace:
    """The run on the stage: of any text, of the layer that answers, or of the one below; errors as for `asked`."""
    if chosen.free:
        return watched(chosen).trace
    if chosen.layer == LAST:
        return asked(chosen).trace
    return _lower_once(chosen)


def _check(chosen: Settings) -> float:
    return difference(chosen.memory, chosen.stream, run_of(chosen).outputs)


checked = cached(_check)
