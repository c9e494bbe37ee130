"""Read a story with the memory one chooses, on a page: controls, player, answer, tabs."""

from memattn.ui.story.cards import card
from memattn.ui.story.player import head_of, play, possible, trace_of
from memattn.ui.story.settings import chips, look, settings
from memattn.ui.story.shared import Settings, asked, checked, watched
from memattn.ui.story.tabs import tabs

__all__ = [
    "Settings",
    "asked",
    "card",
    "checked",
    "chips",
    "head_of",
    "look",
    "play",
    "possible",
    "settings",
    "tabs",
    "trace_of",
    "watched",
]
