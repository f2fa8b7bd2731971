"""What a user lives through, on a real Home Assistant core against the simulated operator, over HTTP."""
