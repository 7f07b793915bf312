"""One lake: its journal and lock, its state at one instant, and the look-up of what it holds."""
