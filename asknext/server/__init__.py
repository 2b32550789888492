"""REST, live events and the browser app."""
