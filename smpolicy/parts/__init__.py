"""The parts of actions: groups of facts, one class each."""
