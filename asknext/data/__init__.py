"""Read, write, split and deduplicate examples."""
