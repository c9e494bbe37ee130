"""How each memory reads: the trained model that serves it, and the mechanism with its settings."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from memattn.compression import COMPRESSIONS, Compression
from memattn.lessons.asking import Asked, ask
from memattn.lessons.story import content
from memattn.lessons.story.words import LAST
from memattn.lessons.tellers import Trained, member, missing_weights
from memattn.memory.base import Memory
from memattn.memory.compressive import Compressive
from memattn.memory.cumulative_average import CumulativeAverage
from memattn.memory.exponential_average import ExponentialAverage
from memattn.memory.full import Full
from memattn.memory.global_tokens import GlobalTokens
from memattn.memory.hybrid import Hybrid
from memattn.memory.merging import Merging
from memattn.memory.moving_average import MovingAverage
from memattn.memory.rebinned import Rebinned
from memattn.memory.recurrent import Recurrent
from memattn.memory.segments import Segments
from memattn.memory.weighted_average import WeightedAverage
from memattn.memory.window import Window
from memattn.reader import Story
from memattn.reader.trained.hybrid import hybrid
from memattn.records import Trace
from memattn.streams import Stream
from memattn.trace import trace

LEARNED_BY = {"ar-cache": "ar-cache", "ar-block": "ar-block", "ar-dilated": "ar-cache", "ae": "ae"}
SERVED_BY = {
    **dict.fromkeys(("cumulative", "moving", "weighted", "exponential"), "averages"),
    "gated": "gated",
    "hybrid": "hybrid",
    "pool": "pool",
    "merging": "pool",
    "sqrt": "pool",
    "log": "pool",
}
SELF_COMPARED = ("base-1", "base-2", "reader")  # models that can read with full attention themselves


@dataclass(frozen=True)
class Choice:
    """A memory with its settings.

    Args:
        way: key of `content.WAYS`.
        dials: settings by key; what is missing has its default.
        compression: key of `content.COMPRESSIONS`, for the compressive memory.
        layers: of the base reader, 1 or 2, where it serves the memory.
    """

    way: str
    dials: tuple[tuple[str, int], ...] = ()
    compression: str = "e2e"
    layers: int = 1

    def __post_init__(self) -> None:
        """Refuse what does not exist.

        Raises:
            ValueError: no such way, dial, compression or number of layers.
        """
        if self.way not in content.WAYS:
            raise ValueError(f"the memory must be one of {', '.join(content.WAYS)}, got {self.way!r}")
        limits = content.WAYS[self.way].dials
        if unknown := [key for key, _ in self.dials if key not in limits]:
            raise ValueError(f"{self.way} has the settings {', '.join(limits) or 'none'}, got {', '.join(unknown)}")
        if self.compression not in content.COMPRESSIONS:
            raise ValueError(
                f"the compression must be one of {', '.join(content.COMPRESSIONS)}, got {self.compression!r}"
            )
        if self.layers not in (1, 2):
            raise ValueError(f"layers must be 1 or 2, got {self.layers}")

    def __getitem__(self, dial: str) -> int:
        """A setting."""
        return dict(self.dials).get(dial, content.WAYS[self.way].dials[dial].default)

    @property
    def member(self) -> str:
        """The trained model that serves it."""
        if self.way == "compressive" and self.compression in ("e2e", "e2e-dilated"):
            return "reader"
        own = "base-1" if self.way == "compressive" and self.compression in LEARNED_BY else f"base-{self.layers}"
        return SERVED_BY.get(self.way, own)

    @property
    def learned_by(self) -> str:
        """The loss by which its compression network was learned on the frozen base; "" where there is none."""
        return LEARNED_BY.get(self.compression, "") if self.way == "compressive" else ""


class Reading(NamedTuple):
    """Who reads, and with which memory in each layer."""

    teller: Trained
    memories: tuple[Memory[Any], ...]

    @property
    def memory(self) -> Memory[Any]:
        """In the last layer, which answers."""
        return self.memories[LAST]

    def stream(self, words: Sequence[str], layer: int = LAST) -> Stream:
        """Queries, keys and values of a layer, 0 for the first; those below it read with their memories."""
        return self.teller.reader.stream(words, self.memories, range(len(self.memories))[layer])


def missing(choice: Choice) -> str:
    """Why this memory cannot read, or "" when it can; the base reader is needed for the answer beside it."""
    own = missing_weights(choice.member, choice.learned_by)
    return own or ("" if choice.member in SELF_COMPARED else missing_weights("base-1"))


def depth(choice: Choice) -> int:
    """Layers of the model that serves it; 0 where that cannot be used."""
    if missing_weights(choice.member, choice.learned_by):
        return 0
    return member(choice.member, choice.learned_by).config.layers


def reading(choice: Choice) -> Reading:
    """The model with its memories.

    Raises:
        WeightsError: the model's weights cannot be used.
        ValueError: the settings do not go together, or no network was trained for this c.
    """
    reader = member(choice.member, choice.learned_by)
    layers = reader.config.layers
    if choice.way == "gated":
        memories: tuple[Memory[Any], ...] = tuple(
            Recurrent("gated", weights=reader.cell(layer)) for layer in range(layers)
        )
    else:
        memories = (_memory(choice),) * layers
    return Reading(Trained(reader, memories), memories)


def untrained(choice: Choice) -> Memory[Any]:
    """The mechanism alone, for pairs that no model of ours has made; a learned recurrence has random weights.

    Raises:
        ValueError: the compression was trained for the reader's pairs.
    """
    if choice.way == "gated":
        return Recurrent("gated")
    if choice.way == "compressive" and choice.compression not in content.UNTRAINED:
        allowed = ", ".join(content.UNTRAINED)
        raise ValueError(
            f"without a trained model the compression must be one of {allowed}, got {choice.compression!r}"
        )
    return _memory(choice)


def read(story: Story, choice: Choice, verify: bool = False) -> Asked:
    """Read a story that ends in a question and answer it; the answer under full attention is the base reader's."""
    own = reading(choice)
    full: dict[str, float] | None = None
    if choice.member not in SELF_COMPARED:
        whole = reading(Choice("full"))
        outputs = whole.teller.reader.forward(story.words, whole.memory)
        answer = whole.teller.reader.predict(outputs.logits[-1])
        full = dict(zip(answer.vocabulary, answer.probabilities.tolist(), strict=True))
    return ask(story, own.memory, own.teller, choice.way, verify, full)


