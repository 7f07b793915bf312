"""The feedlake command: which steps run, in what order, and what becomes of the lake."""

__version__ = "0.1.0"
