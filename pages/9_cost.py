"""Cost: bytes and operations of every memory, on paper, in real models and measured here."""

from memattn.ui.frame import page
from memattn.ui.warmup import device

page("Cost", "What a memory costs on paper, on this machine and in real models.", name="cost", folded=True)
device().result()  # two threads must not import the same packages at once

from memattn.ui.cost.page import show

show()
