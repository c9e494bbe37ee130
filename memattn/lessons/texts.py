"""The text that is read: kinds, ranges and words of its controls; no torch, so that the page can be painted first."""

from collections.abc import Mapping

from memattn.dials import Dial
from memattn.lessons.lesson import Model, Placement

KINDS: Mapping[str, str] = {
    "made": "Made up for you",
    "own": "Written by you",
    "free": "Any text, untrained",
    "pairs": "Pairs of numbers",
    "echo": "Echo language, with a sink",
    "peaks": "A peak that jumps",
}
PLACEMENTS: Mapping[Placement, str] = {"spread": "anywhere", "first": "all at the beginning", "last": "all at the end"}
SIZES: Mapping[str, Dial] = {
    "n": Dial(
        96, 24, 1024, "T", "tokens", "Length of the story; planted facts and the question come on top.", "Length", 96, 1
    ),
    "facts": Dial(8, 1, 64, "F", "", "How many things the story tells; the rest is filler.", "Facts", 8, 1),
    "seed": Dial(7, 0, 999, "", "", "The same number tells the same story on every machine.", "Story number", 7, 1),
}
LONGEST = 100_000  # characters of a text of one's own

MODELS: Mapping[Model, str] = {"trained": "Trained reader", "planted": "Planted facts, untrained"}
MODEL_HELP = "The trained reader has learned to look facts up; planted facts show the memory bare."
HEADS_HELP = "Each head looks for something else."
UNTIL_THEN = "Until then this memory reads planted facts, untrained."
LAYERS: Mapping[int, str] = {1: "one layer", 2: "two layers"}
LAYERS_SHOWN: Mapping[int, str] = {-1: "last layer", 0: "first layer"}
LAYERS_HELP = (
    "Where there are two layers, each has a memory of its own. The pairs of the first know only their own word and the "
    "five before; those of the last already hold what the first layer read. The last one answers."
)
LAYER_HELP = "The first layer looks at words alone, the last at what the first has read. The last one answers."
TWO_LAYERS: Mapping[int, str] = {
    -1: "Two layers read, each with this memory. The stage shows the last, which gives the answer.",
    0: "Two layers read, each with this memory. The stage shows the first; the answer is the last one’s.",
}

OWN_HELP = (
    "With the words of the story world. Facts: The red key is in the kitchen. Anna likes soup. "
    "The blue hat belongs to Ben. Carla went to the market. A question at the end is asked as it stands."
)
PLANT_HELP = (
    "One fact per line, behind the number of the token before which it shall stand. Edit or delete lines as you like."
)
FREE_EXAMPLE = (
    "In a hole in the ground there lived a fox. 狐狸住在地洞里。 الثعلب يعيش في جحر. 🦊 lives in a hole in the 🌍. "
    "The fox was quiet, the hole was warm, and the fox slept in a hole in the"
)
FREE_LABEL = "untrained"
FREE_SAYS = (
    "No model was trained for these words: random codes stand for them, and two hand-made heads look words up. "
    "The memory is as real as ever; the answer is only what a look-up finds."
)
PAIRS_EXAMPLE = "1 2 : 10 11\n3 4 : 12 13\n5 6 : 14 15\n7 8 : 16 17"
PAIRS_HELP = "One pair per line: key : value, such as 1 2 : 10 11. Without a colon the value is the key itself."
PAIRS_SAYS = "Keys and values are the numbers as they stand: what comes out can be checked by hand."
ECHO_SIZES: Mapping[str, Dial] = {
    "en": Dial(41, 24, 64, "T", "words", "No more than the model has learned from.", "Length", 41, 1),
    "eseed": Dial(7, 0, 999, "", "", "The same number tells the same text on every machine.", "Text number", 7, 1),
}
ECHO_LABEL = "echo model"
ECHO_SAYS = (
    "A small trained model of one head. The word “again” brings back the word before the last; there the head looks "
    "two words back. At all other words it has nothing to look for, and rests on the first one."
)
TURN = Dial(
    0, 0, 345, r"\theta", "degrees", "Every pair asks with this query, of length 1.", "The query, turned by", 0, 15
)
ELSE = "else"  # the question that the reader writes
SOMETHING_ELSE = "Something else …"
QUESTION_EXAMPLE = "Who owns the golden umbrella?"

NEVER_SAYS = (
    "The model was never taught to say that it does not know: it spreads its guess, or says what sounds likely."
)
CONTRADICTED_SAYS = (
    "Attention without positions knows no order: as long as the memory holds both statements, either can win."
)
KNOWN_LATER = (
    "{} lost, but {} read on: a pair of this model knows the five words before its own, and so some of the fact."
)
ITS_OWN, SOME_OF_ITS_OWN = "Its own pairs are", "Some of its own pairs are"
TEXT_TITLE = "The text as the memory holds it when the last word reads"
SHARES_SAY = (
    "Numbers behind words: their share in the slot. A slot of several words answers for all of them at once, which is "
    "why it can be less sure."
)
CONTEXT_SAYS = (
    "A pair also knows the {} words before its own, through the model's convolution over {} words: attention may fall "
    "on a full stop and mean the fact before it."
)
ONE_CLOCK = "Both stages run by one clock: play, step or scrub one of them, and the other follows."
NOTHING_TO_MEASURE = (
    "Recall is measured on stories whose answers are known. Choose “Made up for you” or “Written by you” under Story."
)


def begin(total: int) -> Dial:
    """Where in a text of `total` words to begin to read."""
    return Dial(1, 1, max(1, total - 1), "", "", "Which part of the long text is read.", "Begin at word", 1, 1)
