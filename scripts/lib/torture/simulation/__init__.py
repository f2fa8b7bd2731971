"""T2: the engine in a simulated world. One seed is one world, and always the same one."""
