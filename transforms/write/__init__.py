"""The tables, and the Parquet files that they are written to."""
