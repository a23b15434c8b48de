"""A ruleset for smpolicy: its files lie in this package, and there is no code."""
