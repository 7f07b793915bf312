"""One run from sources to a published chunk, its books, and runs on a schedule."""
