"""The words and sentence patterns of the story world: what a text can hold.

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


def words_of(text: str) -> tuple[str, ...]:
    """Words of a text in which blanks part them."""
    return tuple(text.split())


WORDS: Mapping[str, tuple[str, ...]] = {
    "colour": words_of("red blue green yellow black white brown grey pink purple orange golden"),
    "object": words_of(
        "key cup book lamp hat coat ring ball box bag clock drum kite letter map mirror "
        "pen bowl scarf shoe spoon ticket umbrella watch"
    ),
    "place": words_of(
        "kitchen cellar attic garden barn hall bedroom garage office workshop tower stable "
        "cabin closet pantry study chapel shed tent bathroom lobby balcony drawer cupboard"
    ),
    "name": words_of(
        "anna ben carla david emma felix grace henry iris jack kate leo mia noah olga paul "
        "rosa sam tara ugo vera walter yara zoe"
    ),
    "food": words_of(
        "soup bread cheese rice pasta salad cake honey apples pears plums grapes nuts fish "
        "beans carrots pizza pancakes chocolate yoghurt tea coffee milk lemonade"
    ),
    "trip": words_of(
        "market school beach museum harbour library theatre station park forest lake village "
        "city castle bakery bank zoo island mountain hospital cinema airport factory farm"
    ),
    "animal": words_of("dog cat cow horse bird fox hen mouse goose owl rabbit goat"),
    "mood": words_of("old young small big happy sleepy quiet hungry clever lazy"),
    "does": words_of("sleeps sings runs waits rests dances laughs jumps plays hides"),
    "near": words_of("near behind under beside above"),
    "thing": words_of("tree river hill bridge road fence pond cloud window door wall stone"),
    "when": words_of("today tonight again now outside slowly"),
    "weather": words_of("rains snows thunders hails"),
}


class FactKind(StrEnum):
    """The four kinds of facts that a story can hold."""

    PLACE = "place"
    LIKES = "likes"
    OWNER = "owner"
    TRIP = "trip"


Pattern = tuple[str, ...]


@dataclass(frozen=True)
class Form:
    """How one kind of fact is stated and asked for.

    Args:
        statement: the sentence, key and answer slots included.
        question: key slots only.
        answer: the slot that holds the answer.
        key: the slots that say what the fact is about.
    """

    statement: Pattern
    question: Pattern
    answer: str
    key: tuple[str, ...]


FORMS: Mapping[FactKind, Form] = {
    FactKind.PLACE: Form(
        words_of("the {colour} {object} is in the {place} ."),
        words_of("where is the {colour} {object} ?"),
        "place",
        ("colour", "object"),
    ),
    FactKind.LIKES: Form(words_of("{name} likes {food} ."), words_of("what does {name} like ?"), "food", ("name",)),
    FactKind.OWNER: Form(
        words_of("the {colour} {object} belongs to {name} ."),
        words_of("who owns the {colour} {object} ?"),
        "name",
        ("colour", "object"),
    ),
    FactKind.TRIP: Form(words_of("{name} went to the {trip} ."), words_of("where did {name} go ?"), "trip", ("name",)),
}

FILLER: Mapping[int, tuple[Pattern, ...]] = {
    length: tuple(words_of(sentence) for sentence in sentences)
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
    patterns = [pattern for form in FORMS.values() for pattern in (form.statement, form.question)]
    patterns += [pattern for sentences in FILLER.values() for pattern in sentences]
    words = {word for pattern in patterns for slot in pattern for word in options(slot)}
    return (START, *sorted(words))
