"""Analysis: what a policy does, seen from outside its decisions."""
