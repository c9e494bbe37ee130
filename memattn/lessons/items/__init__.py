"""Items of *Check yourself*: questions with fresh numbers, answered by the core, with a belief behind every error."""

from memattn.lessons.items import of_compressive, of_cost, of_global, of_loss, of_segments, of_summary
from memattn.lessons.items.item import Item

ITEMS: dict[str, Item] = {
    item.name: item
    for module in (of_segments, of_summary, of_compressive, of_global, of_loss, of_cost)
    for item in module.ITEMS
}
LESSONS: dict[str, str] = {  # that have items, with their titles
    "segments": "Segments & FIFO",
    "summary": "Summary vectors",
    "compressive": "Compressive memory",
    "global": "Global tokens",
    "loss": "Information loss",
    "cost": "Cost",
}


def items_of(lesson: str) -> tuple[Item, ...]:
    """Those of a lesson, in their order."""
    return tuple(item for item in ITEMS.values() if item.lesson == lesson)
