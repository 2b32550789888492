"""Ask what the model is unsure about: classes and sets of labels."""
