"""T5: what the network may do to a call, and what must come of it."""
