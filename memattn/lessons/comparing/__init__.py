"""Memories beside each other: sized alike, followed through one story, held against each other, measured."""
