"""Shortcuts through other libraries, each used only with versions it was compared with."""
