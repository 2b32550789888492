"""Metrics, estimates, figures."""
