"""Ask what a tagger is unsure about: tokens, whole sequences, spans."""
