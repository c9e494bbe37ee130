"""A monkey at the controls: seeded random actions on one page in real Chromium, and a look after each.

It knows no page: it takes what it finds there, by role. Run `python -m benchmarks.monkey --page /compressive --seed 7`.
"""
