"""What a run of 1,024 tokens weighs when it is sent to the stage. Run `python -m benchmarks.payloads`.

Beside each payload stands what its weights alone would take as float16, deflated: as many digits, one number each.
Bars: full attention at most 150 KiB for any one head, the compressive lesson as it begins at most 80.
"""

import time
import zlib

import numpy as np
import torch

from memattn.lessons.compressive import LESSON
from memattn.lessons.lesson import Head, Settings
from memattn.lessons.memories import Choice
from memattn.lessons.stories import make_up
from memattn.ui.lesson import computed

TOKENS, FACTS = 1024, 8
BEGINS = int(LESSON.starts["compressed_length"])
CHOICES = (  # and how many KiB they may take for one head
    (Choice("full"), 150),
    (Choice("window"), None),
    (Choice("compressive", (("compressed_length", BEGINS),)), 80),
    (Choice("compressive", (("compressed_length", 86),)), None),
)


def one_by_one(settings: Settings, head: Head) -> float:
    """KiB of the weights as float16, deflated, first bytes before second ones."""
    steps = computed.run(settings).trace.steps
    weights = np.concatenate([step.weights.mean(axis=0) if head is None else step.weights[head] for step in steps])
    return len(zlib.compress(weights.astype("<f2").view(np.uint8).reshape(-1, 2).T.tobytes())) / 1024


def main() -> int:
    """Print the table; 1 when a bar is missed."""
    torch.set_num_threads(1)
    story = make_up(int(LESSON.starts["seed"]), TOKENS, FACTS).story
    words, failed = story.with_question(story.facts[4]).words, False
    print("| 1,024 tokens, read with | whose attention | sent | weights as float16 | ratio | CPU to pack | bar | |")
    print("|---|---|---|---|---|---|---|---|")
    for choice, most in CHOICES:
        name = choice.name + "".join(f", n_cm = {value}" for _, value in choice.settings)
        settings = Settings(choice, words)
        computed.run(settings)
        for head, whose in ((2, "head 3"), (None, "mean of heads")):
            since = time.process_time()
            sent = len(computed.packed(LESSON, settings, head).packed) / 1024
            took, yardstick = 1e3 * (time.process_time() - since), one_by_one(settings, head)
            bar = most if head is not None else None
            failed |= bar is not None and sent > bar
            verdict = f"≤ {bar} KiB | {'PASS' if sent <= bar else 'FAIL'}" if bar else " | "
            print(
                f"| {name} | {whose} | {sent:.1f} KiB | {yardstick:.1f} KiB | {sent / yardstick:.2f} | {took:.0f} ms "
                f"| {verdict} |",
                flush=True,
            )
    return int(failed)


if __name__ == "__main__":
    raise SystemExit(main())
