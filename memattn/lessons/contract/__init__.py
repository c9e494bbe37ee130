"""The legal document: a memory is chosen under a budget of bytes, measured on contracts, and set beside all others."""
