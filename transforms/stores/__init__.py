"""Object stores (S3, Google's): the few requests that files there need, and what can go wrong."""
