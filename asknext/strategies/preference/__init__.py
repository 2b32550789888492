"""Ask which of two is better."""
