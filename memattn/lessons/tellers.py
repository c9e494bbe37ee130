"""Who reads a story: the trained reader where its weights are there, else facts planted in random pairs."""

from dataclasses import dataclass
from functools import lru_cache

from memattn.compression import Compression
from memattn.device import choose
from memattn.lessons.asking import Teller, Untrained
from memattn.reader import Reader, Story, WeightsError
from memattn.records import Floats
from memattn.streams import Stream


@dataclass(frozen=True, eq=False)
class Trained:
    """The trained reader: what it attends with, and what it answers."""

    reader: Reader

    @property
    def origin(self) -> str:
        """Name and size."""
        return f"trained reader, {self.reader.parameters:,} weights"

    def stream(self, story: Story) -> Stream:
        """Queries, keys and values of its attention layer."""
        return self.reader.stream(story.words)

    def answers(self, story: Story, outputs: Floats) -> dict[str, float]:
        """Probability of every word to come next."""
        answer = self.reader.answer(outputs, story.words)
        return dict(zip(answer.vocabulary, answer.probabilities.tolist(), strict=True))


def teller(trained: bool, seed: int) -> Teller:
    """The trained reader, or facts planted in pairs drawn from `seed`.

    Raises:
        WeightsError: the trained reader is asked for and its weights cannot be used.
    """
    return Trained(_reader()) if trained else Untrained(seed)


def trained_compression(name: str, rate: int) -> Compression:
    """A compression with the kernels that were trained together with the reader, where it has any."""
    return _reader().compression(name, rate)


def missing_weights() -> str:
    """Why the trained reader cannot be used, or "" when it can."""
    try:
        _reader()
    except WeightsError as error:
        return f"{error}."
    return ""


@lru_cache(maxsize=1)
def _reader() -> Reader:
    device = choose()
    return Reader.load().to(device.torch_device, device.dtype)
