"""The command, its runs, and the lake that they write."""
