"""The words and sentence patterns of the story world: what can be said, before anything is said.

A pattern is a tuple of words in which `{colour}`, `{name}` and so on stand for any word of that list. Every
pattern is one sentence and ends in its full stop or question mark. Filler sentences exist for every length
from 4 to 9 tokens, so a gap of any length but 1, 2 or 3 tokens can be filled exactly.

The answer of a fact stands at most five words behind its key, and the question mark at most five words behind
the key of the question: a causal convolution over six words sees both at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

START = "<start>"  # opens every story; position 0 of the stream


def said(text: str) -> tuple[str, ...]:
    """Words of a text in which blanks part them."""
    return tuple(text.split())


WORDS: Mapping[str, tuple[str, ...]] = {
    "colour": said("red blue green yellow black white brown grey pink purple orange golden"),
    "object": said(
        "key cup book lamp hat coat ring ball box bag clock drum kite letter map mirror "
        "pen bowl scarf shoe spoon ticket umbrella watch"
    ),
    "place": said(
        "kitchen cellar attic garden barn hall bedroom garage office workshop tower stable "
        "cabin closet pantry study chapel shed tent bathroom lobby balcony drawer cupboard"
    ),
    "name": said(
        "anna ben carla david emma felix grace henry iris jack kate leo mia noah olga paul "
        "rosa sam tara ugo vera walter yara zoe"
    ),
    "food": said(
        "soup bread cheese rice pasta salad cake honey apples pears plums grapes nuts fish "
        "beans carrots pizza pancakes chocolate yoghurt tea coffee milk lemonade"
    ),
    "trip": said(
        "market school beach museum harbour library theatre station park forest lake village "
        "city castle bakery bank zoo island mountain hospital cinema airport factory farm"
    ),
    "animal": said("dog cat cow horse bird fox hen mouse goose owl rabbit goat"),
    "mood": said("old young small big happy sleepy quiet hungry clever lazy"),
    "does": said("sleeps sings runs waits rests dances laughs jumps plays hides"),
    "near": said("near behind under beside above"),
    "thing": said("tree river hill bridge road fence pond cloud window door wall stone"),
    "when": said("today tonight again now outside slowly"),
    "weather": said("rains snows thunders hails"),
}


class FactKind(StrEnum):
    """The four things a story can tell."""

    PLACE = "place"
    LIKES = "likes"
    OWNER = "owner"
    TRIP = "trip"


Pattern = tuple[str, ...]


@dataclass(frozen=True)
class Form:
    """How one kind of fact is told and asked.

    Args:
        told: the sentence, key and answer slots included.
        asked: the question, key slots only.
        answer: the slot that holds the answer.
        key: the slots that say what the fact is about.
    """

    told: Pattern
    asked: Pattern
    answer: str
    key: tuple[str, ...]


FORMS: Mapping[FactKind, Form] = {
    FactKind.PLACE: Form(
        said("the {colour} {object} is in the {place} ."),
        said("where is the {colour} {object} ?"),
        "place",
        ("colour", "object"),
    ),
    FactKind.LIKES: Form(said("{name} likes {food} ."), said("what does {name} like ?"), "food", ("name",)),
    FactKind.OWNER: Form(
        said("the {colour} {object} belongs to {name} ."),
        said("who owns the {colour} {object} ?"),
        "name",
        ("colour", "object"),
    ),
    FactKind.TRIP: Form(said("{name} went to the {trip} ."), said("where did {name} go ?"), "trip", ("name",)),
}

FILLER: Mapping[int, tuple[Pattern, ...]] = {
    length: tuple(said(sentence) for sentence in sentences)
    for length, sentences in {
        4: ("the {animal} {does} .", "it {weather} {when} ."),
        5: ("the {mood} {animal} {does} .", "the {animal} {does} {when} .", "{name} {does} all day ."),
        6: ("the {mood} {animal} {does} {when} .", "it {weather} {near} the {thing} ."),
        7: ("the {animal} {does} {near} the {thing} .", "the {animal} and the {animal} wait ."),
        8: (
            "the {mood} {animal} {does} {near} the {thing} .",
            "the {animal} and the {animal} wait {when} .",
        ),
        9: (
            "the {mood} {animal} {does} {near} the {mood} {animal} .",
            "{when} the {mood} {animal} {does} {near} the {thing} .",
        ),
    }.items()
}
SHORTEST, LONGEST = min(FILLER), max(FILLER)  # tokens of a filler sentence


def is_slot(word: str) -> bool:
    """Whether a word of a pattern stands for a list of words."""
    return word.startswith("{")


def options(word: str) -> tuple[str, ...]:
    """The words that may stand in this place of a pattern."""
    return WORDS[word[1:-1]] if is_slot(word) else (word,)


def fill(pattern: Pattern, chosen: Mapping[str, str]) -> tuple[str, ...]:
    """Put words into the slots of a pattern in which each slot occurs once."""
    return tuple(chosen[word[1:-1]] if is_slot(word) else word for word in pattern)


def match(pattern: Pattern, words: Sequence[str]) -> dict[str, str] | None:
    """The words in the slots if `words` is a sentence of this pattern, else None."""
    if len(words) != len(pattern) or any(word not in options(slot) for slot, word in zip(pattern, words, strict=True)):
        return None
    return {slot[1:-1]: word for slot, word in zip(pattern, words, strict=True) if is_slot(slot)}


def vocabulary() -> tuple[str, ...]:
    """Every word of the world, sorted, the start word first."""
    patterns = [pattern for form in FORMS.values() for pattern in (form.told, form.asked)]
    patterns += [pattern for sentences in FILLER.values() for pattern in sentences]
    words = {word for pattern in patterns for slot in pattern for word in options(slot)}
    return (START, *sorted(words))
