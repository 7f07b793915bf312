"""Shortcuts through other libraries, each used only with releases it was compared with."""
