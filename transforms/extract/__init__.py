"""A page or a text made into an article."""
