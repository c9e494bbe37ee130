"""Measure the family and write what came out."""
