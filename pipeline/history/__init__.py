"""What a lake holds under keys: an index of it, and the same look-up by a join on a cluster."""
