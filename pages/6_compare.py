"""Compare: every memory on one story, two of them locked together, all of them against their bytes."""

from memattn.lessons.compare import LESSON
from memattn.ui.frame import page
from memattn.ui.warmup import device

page(LESSON.title, LESSON.claim, name=LESSON.name, folded=True)
device().result()  # two threads must not import the same packages at once

from memattn.ui.compare.page import show

show(LESSON)
