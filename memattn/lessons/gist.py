"""Detail and gist: what of a text of 256 words one pair knows, and what so many raw pairs know.

**Gist**: most sentences of a text's first half are about one of two topics, animals or the weather, in its second half
as many about either. **The newest sentence**, a detail: which of the two it is about. A ridge probe is told the mean of
the values that the memory stores, and says which. The window's probe gets the same kind of number as the one pair's, so
neither is helped by its size: at one pair stored they stand on equal terms.

**One of eight facts**: a story tells eight, and one of them is asked for at its end; the trained reader answers.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache

import numpy as np
import torch
from numpy.typing import NDArray

from memattn.attention import read
from memattn.intervals import Marks
from memattn.kv import KV, Slots
from memattn.lessons.expected import guess
from memattn.lessons.lesson import Result, Settings
from memattn.lessons.memories import Choice, titled
from memattn.lessons.models import load, trained
from memattn.lessons.results import Dash, Line, LinePoint, Lines
from memattn.memory.cumulative_average import CumulativeAverage
from memattn.reader import Fact, Story, model
from memattn.reader.batches import encode_questions
from memattn.reader.grammar import FILLER, START, is_slot, options
from memattn.reader.stories import story
from memattn.records import Role

TOKENS, FACTS = 256, 8
WINDOWS = (1, 4, 16, 64, 128, 256)
TEXTS, PART = 300, 20  # to learn from, and as many to be asked; read at a time
QUESTIONS = 160  # per memory
ABOUT = 0.8  # of the sentences in the first half
PENALTY = 1.0  # of the ridge, on features of variance 1
GIST, NEWEST, FACT = TASKS = "gist", "newest sentence", "one of eight facts"
DASHES: Sequence[Dash] = ("solid", "dot", "dash")
AXIS, HEIGHT = "pairs stored", "share of right answers"
PAIR = Choice("cumulative_average")
TOPICS = {
    topic: [pattern for patterns in FILLER.values() for pattern in patterns if sign in pattern[:3]]
    for topic, sign in (("animals", "{animal}"), ("weather", "{weather}"))
}

Features = NDArray[np.float64]
Counts = Mapping[str, Sequence[Marks]]  # by task, of the one pair and of every window, on the same questions


def text(rng: np.random.Generator, topic: str) -> tuple[str, ...]:
    """`TOKENS` words whose first half is mostly about a topic."""
    (other,) = set(TOPICS) - {topic}
    words: list[str] = [START]
    while len(words) < TOKENS:
        share = ABOUT if len(words) < TOKENS // 2 else 0.5
        patterns = TOPICS[topic if rng.random() < share else other]
        pattern = patterns[rng.integers(len(patterns))]
        words += [_drawn(rng, word) if is_slot(word) else word for word in pattern]
    return tuple(words[:TOKENS])


def _drawn(rng: np.random.Generator, slot: str) -> str:
    words = options(slot)
    return words[rng.integers(len(words))]


def told(seeds: Sequence[int]) -> tuple[Features, Features]:
    """What the probe is told of some texts, (memories, texts, numbers), and what it is asked, (2, texts) of ±1."""
    texts = [text(np.random.default_rng(seed), list(TOPICS)[seed % 2]) for seed in seeds]
    reader = load("base-1")
    with torch.inference_mode():
        _, keys, values = model.stream(reader.weights, reader.config, torch.stack([reader.ids(one) for one in texts]))
        memory, kv = CumulativeAverage(), KV(keys, values)
        mean = memory.mean(memory.update(kv, memory.empty(kv, tracked=False)).state).values
        rows = torch.stack([mean, *(values[..., -size:, :].mean(dim=-2, keepdim=True) for size in WINDOWS)])
        features = rows.flatten(2).double().cpu().numpy()
    asked = [[seed % 2 == 1 for seed in seeds], [newest(words) == list(TOPICS)[1] for words in texts]]
    return features, np.where(asked, 1.0, -1.0)


def newest(words: Sequence[str]) -> str:
    """What the last sentence of a text is about, whether it has come to its end or not."""
    start = max(at for at, word in enumerate(words[:-1]) if word == ".") + 1
    return "weather" if words[start] == "it" else "animals"


def probe(train: Features, topics: Features, test: Features) -> Features:
    """Ridge regression on (texts, numbers): a number per test text, whose sign is the topic."""
    mean, spread = train.mean(axis=0), train.std(axis=0)
    spread = np.where(spread > 0, spread, 1)
    own, asked = (train - mean) / spread, (test - mean) / spread
    weights = np.linalg.solve(own.T @ own + PENALTY * np.eye(own.shape[1]), own.T @ topics)
    found: Features = asked @ weights
    return found


def detail_and_gist(settings: Settings, values: Mapping[str, int]) -> Iterator[Result]:
    """All tasks; those of the probe first."""
    total = 2 * TEXTS + QUESTIONS * (1 + len(WINDOWS))
    counts: dict[str, Sequence[Marks]] = {}
    known: list[tuple[Features, Features]] = []
    for start in range(0, 2 * TEXTS, PART):
        known.append(told(range(start, start + PART)))
        if start >= TEXTS:
            counts = _probed(known)
        yield _result(start + PART, total, counts)
    reader = trained(PAIR)
    detail: list[bool] = []
    for asked in _questions():
        detail += reader.right(asked, reader.memories(PAIR))
        yield _result(2 * TEXTS + len(detail), total, {**counts, FACT: [Marks.of(detail)]})
    windows: list[list[bool]] = [[] for _ in WINDOWS]
    for asked in _questions():
        windows = [known + new for known, new in zip(windows, windows_right(asked), strict=True)]
        done = 2 * TEXTS + QUESTIONS + sum(map(len, windows))
        yield _result(done, total, {**counts, FACT: [Marks.of(each) for each in (detail, *windows)]})


def windows_right(asked: Sequence[tuple[Story, Fact]]) -> list[list[bool]]:
    """Which questions the base reader answers rightly, for every window: only the last word of each is to be read."""
    reader = load("base-1")
    stories, facts = zip(*asked, strict=True)
    questions = encode_questions(reader.tokenizer, stories, facts)
    ids, at = questions.ids.to(reader.weights["norm"].device), questions.at
    each = torch.arange(len(ids))
    found = []
    with torch.inference_mode():
        queries, keys, values = model.stream(reader.weights, reader.config, ids)
        last, slots = queries[each, :, at].unsqueeze(-2), Slots(keys, values, (), ())
        age = (at[:, None, None, None] - torch.arange(ids.shape[1])).to(ids.device)
        for size in WINDOWS:
            output = read(last, slots, (age >= 0) & (age < size)).output
            logits = model.readout(reader.weights, reader.config, output, ids[each, at].unsqueeze(-1))
            found.append((logits[:, 0].argmax(dim=-1).cpu() == questions.answers).tolist())
    return found


def _questions() -> Iterator[list[tuple[Story, Fact]]]:
    for start in range(0, QUESTIONS, PART):
        yield [_question(seed) for seed in range(start, start + PART)]


@cache
def _question(seed: int) -> tuple[Story, Fact]:
    made = story(seed + 10_000, TOKENS - 6, FACTS)
    return made, made.facts[np.random.default_rng(seed).integers(FACTS)]


def _probed(known: Sequence[tuple[Features, Features]]) -> dict[str, Sequence[Marks]]:
    """What is said rightly by task, per memory."""
    features, topics = (np.concatenate(part, axis=1) for part in zip(*known, strict=True))
    counts: dict[str, Sequence[Marks]] = {}
    for task, own in zip((GIST, NEWEST), topics, strict=True):
        said = [np.sign(probe(rows[:TEXTS], own[:TEXTS], rows[TEXTS:])) for rows in features]
        counts[task] = [Marks.of((one == own[TEXTS:]).tolist()) for one in said]
    return counts


def _result(done: int, total: int, counts: Counts) -> Result:
    lines = [
        Line(f"{name}: {task}", role, tuple(map(_point, sizes, found)), dash)
        for task, dash in zip(TASKS, DASHES, strict=True)
        for name, role, sizes, found in (
            ("one pair", Role.SUMMARY, (1,), counts.get(task, ())[:1]),
            ("window", Role.RECENT, WINDOWS, counts.get(task, ())[1:]),
        )
        if found
    ]
    chance = float(np.mean([guess(_question(seed)[1].kind) for seed in range(QUESTIONS)]))
    levels = {"blind guess, topics": 0.5, "blind guess, facts": chance}
    data = Lines(tuple(lines), AXIS, HEIGHT, levels, doubling=True, top=1.0, decimals=2)
    table = ["| memory | task | right | 95 % interval |", "|:--|:--|--:|--:|"]
    for task, found in counts.items():
        for choice, share in zip((PAIR, *map(_window, WINDOWS)), found, strict=False):
            low, high = share.interval
            table.append(f"| {titled(choice)} | {task} | {share.right} of {share.total} | {low:.2f} to {high:.2f} |")
    return Result(done, total, data, "\n".join(table))


def _window(size: int) -> Choice:
    return Choice("window", (("window", size),))


def _point(x: float, share: Marks) -> LinePoint:
    return LinePoint(x, share.value, *share.interval, share.each)
