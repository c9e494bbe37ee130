"""All lessons, in reading order."""

from memattn.lessons import compressive, global_tokens, information_loss, segments, story, summary

LESSONS = tuple(lesson.LESSON for lesson in (segments, summary, compressive, global_tokens, information_loss, story))
