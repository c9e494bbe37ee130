"""Tours: ways through the lessons, each a sequence of links with a line to speak and a time; plain data."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class TourStop:
    """A link, what to say there, and how long.

    Args:
        page: its name in the address.
        say: for who speaks, or reads alone.
        minutes: to spend on it.
        link: what is set there, by name in the link; a scenario by its name.
    """

    page: str
    say: str
    minutes: int
    link: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Tour:
    """A way through the lessons.

    Args:
        name: in the link.
        title: of the tour.
        about: who takes it, in one sentence.
        stops: in order.
    """

    name: str
    title: str
    about: str
    stops: tuple[TourStop, ...]

    @property
    def minutes(self) -> int:
        """All of it."""
        return sum(stop.minutes for stop in self.stops)


def _scenario(page: str, name: str, minutes: int, say: str) -> TourStop:
    return TourStop(page, say, minutes, {"scenario": name})


LECTURE = Tour(
    "lecture",
    "A lecture of 15 minutes",
    "One picture for each of the six ideas, for a room that has heard of attention.",
    (
        TourStop(
            "start",
            "A model keeps two vectors of every word, a key and a value. Play from the start: which of them are still "
            "there at the end, and in which form?",
            1,
            {"step": "1"},
        ),
        _scenario(
            "segments",
            "[A, B, C] receives D",
            2,
            "Memory as a queue of segments. Before you press →: what leaves, one pair or five?",
        ),
        _scenario(
            "summary",
            "Eight facts",
            2,
            "The other extreme, one vector for all: a small network has decided of every pair how much of it Σ keeps. "
            "Look at the answer: to be in Σ is not the same as to be found there.",
        ),
        _scenario(
            "compressive",
            "First look",
            3,
            "Between the two: what leaves the short memory is compressed, several pairs to a slot. Let them guess how "
            "many slots eight pairs become, then press →.",
        ),
        _scenario(
            "global",
            "One token pinned",
            2,
            "A token that never leaves takes its share of every row. Watch how much less the row moves.",
        ),
        _scenario(
            "loss",
            "The beginning blurs",
            2,
            "Nothing is dropped here, and the beginning is lost all the same: each slot stands for ever more words.",
        ),
        TourStop(
            "compare",
            "Every memory on one story, one clock. Play, and follow the fact: who holds it whole, in a slot, "
            "or not at all?",
            2,
        ),
        _scenario(
            "story",
            "First look",
            1,
            "All of it in a trained model: it reads a story with the memory we chose, and answers. Ask for something "
            "older, and see it guess.",
        ),
    ),
)

CHAPTER = Tour(
    "chapter",
    "The whole chapter",
    "Nearly two hours, in the order of the course; alone, or as two lectures.",
    (
        TourStop("start", "What the chapter is about, in one run from the first word to the answer.", 3, {"step": "1"}),
        _scenario(
            "segments", "First look", 5, "Six words come and Mem stands still. When does it change, and by how much?"
        ),
        _scenario("segments", "[A, B, C] receives D", 4, "FIFO: the oldest segment leaves as a whole."),
        _scenario(
            "segments", "Over the border", 6, "What blocks cost that see only themselves, and three repairs, measured."
        ),
        _scenario(
            "segments",
            "Token 100 without the first 99",
            4,
            "The test of every recurrent memory: is the state enough, or is the past needed again?",
        ),
        _scenario(
            "summary", "The course’s numbers", 5, "Reckon the mean of the last three by hand before you press →."
        ),
        _scenario("summary", "The same query, turned", 4, "One pair alone gets all the weight, whatever is asked for."),
        _scenario("summary", "Window and Σ", 5, "Detail from the window, gist from the mean: one softmax over both."),
        _scenario("compressive", "50 pairs leave Mem", 5, "n_s/c: fifty pairs at c = 5. How many slots?"),
        _scenario(
            "compressive",
            "c from 1 to 8",
            6,
            "How hard to compress? Too little and the fact is out of reach, too much and it is blurred.",
        ),
        _scenario(
            "compressive",
            "The price of detail",
            4,
            "Two f_c at the same rate: one keeps a pair whole, the other a part of each.",
        ),
        _scenario(
            "global", "The peak jumps", 4, "A softmax that jumps from word to word, as logits far apart make it."
        ),
        _scenario(
            "global",
            "With and without",
            5,
            "The same logits with one token pinned: what is damped, and by which factor?",
        ),
        _scenario(
            "global", "Entropy falls", 4, "Damping is not smoothing: here the row gets calmer and its entropy falls."
        ),
        _scenario(
            "global",
            "One pin repairs it",
            5,
            "Why a window that evicts the first token breaks a model, and what one slot buys.",
        ),
        _scenario(
            "loss",
            "Your own curve",
            6,
            "Draw what you expect of a fixed memory as the text grows; then it is measured over your curve.",
        ),
        _scenario("loss", "Memory doubled", 5, "Twice the bytes: what do they buy?"),
        _scenario(
            "loss", "A contract to keep", 8, "A contract and a budget of bytes. Which memory would you sign for?"
        ),
        _scenario(
            "story", "Told twice, differently", 4, "Two statements about one thing: which of them is still held?"
        ),
        TourStop("compare", "All of them on one story: who still has the fact, and how many bytes does it take?", 5),
        TourStop(
            "cost", "The same memories in real models: what fits in the memory of one card?", 4, {"tab": "What fits"}
        ),
        TourStop("check", "Three questions each, with how sure one is. What was wrong comes back.", 6),
    ),
)


ONE_FACT = Tour(
    "fact",
    "One idea: where does a fact go?",
    "Twenty minutes with one question: what becomes of one sentence under five memories?",
    (
        _scenario(
            "segments",
            "Segment 6 of 10",
            4,
            "Held or not: in one layer, nothing outside of two segments is there.",
        ),
        _scenario("summary", "One fact", 3, "One fact in one pair: it is answered."),
        _scenario(
            "summary", "Two facts", 3, "Two facts in the same pair: each has its share, and neither can be had alone."
        ),
        _scenario("compressive", "Just inside the reach", 3, "Compressed with its neighbours, and still answered."),
        _scenario("compressive", "Just outside the reach", 3, "A step further back, and the model can only guess."),
        _scenario(
            "global", "What is pinned is recalled", 2, "Told at the very beginning, and pinned: it never leaves."
        ),
        _scenario("loss", "The beginning blurs", 3, "In reach, and lost: a slot that stands for too many words."),
    ),
)

TOURS = {tour.name: tour for tour in (LECTURE, CHAPTER, ONE_FACT)}


def standing(text: str) -> tuple[Tour, int]:
    """The tour and the number of the stop, from 0, that a link names: "lecture.3" is its third stop.

    Raises:
        ValueError: there is no such tour, or no such stop.
    """
    name, _, number = text.partition(".")
    tour = TOURS.get(name)
    if not tour or not (number.isascii() and number.isdecimal() and len(number) < 4):
        raise ValueError(text)
    at = int(number) - 1
    if not 0 <= at < len(tour.stops):
        raise ValueError(text)
    return tour, at


def written(tour: Tour, at: int) -> str:
    """The same as a link says it."""
    return f"{tour.name}.{at + 1}"


def query(tour: Tour, at: int) -> dict[str, str]:
    """The query of the link of a stop."""
    return {**tour.stops[at].link, "tour": written(tour, at)}


def allowed() -> str:
    """What a link may name, in words."""
    return ", ".join(f"{tour.name}.1 to {tour.name}.{len(tour.stops)}" for tour in TOURS.values())
