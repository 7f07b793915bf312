"""Figures about a lake, each with the SQL that finds it."""
