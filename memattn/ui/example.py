"""The landing page's example: computed once, shipped with the app, and on the page before torch is there.

    python -m memattn.ui.example     # compute it anew, after the reader, its stories or what the stage is sent changed

A test holds the file equal to what is computed: words, slots, events and sentences exactly, numbers to the rounding in
which machines differ. What computes is imported where it is called, so that showing the example needs no NumPy.
"""

import json
from base64 import b64decode, b64encode
from dataclasses import asdict, dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from memattn import assets
from memattn.stage.packed import Payload

if TYPE_CHECKING:
    from memattn.lessons.lesson import Settings

FILE = assets.folder() / "example.json"
SEED = 7
TOKENS, FACTS = 60, 5
RATE = 3
SIZES = (("segment_length", 6), ("memory_length", 12), ("compressed_length", 6), ("rate", RATE))


@dataclass(frozen=True)
class Example:
    """A story that was read, and what the model answers after its last word.

    Args:
        payload: what the stage plays.
        last: step of the last word, from 0.
        question: at the end of the story, as it is read.
        word: the likeliest answer.
        probability: of that word.
        told: the fact asked for, as the story says it.
    """

    payload: Payload
    last: int
    question: str
    word: str
    probability: float
    told: str


def settings() -> "Settings":
    """A short story read with a small compressive memory; it asks for the oldest fact that is still carried."""
    from memattn.lessons.lesson import Settings
    from memattn.lessons.memories import Choice
    from memattn.ui.lesson import computed
    from memattn.ui.lesson.scenarios import nearest

    choice = Choice("compressive", SIZES, "e2e")
    story = computed.make_up(SEED, TOKENS, FACTS, "spread").story
    fact = nearest("inside", story, choice) or story.facts[-1]
    return Settings(choice, story.with_question(fact).words, "trained", SEED)


def computed() -> Example:
    """The example, run by the trained reader.

    Raises:
        WeightsError: its weights cannot be used.
    """
    from memattn.lessons.answering import Answer
    from memattn.lessons.compressive import LESSON
    from memattn.reader import readable
    from memattn.ui.lesson import computed as remembered
    from memattn.ui.lesson import player

    chosen = settings()
    answer = remembered.run(chosen).answer
    assert isinstance(answer, Answer) and answer.truth.fact
    (word, probability), fact = answer.ranked[0], answer.truth.fact
    payload = remembered.packed(replace(LESSON, name="start"), chosen, player.head_of(chosen, player.SEEKER))
    last = len(chosen.words) - 1
    return Example(payload, last, readable(fact.question), word, probability, readable(fact.words))


@cache
def shipped() -> Example:
    """The example as it was computed when it was shipped."""
    kept = json.loads(FILE.read_text("utf-8"))
    sent = kept.pop("payload")
    return Example(Payload(sent["id"], b64decode(sent["packed"])), **kept)


def write() -> None:
    """Compute the example and put it where it is shipped from."""
    kept = asdict(computed())
    kept["payload"]["packed"] = b64encode(kept["payload"]["packed"]).decode()
    FILE.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    write()
    print(f"{FILE}: {FILE.stat().st_size / 1024:.1f} KiB")
