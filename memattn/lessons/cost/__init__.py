"""The page *Cost*: paper figures of every mechanism and of real models, what was measured here, and today's designs."""
