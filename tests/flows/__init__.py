"""Everything an administrator sets up in the UI, walked through as a person would."""
