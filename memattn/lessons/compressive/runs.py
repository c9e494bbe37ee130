"""What can be set in the lesson, and the runs that follow from it."""

from dataclasses import dataclass

import torch

from memattn.compression import COMPRESSIONS, Compression
from memattn.kv import KV
from memattn.lessons.asking import Asked, Recall, Teller, ask, recall_by_age, recall_by_setting
from memattn.lessons.compressive import content
from memattn.lessons.tellers import teller, trained_compression
from memattn.memory.compressive import Compressive
from memattn.memory.compressive_naive import Remainder
from memattn.memory.window import Window
from memattn.reader import Fact, FactKind, Story, parse, question_words, story
from memattn.trace import difference

TOKENS_PER_FACT = 12  # of a generated story; the rest is filler
RATES = range(1, 9)


@dataclass(frozen=True)
class Settings:
    """Everything the run depends on.

    Args:
        segment_length: n_s, pairs.
        memory_length: n_m, pairs.
        compressed_length: n_cm, slots.
        rate: c, pairs per slot.
        compression: registry name of f_c.
        remainder: what becomes of pairs that do not fill a group of c.
        words: the story, ending in a question.
        trained: whether the trained reader reads it, or its facts are planted in random pairs.
        seed: of the random pairs.
    """

    segment_length: int
    memory_length: int
    compressed_length: int
    rate: int
    compression: str
    remainder: Remainder
    words: tuple[str, ...]
    trained: bool
    seed: int

    def memory(self, rate: int | None = None) -> Compressive:
        """The mechanism.

        Raises:
            ValueError: the settings do not go together.
        """
        return Compressive(
            self.segment_length,
            self.memory_length,
            self.compressed_length,
            make_compression(self.compression, rate or self.rate, self.trained),
            self.remainder,
        )

    @property
    def story(self) -> Story:
        """The words with the facts and questions found in them."""
        return parse(self.words)

    @property
    def teller(self) -> Teller:
        """Who reads."""
        return teller(self.trained, self.seed)


def make_compression(name: str, rate: int, trained: bool) -> Compression:
    """The compression function, with trained weights where there are some for this rate."""
    return trained_compression(name, rate) if trained else COMPRESSIONS[name](rate)


def run(settings: Settings) -> Asked:
    """Read the story with this memory and answer its question; not yet checked, so that the picture need not wait."""
    return ask(settings.story, settings.memory(), settings.teller, "compressive", verify=False)


def check(settings: Settings, asked: Asked) -> float:
    """Largest difference between the outputs of this run and those of the naive computation."""
    return difference(settings.memory(), settings.teller.stream(settings.story), asked.trace.outputs)


def seeker(asked: Asked) -> int | None:
    """The head whose last query, under full attention, looks at the fact asked for most; None where none was told."""
    fact = asked.truth.fact
    if fact is None:
        return None
    return int(asked.trace.steps[-1].full_weights[:, fact.start : fact.end].sum(axis=-1).argmax())


def tell(seed: int, tokens: int) -> Story:
    """The generated story of this number and length."""
    for facts in range(max(2, tokens // TOKENS_PER_FACT), 0, -1):
        try:
            return story(seed, tokens, facts)
        except ValueError:  # a gap that no filler sentence fits: one fact fewer leaves another gap
            continue
    raise ValueError(f"a story must have at least {content.LIMITS['n'].low} tokens, got {tokens}")


def asking_anything(told: Story) -> Story:
    """A question about a story that tells nothing: whatever the model says is a guess."""
    return parse((*told.words, *question_words(FactKind.LIKES, ("anna",))))


def without_question(told: Story) -> Story:
    """The story before its last question was asked."""
    return parse(told.words[: told.questions[-1].start])


def by_age(settings: Settings) -> dict[str, tuple[Recall, ...]]:
    """Ask for every fact: with this memory, with a window of as many slots, and with full attention."""
    told, reader = without_question(settings.story), settings.teller
    slots = settings.memory_length + settings.compressed_length
    whole = Window(len(told.words) + 64)
    return {
        "compressive memory": recall_by_age(told, settings.memory(), reader),
        f"window of as many slots, {slots}": recall_by_age(told, Window(max(1, slots)), reader),
        "full attention": recall_by_age(told, whole, reader),
    }


def by_rate(settings: Settings) -> tuple[tuple[int, Recall], ...]:
    """Ask for the same fact at every rate from 1 to 8 that there is; () where the story does not tell what is asked."""
    told = settings.story
    asked = told.questions[-1]
    fact = next((f for f in reversed(told.facts) if (f.kind, f.key) == (asked.kind, asked.key)), None)
    if fact is None:
        return ()
    rates = [rate for rate in RATES if possible(settings, rate)]
    return recall_by_setting(without_question(told), fact, rates, settings.memory, settings.teller)


def possible(settings: Settings, rate: int) -> bool:
    """Whether there is such a memory: the dilated convolution was not trained for every rate."""
    try:
        settings.memory(rate)
    except ValueError:
        return False
    return True


@dataclass(frozen=True)
class Problem:
    """Why settings do not go together, and what would mend it.

    Args:
        text: a sentence.
        key: of the setting to change, as in `content.LIMITS`.
        value: to change it to.
    """

    text: str
    key: str
    value: int


def problem(settings: Settings) -> Problem | None:
    """What keeps these settings from being run; None where they can be."""
    ns, nm = settings.segment_length, settings.memory_length
    if nm < ns:
        return Problem(f"Mem must hold a whole segment: n_m ≥ n_s, got n_m = {nm} and n_s = {ns}.", "nm", ns)
    if not possible(settings, settings.rate):
        text = f"The dilated convolution was not trained for c = {settings.rate}, only for 2, 3, 4, 6 and 8."
        return Problem(text, "c", 6)
    return None


def nearest_to_reach(told: Story, settings: Settings, side: str) -> Fact:
    """The oldest fact still carried whole when asked for ("inside"), or the youngest lost whole ("outside").

    Raises:
        ValueError: the story has no such fact.
    """
    carried = {fact: _carried(told.with_question(fact), fact, settings) for fact in told.facts}
    kept = [fact for fact, words in carried.items() if all(words)]
    lost = [fact for fact, words in carried.items() if not any(words)]
    if side == "inside" and kept:
        return kept[0]
    if side == "outside" and lost:
        return lost[-1]
    raise ValueError(f"the story has no fact {side} the reach; make it longer")


def _carried(asking: Story, fact: Fact, settings: Settings) -> list[bool]:
    """Which words of the fact some slot stands for when the question's last word reads; the pairs do not matter."""
    plain = Compressive(
        settings.segment_length,
        settings.memory_length,
        settings.compressed_length,
        COMPRESSIONS["mean"](settings.rate),
        settings.remainder,
    )
    blank = KV.trusted(*(torch.zeros(1, len(asking.words) - 1, 1) for _ in range(2)))
    slots = plain.slots(plain.update(blank, plain.empty(blank)).state)
    assert slots.value_shares is not None  # tracked
    carried = (slots.value_shares > 0).any(dim=-2)[0]
    return [bool(word) for word in carried[fact.start : fact.end]]
