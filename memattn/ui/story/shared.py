"""What the page computes, remembered for all readers of the server by its settings."""

from dataclasses import dataclass
from typing import Any

from memattn.lessons.asking import Asked
from memattn.lessons.freetext.watching import FreeText, Watched, watch
from memattn.lessons.freetext.words import Passage
from memattn.lessons.story import telling, ways
from memattn.memory.base import Memory
from memattn.reader import Story, parse
from memattn.streams import Stream
from memattn.trace import difference
from memattn.ui.cache import cached

SHORT = 160  # tokens


@dataclass(frozen=True)
class Settings:
    """Everything the picture depends on.

    Args:
        words: what is read; a story ends in a question.
        choice: the memory.
        free: whether the words are anybody's, read without a trained model.
    """

    words: tuple[str, ...]
    choice: ways.Choice
    free: bool = False

    @property
    def memory(self) -> Memory[Any]:
        """The mechanism on the stage: of the last layer, where there are two."""
        return ways.untrained(self.choice) if self.free else ways.reading(self.choice).memory

    @property
    def stream(self) -> Stream:
        """What that mechanism reads."""
        if self.free:
            return FreeText().stream(Story(self.words, ()))
        return ways.reading(self.choice).teller.stream(parse(self.words))


made = cached(telling.make_up)


def _read(chosen: Settings) -> Asked:
    return ways.read(parse(chosen.words), chosen.choice)


def _watched(chosen: Settings) -> Watched:
    text = Passage(chosen.words, 0, len(chosen.words), len(chosen.words))
    return watch(text, ways.untrained(chosen.choice), chosen.choice.way, verify=False)


_read_short, _watched_short = cached(_read, max_entries=256), cached(_watched, max_entries=64)  # about 1 MB each
_read_long, _watched_long = cached(_read, max_entries=12), cached(_watched, max_entries=6)  # up to 60 MB each


def asked(chosen: Settings) -> Asked:
    """The story, read and answered; remembered for all readers: a class shares many short runs and few long ones.

    Raises:
        ValueError: the settings do not go together.
        WeightsError: the model's weights cannot be used.
    """
    return (_read_short if len(chosen.words) <= SHORT else _read_long)(chosen)


def watched(chosen: Settings) -> Watched:
    """Any text, read without a model."""
    return (_watched_short if len(chosen.words) <= SHORT else _watched_long)(chosen)


def _check(chosen: Settings) -> float:
    trace = watched(chosen).trace if chosen.free else asked(chosen).trace
    return difference(chosen.memory, chosen.stream, trace.outputs)


checked = cached(_check, max_entries=256)
