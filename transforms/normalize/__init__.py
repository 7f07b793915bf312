"""Rules for single values: addresses, dates, text, bytes, and where files lie."""
