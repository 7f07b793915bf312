"""One lake: its journal and lock, the look-up of what it holds, and SQL over it."""
