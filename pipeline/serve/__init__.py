"""`feedlake serve`: a lake in the browser, on this machine alone, and nothing that changes it."""
