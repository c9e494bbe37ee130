"""Lesson 1: whole segments enter the memory, and whole segments leave it."""

from memattn.lessons.segments import LESSON
from memattn.ui.frame import page
from memattn.ui.warmup import device

page(LESSON.title, LESSON.claim, name=LESSON.name, folded=True)
device().result()  # two threads must not import the same packages at once

from memattn.ui.lesson.page import show

show(LESSON)
