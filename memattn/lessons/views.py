"""Names of what can stand beside the conveyor; `assets/stage/views.js` has the views themselves."""

from typing import Literal

View = Literal["map", "lens", "softmax", "curve", "history", "influence", "plane", "gate", "matrix"]
Panels = tuple[tuple[View, ...], ...]  # from top to bottom; of the views of one panel the first stands open

COMMON_VIEWS: Panels = (("map", "lens"), ("softmax", "curve", "history", "influence"))


def with_matrix(panels: Panels) -> Panels:
    """The same where the memory is one matrix: it stands first, before what shows slots of any kind."""
    first, *others = panels
    return (("matrix", *first), *others)


def names(panels: Panels) -> list[str]:
    """Every view of some panels."""
    return [view for panel in panels for view in panel]
