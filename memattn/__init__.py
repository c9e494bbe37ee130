"""MemAttn: memory mechanisms of attention, computed, recorded and shown."""
