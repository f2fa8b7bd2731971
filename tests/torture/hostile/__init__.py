"""T7: what must hold whatever a provider answers."""
