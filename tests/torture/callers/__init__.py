"""T6: callers, people and everything that is pulled out from under them."""
