"""The demo: a real Home Assistant process, set up through its own interfaces as a user would, and a story to watch."""
