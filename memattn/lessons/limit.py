"""Ranges of settings, with their words."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limit:
    """Range of a whole-number setting with its words for the page."""

    low: int
    high: int
    default: int
    symbol: str
    name: str
    unit: str
    help: str
