"""The language of a text, by its script, its words and a model."""
