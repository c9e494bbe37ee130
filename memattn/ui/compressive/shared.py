"""What the lesson computes, remembered for all readers of the server by its settings."""

from memattn.lessons.asking import Asked
from memattn.lessons.compressive import runs as lesson
from memattn.ui.cache import cached, in_turn

SHORT_STORY = 160  # tokens

told = cached(lesson.tell)
_run = in_turn(lesson.run)
_ran_short = cached(_run, max_entries=256)  # about 1 MB each
_ran_long = cached(_run, max_entries=12)  # up to 60 MB each
by_age = cached(lesson.by_age)
by_rate = cached(lesson.by_rate)


def ran(chosen: lesson.Settings) -> Asked:
    """The run for these settings, remembered for all readers: a class shares many short ones and few long ones."""
    return (_ran_short if len(chosen.words) <= SHORT_STORY else _ran_long)(chosen)


def _check(chosen: lesson.Settings) -> float:
    return lesson.check(chosen, ran(chosen))


checked = cached(_check, max_entries=256)
