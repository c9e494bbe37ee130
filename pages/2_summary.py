"""Lesson 2: watch one pair stand for all, and see what it still knows."""

from memattn.lessons.summary import LESSON
from memattn.ui.frame import page
from memattn.ui.warmup import device

page(LESSON.title, LESSON.claim, name=LESSON.name, folded=True)
device().result()  # two threads must not import the same packages at once

from memattn.ui.lesson.page import show

show(LESSON)
