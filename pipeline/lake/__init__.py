"""One lake: its journal and lock, its files, and its state at one instant."""
