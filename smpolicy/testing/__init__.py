"""Testing: portable scenarios, and what runs them."""
