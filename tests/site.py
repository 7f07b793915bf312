"""Moved: `from internet import Internet, Reply, Request, Site` (tests/internet.py).

The standard library has a module `site`, which is always imported before this one.
"""
