"""Landing page: the idea in one example at work, and the map of the lessons."""

from memattn.ui.frame import page

page(
    "How does a language model remember?",
    "Every word that a model has read is a key and a value. Memory is which of them it keeps. Press play.",
    name="start",
    computes=False,
)

from memattn.ui import landing, link, touring, warmup

landing.example()
touring.cards()
landing.lesson_map()
link.write()
warmup.start_in(warmup.PICTURE_SECONDS)
