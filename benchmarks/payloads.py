"""What a run of 1,024 tokens weighs when it is sent to the stage. Run `python -m benchmarks.payloads`.

Beside each payload stands what its weights alone would take as float16, deflated: as many digits, one number each.
Bars: full attention at most 150 KiB for any one head and for the mean of all, every lesson as it begins at most 80.
"""

import time
import zlib
from collections.abc import Iterator

import numpy as np
import torch

from benchmarks.lessons import begins, lessons
from memattn.lessons import story
from memattn.lessons.lesson import Head, Lesson, Settings
from memattn.lessons.memories import Choice
from memattn.lessons.stories import make_up
from memattn.ui.lesson import computed

SEED, TOKENS, FACTS = 1, 1024, 8
FULL_KIB, LESSON_KIB = 150, 80
FURTHER = (  # on the page on which every memory can be chosen, and how many KiB they may take
    (Choice("full"), FULL_KIB),
    (Choice("window"), None),
    (Choice("hybrid"), LESSON_KIB),
    (Choice("compressive", (("compressed_length", 86),)), None),
)


def rows() -> Iterator[tuple[Lesson, Choice, int | None]]:
    """Page, memory, and how many KiB it may take."""
    for lesson in lessons().values():
        yield lesson, begins(lesson), LESSON_KIB
    for choice, most in FURTHER:
        yield story.LESSON, choice, most


def one_by_one(settings: Settings, head: Head) -> float:
    """KiB of the weights as float16, deflated, first bytes before second ones."""
    steps = computed.run(settings).trace.steps
    weights = np.concatenate([step.weights.mean(axis=0) if head is None else step.weights[head] for step in steps])
    return len(zlib.compress(weights.astype("<f2").view(np.uint8).reshape(-1, 2).T.tobytes())) / 1024


def main() -> int:
    """Print the table; 1 when a bar is missed."""
    torch.set_num_threads(1)
    told = make_up(SEED, TOKENS, FACTS).story
    words, failed = told.with_question(told.facts[4]).words, False
    print("| page | 1,024 tokens with | attention of | sent | weights as float16 | ratio | CPU to pack | bar | |")
    print("|---|---|---|---|---|---|---|---|---|")
    for lesson, choice, most in rows():
        name = choice.name + "".join(f", {key} = {value}" for key, value in choice.settings)
        settings = Settings(choice, words)
        computed.run(settings)
        for head, whose in ((2, "head 3"), (None, "mean of heads")):
            since = time.process_time()
            sent = len(computed.packed(lesson, settings, head).packed) / 1024
            took, yardstick = 1e3 * (time.process_time() - since), one_by_one(settings, head)
            failed |= most is not None and sent > most
            verdict = f"≤ {most} KiB | {'PASS' if sent <= most else 'FAIL'}" if most else " | "
            print(
                f"| {lesson.name} | {name} | {whose} | {sent:.1f} KiB | {yardstick:.1f} KiB | {sent / yardstick:.2f} "
                f"| {took:.0f} ms | {verdict} |",
                flush=True,
            )
    return int(failed)


if __name__ == "__main__":
    raise SystemExit(main())
