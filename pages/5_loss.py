"""Lesson 5: watch a memory of fixed size lose the beginning of a text, and predict how much of it."""

from memattn.lessons.information_loss import LESSON
from memattn.ui.frame import page
from memattn.ui.warmup import device

page(LESSON.title, LESSON.claim, name=LESSON.name, folded=True)
device().result()  # two threads must not import the same packages at once

from memattn.ui.lesson.page import show

show(LESSON)
