"""What feeds, pages, HTTP headers and records say about their rights, and what of it reserves."""
