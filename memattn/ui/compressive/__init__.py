"""The compressive-memory lesson on a page: controls, player, panels."""

from memattn.ui.compressive.panels import EXPERIMENTS, TABS, tabs
from memattn.ui.compressive.player import head_of, packed, picture, play
from memattn.ui.compressive.settings import SEEKER, Reading, chips, look, settings
from memattn.ui.compressive.shared import by_age, by_rate, checked, ran, told

__all__ = [
    "EXPERIMENTS",
    "SEEKER",
    "TABS",
    "Reading",
    "by_age",
    "by_rate",
    "checked",
    "chips",
    "head_of",
    "look",
    "packed",
    "picture",
    "play",
    "ran",
    "settings",
    "tabs",
    "told",
]
