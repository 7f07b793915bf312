"""Rows of tables in text, CSV and TSV: their dialect, and where each row begins and ends."""
