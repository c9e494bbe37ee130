"""Who reads a story: the trained reader where its weights are there, else facts planted in random pairs."""

from dataclasses import dataclass
from functools import lru_cache

from memattn.compression import Compression
from memattn.device import choose
from memattn.lessons.asking import Teller, Untrained
from memattn.reader import Memories, Reader, Story, WeightsError
from memattn.reader.weights import file_of
from memattn.records import Floats
from memattn.streams import Stream


@dataclass(frozen=True, eq=False)
class Trained:
    """A trained reader: what its last layer attends with, and what it answers.

    Args:
        reader: the model.
        memory: in the layers below the last; not needed for one layer.
    """

    reader: Reader
    memory: Memories = ()

    @property
    def origin(self) -> str:
        """Name and size."""
        return f"trained reader, {self.reader.parameters:,} weights"

    def stream(self, story: Story) -> Stream:
        """Queries, keys and values of its last attention layer."""
        if not self.memory:
            return _stream(self.reader, story.words)
        return self.reader.stream(story.words, self.memory, self.reader.config.layers - 1)

    def answers(self, story: Story, outputs: Floats) -> dict[str, float]:
        """Probability of every word to come next."""
        answer = self.reader.answer(outputs, story.words, memory=self.memory)
        return dict(zip(answer.vocabulary, answer.probabilities.tolist(), strict=True))


@lru_cache(maxsize=8)
def _stream(reader: Reader, words: tuple[str, ...]) -> Stream:
    """What the first layer attends with: every move of a slider asks for the same story again."""
    return reader.stream(words, (), reader.config.layers - 1)


def teller(trained: bool, seed: int) -> Teller:
    """The trained reader, or facts planted in pairs drawn from `seed`.

    Raises:
        WeightsError: the trained reader is asked for and its weights cannot be used.
    """
    return Trained(member()) if trained else Untrained(seed)


def trained_compression(name: str, rate: int) -> Compression:
    """A compression with the kernels that were trained together with the reader, where it has any."""
    return member().compression(name, rate)


def missing_weights(name: str = "reader", learned_by: str = "") -> str:
    """Why a trained model cannot be used, or "" when it can."""
    try:
        member(name, learned_by)
    except WeightsError as error:
        return f"{error}."
    return ""


@lru_cache(maxsize=16)
def member(name: str = "reader", learned_by: str = "") -> Reader:
    """A member of the family on this machine's device, read once.

    Args:
        name: of its file.
        learned_by: "ar-cache", "ar-block" or "ae" gives it the compression networks learned that way.

    Raises:
        WeightsError: its weights cannot be used.
    """
    device = choose()
    compressors = file_of("compressors") if learned_by else None
    return Reader.load(file_of(name), compressors, learned_by).to(device.torch_device, device.dtype)
