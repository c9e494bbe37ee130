"""What the lesson computes, remembered for all readers of the server by its settings."""

from memattn.lessons.compressive import runs as lesson
from memattn.ui.cache import cached, in_turn

told = cached(lesson.tell)
ran = cached(in_turn(lesson.run))
by_age = cached(lesson.by_age)
by_rate = cached(lesson.by_rate)


def _check(chosen: lesson.Settings) -> float:
    return lesson.check(chosen, ran(chosen))


checked = cached(_check)
