"""The story that is read: made up or written, with facts planted where one likes, and a question at its end."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from memattn.reader import Fact, FactKind, Story, Tokenizer, parse, question_words, readable
from memattn.reader import story as draw_story
from memattn.reader.grammar import FORMS, WORDS, fill
from memattn.reader.stories import Placement
from memattn.reader.tokenizer import DROPPED, PIECES

MOST_TOKENS = 1024  # of a story that is played
MOST_PLANTS = 24
LONGEST_NUMBER = 6  # digits of a position
LINE_EXAMPLE = "41: The red key is in the kitchen."
STATEMENTS = "The red key is in the kitchen. Anna likes soup. The blue hat belongs to Ben. Carla went to the market."
QUESTIONS = "Where is the red key? What does Anna like? Who owns the blue hat? Where did Carla go?"


@dataclass(frozen=True)
class Written:
    """A story, and what was left out of it.

    Args:
        story: without a question at its end, unless the text brought one.
        note: what was left out and why; "" when nothing was.
    """

    story: Story
    note: str = ""


def make_up(seed: int, tokens: int, facts: int, placement: Placement = "spread") -> Written:
    """The story of this number; with fewer facts where so many do not fit.

    Raises:
        ValueError: not even one fact fits.
    """
    for number in range(facts, 0, -1):
        try:
            story = draw_story(seed, tokens, number, placement)
        except ValueError:  # too many for its length, or a gap that no filler sentence fits
            continue
        few = f"{facts} facts do not fit into {tokens} tokens; this story tells {number}." if number < facts - 1 else ""
        return Written(story, few)
    raise ValueError(f"a story must have room for one fact, got {tokens} tokens")


def write(text: str) -> Written:
    """A text in the words of the story world; what is too long is cut after a sentence.

    Raises:
        UnknownWords: some words are not in the story world.
        ValueError: there is no word.
    """
    pieces = list(islice(PIECES.finditer(text), MOST_TOKENS + 1))
    note = ""
    if len(pieces) > MOST_TOKENS:
        kept = text[: pieces[-2].end()]
        sentence = max((kept.rfind(stop) for stop in ".!?…;"), default=-1)
        kept = kept[: sentence + 1] if sentence > 0 else kept
        words = sum(piece not in DROPPED for piece in PIECES.findall(text))
        read = sum(piece not in DROPPED for piece in PIECES.findall(kept))
        note = (
            f"The story has {words:,} words and marks; the stage plays at most {MOST_TOKENS:,} at once. "
            f"Read here are the first {read:,}, up to a full stop. The whole text stays where you wrote it."
        )
        text = kept
    return Written(parse(known_words(text)), note)


def known_words(text: str) -> tuple[str, ...]:
    """The words of a text, the start word first.

    Raises:
        UnknownWords: some are not in the story world.
        ValueError: there is no word.
    """
    words = Tokenizer().split(text)
    Tokenizer().encode(words)
    return words


@dataclass(frozen=True)
class Plant:
    """A sentence to be put into a story.

    Args:
        at: position before which it shall stand, from 0; the nearest beginning of a sentence is taken.
        words: the sentence.
    """

    at: int
    words: tuple[str, ...]

    @property
    def line(self) -> str:
        """As it is written and read, the position counted from 1."""
        return f"{self.at + 1}: {readable(self.words)}"


def parse_plants(text: str) -> tuple[Plant, ...]:
    """Read planted facts, one per line, each behind its position.

    Raises:
        UnknownWords: some words are not in the story world.
        ValueError: a line is no fact behind a position, or there are too many.
    """
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) > MOST_PLANTS:
        raise ValueError(f"at most {MOST_PLANTS} facts can be planted, got {len(lines)}")
    return tuple(_parse_plant(line.strip()) for line in lines)


def _parse_plant(line: str) -> Plant:
    number, colon, sentence = (part.strip() for part in line.partition(":"))
    counted = number.isascii() and number.isdigit() and len(number) <= LONGEST_NUMBER and int(number) >= 1
    if not (colon and counted and sentence):
        raise ValueError(f"a planted fact must read like “{LINE_EXAMPLE}”, got “{line[:80]}”")
    words = known_words(sentence)
    if [fact.words for fact in parse(words).facts] != [words[1:]]:
        raise ValueError(f"a planted sentence must tell one fact, such as: {STATEMENTS} Got “{sentence[:80]}”")
    return Plant(int(number) - 1, words[1:])


def plant(story: Story, plants: Sequence[Plant]) -> Story:
    """Put sentences into a story, each where a sentence begins, before a question at its end."""
    asks = story.questions and story.questions[-1].end == len(story.words)
    last = story.questions[-1].start if asks else len(story.words)
    borders = [at for at in range(1, last + 1) if at == 1 or story.words[at - 1] in (".", "?")]
    words = list(story.words)
    for one in reversed(sorted(plants, key=lambda one: one.at)):
        where = min(borders, key=lambda border: abs(border - one.at))
        words[where:where] = one.words
    return parse(words)


def parse_question(text: str) -> tuple[str, ...]:
    """The words of a question in the story world, without the start word.

    Raises:
        UnknownWords: some words are not in the story world.
        ValueError: it is no question that the story world knows.
    """
    words = known_words(text)
    found = parse(words).questions
    if len(found) != 1 or (found[0].start, found[0].end) != (1, len(words)):
        raise ValueError(f"the question must be like one of these: {QUESTIONS} Got “{text.strip()[:80]}”")
    return words[1:]


def with_question(story: Story, words: Sequence[str]) -> Story:
    """The story with a question at its end."""
    return parse((*story.words, *words))


def without_question(story: Story) -> Story:
    """The story before its last question was asked."""
    return parse(story.words[: story.questions[-1].start])


def unanswerable(story: Story) -> tuple[str, ...]:
    """A question about somebody of whom the story does not tell it."""
    known = {fact.key for fact in story.facts if fact.kind is FactKind.LIKES}
    names = [name for name in reversed(WORDS["name"]) if (name,) not in known]
    return question_words(FactKind.LIKES, (names[0] if names else WORDS["name"][0],))


def statement(kind: FactKind, key: Sequence[str], answer: str) -> tuple[str, ...]:
    """The words that tell a fact."""
    form = FORMS[kind]
    return fill(form.statement, dict(zip(form.key, key, strict=True)) | {form.answer: answer})


def contradiction(fact: Fact) -> tuple[str, ...]:
    """A sentence that tells something else of the same thing."""
    choices = WORDS[FORMS[fact.kind].answer]
    return statement(fact.kind, fact.key, choices[(choices.index(fact.answer) + len(choices) // 2) % len(choices)])
