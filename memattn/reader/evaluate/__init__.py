"""Measure the trained models and write what came out."""
