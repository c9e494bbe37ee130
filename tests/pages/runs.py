"""What a page must show, computed once more from what its controls say."""

from memattn.lessons import running
from memattn.lessons.answering import Run
from memattn.lessons.lesson import LAST, TURN, UNTOLD, Settings
from memattn.lessons.memories import Choice, settings_of
from memattn.lessons.peaks import PEAK, SINK
from tests.pages.session import Session


def standing(page: Session, side: str = "") -> Settings:
    """All that the picture on a page depends on; `side` "b_" takes the second memory."""
    values = {key: control.value for key, control in page.controls.items()}
    model = values["story"] if values.get("story") in UNTOLD else values["src"]
    layer = values.get("layer", LAST)
    extras = tuple((key, values[key]) for key in (TURN, PEAK, SINK) if key in values)
    choice = chosen(values, side, "" if side else page.named.get("beta", ""))
    words = tuple(page.stage.content["tokens"])
    return Settings(choice, words, model, values.get("seed") or 0, layer, extras=extras)


def chosen(values: dict[str, object], side: str = "", row: str = "") -> Choice:
    name = str(values.get(f"{side}memory", "compressive"))
    own: dict[str, object] = {}
    for _ in range(2):  # which parts a memory has decides what can be set on them
        for key in settings_of(name, own):
            control = f"{side}{name}_{key}".replace(".", "_")
            if control in values:
                own[key] = (row if key == "betas" else "") or values[control]
    compression = str(values.get(f"{side}{name}_compression", "e2e"))
    return Choice(name, tuple(own.items()), compression, int(str(values.get(f"{side}layers", 1))))


def computed(page: Session) -> Run:
    return running.run(standing(page))
