"""How fast the trained models read, and how soon a question about a long story is answered.

Run `python -m benchmarks.reader`. Bars, on one core, CPU seconds, one story at a time:

- the base reader reads at least 25,000 tokens/s in segments of 16 and 2,500 tokens/s token by token, with every
  memory that it serves: median over several stories, each read once, after another one to warm up;
- a question about a story of 512 tokens is answered within 300 ms: stream, trace with provenance, answer and
  packing for the stage, as the page computes them for a setting that nobody asked for before.
"""

import statistics
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import torch

from memattn.device import choose
from memattn.lessons.lesson import Settings
from memattn.lessons.memories import RATE, Choice
from memattn.lessons.models import trained
from memattn.lessons.running import missing, run
from memattn.memory import MEMORIES
from memattn.reader import Story, story

TOKENS, FACTS, STORIES, ROUNDS = 512, 30, 9, 5
BARS = {16: 25_000, 1: 2_500}  # segment length: tokens/s
ANSWER_BAR = 300.0  # ms
SIZES = (("segment_length", 16), ("memory_length", 32), ("compressed_length", 32), (RATE, 4))
SERVED = (  # by the base reader
    Choice("full"),
    Choice("window", (("window", 64),)),
    Choice("segments", (("segment_length", 16), ("segments", 4))),
    Choice("global_tokens", (("pinned", 4), ("window", 60))),
    Choice("compressive", SIZES, "keep"),
    Choice("compressive", SIZES, "ar-cache"),
)


class Speed(NamedTuple):
    """Tokens per CPU second, by segment length."""

    name: str
    rates: dict[int, float]

    @property
    def verdict(self) -> str:
        """Against the bars."""
        return "PASS" if all(self.rates[length] >= bar for length, bar in BARS.items()) else "FAIL"


def seconds(run: Callable[[], object]) -> float:
    """CPU seconds of one run."""
    start = time.process_time()
    run()
    return time.process_time() - start


def speed(choice: Choice, stories: Sequence[Story]) -> Speed:
    """How fast a memory is read with; the first story is for warming up."""
    model = trained(choice)
    memories = model.memories(choice)

    def rate(length: int) -> float:
        runs = [partial(model.reader.forward, text.words, memories, segment_length=length) for text in stories]
        return TOKENS / statistics.median([seconds(each) for each in runs][1:])

    name = choice.name if not choice.compresses else f"{choice.name}, {choice.compression}"
    return Speed(name, {length: rate(length) for length in BARS})


def answer_ms(choice: Choice, text: Story) -> float:
    """Milliseconds of CPU until the question at the end of a text is answered, median of a few."""
    settings = Settings(choice, text.words)
    run(settings)
    return 1e3 * statistics.median(seconds(lambda: run(settings)) for _ in range(ROUNDS))


def main() -> int:
    """Print the tables; 1 when a bar is missed."""
    torch.set_num_threads(1)
    stories = [story(seed, TOKENS, FACTS) for seed in range(STORIES + 1)]
    failed = False
    print(f"stories of {TOKENS} tokens, one at a time, one thread, torch {torch.__version__}, {choose()}")
    print(f"CPU time; speeds: median over {STORIES} stories, answers: median of {ROUNDS} to one question\n")
    print(f"{'base reader with':28}{'tokens/s, segments of 16':>26}{'token by token':>16}  bar")
    for choice in SERVED:
        row = speed(choice, stories)
        failed |= row.verdict == "FAIL"
        print(f"{row.name:28}{row.rates[16]:26,.0f}{row.rates[1]:16,.0f}  {row.verdict}", flush=True)
    text = stories[3].with_question(stories[3].facts[0])
    print(f"\n{'a question, answered with':28}{'ms of CPU':>26}  bar")
    for name in MEMORIES:
        choice = Choice(name)
        if why := missing(choice):
            print(f"{name:28}{'-':>26}  {why}")
            continue
        took = answer_ms(choice, text)
        failed |= took > ANSWER_BAR
        print(f"{name:28}{took:26.0f}  {'PASS' if took <= ANSWER_BAR else 'FAIL'}", flush=True)
    return int(failed)


if __name__ == "__main__":
    raise SystemExit(main())
