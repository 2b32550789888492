"""Conformance checks that plug-in authors can run too."""
