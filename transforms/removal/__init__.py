"""What was removed from a lake: how it is known when it comes again, and that it is left out."""
