"""A real Home Assistant process, killed in the middle."""
