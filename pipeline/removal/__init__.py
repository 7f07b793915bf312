"""Taking rows out of a lake for good, and amending those that stay."""
