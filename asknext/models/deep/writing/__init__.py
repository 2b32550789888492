"""Models that write: translation, summaries, answers; and what they say of their own texts."""
