"""Does the simulated operator do what its switches and faults say?"""
