"""What the page holds of its reader, in the link: the question, its numbers, what is chosen, and all that was answered.

None of it has a control of its own: it is set by what the reader clicks, types, or does on the stage.
"""

from collections.abc import Callable, Mapping
from itertools import islice
from typing import NamedTuple, TypeVar

from memattn.lessons.items import ITEMS, LESSONS, progress
from memattn.lessons.items.item import Chosen, Posed
from memattn.ui import controls, link
from memattn.ui.cache import cached, in_turn
from memattn.ui.linked_values import among, whole

ALL = "all"
OFFERED = {ALL: "All lessons"} | LESSONS
SURE = {"": "", "yes": "sure", "no": "not sure"}  # by what stands in the link

Value = TypeVar("Value", int, str)
ALIKE = 12  # numbers in a row with which a question may be the same
NUMBERS = f"whole numbers up to {progress.MOST_NUMBERS}"


def _ask(item: str, numbers: int) -> Posed:
    return ITEMS[item].ask(numbers)


asked = cached(in_turn(_ask))


class Now(NamedTuple):
    """Where a reader stands.

    Args:
        item: name of the question.
        numbers: seed of its numbers.
        posed: the question with them.
        chosen: so far.
        given: whether anything is chosen, be it that nothing leaves.
        sure: "yes" or "no" once that was said; "" before.
        log: all that was answered.
        offered: names of the questions that may come.
    """

    item: str
    numbers: int
    posed: Posed
    chosen: Chosen
    given: bool
    sure: str
    log: progress.Log
    offered: tuple[str, ...]

    @property
    def judged(self) -> bool:
        """Whether the answer has been given."""
        return self.given and bool(self.sure) and self.posed.complete(self.chosen)


def now() -> Now:
    """Draw what chooses the question, and say where the reader stands."""
    log = _log()
    lesson = controls.choice("of", "Questions from", OFFERED, ALL, on_change=fresh, view=True)
    offered = tuple(name for name, item in ITEMS.items() if lesson in (ALL, item.lesson))
    names = {name: ITEMS[name].title for name in offered}
    item = controls.choice("item", "Question", names, offered[0], on_change=fresh, view=True)
    numbers = _kept("n", "its numbers", 1, lambda text: whole(text, 1, progress.MOST_NUMBERS), NUMBERS)
    posed = asked(item, numbers)
    text = _kept("given", "the answer", "", lambda text: text and posed.written(posed.read(text)), posed.allowed)
    chosen = posed.read(text) if text else ()
    sure = _kept("sure", "how sure", "", lambda text: among(text, SURE), "yes, no")
    return Now(item, numbers, posed, chosen, bool(text), sure, log, offered)


def _log() -> progress.Log:
    """All answers; written anew, so that what a link holds is what is counted."""
    text = _kept(
        "log",
        "answers so far",
        "",
        lambda text: progress.written(progress.read(text, ITEMS)),
        f"what this page writes, such as {progress.written((progress.Told('fifo', True, True),))}",
    )
    return progress.read(text, ITEMS)


def _kept(key: str, title: str, begins: Value, parse: Callable[[str], Value], allowed: str) -> Value:
    """A value of the link without a control."""
    link.before(key, key, title, begins, parse, allowed)
    value: Value = link.held(key)
    link.after(key, key, value, begins, view=True)
    return value


# --- what a reader does; only from callbacks --------------------------------------------------------------------------


def _sent(key: str, titles: Mapping[str, str]) -> str:
    """What a select box was moved to, by name.

    Of an entry that the box no longer had when the move arrived, Streamlit passes on what the client sent: its title,
    or anything.
    """
    sent = link.held(key)
    names = {title: name for name, title in titles.items()}
    return str(sent) if sent in titles else names.get(sent, next(iter(titles)))


def fresh() -> None:
    """Ask the question that is chosen now, with numbers that have not been asked."""
    lesson = _sent("of", OFFERED)
    item = _sent("item", {name: one.title for name, one in ITEMS.items()})
    if lesson not in (ALL, ITEMS[item].lesson):
        item = next(name for name, one in ITEMS.items() if one.lesson == lesson)
        link.put("item", item)
    _open(item, progress.read(link.held("log"), ITEMS))


def onward(stands: Now) -> None:
    """Ask what comes next."""
    item = progress.following(stands.log, stands.offered, stands.item)
    link.put("item", item)
    _open(item, stands.log)


def again(stands: Now) -> None:
    """Ask the same with other numbers."""
    _open(stands.item, stands.log, stands.numbers)


def _other_numbers(item: str, log: progress.Log, now: int) -> int:
    """The next ones with which it is another question than any that was asked, or than the last one at least."""
    told = [one.numbers for one in log if one.item == item] + [now] * bool(now)
    before = [_seen(item, numbers) for numbers in told[-ALIKE:]]
    numbers = list(islice(progress.unasked(log, item, now), ALIKE))
    for seen in (before, before[-1:]):
        if found := next((one for one in numbers if _seen(item, one) not in seen), 0):
            return found
    return numbers[0]


def _seen(item: str, numbers: int) -> tuple[object, ...]:
    """What one sees of a question, in whatever order its answers are offered."""
    posed = asked(item, numbers)
    words = posed.played.trace.tokens if posed.played else ()
    return posed.prompt, posed.lines, frozenset(posed.offered), words


def _open(item: str, log: progress.Log, now: int = 0) -> None:
    link.put("n", _other_numbers(item, log, now))
    for key in ("given", "sure", "typed"):
        link.put(key, "")


def choose(posed: Posed, chosen: Chosen) -> None:
    """Note what is chosen now."""
    link.put("given", posed.written(chosen) if chosen else "")


def judge(stands: Now, sure: str, chosen: Chosen | None = None) -> None:
    """Note the answer, as sure as the reader is of it.

    Args:
        stands: where the reader stood.
        sure: "yes" or "no".
        chosen: the answer; None is what was chosen last.
    """
    own = stands.chosen if chosen is None else chosen
    link.put("given", stands.posed.written(own))
    link.put("sure", sure)
    told = progress.Told(stands.item, stands.posed.is_right(own), sure == "yes", stands.numbers)
    link.put("log", progress.written((*stands.log, told)))
