"""The columns that are found in an article's text."""
