"""Active learning for language models: what to label next, live, measured and honest."""

from asknext._version import __version__

__all__ = ["__version__"]
