"""How fast the trained models read, and how soon a question about a long story is answered.

Run `python -m benchmarks.reader`. Bars, on one core, CPU seconds, one story at a time:

- the base reader reads at least 25,000 tokens/s in segments of 16 and 2,500 tokens/s token by token, with every
  memory that it serves: median over several stories, each read once, after another one to warm up;
- a question about a story of 512 tokens is answered within 300 ms: stream, trace with provenance, answer and
  packing for the stage, as the page computes them for a setting that nobody asked for before.

Without a bar: what an experiment takes, which reads many stories at once, and a step of training.
"""

import statistics
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
import torch

from memattn.device import choose
from memattn.lessons.lesson import Settings
from memattn.lessons.memories import RATE, Choice
from memattn.lessons.models import trained
from memattn.lessons.running import missing, run
from memattn.memory import MEMORIES
from memattn.reader import Story, Tokenizer, story
from memattn.reader.accuracy import answered_right
from memattn.reader.batches import draw_questions
from memattn.reader.learner import Learner, reading_loss
from memattn.reader.model import full_attention

TOKENS, FACTS, STORIES, ROUNDS = 512, 30, 9, 5
MANY, MANY_TOKENS, MANY_FACTS, STEPS = 240, 320, 14, 10  # an experiment's stories; steps of training
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
EXPERIMENTS = ("full", "window", "compressive", "merging", "rebinned")


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


def experiment_seconds(choice: Choice) -> float:
    """CPU seconds in which the questions of many stories are answered."""
    reader, (memory, *_) = trained(choice).reader, trained(choice).memories(choice)
    questions = draw_questions(Tokenizer(), 1, MANY, MANY_TOKENS, MANY_FACTS)
    return seconds(lambda: answered_right(reader.weights, reader.config, questions, memory))


def step_ms() -> float:
    """Milliseconds of CPU of a step of training of the base reader, on texts of 160 words; the first ones warm up."""
    reader = trained(Choice("full")).reader
    weights = {name: rows.detach().float().clone() for name, rows in reader.weights.items()}
    learner, rng = Learner(list(weights.values()), 1e-4, 3 * STEPS), np.random.default_rng(1)

    def steps() -> None:
        for _ in range(STEPS):
            learner.learn(reading_loss(weights, reader.config, rng, 160, full_attention, 0.1))

    steps()
    return 1e3 * seconds(steps) / STEPS


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
    print(f"\n{f'{MANY} stories of {MANY_TOKENS} tokens, read with':40}{'s of CPU':>14}")
    for name in EXPERIMENTS:
        print(f"{name:40}{experiment_seconds(Choice(name)):14.2f}", flush=True)
    print(f"\n{'a step of training':40}{step_ms():11.0f} ms")
    return int(failed)


if __name__ == "__main__":
    raise SystemExit(main())
