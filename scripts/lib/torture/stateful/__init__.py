"""T1: Hypothesis plays in the simulated world of T2, and makes what fails short."""
