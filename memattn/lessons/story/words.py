"""What the page says: kinds of story, ranges, scenarios, tips; no torch, so that the page can be painted first."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from memattn.lessons.limit import Limit
from memattn.lessons.story.content import COMPRESSIONS, WAYS

Kind = Literal["made", "own", "free"]

KINDS: Mapping[str, Kind] = {
    "Made up for you": "made",
    "Written by you": "own",
    "Any text, untrained": "free",
}
PLACEMENTS: Mapping[str, Literal["spread", "first", "last"]] = {
    "anywhere": "spread",
    "all at the beginning": "first",
    "all at the end": "last",
}
LIMITS: Mapping[str, Limit] = {
    "n": Limit(24, 1024, 160, "T", "Length", "tokens", "Length of the story; facts that you plant come on top."),
    "facts": Limit(1, 64, 8, "F", "Facts", "", "How many things the story tells; the rest is filler."),
    "seed": Limit(0, 999, 7, "", "Story number", "", "The same number tells the same story on every machine."),
}
MEMORY_NAMES: Mapping[str, str] = {f"{way.group} · {way.title}": key for key, way in WAYS.items()}
SECOND = "b_"  # prefix of the names of the second memory's settings; those of the first have none
MEMORY_LABELS: Mapping[str, str] = {"": "Memory", SECOND: "Memory B"}
COMPRESSION_NAMES: Mapping[str, str] = {title: key for key, (title, _) in COMPRESSIONS.items()}
LAYERS: Mapping[str, int] = {"one layer": 1, "two layers": 2}
FIRST, LAST = 0, -1  # of a model's layers
LAYERS_SHOWN: Mapping[str, int] = {"last layer": LAST, "first layer": FIRST}

FREE_EXAMPLE = (
    "In a hole in the ground there lived a fox. 狐狸住在地洞里。 الثعلب يعيش في جحر. 🦊 lives in a hole in the 🌍. "
    "The fox was quiet, the hole was warm, and the fox slept in a hole in the"
)
FREE_LABEL = "untrained"
FREE_SAYS = (
    "No model was trained for these words: random codes stand for them, and two hand-made heads look words up. "
    "The memory is as real as ever; the answer is only what a look-up finds."
)
OWN_HELP = (
    "With the words of the story world. Facts: The red key is in the kitchen. Anna likes soup. "
    "The blue hat belongs to Ben. Carla went to the market. A question at the end is asked as it stands."
)
PLANT_HELP = "One fact per line, behind the position before which it shall stand. Edit or delete lines as you like."
EACH_LAYER = (
    "Where there are two layers, each has a memory of its own. The pairs of the first know only their own word and "
    "the five before; those of the last already hold what the first layer read. The last one answers. “Layer shown”, "
    "under More, chooses which stands on the stage."
)
TWO_LAYERS: Mapping[int, str] = {
    LAST: "Two layers read, each with this memory. The stage shows the last, which gives the answer.",
    FIRST: "Two layers read, each with this memory. The stage shows the first; the answer is the last one’s.",
}
LAYER_HELP = "The first layer looks at words alone, the last at what the first has read. The last one answers."
NEVER_SAYS = (
    "The model was never taught to say that it does not know: it spreads its guess, or says what sounds likely."
)
CONTRADICTED_SAYS = (
    "The model knows no order: attention without positions sees both tellings alike, "
    "unless the memory has let go of one of them."
)
ONE_CLOCK = "Both stages run by one clock: play, step or scrub one of them, and the other follows."
TEXT_TITLE = "The text as the memory holds it when the last word reads"
SHARES_SAY = (
    "Numbers behind words: their share in the slot. A slot of several words answers for all of them at once, "
    "which is why it can be less sure. A pair also knows the five words before its own, through the model's "
    "convolution over six words: attention may fall just behind a fact and still mean it."
)
NOTHING_TO_MEASURE = (
    "Recall is measured on stories whose answers are known. Choose “Made up for you” or “Written by you” under Story."
)
MEASURES = ("by distance of the fact", "by number of facts")
MEASURE_HELP = (
    "Distance: many facts anywhere in a story, one of them is asked for. Number: facts of one kind first, "
    "then filler, then one question."
)
MEASURE_LIMITS: Mapping[str, Limit] = {
    "mtokens": Limit(200, 640, 256, "T", "Longest story", "tokens", "Sixteen facts are told in each story."),
    "mgap": Limit(
        4, 256, 32, "", "Filler behind the facts", "tokens", "Tokens between the last fact and the question."
    ),
}
MEASURE_AXES = ("tokens from the answer's word to the question mark", "facts told")
INTERVALS_SAY = (
    "Bars are 95 % intervals (Wilson). Every memory gets the same stories; none of them was seen in training."
)
SOMETHING_ELSE = "Something else …"
ASK_EXAMPLE = "Who owns the golden umbrella?"

TABS = ("Answer", "Side by side", "Measure", "How it works")


@dataclass(frozen=True)
class Scenario:
    """One click: control values by key, and why one would look.

    Args:
        name: on the chip.
        values: control values by key; what is missing has its default.
        look: what to watch for.
        asks: which fact: the first or last told, one in the middle, or what is never told.
        contradicts: whether something else is told of the same thing at the end.
    """

    name: str
    values: Mapping[str, int | str]
    look: str
    asks: Literal["first", "middle", "last", "never"] = "middle"
    contradicts: bool = False


def _with(way: str, **values: int | str) -> dict[str, int | str]:
    """Values with this memory; dials by their short keys."""
    shown = next(name for name, key in MEMORY_NAMES.items() if key == way)
    return {"memory": shown} | {dial(way, key) if key in WAYS[way].dials else key: v for key, v in values.items()}


def dial(way: str, key: str, side: str = "") -> str:
    """Name of a setting in the link: each memory has its own, since ranges and defaults differ."""
    return f"{side}{way}_{key}"


SCENARIOS: tuple[Scenario, ...] = (
    Scenario("First look", {}, "What leaves Mem is squeezed four to one, and still answers."),
    Scenario(
        "Past the window",
        _with("window", nc=32),
        "As many slots, none of them compressed: the fact has left, and the model guesses.",
    ),
    Scenario(
        "The beginning, pinned",
        _with("pinned", g=16, nc=16, where="all at the beginning"),
        "The first sixteen pairs never leave. What is told there stays; later facts do not.",
        "first",
    ),
    Scenario(
        "One average, one fact",
        _with("gated", n=96, facts=1),
        "A single pair carries the whole story. One fact fits; add more facts and see them blur.",
    ),
    Scenario(
        "Told twice, differently",
        {},
        "Something else is told of the same thing at the end. Which telling does the memory still hold?",
        "first",
        contradicts=True,
    ),
    Scenario("Never told", {}, "The story says nothing about it. See how sure a guess can look.", "never"),
    Scenario(
        "Any language",
        {"story": "Any text, untrained", "f": "Mean pooling"},
        "Own words in any script, with untrained codes. The last word looks for what followed it before.",
    ),
)
