"""The right to write to a lake in an object store: one lease, which is renewed."""
