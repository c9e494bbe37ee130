"""Tabs that some lessons have beside the common ones: by the name that a lesson calls them by, who draws them."""

from collections.abc import Callable, Mapping

from memattn.ui.lesson import contract, drawing, recurrence

DRAWN: Mapping[str, Callable[[], None]] = {
    "Is it recurrent?": recurrence.tab,
    "Draw the curve": drawing.tab,
    contract.NAME: contract.tab,
}
