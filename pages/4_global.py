"""Lesson 4: watch a token that everybody sees take a part of every weight."""

from memattn.lessons.global_tokens import LESSON
from memattn.ui.frame import page
from memattn.ui.warmup import device

page(LESSON.title, LESSON.claim, name=LESSON.name, folded=True)
device().result()  # two threads must not import the same packages at once

from memattn.ui.lesson.page import show

show(LESSON)
