"""What a reader sees of a page: its tree made ready for an extractor, and what that misses."""
