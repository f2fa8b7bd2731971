"""The simulated disk, and what it leaves of the order book."""
