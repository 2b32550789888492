"""Ask where models that could all be right disagree."""
