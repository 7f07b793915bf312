"""Full-text search: a lake's articles by the words that they contain."""
