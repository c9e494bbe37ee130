"""What stands under the stage. Only the open view is drawn."""

from memattn.lessons.story import words
from memattn.ui import controls
from memattn.ui.story.answer import answer
from memattn.ui.story.duel import duel
from memattn.ui.story.measure import measure
from memattn.ui.story.model import model
from memattn.ui.story.shared import Settings


def tabs(chosen: Settings, shown: str) -> None:
    """Answer, side by side, measure, how it works."""
    match controls.views(words.TABS):
        case "Side by side":
            duel(chosen, shown)
        case "Measure":
            measure(chosen)
        case "How it works":
            model(chosen)
        case _:
            answer(chosen, shown)
