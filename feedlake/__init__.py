"""News pages, feeds, archives and text files as a clean Parquet lake."""

__version__ = "0.1.0"
