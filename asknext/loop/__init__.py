"""The session: ask, tell, train, measure, stop."""
