"""What resting places do to movement and entropy, by the logit that they get; run by the memory itself."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from memattn.lessons.damping import movement, split
from memattn.lessons.lesson import Experiment, Result, Settings
from memattn.lessons.memories import Choice
from memattn.lessons.peaks import DIALS, PEAK, SINK, words
from memattn.lessons.results import Line, LinePoint, Lines
from memattn.lessons.running import run
from memattn.records import Role, Trace

LOGITS = (0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0)  # b
SHARP, FLAT = float(DIALS[PEAK].start), 0.0  # logits of the peak
X = "logit b of each ★"


class Setup(NamedTuple):
    """A row to be damped.

    Args:
        name: of its curve.
        role: for its colour.
        pins: g; 0 is the window alone.
        window: n_c.
        peak: logit of the peak.
    """

    name: str
    role: Role
    pins: int
    window: int
    peak: float


MOVING = (
    Setup("window of 3", Role.RECENT, 0, 3, SHARP),
    Setup("one ★ pinned", Role.GLOBAL, 1, 3, SHARP),
    Setup("four ★ pinned", Role.COMPRESSED, 4, 3, SHARP),
)
TURNING = (
    Setup("0.98 on one of three", Role.RECENT, 0, 3, SHARP),
    Setup("0.98 on one of three, ★ pinned", Role.GLOBAL, 1, 3, SHARP),
    Setup("sixteen alike", Role.SUMMARY, 0, 16, FLAT),
    Setup("sixteen alike, ★ pinned", Role.COMPRESSED, 1, 16, FLAT),
)


def traced(setup: Setup, logit: float) -> Trace:
    """The run of a setup."""
    choice = Choice("global_tokens", (("pinned", setup.pins), ("window", setup.window)))
    extras = ((PEAK, setup.peak), (SINK, logit))
    return run(Settings(choice, words(max(1, setup.pins)), "peaks", extras=extras)).trace


def _curves(setups: Sequence[Setup], y: str, of: Callable[[Trace, int], float]) -> Iterator[Result]:
    lines = []
    for done, setup in enumerate(setups, 1):
        points = []
        for logit in LOGITS:
            found = traced(setup, logit)
            full = range(setup.pins + setup.window + 2, len(found.steps))  # nothing that rests is in the window
            numbers = [of(found, step) for step in full]
            points.append(LinePoint(logit, sum(numbers) / len(numbers), min(numbers), max(numbers)))
        lines.append(Line(setup.name, setup.role, tuple(points), "solid" if setup.pins else "dash"))
        yield Result(done, len(setups), Lines(tuple(lines), X, y))


def by_movement(settings: Settings, values: Mapping[str, Any]) -> Iterator[Result]:
    """How far the row moves from word to word."""
    return _curves(MOVING, "total variation from row to row", movement)


def by_entropy(settings: Settings, values: Mapping[str, Any]) -> Iterator[Result]:
    """The entropy of the row."""
    return _curves(TURNING, "entropy of the row, nats", lambda found, step: split(found.steps[step]).entropy)


def _alike(settings: Settings) -> Settings:
    """These measure texts of their own: whatever stands on the page, the result is the same."""
    return Settings(Choice("global_tokens"), ())


MOVEMENT = Experiment(
    "How far the row moves",
    "The peak of 0.98 jumps at every step; one or four ★ are pinned, each with the logit b. Movement falls with "
    "1 − a₀, and with it, by the same factor, what is read of the words: the row is damped, not smoothed.",
    by_movement,
    counts="memories",
    about=_alike,
)
ENTROPY = Experiment(
    "Entropy rises and falls",
    "One ★ beside one sharp peak: H rises until the ★ has nearly half, then falls again. Beside sixteen words alike it "
    "falls almost from the beginning. So “a global token raises the entropy” is no law; a₀ decides.",
    by_entropy,
    counts="memories",
    about=_alike,
)
