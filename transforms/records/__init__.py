"""The records that steps hand to each other."""
