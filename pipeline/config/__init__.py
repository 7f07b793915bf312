"""`feedlake.toml`: how it is read, and the template that `init` writes."""
