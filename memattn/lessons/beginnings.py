"""Where the beginning goes: one memory, a text of 5,000 tokens and one of 50,000, and what is left of every part.

Each text is cut into as many equal parts, and each part tells one fact. When the text has been read, dye says how the
pair that answers is still held; then its question is asked of the memory as it is.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from memattn.dials import Dial
from memattn.intervals import Proportion
from memattn.lessons.expected import answers_at
from memattn.lessons.forgetting import TOGETHER
from memattn.lessons.lesson import Experiment, Result, Settings
from memattn.lessons.long_texts import Taken, Telling, can_dye, take_in, told
from memattn.lessons.memories import Choice, titled
from memattn.lessons.results import Beginnings, Fifth, Followed, Strip

NAME = "Where the beginning goes"
LENGTHS = (5_000, 50_000)
FACTS, FIFTHS = 50, 5
ASKED_AT_ONCE = 5
SIZE = {"merging": "slots_from", "window": "window"}  # the setting that is the number of slots
SLOTS = Dial(
    1024,
    64,
    1024,
    "n",
    "slots",
    "More than the stage can show: each raw pair or mean is a slot. Other memories keep the size that is set above.",
    "Slots for the long texts",
    1024,
    64,
)


def enlarged(choice: Choice, slots: int) -> Choice:
    """The memory with so many slots, where they are a setting of it; read in one layer where that can be chosen."""
    key = SIZE.get(choice.name)
    one = replace(choice, layers=1)
    return one.with_settings(**{key: slots}) if key else one


def where_it_goes(settings: Settings, values: Mapping[str, Any], lengths: Sequence[int] = LENGTHS) -> Iterator[Result]:
    """Read each text, then ask for each of its facts."""
    choice = enlarged(settings.choice, int(values["lslots"]))
    total = sum(lengths) + len(lengths) * FACTS
    done, strips = 0, tuple[Strip, ...]()
    for tokens in lengths:
        text = told(Telling(tokens, FACTS, "even"))
        dyed = [answers_at(fact) for fact in text.facts] if can_dye(choice) else []
        strip = Strip(tokens, 0, FACTS, (), (None,) * FIFTHS)
        for taken in take_in(choice, text, dyed):
            done += taken.seen - strip.seen
            facts = _followed(taken, [answers_at(fact) for fact in text.facts])
            strip = replace(strip, seen=taken.seen, facts=facts)
            yield _result(done, total, choice, (*strips, strip))
        for start in range(0, FACTS, ASKED_AT_ONCE):
            marks = [taken.ask(fact).right for fact in text.facts[start : start + ASKED_AT_ONCE]]
            done += len(marks)
            new = [replace(one, right=right) for one, right in zip(strip.facts[start:], marks, strict=False)]
            facts = (*strip.facts[:start], *new, *strip.facts[start + len(new) :])
            strip = replace(strip, facts=facts, fifths=_fifths(facts, tokens))
            yield _result(done, total, choice, (*strips, strip))
        strips = (*strips, strip)


def _followed(taken: Taken, positions: Sequence[int]) -> tuple[Followed, ...]:
    """How the pairs that have come are held now."""
    come = [at for at in positions if at < taken.seen]
    if not taken.dyed or not come:
        return tuple(Followed(at, None) for at in come)
    most = taken.shares().amax(dim=(0, 1))[: len(come)].tolist()
    return tuple(map(Followed, come, most))


def _fifths(facts: Sequence[Followed], tokens: int) -> tuple[Fifth | None, ...]:
    parts: list[list[bool]] = [[] for _ in range(FIFTHS)]
    for one in facts:
        if one.right is not None:
            parts[one.at * FIFTHS // tokens].append(one.right)
    shares = [Proportion(sum(part), len(part)) if part else None for part in parts]
    return tuple(Fifth(one.right, one.total, one.interval) if one else None for one in shares)


def _result(done: int, total: int, choice: Choice, strips: Sequence[Strip]) -> Result:
    data = Beginnings(titled(choice), tuple(strips), " ".join(map(said, strips)))
    return Result(done, total, data, in_numbers(strips))


def said(strip: Strip) -> str:
    """What comes of one text, once all of it has been asked for."""
    right = [one.right for one in strip.facts]
    if len(right) < FACTS or None in right:
        return ""
    first, last = strip.fifths[0], strip.fifths[-1]
    held = held_in_words(strip)
    parts = f"of the oldest fifth {first.right} of {first.asked}, of the newest {last.right} of {last.asked}"  # type: ignore[union-attr]
    return f"{strip.tokens:,} tokens: {held}{sum(map(bool, right))} of {FACTS} facts are answered, {parts}."


def held_in_words(strip: Strip) -> str:
    """How the pairs that answer are held: how many raw, in means of how many, lost."""
    known = [one for one in strip.facts if one.share is not None]
    if not known:
        return ""
    raw, lost = sum(one.raw for one in known), sum(one.lost for one in known)
    mixed = sorted(1 / one.share for one in known if one.share and not one.raw and not one.lost)
    parts = [f"{raw} pairs stand raw"] if raw else []
    parts += [f"{len(mixed)} in means of {mixed[0]:,.0f} to {mixed[-1]:,.0f}"] if mixed else []
    parts += [f"{lost} are lost"] if lost else []
    return ", ".join(parts) + "; "


def in_numbers(strips: Sequence[Strip]) -> str:
    """Recall by age, as a table in Markdown."""
    lines = ["| text | fifth, oldest first | right | 95 % interval |", "|:--|:--|--:|--:|"]
    for strip in strips:
        for number, fifth in enumerate(strip.fifths, 1):
            if fifth:
                low, high = fifth.interval
                lines.append(
                    f"| {strip.tokens:,} tokens | {number} | {fifth.right} of {fifth.asked} | {low:.2f} to {high:.2f} |"
                )
    return "\n".join(lines)


WHERE_IT_GOES = Experiment(
    NAME,
    f"Each of {FACTS} equal parts of a text tells one fact. The strip says how the pair that answers it is held when "
    "all has been read; the mark, whether its question was answered. Above, recall by fifths of the text with 95 % "
    "intervals (Wilson).",
    where_it_goes,
    {"lslots": SLOTS},
    long=True,
    counts="tokens and questions",
    together=TOGETHER,
    about=lambda settings: Settings(settings.choice, ()),
)
