"""What a lesson is: data and functions of a run; no torch, so that a page can be painted before it is there."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from memattn.dials import Dial, Option
from memattn.lessons.guesses import Guess
from memattn.lessons.moments import Finds
from memattn.lessons.prediction import Prediction
from memattn.lessons.views import COMMON_VIEWS, Panels, View
from memattn.records import Trace

if TYPE_CHECKING:  # all of these need torch
    from memattn.lessons.answering import Run
    from memattn.lessons.memories import Choice, Value

Model = Literal["trained", "planted", "free", "pairs", "peaks", "echo"]
Placement = Literal["spread", "first", "last"]  # of the facts in a story
Place = Literal["", "first", "middle", "last", "never", "inside", "outside", "blurred"]
LAST = -1  # the layer that answers
TURN = "turn"  # key of θ, in degrees
UNTOLD: tuple[Model, ...] = (
    "free",
    "pairs",
    "peaks",
    "echo",
)  # texts that tell no facts: no reader of stories is asked


@dataclass(frozen=True)
class Settings:
    """Everything that a picture depends on.

    Args:
        choice: the memory.
        words: what is read; a story ends in a question.
        model: who reads: the trained model that serves the memory, facts planted in random pairs, random codes of any
            words, words that are pairs of numbers, words with chosen logits, or the echo model, in its own language.
        seed: of the random pairs.
        layer: on the stage, 0 for the first, `LAST` for the one that answers.
        others: further memories, for experiments that compare.
        extras: values of further controls, by key: the lesson's own, and those of the text, such as `TURN`.
    """

    choice: "Choice"
    words: tuple[str, ...]
    model: Model = "trained"
    seed: int = 0
    layer: int = LAST
    others: tuple["Choice", ...] = ()
    extras: tuple[tuple[str, "Value"], ...] = ()


@dataclass(frozen=True)
class Scenario:
    """One click: control values by key, and why one would look.

    Args:
        name: on the chip.
        values: control values by key; what is missing goes back to where it begins.
        look: what to watch for.
        asks: which fact: the first or last told, one in the middle, one that is never told, the one just "inside" the
            memory or just "outside" it; "" is the question that the page begins with.
        contradicts: whether something else is told of the same thing at the end.
        shows: finds in the run what the sentence announces, and the stage opens just before it; None is the end, where
            the sentence tells what stands there.
        view: of the stage, that the sentence speaks of; "" leaves open what is.
        lens: what is set in the softmax lens, as a link says it.
    """

    name: str
    values: Mapping[str, int | float | str | bool]
    look: str
    asks: Place = ""
    contradicts: bool = False
    shows: Finds | None = None
    view: View | Literal[""] = ""
    lens: str = ""

    @property
    def below(self) -> bool:
        """Whether what its sentence announces stands under the stage, in a view that it opens."""
        return self.shows is None and "tab" in self.values


class Formula(NamedTuple):
    """A formula with its live numbers, and what it says in plain words."""

    latex: str
    numbers: str
    says: str


Head = int | None  # number from 0; None is the mean over all


class Series(NamedTuple):
    """A number of every step, for the curve under the playhead.

    Args:
        name: as it is remembered.
        title: in the list of curves.
        meaning: in one sentence.
        values: one per step, ≥ 0.
    """

    name: str
    title: str
    meaning: str
    values: Sequence[float]


class Result(NamedTuple):
    """How far an experiment has come.

    Args:
        done: parts of it.
        total: parts of it.
        data: what is known so far, see `memattn.lessons.results`.
        details: the same as a table in Markdown; "" where there is none.
    """

    done: int
    total: int
    data: Any
    details: str = ""


@dataclass(frozen=True)
class Experiment:
    """Something to be computed here and now.

    Args:
        name: in the list.
        note: what the figure shows and what it does not.
        run: (settings, values of its dials) → results, each with all that is known so far; it may be left between two.
        dials: of its own, by key; also what is one of several.
        long: whether it waits for a click, and can be stopped.
        counts: what its parts are, in the plural.
        verbs: on the button, to begin and when all is done.
        asks: whether it asks for facts that a story tells, which any text does not.
        compares: whether a second memory may be measured beside the first.
        of_run: the same from a run that is known already; None where more than that is needed.
        about: the part of the settings that decides the result, so that it is computed once for all who share that.
        guess: what is asked of the reader before the figure is shown, where it waits for a click, by the values of its
            dials; None asks nothing.
        together: seconds of work that go to one tick of the page's timer, where parts are much shorter than a tick.
    """

    name: str
    note: str
    run: Callable[[Settings, Mapping[str, Any]], Iterator[Result]]
    dials: Mapping[str, Dial | Option] = field(default_factory=dict)
    long: bool = False
    counts: str = "questions"
    verbs: tuple[str, str] = ("Measure", "Measured")
    asks: bool = False
    compares: bool = False
    of_run: "Callable[[Run, Head], Any] | None" = None
    about: Callable[[Settings], Settings] = lambda settings: settings
    guess: Callable[[Mapping[str, Any]], Guess | None] = lambda values: None
    together: float = 0.0


Formulas = Callable[[Settings, "Run", int, Head], Sequence[Formula]]  # with the numbers of a step, from 0


@dataclass(frozen=True, eq=False)  # each is itself: results are remembered by it
class Lesson:
    """A page.

    Args:
        name: in its address, and of its settings in the session.
        title: on the page.
        claim: what it shows, in one sentence.
        scenarios: one click each.
        memories: registry names of those that can be chosen, the first to begin with; () is all of them.
        starts: where controls begin that begin elsewhere than they say themselves, by key.
        extras: controls of its own, by key.
        formulas: those of the lesson; None takes the memory's own.
        predictions: questions of its own before events, beside those that suit the run.
        experiments: called when they are needed, since they import what computes.
        code: functions to show; None takes those of the memory that ran.
        read_on: (title, what to look for).
        views: of the stage, beside the conveyor, by panel.
        series: further curves of a run.
        beside: what is said of each of two memories side by side, (what, value); the same of any run.
        own_tabs: further ones, which `memattn.ui.lesson.own_tabs` draws.
        tab: that is open at the beginning.
    """

    name: str
    title: str
    claim: str
    scenarios: tuple[Scenario, ...]
    memories: tuple[str, ...] = ()
    starts: Mapping[str, "Value"] = field(default_factory=dict)
    extras: Mapping[str, Dial | Option] = field(default_factory=dict)
    formulas: Formulas | None = None
    predictions: Callable[[Settings, "Run"], Sequence[Prediction]] | None = None
    experiments: Callable[[], Sequence[Experiment]] = tuple
    code: Callable[[Settings], Sequence[Callable[..., Any]]] | None = None
    read_on: tuple[tuple[str, str], ...] = ()
    views: Panels = COMMON_VIEWS
    series: Callable[[Trace], Sequence[Series]] = lambda trace: ()
    beside: Callable[[Settings, "Run"], Sequence[tuple[str, str]]] | None = None
    own_tabs: tuple[str, ...] = ()
    tab: str = "What happens"
