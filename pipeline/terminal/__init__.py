"""The terminal: standard streams, Ctrl-C, progress, and sentences about failures."""
