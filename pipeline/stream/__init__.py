"""`feedlake stream`: one unbounded graph, which ends when it is told to."""
