"""How good it is: metrics, intervals, curves, figures and pages."""
