"""Ask for numbers."""
