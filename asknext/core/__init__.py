"""The words and the small protocols; imports nothing of ours."""
