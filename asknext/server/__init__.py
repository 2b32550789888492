"""REST, live events, background training, and the browser app's files."""
