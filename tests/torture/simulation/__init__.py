"""T1 and T2: the simulated world, and that it convicts engines that are broken."""
