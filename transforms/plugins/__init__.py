"""Plugins: what other packages bring to read, enrich and tell, found by its entry points."""
