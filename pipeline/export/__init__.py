"""Articles of a lake as a dataset to hand on, described for programs and for people."""
