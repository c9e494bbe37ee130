"""Check yourself: questions over all lessons, with fresh numbers each time."""

from memattn.ui.frame import page
from memattn.ui.warmup import device

page("Check yourself", "Decide, say how sure you are, and see what the run says.", name="check", folded=True)
device().result()  # two threads must not import the same packages at once

from memattn.ui.check.page import show

show()
