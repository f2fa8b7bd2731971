"""T9: no secret and no number of a person is anywhere where somebody else looks (I12)."""
