"""Whether and how to pay: the engine against a provider with books of its own, a clock that tests move, and real files."""
