"""Arrays in files: numbers in few bits, tables of keys, and bytes that lie in Parquet."""
