"""Texts of a lake made anew of its archive."""
