"""The automations' vocabulary, as automations, scripts and people use it."""
