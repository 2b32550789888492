"""Ask before there is a model."""
