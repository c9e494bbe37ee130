"""Read a story with the memory you choose: its words (`content`), and how each memory reads (`ways`)."""