def watch(words: Sequence[str], choice: Choice, layer: int) -> Trace:
    """What one layer of the model does while it reads, step by step.

    Args:
        words: the whole text.
        choice: the memory, in every layer.
        layer: 0 for the first, `LAST` for the one that answers.

    Raises:
        WeightsError: the model's weights cannot be used.
        ValueError: the settings do not go together, or the text is too long for a trace.
    """
    own = reading(choice)
    layers = len(own.memories)
    if not -layers <= layer < layers:
        raise ValueError(f"layer must be one of {layers}, from 0 for the first or {LAST} for the last, got {layer}")
    return trace(own.memories[layer], own.stream(words, layer), choice.way, verify=False)


def _memory(choice: Choice) -> Memory[Any]:
    match choice.way:
        case "full":
            return Full()
        case "window":
            return Window(choice["nc"])
        case "segments":
            return Segments(choice["ns"], choice["m"])
        case "pinned":
            return GlobalTokens(choice["g"], choice["nc"])
        case "compressive":
            return Compressive(choice["ns"], choice["nm"], choice["ncm"], _compression(choice))
        case "cumulative":
            return CumulativeAverage()
        case "moving":
            return MovingAverage(choice["nc"])
        case "weighted":
            return WeightedAverage(tuple(range(1, choice["nc"] + 1)))
        case "exponential":
            return ExponentialAverage(gamma=1 - 0.5 ** (1 / choice["half"]))
        case "hybrid":
            return hybrid(choice["nc"])
        case "pool":
            return Hybrid(Window(choice["nc"]), Rebinned(choice["ng"]))
        case "merging":
            return Hybrid(Window(choice["nc"]), Merging(choice["ng"]))
        case "sqrt" | "log":
            return Hybrid(Window(choice["nc"]), Merging(choice["ng"], growth=choice.way))
    raise AssertionError(choice.way)


def _compression(choice: Choice) -> Compression:
    name, rate = choice.compression, choice["c"]
    if name in ("e2e", "e2e-dilated"):
        return member("reader").compression("dilated_conv" if name == "e2e-dilated" else "conv", rate)
    if name in LEARNED_BY:
        kind = "dilated_conv" if name == "ar-dilated" else "conv"
        return member("base-1", LEARNED_BY[name]).compression(kind, rate)
    return COMPRESSIONS["conv" if name == "random" else name](rate)
